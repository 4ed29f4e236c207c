//! Scores many rows together, in columns.
//!
//! `cargo run --features jit --example batch`

use pmml::{Batch, Column, Model};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data");
    let model = Model::load(data.join("iris.pmml"))?;

    // The columns of the file. A cell that is not a number becomes NaN, which is a missing value.
    let text = std::fs::read_to_string(data.join("iris.csv"))?;
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap_or_default().split(',').collect();
    let mut columns: Vec<Vec<f64>> = vec![Vec::new(); names.len()];
    for line in lines {
        for (column, cell) in columns.iter_mut().zip(line.split(',')) {
            column.push(cell.parse().unwrap_or(f64::NAN));
        }
    }

    let rows = columns.first().map_or(0, Vec::len);
    let mut batch = Batch::new(rows);
    for (name, column) in names.iter().zip(&columns) {
        batch = batch.column(*name, Column::Double(column));
    }

    let results = model.predict_batch(&batch)?;
    for row in 0..rows {
        let cells = results.columns().iter().map(|column| format!("{}={}", column.name(), column.get(row)));
        println!("{}", cells.collect::<Vec<_>>().join("  "));
    }
    for (row, error) in results.errors() {
        println!("row {row}: {error}");
    }
    Ok(())
}
