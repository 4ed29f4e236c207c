//! A file of rows, as rows of values and as columns.

use pmml::{Batch, Column, DataType, Field, Model, Value};
use std::collections::HashMap;
use std::error::Error;
use std::path::Path;

/// Cells that stand for a missing value.
const MISSING: [&str; 4] = ["", "NA", "N/A", "null"];

/// Rows, with values in the order of the model's inputs.
pub struct Table {
    fields: Vec<Field>,
    pub rows: Vec<Vec<Value<'static>>>,
}

impl Table {
    /// Reads a file. Where a model takes lists, rows of a group become one.
    pub fn read(path: &Path, model: &Model) -> Result<Self, Box<dyn Error>> {
        let signature = model.signature();
        let mut reader = csv::Reader::from_path(path)?;
        let header = reader.headers()?.clone();
        let place = |name: &str| header.iter().position(|column| column == name);
        let places: Vec<Option<usize>> = signature.inputs.iter().map(|field| place(&field.name)).collect();
        let group = signature.group.as_deref().and_then(place);
        let mut groups: HashMap<String, usize> = HashMap::new();
        let mut rows: Vec<Vec<Value<'static>>> = Vec::new();
        for record in reader.records() {
            let record = record?;
            let new = rows.len();
            let number = match group.and_then(|place| record.get(place)) {
                Some(key) => *groups.entry(key.to_owned()).or_insert(new),
                None => new,
            };
            if number == new {
                rows.push(vec![Value::Missing; signature.inputs.len()]);
            }
            for ((field, place), cell) in signature.inputs.iter().zip(&places).zip(&mut rows[number]) {
                let found = value(field, place.and_then(|place| record.get(place)).unwrap_or_default());
                match cell {
                    Value::List(items) => items.push(found),
                    _ if field.is_list => *cell = Value::List(vec![found]),
                    _ => *cell = found,
                }
            }
        }
        Ok(Self { fields: signature.inputs.clone(), rows })
    }

    /// The same, in columns of the fields' own types where all values are of them.
    pub fn columns(&self) -> Columns<'_> {
        let columns = self.fields.iter().enumerate().map(|(number, field)| {
            let values = || self.rows.iter().map(move |row| &row[number]);
            let double = |value: &Value<'_>| match value {
                Value::Double(value) => Some(*value),
                Value::Missing => Some(f64::NAN),
                _ => None,
            };
            let single = |value: &Value<'_>| match value {
                Value::Float(value) => Some(*value),
                Value::Missing => Some(f32::NAN),
                _ => None,
            };
            let typed = match field.data_type {
                _ if field.is_list => None,
                DataType::Double => values().map(double).collect::<Option<_>>().map(Cells::Double),
                DataType::Float => values().map(single).collect::<Option<_>>().map(Cells::Float),
                DataType::Integer => values().map(integer).collect::<Option<_>>().map(Cells::Integer),
                DataType::Boolean => values().map(boolean).collect::<Option<_>>().map(Cells::Boolean),
                DataType::String => values().map(text).collect::<Option<_>>().map(Cells::Text),
                _ => None,
            };
            (field.name.as_str(), typed.unwrap_or_else(|| Cells::Values(values().cloned().collect())))
        });
        Columns { rows: self.rows.len(), columns: columns.collect() }
    }
}

/// The cells of a column.
enum Cells<'t> {
    Double(Vec<f64>),
    Float(Vec<f32>),
    Integer(Vec<i64>),
    Boolean(Vec<bool>),
    Text(Vec<&'t str>),
    Values(Vec<Value<'t>>),
}

/// Columns with their names.
pub struct Columns<'t> {
    rows: usize,
    columns: Vec<(&'t str, Cells<'t>)>,
}

impl Columns<'_> {
    /// The batch of these columns.
    pub fn batch(&self) -> Batch<'_> {
        self.columns.iter().fold(Batch::new(self.rows), |batch, (name, cells)| {
            let column = match cells {
                Cells::Double(cells) => Column::Double(cells),
                Cells::Float(cells) => Column::Float(cells),
                Cells::Integer(cells) => Column::Integer(cells),
                Cells::Boolean(cells) => Column::Boolean(cells),
                Cells::Text(cells) => Column::Text(cells),
                Cells::Values(cells) => Column::Values(cells),
            };
            batch.column(*name, column)
        })
    }
}

/// A cell as a program that holds typed data would give it: a text that is no number stays a text.
fn value(field: &Field, cell: &str) -> Value<'static> {
    if MISSING.contains(&cell) {
        return Value::Missing;
    }
    let typed = match field.data_type {
        DataType::Double => cell.parse().ok().map(Value::Double),
        DataType::Float => cell.parse().ok().map(Value::Float),
        DataType::Integer => cell.parse().ok().map(Value::Integer),
        DataType::Boolean => cell.to_ascii_lowercase().parse().ok().map(Value::Boolean),
        _ => None,
    };
    typed.unwrap_or_else(|| Value::Text(cell.to_owned().into()))
}

fn integer(value: &Value<'_>) -> Option<i64> {
    if let Value::Integer(value) = value { Some(*value) } else { None }
}

fn boolean(value: &Value<'_>) -> Option<bool> {
    if let Value::Boolean(value) = value { Some(*value) } else { None }
}

fn text<'v>(value: &'v Value<'_>) -> Option<&'v str> {
    if let Value::Text(value) = value { Some(value) } else { None }
}
