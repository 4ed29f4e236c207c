//! Scores a record batch of Apache Arrow.
//!
//! `cargo run --features arrow,jit --example arrow`

use pmml::Model;
use pmml::arrow::arrow_array::cast::AsArray;
use pmml::arrow::arrow_array::types::Float64Type;
use pmml::arrow::arrow_array::{ArrayRef, Float64Array, RecordBatch};
use std::error::Error;
use std::path::Path;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data");
    let model = Model::load(data.join("iris.pmml"))?;

    // The columns of the file. A cell that is not a number is null.
    let text = std::fs::read_to_string(data.join("iris.csv"))?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut columns: Vec<Vec<Option<f64>>> = vec![Vec::new(); names.len()];
    for line in lines {
        for (column, cell) in columns.iter_mut().zip(line.split(',')) {
            column.push(cell.parse().ok());
        }
    }
    let columns = columns.into_iter().map(|column| Arc::new(Float64Array::from(column)) as ArrayRef);
    let batch = RecordBatch::try_from_iter(names.into_iter().zip(columns))?;

    // The schema of the results is known before scoring.
    println!("{:?}", model.output_schema());

    let results = model.predict_record_batch(&batch)?;
    for (row, error) in results.errors() {
        println!("row {row}: {error}");
    }
    for (field, column) in
        results.record_batch().schema().fields().iter().zip(results.record_batch().columns())
    {
        if let Some(numbers) = column.as_primitive_opt::<Float64Type>() {
            let sum: f64 = numbers.iter().flatten().sum();
            println!("{}: {} numbers, {} null, sum {sum}", field.name(), numbers.len(), column.null_count());
        }
    }
    Ok(())
}
