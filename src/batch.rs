//! Batches: many rows at once, in columns.

use crate::scorer::BLOCK_ROWS;
use crate::{DataType, RowError, Scorer, Signature, Value};
use std::borrow::Cow;

/// A column of a batch. A missing number is NaN, or a [`Value::Missing`] in a column of values.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Column<'a> {
    /// Doubles.
    Double(&'a [f64]),
    /// Singles.
    Float(&'a [f32]),
    /// Integers.
    Integer(&'a [i64]),
    /// Truth values.
    Boolean(&'a [bool]),
    /// Texts.
    Text(&'a [&'a str]),
    /// Values of any type, row by row.
    Values(&'a [Value<'a>]),
}

impl Column<'_> {
    /// The number of rows.
    pub fn len(&self) -> usize {
        match self {
            Column::Double(values) => values.len(),
            Column::Float(values) => values.len(),
            Column::Integer(values) => values.len(),
            Column::Boolean(values) => values.len(),
            Column::Text(values) => values.len(),
            Column::Values(values) => values.len(),
        }
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A batch of rows, in named columns.
///
/// ```
/// use pmml::{Batch, Column};
/// let lengths = [5.1, 4.9];
/// let batch = Batch::new(2).column("sepal_length", Column::Double(&lengths));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Batch<'a> {
    rows: usize,
    columns: Vec<(Cow<'a, str>, Column<'a>)>,
}

impl<'a> Batch<'a> {
    /// A batch of some number of rows, without columns yet.
    pub fn new(rows: usize) -> Self {
        Self { rows, columns: Vec::new() }
    }

    /// Adds a column. Where it is shorter than the batch, the rest of its values are missing; of two columns of one name
    /// the first counts; columns that the model does not ask for are ignored.
    #[must_use]
    pub fn column(mut self, name: impl Into<Cow<'a, str>>, column: Column<'a>) -> Self {
        self.columns.push((name.into(), column));
        self
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }
}

/// The results of a batch.
#[derive(Clone, Debug)]
pub struct BatchResult {
    columns: Vec<ResultColumn>,
    errors: Vec<(usize, RowError)>,
}

impl BatchResult {
    /// The columns, in the order of the signature's results.
    pub fn columns(&self) -> &[ResultColumn] {
        &self.columns
    }

    /// The column of a name.
    pub fn column(&self, name: &str) -> Option<&ResultColumn> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// The rows that failed, by their numbers from 0, in order. Their results are missing.
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

/// The values of a column of results; anything where a value is missing.
#[derive(Clone, Debug)]
enum Values {
    Double(Vec<f64>),
    Float(Vec<f32>),
    Integer(Vec<i64>),
    Boolean(Vec<bool>),
    Text(Vec<String>),
    List(Vec<Vec<Value<'static>>>),
}

impl ResultColumn {
    fn new(name: &str, data_type: DataType, is_list: bool, rows: usize) -> Self {
        let values = match data_type {
            _ if is_list => Values::List(Vec::with_capacity(rows)),
            DataType::Double => Values::Double(Vec::with_capacity(rows)),
            DataType::Float => Values::Float(Vec::with_capacity(rows)),
            DataType::Integer => Values::Integer(Vec::with_capacity(rows)),
            DataType::Boolean => Values::Boolean(Vec::with_capacity(rows)),
            _ => Values::Text(Vec::with_capacity(rows)),
        };
        Self { name: name.to_owned(), values, present: Vec::with_capacity(rows) }
    }

    fn push(&mut self, value: Value<'_>) {
        self.present.push(!value.is_missing());
        match &mut self.values {
            Values::Double(values) => values.push(value.as_f64().unwrap_or_default()),
            Values::Float(values) => values.push(if let Value::Float(value) = value { value } else { 0.0 }),
            Values::Integer(values) => values.push(if let Value::Integer(value) = value { value } else { 0 }),
            Values::Boolean(values) => values.push(value == Value::Boolean(true)),
            Values::Text(values) => {
                values.push(if value.is_missing() { String::new() } else { value.to_string() })
            }
            Values::List(values) => values.push(match value.into_owned() {
                Value::List(items) => items,
                _ => Vec::new(),
            }),
        }
    }

    /// The name of the result.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Which rows have a value.
    pub fn present(&self) -> &[bool] {
        &self.present
    }

    /// The value of a row; missing past the end.
    pub fn get(&self, row: usize) -> Value<'_> {
        if !self.present.get(row).copied().unwrap_or(false) {
            return Value::Missing;
        }
        match &self.values {
            Values::Double(values) => Value::Double(values[row]),
            Values::Float(values) => Value::Float(values[row]),
            Values::Integer(values) => Value::Integer(values[row]),
            Values::Boolean(values) => Value::Boolean(values[row]),
            Values::Text(values) => Value::Text(Cow::Borrowed(&values[row])),
            Values::List(values) => Value::List(values[row].clone()),
        }
    }

    /// The values of a column of doubles; 0 where a value is missing.
    pub fn as_doubles(&self) -> Option<&[f64]> {
        match &self.values {
            Values::Double(values) => Some(values),
            _ => None,
        }
    }

    /// The values of a column of integers; 0 where a value is missing.
    pub fn as_integers(&self) -> Option<&[i64]> {
        match &self.values {
            Values::Integer(values) => Some(values),
            _ => None,
        }
    }

    /// The values of a column of texts; empty where a value is missing.
    pub fn as_texts(&self) -> Option<&[String]> {
        match &self.values {
            Values::Text(values) => Some(values),
            _ => None,
        }
    }
}

/// Scores a batch, block by block.
pub(crate) fn score(scorer: &mut Scorer, batch: &Batch<'_>) -> BatchResult {
    let signature: &Signature = scorer.signature();
    let columns: Vec<Option<Column<'_>>> = signature
        .inputs
        .iter()
        .map(|field| batch.columns.iter().find(|(name, _)| *name == field.name).map(|(_, column)| *column))
        .collect();
    let mut results: Vec<ResultColumn> = signature
        .results
        .iter()
        .map(|field| ResultColumn::new(&field.name, field.data_type, field.is_list, batch.rows))
        .collect();
    let mut errors = Vec::new();
    for first in (0..batch.rows).step_by(BLOCK_ROWS) {
        let rows = BLOCK_ROWS.min(batch.rows - first);
        scorer.clear();
        for (input, column) in columns.iter().enumerate() {
            let Some(column) = column else { continue };
            fill(scorer, input, column, first, rows);
        }
        scorer.run(rows);
        for row in 0..rows {
            if let Some(error) = scorer.error(row) {
                errors.push((first + row, error));
            }
        }
        for (result, column) in results.iter_mut().enumerate() {
            for row in 0..rows {
                column.push(scorer.value(row, result));
            }
        }
    }
    BatchResult { columns: results, errors }
}

fn fill(scorer: &mut Scorer, input: usize, column: &Column<'_>, first: usize, rows: usize) {
    fn each<'v, T: Copy>(
        scorer: &mut Scorer,
        input: usize,
        values: &[T],
        (first, rows): (usize, usize),
        value: impl Fn(T) -> Value<'v>,
    ) {
        for (row, cell) in values.iter().skip(first).take(rows).enumerate() {
            scorer.set(row, input, &value(*cell));
        }
    }
    let range = (first, rows);
    match column {
        Column::Double(values) => each(scorer, input, values, range, Value::Double),
        Column::Float(values) => each(scorer, input, values, range, Value::Float),
        Column::Integer(values) => each(scorer, input, values, range, Value::Integer),
        Column::Boolean(values) => each(scorer, input, values, range, Value::Boolean),
        Column::Text(values) => each(scorer, input, values, range, |text| Value::Text(Cow::Borrowed(text))),
        Column::Values(values) => {
            for (row, value) in values.iter().skip(first).take(rows).enumerate() {
                scorer.set(row, input, value);
            }
        }
    }
}
