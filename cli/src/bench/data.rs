//! The rows of a measurement, as typed columns and as rows of typed values.

use crate::failure::Failure;
use crate::table::{self, TableArguments, input_name, open_input};
use pmml::{Batch, Column, DataType, Field, Signature, Value};
use pmml_table::MissingColumns;
use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

/// Number of rows that are scored one by one.
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
    pub fn read(path: &Path, arguments: &TableArguments, signature: &Signature) -> Result<Self, Failure> {
        let name = input_name(path);
        let mut reader = arguments.open(open_input(path)?.0, &name, signature)?;
        let plan = arguments.plan(&name, reader.columns(), signature, MissingColumns::Missing)?;
        let mut rows: Vec<Vec<Value<'static>>> = Vec::new();
        while let Some(row) = reader.row().map_err(|error| table::failure(&name, error))? {
            let mut values = vec![Value::Missing; signature.inputs.len()];
            plan.fill(&row, |input, value| values[input] = typed(value, &signature.inputs[input]));
            rows.push(values);
        }
        if rows.is_empty() {
            return Err(Failure::new(format!("{name} has no rows")));
        }
        let absent: HashSet<&str> = plan.absent().iter().map(String::as_str).collect();
        let fields = signature.inputs.iter().enumerate();
        let columns = fields
            .filter(|(_, field)| !absent.contains(field.name.as_str()))
            .map(|(input, field)| {
                let cells = rows.iter().map(|row| row[input].clone()).collect();
                (field.name.clone(), column(field, cells))
            })
            .collect();
        let count = rows.len();
        rows.truncate(SINGLE_ROWS);
        Ok(Self { rows: count, columns, single: rows })
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the rows that are scored one by one.
    pub fn single_rows(&self) -> &[Vec<Value<'static>>] {
        &self.single
    }

    /// Returns all rows, in columns.
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

/// Converts a cell, or the cells of a list, to values of their field's type, where that is possible.
fn typed(value: Value<'_>, field: &Field) -> Value<'static> {
    match value {
        Value::String(string) => {
            let other = || Value::String(Cow::Owned(string.as_ref().to_owned()));
            match field.data_type {
                DataType::Double | DataType::Float => string.parse().map_or_else(|_| other(), Value::Double),
                DataType::Integer => string.parse().map_or_else(|_| other(), Value::Integer),
                DataType::Boolean => string.parse().map_or_else(|_| other(), Value::Boolean),
                _ => other(),
            }
        }
        Value::List(items) => Value::List(items.into_iter().map(|item| typed(item, field)).collect()),
        value => value.into_owned(),
    }
}

/// Returns a column, as plain numbers if all cells are numbers or missing.
fn column(field: &Field, cells: Vec<Value<'static>>) -> Cells {
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
