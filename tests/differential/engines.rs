//! Scores rows with all engines and interfaces, which must agree.

use pmml::{BLOCK_ROWS, Backend, Batch, Column, Model, ModelOptions, NanHandling, Scorer, Value};

/// A row's results or its error, in their debug representation, which is exact to the last bit.
pub type Outcome = Result<Vec<String>, String>;

/// The verdict of the engines on a document.
pub enum Verdict {
    /// All engines reject it.
    Refused(String),
    /// All engines accept it and agree. `scored` is the number of rows that have results.
    Agreed { scored: usize },
    /// They differ.
    Differed(String),
}

/// Scores rows with every engine and interface, and compares the results.
pub fn compare(document: &str, seed: u32, rows: impl Fn(&Model) -> Vec<Vec<Value<'static>>>) -> Verdict {
    let nan = if seed.is_multiple_of(3) { NanHandling::Number } else { NanHandling::Missing };
    let parse = |backend| ModelOptions::new().backend(backend).nan(nan).parse(document);
    let (interpreted, compiled) = match (parse(Backend::Interpreter), parse(Backend::Jit)) {
        (Ok(interpreted), Ok(compiled)) => (interpreted, compiled),
        (Err(one), Err(other)) if one.to_string() == other.to_string() => {
            return Verdict::Refused(one.to_string());
        }
        (one, other) => return Verdict::Differed(format!("{:?}\n{:?}", one.map(|_| ()), other.map(|_| ()))),
    };
    let rows = rows(&interpreted);
    let expected = row_by_row(&interpreted, &rows);
    let others = [
        ("the interpreter, in blocks", in_blocks(&interpreted, &rows)),
        ("the interpreter, as a batch", as_batch(&interpreted, &rows)),
        ("machine code, row by row", row_by_row(&compiled, &rows)),
        ("machine code, in blocks", in_blocks(&compiled, &rows)),
        ("machine code, as a batch", as_batch(&compiled, &rows)),
    ];
    for (engine, actual) in others {
        for (row, (expected, actual)) in expected.iter().zip(&actual).enumerate() {
            if expected != actual {
                return Verdict::Differed(format!(
                    "row {row}, {:?}\n    the interpreter, row by row: {expected:?}\n    {engine}: {actual:?}",
                    rows[row]
                ));
            }
        }
    }
    Verdict::Agreed { scored: expected.iter().filter(|outcome| outcome.is_ok()).count() }
}

/// Returns the outcome of a row with these cells.
fn outcome(scorer: &mut Scorer, row: usize, values: &[Value<'static>]) -> Outcome {
    match scorer.error_as_given(row, |scorer| fill(scorer, row, values)) {
        Some(error) => Err(format!("{error:?}")),
        None => {
            let results = 0..scorer.signature().results.len();
            Ok(results.map(|result| format!("{:?}", scorer.value(row, result))).collect())
        }
    }
}

fn row_by_row(model: &Model, rows: &[Vec<Value<'static>>]) -> Vec<Outcome> {
    let mut scorer = model.scorer();
    rows.iter()
        .map(|row| {
            scorer.clear();
            fill(&mut scorer, 0, row);
            scorer.run(1);
            outcome(&mut scorer, 0, row)
        })
        .collect()
}

fn in_blocks(model: &Model, rows: &[Vec<Value<'static>>]) -> Vec<Outcome> {
    let mut scorer = model.scorer();
    let mut outcomes = Vec::new();
    for block in rows.chunks(BLOCK_ROWS) {
        scorer.clear();
        for (number, row) in block.iter().enumerate() {
            fill(&mut scorer, number, row);
        }
        scorer.run(block.len());
        outcomes.extend(block.iter().enumerate().map(|(number, row)| outcome(&mut scorer, number, row)));
    }
    outcomes
}

fn as_batch(model: &Model, rows: &[Vec<Value<'static>>]) -> Vec<Outcome> {
    let names: Vec<String> = model.signature().inputs.iter().map(|field| field.name.clone()).collect();
    let columns: Vec<Vec<Value<'static>>> =
        (0..names.len()).map(|input| rows.iter().map(|row| row[input].clone()).collect()).collect();
    let mut batch = Batch::new(rows.len());
    for (name, column) in names.iter().zip(&columns) {
        batch = batch.column(name.as_str(), Column::Values(column));
    }
    let result = model.predict_batch(&batch).unwrap();
    let mut outcomes: Vec<Outcome> = (0..rows.len())
        .map(|row| Ok(result.columns().iter().map(|column| format!("{:?}", column.get(row))).collect()))
        .collect();
    for (row, error) in result.errors() {
        outcomes[*row] = Err(format!("{error:?}"));
    }
    outcomes
}

fn fill(scorer: &mut Scorer, number: usize, row: &[Value<'static>]) {
    for (input, value) in row.iter().enumerate() {
        scorer.set(number, input, value);
    }
}
