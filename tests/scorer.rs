//! Scorers that run several blocks together return the same results as single rows, whatever was scored before.

use pmml::{BLOCK_ROWS, Model, Record, Value};
use std::collections::HashMap;

/// Returns the rows of a file, without their empty cells.
fn rows(path: &str) -> Vec<HashMap<String, Value<'static>>> {
    let mut reader = csv::Reader::from_path(path).expect("the file is there");
    let columns = reader.headers().expect("it has a header").clone();
    let row = |record: csv::StringRecord| {
        let cells = columns.iter().zip(&record).filter(|(_, cell)| !cell.is_empty() && *cell != "N/A");
        cells.map(|(name, cell)| (name.to_owned(), Value::String(cell.to_owned().into()))).collect()
    };
    reader.records().map(|record| row(record.expect("it is a table"))).collect()
}

#[test]
fn consecutive_runs_of_different_sizes() {
    for name in [
        "lightgbm/LightGBMDiabetesMissing",
        "sklearn/GradientBoostingDiabetes",
        "lightgbm/LightGBMBreastCancer",
    ] {
        let folder = format!("{}/corpus/{name}", env!("CARGO_MANIFEST_DIR"));
        let model = Model::load(format!("{folder}/model.pmml")).expect("the model can be scored");
        let rows = rows(&format!("{folder}/input.csv"));
        let expected: Vec<Option<Record>> = rows.iter().map(|row| model.predict(row).ok()).collect();
        let signature = model.signature().clone();
        let mut scorer = model.scorer();
        let capacity = scorer.reserve(10_000);
        assert!(capacity > BLOCK_ROWS, "{name} has a forest, which runs several blocks together");
        let mut next = 0;
        for count in [10, capacity, 70, 1, 130, 64, 65, capacity + 50, 3, 200] {
            scorer.clear();
            let numbers: Vec<usize> = (0..count).map(|number| (next + number) % rows.len()).collect();
            next += count;
            // Cells beyond the capacity are ignored.
            for (row, number) in numbers.iter().enumerate() {
                for (input, field) in signature.inputs.iter().enumerate() {
                    if let Some(value) = rows[*number].get(&field.name) {
                        scorer.set(row, input, value);
                    }
                }
            }
            scorer.run(count);
            for (row, number) in numbers.iter().enumerate().take(capacity) {
                let found: Option<Vec<Value<'_>>> = match scorer.error(row) {
                    Some(_) => None,
                    None => {
                        Some((0..signature.results.len()).map(|result| scorer.value(row, result)).collect())
                    }
                };
                let wanted = expected[*number].as_ref().map(|record| record.values().collect::<Vec<_>>());
                assert_eq!(found, wanted, "{name}: row {row} of {count}");
            }
            assert_eq!(scorer.value(capacity, 0), Value::Missing);
            assert!(scorer.error(capacity).is_none());
        }
    }
}
