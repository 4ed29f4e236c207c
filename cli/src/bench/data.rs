//! The rows of a measurement, as typed columns and as rows of typed values.

use crate::failure::Failure;
use crate::table::Table;
use pmml::{Batch, Column, DataType, Field, Signature, Value};
use std::borrow::Cow;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// How many rows are scored one by one.
const SINGLE_ROWS: usize = 2_000;

/// Rows in memory.
pub struct Data {
    rows: usize,
    /// The columns of the model's inputs that the table has.
    columns: Vec<(String, Cells)>,
    /// The first rows, in the order of the model's inputs.
    single: Vec<Vec<Value<'static>>>,
}

/// The cells of a column.
enum Cells {
    Double(Vec<f64>),
    Values(Vec<Value<'static>>),
}

impl Data {
    /// Reads a table.
    pub fn read(path: &Path, delimiter: u8, signature: &Signature) -> Result<Self, Failure> {
        let name = format!("`{}`", path.display());
        let file =
            File::open(path).map_err(|error| Failure::io(format_args!("{name} cannot be read"), &error))?;
        let mut table = Table::new(BufReader::new(file), name.clone(), delimiter)?;
        let place = |field: &Field| table.columns().iter().position(|column| *column == field.name);
        let places: Vec<Option<usize>> = signature.inputs.iter().map(place).collect();
        let mut cells: Vec<Vec<Value<'static>>> = vec![Vec::new(); places.len()];
        loop {
            let block = table.block()?;
            if block.rows.is_empty() {
                break;
            }
            for row in &block.rows {
                for ((place, field), cells) in places.iter().zip(&signature.inputs).zip(&mut cells) {
                    if let Some(text) = place.and_then(|place| row.get(place)) {
                        cells.push(value(text, field));
                    }
                }
            }
        }
        let rows = cells.iter().map(Vec::len).max().unwrap_or(0);
        if rows == 0 {
            return Err(Failure::new(format!("{name} has no rows with fields of the model")));
        }
        let single = (0..rows.min(SINGLE_ROWS))
            .map(|row| cells.iter().map(|cells| cells.get(row).cloned().unwrap_or_default()).collect())
            .collect();
        let columns = signature.inputs.iter().zip(cells);
        let columns = columns.filter(|(_, cells)| !cells.is_empty());
        let columns = columns.map(|(field, cells)| (field.name.clone(), typed(field, cells))).collect();
        Ok(Self { rows, columns, single })
    }

    /// How many rows there are.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The rows that are scored one by one.
    pub fn single_rows(&self) -> &[Vec<Value<'static>>] {
        &self.single
    }

    /// All rows, in columns.
    pub fn batch(&self) -> Batch<'_> {
        let mut batch = Batch::new(self.rows);
        for (name, cells) in &self.columns {
            let column = match cells {
                Cells::Double(values) => Column::Double(values),
                Cells::Values(values) => Column::Values(values),
            };
            batch = batch.column(name.as_str(), column);
        }
        batch
    }
}

/// A cell as a value of its field's type, where it is one.
fn value(text: &str, field: &Field) -> Value<'static> {
    // As `score` has it by default.
    if matches!(text, "" | "NA" | "N/A") {
        return Value::Missing;
    }
    let other = || Value::Text(Cow::Owned(text.to_owned()));
    let one = match field.data_type {
        DataType::Double | DataType::Float => text.parse().map_or_else(|_| other(), Value::Double),
        DataType::Integer => text.parse().map_or_else(|_| other(), Value::Integer),
        DataType::Boolean => text.parse().map_or_else(|_| other(), Value::Boolean),
        _ => other(),
    };
    if field.is_list { Value::List(vec![one]) } else { one }
}

/// A column, as plain numbers where all cells are.
fn typed(field: &Field, cells: Vec<Value<'static>>) -> Cells {
    let number = |value: &Value<'static>| match value {
        Value::Double(number) => Some(*number),
        Value::Missing => Some(f64::NAN),
        _ => None,
    };
    match field.data_type {
        DataType::Double | DataType::Float if !field.is_list => match cells.iter().map(number).collect() {
            Some(numbers) => Cells::Double(numbers),
            None => Cells::Values(cells),
        },
        _ => Cells::Values(cells),
    }
}
