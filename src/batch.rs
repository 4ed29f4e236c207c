//! Batches: many rows at once, in columns. Columns of numbers go into frames and come out of them without a look at each
//! cell's type.

use crate::explain::text_of;
use crate::model::Inner;
use crate::scorer::BLOCK_ROWS;
use crate::{AbsentColumns, MissingColumns};
use crate::{BatchError, Counts, DataType, RowError, Scorer, Signature, Value};
use pmml_compiler::ir::Id;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;

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
    String(&'a [&'a str]),
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
            Column::String(values) => values.len(),
            Column::Values(values) => values.len(),
        }
    }

    /// The value of a row; missing past the end.
    pub(crate) fn get(&self, row: usize) -> Value<'_> {
        match self {
            Column::Double(values) => values.get(row).copied().into(),
            Column::Float(values) => values.get(row).copied().into(),
            Column::Integer(values) => values.get(row).copied().into(),
            Column::Boolean(values) => values.get(row).copied().into(),
            Column::String(values) => values.get(row).copied().into(),
            Column::Values(values) => values.get(row).cloned().unwrap_or_default(),
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

    /// Some of the rows.
    #[cfg(feature = "parallel")]
    pub(crate) fn part(&self, rows: Range<usize>) -> Batch<'_> {
        fn part<'v, T>(values: &'v [T], rows: &Range<usize>) -> &'v [T] {
            &values[rows.start.min(values.len())..rows.end.min(values.len())]
        }
        let columns = self.columns.iter().map(|(name, column)| {
            let column = match column {
                Column::Double(values) => Column::Double(part(values, &rows)),
                Column::Float(values) => Column::Float(part(values, &rows)),
                Column::Integer(values) => Column::Integer(part(values, &rows)),
                Column::Boolean(values) => Column::Boolean(part(values, &rows)),
                Column::String(values) => Column::String(part(values, &rows)),
                Column::Values(values) => Column::Values(part(values, &rows)),
            };
            (Cow::Borrowed(&**name), column)
        });
        Batch { rows: rows.len(), columns: columns.collect() }
    }
}

/// The results of a batch.
#[derive(Clone, Debug)]
pub struct BatchResult {
    columns: Vec<ResultColumn>,
    errors: Vec<(usize, RowError)>,
    counts: Counts,
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

    /// Adds the results of the rows that follow.
    #[cfg(feature = "parallel")]
    pub(crate) fn append(&mut self, more: BatchResult) {
        let rows = self.columns.first().map_or(0, |column| column.present.len());
        for (column, more) in self.columns.iter_mut().zip(more.columns) {
            column.present.extend(more.present);
            match (&mut column.values, more.values) {
                (Values::Double(values), Values::Double(more)) => values.extend(more),
                (Values::Float(values), Values::Float(more)) => values.extend(more),
                (Values::Integer(values), Values::Integer(more)) => values.extend(more),
                (Values::Boolean(values), Values::Boolean(more)) => values.extend(more),
                (Values::String(values), Values::String(more)) => values.extend(more),
                (Values::List(values), Values::List(more)) => values.extend(more),
                // Both are results of one model.
                _ => {}
            }
        }
        self.counts.add(more.counts);
        self.errors.extend(more.errors.into_iter().map(|(row, error)| (rows + row, error)));
    }

    /// What was counted: rows without any result, and values that their fields do not allow.
    pub fn counts(&self) -> &Counts {
        &self.counts
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
    String(Vec<String>),
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
            _ => Values::String(Vec::with_capacity(rows)),
        };
        Self { name: name.to_owned(), values, present: Vec::with_capacity(rows) }
    }

    fn push(&mut self, value: Value<'_>) {
        self.present.push(!value.is_missing());
        match &mut self.values {
            // Columns of numbers take over words.
            Values::Double(_) | Values::Float(_) | Values::Integer(_) => {}
            Values::Boolean(values) => values.push(value == Value::Boolean(true)),
            Values::String(values) => {
                values.push(if value.is_missing() { String::new() } else { value.to_string() })
            }
            Values::List(values) => values.push(match value.into_owned() {
                Value::List(items) => items,
                _ => Vec::new(),
            }),
        }
    }

    /// Takes over the values of the first rows of a block.
    fn take(&mut self, scorer: &Scorer, block: usize, result: usize, rows: usize) {
        let (words, present) = scorer.words(block, result);
        let words = &words[..rows.min(words.len())];
        let number = |row: usize| if present >> row & 1 != 0 { words[row] } else { 0 };
        match &mut self.values {
            Values::Double(values) => values.extend((0..words.len()).map(|row| f64::from_bits(number(row)))),
            Values::Float(values) => {
                values.extend((0..words.len()).map(|row| f32::from_bits(number(row) as u32)));
            }
            Values::Integer(values) => values.extend((0..words.len()).map(|row| number(row) as i64)),
            _ => {
                for row in 0..rows {
                    self.push(scorer.value_in(block, row, result));
                }
                return;
            }
        }
        self.present.extend((0..rows).map(|row| present >> row & 1 != 0));
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
            Values::String(values) => Value::String(Cow::Borrowed(&values[row])),
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
            Values::String(values) => Some(values),
            _ => None,
        }
    }
}

/// The column of each input.
fn columns_of<'s, 'b>(
    signature: &'s Signature,
    batch: &'s Batch<'b>,
) -> impl Iterator<Item = Option<Column<'b>>> + use<'s, 'b> {
    // Of two columns of one name the first counts. Few are found faster by looking at all of them.
    let by_name: Option<HashMap<&str, Column<'b>>> = (batch.columns.len() > 32)
        .then(|| batch.columns.iter().rev().map(|(name, column)| (&**name, *column)).collect());
    signature.inputs.iter().map(move |field| match &by_name {
        Some(columns) => columns.get(field.name.as_str()).copied(),
        None => batch.columns.iter().find(|(name, _)| *name == field.name).map(|(_, column)| *column),
    })
}

/// Returns the columns of a model's inputs, after a check that those are there that it needs.
pub(crate) fn columns<'b>(model: &Inner, batch: &Batch<'b>) -> Result<Vec<Option<Column<'b>>>, BatchError> {
    let columns: Vec<_> = columns_of(&model.signature, batch).collect();
    if model.missing_columns == MissingColumns::Missing || columns.iter().all(Option::is_some) {
        return Ok(columns);
    }
    let numbered = columns.iter().enumerate();
    let absent: Vec<usize> =
        numbered.filter(|(_, column)| column.is_none()).map(|(input, _)| input).collect();
    let names = batch.columns.iter().map(|(name, _)| &**name);
    match AbsentColumns::find(&model.signature, &absent, names) {
        Some(absent) => Err(BatchError::MissingColumns(absent)),
        None => Ok(columns),
    }
}

/// Scores a batch: as many blocks at once as suit the model.
pub(crate) fn score(scorer: &mut Scorer, batch: &Batch<'_>, columns: &[Option<Column<'_>>]) -> BatchResult {
    let signature: &Signature = scorer.signature();
    let mut results: Vec<ResultColumn> = signature
        .results
        .iter()
        .map(|field| ResultColumn::new(&field.name, field.data_type, field.is_list, batch.rows))
        .collect();
    let errors = in_blocks(
        scorer,
        batch.rows,
        |scorer, block, rows| {
            for (input, column) in columns.iter().enumerate() {
                if let Some(column) = column {
                    scorer.fill(block, input, column, rows.clone());
                }
            }
        },
        |scorer, block, rows| {
            for (result, column) in results.iter_mut().enumerate() {
                column.take(scorer, block, result, rows);
            }
        },
        |row, input| text_of(&columns.get(input)?.as_ref()?.get(row)),
    );
    BatchResult { columns: results, errors, counts: scorer.take_counts() }
}

/// Scores rows block by block: `fill` gives the cells of a block, which are missing before, those of some rows, `take` takes
/// the results of a block's first rows, `given` says what a row gives for an input. The rows that failed come back.
pub(crate) fn in_blocks(
    scorer: &mut Scorer,
    rows: usize,
    mut fill: impl FnMut(&mut Scorer, usize, Range<usize>),
    mut take: impl FnMut(&Scorer, usize, usize),
    given: impl Fn(usize, usize) -> Option<String>,
) -> Vec<(usize, RowError)> {
    let mut errors = Vec::new();
    let together = scorer.make_room(rows.div_ceil(BLOCK_ROWS)) * BLOCK_ROWS;
    for first in (0..rows).step_by(together.max(BLOCK_ROWS)) {
        let count = together.min(rows - first);
        scorer.clear_blocks(count.div_ceil(BLOCK_ROWS));
        for start in (0..count).step_by(BLOCK_ROWS) {
            fill(scorer, start / BLOCK_ROWS, first + start..first + count.min(start + BLOCK_ROWS));
        }
        scorer.run_rows(count);
        scorer.count(count);
        for start in (0..count).step_by(BLOCK_ROWS) {
            let (block, count) = (start / BLOCK_ROWS, BLOCK_ROWS.min(count - start));
            if scorer.any_error(block) {
                for row in 0..count {
                    let Some(failure) = scorer.failure(block, row) else { continue };
                    let number = first + start + row;
                    let given = failure.input.and_then(|input| given(number, input.index()));
                    errors.extend(scorer.error_in(block, row, given).map(|error| (number, error)));
                }
            }
            take(scorer, block, count);
        }
    }
    errors
}
