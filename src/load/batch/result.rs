//! The results of a batch, in columns.

use super::strings::Strings;
use crate::load::blocks::Blocks;
use crate::load::compiled::Compiled;
use crate::load::counts::Counts;
use crate::load::row_error::RowError;
use pmml_compiler::signature::Field;
use pmml_runtime::compiled::Value;
use pmml_runtime::{DataType, StringId};
use std::borrow::Cow;
use std::sync::Arc;

/// The results of a batch.
#[derive(Clone, Debug)]
pub struct BatchResult {
    columns: Vec<ResultColumn>,
    errors: Vec<(usize, RowError)>,
    counts: Counts,
}

impl BatchResult {
    /// Returns the columns, in the order of the signature's results.
    pub fn columns(&self) -> &[ResultColumn] {
        &self.columns
    }

    /// Returns the column with a name, if there is one.
    pub fn column(&self, name: &str) -> Option<&ResultColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Adds the results of the rows that follow.
    #[cfg(feature = "parallel")]
    pub(in crate::load) fn append(&mut self, more: BatchResult) {
        let rows = self.columns.first().map_or(0, |column| column.present.len());
        for (column, more) in self.columns.iter_mut().zip(more.columns) {
            column.present.extend(more.present);
            match (&mut column.values, more.values) {
                (Values::Double(values), Values::Double(more)) => values.extend(more),
                (Values::Float(values), Values::Float(more)) => values.extend(more),
                (Values::Integer(values), Values::Integer(more)) => values.extend(more),
                (Values::Boolean(values), Values::Boolean(more)) => values.extend(more),
                (Values::String(values), Values::String(more)) => values.append(more),
                (Values::List(values), Values::List(more)) => values.extend(more),
                // Both are results of one model.
                _ => {}
            }
        }
        self.counts.add(more.counts);
        self.errors.extend(more.errors.into_iter().map(|(row, error)| (rows + row, error)));
    }

    /// Returns the counts of rows without any result and of values that their fields do not allow.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Returns the rows that failed, by their numbers from 0, in order. Their results are missing.
    pub fn errors(&self) -> &[(usize, RowError)] {
        &self.errors
    }
}

/// A column of results.
#[derive(Clone, Debug)]
pub struct ResultColumn {
    name: String,
    values: Values,
    present: Vec<bool>,
}

/// The values of a column of results, arbitrary where one is missing.
#[derive(Clone, Debug)]
enum Values {
    Double(Vec<f64>),
    Float(Vec<f32>),
    Integer(Vec<i64>),
    Boolean(Vec<bool>),
    String(Strings),
    List(Vec<Vec<Value<'static>>>),
}

impl Values {
    /// Adds a value that is not a number.
    fn push(&mut self, value: Value<'_>) {
        match self {
            // Columns of numbers are extended by `take`.
            Values::Double(_) | Values::Float(_) | Values::Integer(_) => {}
            Values::Boolean(values) => values.push(value == Value::Boolean(true)),
            Values::String(values) => match value {
                Value::Missing => {
                    values.push_known(StringId::EMPTY);
                }
                Value::String(string) => values.push(&string),
                other => values.push(&other.to_string()),
            },
            Values::List(values) => values.push(match value.into_owned() {
                Value::List(items) => items,
                _ => Vec::new(),
            }),
        }
    }
}

impl ResultColumn {
    pub(super) fn new(model: &Arc<Compiled>, field: &Field, rows: usize) -> Self {
        let values = match field.data_type {
            _ if field.is_list => Values::List(Vec::with_capacity(rows)),
            DataType::Double => Values::Double(Vec::with_capacity(rows)),
            DataType::Float => Values::Float(Vec::with_capacity(rows)),
            DataType::Integer => Values::Integer(Vec::with_capacity(rows)),
            DataType::Boolean => Values::Boolean(Vec::with_capacity(rows)),
            _ => Values::String(Strings::new(Arc::clone(model), rows)),
        };
        Self { name: field.name.clone(), values, present: Vec::with_capacity(rows) }
    }

    /// Appends the values of the first rows of a block.
    pub(super) fn take(&mut self, blocks: &Blocks, block: usize, result: usize, rows: usize) {
        let (words, present) = blocks.words(block, result);
        let words = &words[..rows.min(words.len())];
        let number = |row: usize| if present >> row & 1 != 0 { words[row] } else { 0 };
        match &mut self.values {
            Values::Double(values) => values.extend((0..words.len()).map(|row| f64::from_bits(number(row)))),
            Values::Float(values) => {
                values.extend((0..words.len()).map(|row| f32::from_bits(number(row) as u32)));
            }
            Values::Integer(values) => values.extend((0..words.len()).map(|row| number(row) as i64)),
            values => {
                let has_strings = blocks.signature().results[result].data_type == DataType::String;
                for row in 0..rows {
                    // Most strings are the document's.
                    if let (Values::String(strings), true, Some(word)) =
                        (&mut *values, has_strings, words.get(row))
                        && strings.push_known(StringId::from_number(if present >> row & 1 != 0 {
                            *word as u32
                        } else {
                            0
                        }))
                    {
                        continue;
                    }
                    values.push(blocks.value(block, row, result));
                }
            }
        }
        self.present.extend((0..rows).map(|row| present >> row & 1 != 0));
    }

    /// Returns the name of the result.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns, for each row, whether it has a value.
    pub fn present(&self) -> &[bool] {
        &self.present
    }

    /// Returns the value of a row, or `Missing` past the end.
    pub fn get(&self, row: usize) -> Value<'_> {
        if !self.present.get(row).copied().unwrap_or(false) {
            return Value::Missing;
        }
        match &self.values {
            Values::Double(values) => Value::Double(values[row]),
            Values::Float(values) => Value::Float(values[row]),
            Values::Integer(values) => Value::Integer(values[row]),
            Values::Boolean(values) => Value::Boolean(values[row]),
            Values::String(values) => Value::String(Cow::Borrowed(values.get(row))),
            Values::List(values) => Value::List(values[row].clone()),
        }
    }

    /// Returns the values of a column of doubles, with 0 for missing ones, or `None` for other columns.
    pub fn as_doubles(&self) -> Option<&[f64]> {
        match &self.values {
            Values::Double(values) => Some(values),
            _ => None,
        }
    }

    /// Returns the values of a column of integers, with 0 for missing ones, or `None` for other columns.
    pub fn as_integers(&self) -> Option<&[i64]> {
        match &self.values {
            Values::Integer(values) => Some(values),
            _ => None,
        }
    }

    /// Returns the values of a column of strings, with empty ones for missing ones, or `None` for other columns.
    pub fn strings(&self) -> Option<impl ExactSizeIterator<Item = &str>> {
        match &self.values {
            Values::String(values) => Some(values.iter()),
            _ => None,
        }
    }
}

impl BatchResult {
    pub(super) fn new(columns: Vec<ResultColumn>, errors: Vec<(usize, RowError)>, counts: Counts) -> Self {
        BatchResult { columns, errors, counts }
    }
}
