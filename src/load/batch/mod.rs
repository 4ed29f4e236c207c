//! Batches: many rows in columns. Columns of numbers are copied to and from frames without checking the type of each cell.

mod result;
mod strings;

pub use result::{BatchResult, ResultColumn};

use super::blocks::failure::string_of;
use super::blocks::{BLOCK_ROWS, Blocks};
use super::column::Column;
use super::compiled::Compiled;
use super::names::MissingColumns;
use super::row_error::RowError;
use pmml_compiler::absent::AbsentColumns;
use pmml_compiler::ir::Id;
use pmml_compiler::signature::Signature;
use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use thiserror::Error as ThisError;

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
    /// Makes a batch with a number of rows and no columns.
    pub fn new(rows: usize) -> Self {
        Self { rows, columns: Vec::new() }
    }

    /// Adds a column. If it is shorter than the batch, the rest of its values are missing. Of two columns with the same name,
    /// the first is used. Columns that are not inputs of the model are ignored.
    #[must_use]
    pub fn column(mut self, name: impl Into<Cow<'a, str>>, column: Column<'a>) -> Self {
        self.columns.push((name.into(), column));
        self
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns a part of the rows.
    #[cfg(feature = "parallel")]
    pub(crate) fn part(&self, rows: Range<usize>) -> Batch<'_> {
        let columns = self.columns.iter().map(|(name, column)| (Cow::Borrowed(&**name), column.part(&rows)));
        Batch { rows: rows.len(), columns: columns.collect() }
    }
}

/// Why a batch cannot be scored.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub enum BatchError {
    /// Inputs of the model have no column.
    #[error("the batch has no column for {0}")]
    MissingColumns(AbsentColumns),
}

/// Returns the column of each input, if it has one.
fn columns_of<'s, 'b>(
    signature: &'s Signature,
    batch: &'s Batch<'b>,
) -> impl Iterator<Item = Option<Column<'b>>> + use<'s, 'b> {
    // Of two columns with the same name, the first is used. With few columns, a linear search is faster.
    let by_name: Option<HashMap<&str, Column<'b>>> = (batch.columns.len() > 32)
        .then(|| batch.columns.iter().rev().map(|(name, column)| (&**name, *column)).collect());
    signature.inputs.iter().map(move |field| match &by_name {
        Some(columns) => columns.get(field.name.as_str()).copied(),
        None => batch.columns.iter().find(|(name, _)| *name == field.name).map(|(_, column)| *column),
    })
}

/// Returns the columns of a model's inputs.
///
/// # Errors
/// Fails if a required column is missing.
pub(in crate::load) fn columns<'b>(
    model: &Compiled,
    batch: &Batch<'b>,
) -> Result<Vec<Option<Column<'b>>>, BatchError> {
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

/// Scores a batch, running as many blocks together as suits the model.
pub(in crate::load) fn score(
    blocks: &mut Blocks,
    batch: &Batch<'_>,
    columns: &[Option<Column<'_>>],
) -> BatchResult {
    let signature = blocks.signature();
    let mut results: Vec<ResultColumn> =
        signature.results.iter().map(|field| ResultColumn::new(&blocks.model, field, batch.rows)).collect();
    let errors = in_blocks(
        blocks,
        batch.rows,
        |blocks, block, rows| {
            for (input, column) in columns.iter().enumerate() {
                if let Some(column) = column {
                    blocks.column(block, input).fill(column, rows.clone());
                }
            }
        },
        |blocks, block, rows| {
            for (result, column) in results.iter_mut().enumerate() {
                column.take(blocks, block, result, rows);
            }
        },
        |row, input| string_of(&columns.get(input)?.as_ref()?.get(row)),
    );
    BatchResult::new(results, errors, blocks.take_counts())
}

/// Scores rows block by block and returns the rows that failed. `fill` fills a block, whose cells are missing before, with a
/// range of rows; `take` reads the results of a block's first rows; `given` returns the string that a row has for an input.
pub(in crate::load) fn in_blocks(
    blocks: &mut Blocks,
    rows: usize,
    mut fill: impl FnMut(&mut Blocks, usize, Range<usize>),
    mut take: impl FnMut(&Blocks, usize, usize),
    given: impl Fn(usize, usize) -> Option<String>,
) -> Vec<(usize, RowError)> {
    let mut errors = Vec::new();
    let together = blocks.make_space(rows.div_ceil(BLOCK_ROWS)) * BLOCK_ROWS;
    for first in (0..rows).step_by(together.max(BLOCK_ROWS)) {
        let count = together.min(rows - first);
        blocks.clear(count.div_ceil(BLOCK_ROWS));
        for start in (0..count).step_by(BLOCK_ROWS) {
            fill(blocks, start / BLOCK_ROWS, first + start..first + count.min(start + BLOCK_ROWS));
        }
        blocks.run(count);
        blocks.count(count);
        for start in (0..count).step_by(BLOCK_ROWS) {
            let (block, count) = (start / BLOCK_ROWS, BLOCK_ROWS.min(count - start));
            if blocks.any_error(block) {
                for row in 0..count {
                    let Some(failure) = blocks.failure(block, row) else { continue };
                    let number = first + start + row;
                    let given = failure.input.and_then(|input| given(number, input.index()));
                    errors.extend(blocks.error(block, row, given).map(|error| (number, error)));
                }
            }
            take(blocks, block, count);
        }
    }
    errors
}
