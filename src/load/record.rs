//! Records: the results of a row.
//!
//! A record keeps the bits of its values, and shares the strings of the document with the model. It is therefore made without
//! an allocation, unless it has many values, or strings or lists that were computed.

use super::blocks::Blocks;
use super::compiled::Compiled;
use super::conversion;
use pmml_compiler::frame::ResultColumns;
use pmml_compiler::signature::{Field, Signature};
use pmml_runtime::compiled::Value;
use pmml_runtime::{DataType, StringId};
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The results of a row: first the targets, then the output fields.
#[derive(Clone)]
pub struct Record {
    model: Arc<Compiled>,
    cells: SmallVec<[Cell; 8]>,
}

/// A value of a record.
#[derive(Clone, Debug)]
enum Cell {
    Missing,
    /// The bits of a value that is neither a string nor a list.
    Bits(u64),
    /// A string of the dictionary.
    Known(StringId),
    /// Any other value.
    Owned(Box<Value<'static>>),
}

impl Cell {
    /// Makes the cell of a result, whose frame's first row was run.
    #[inline]
    fn of_first_row(
        blocks: &Blocks,
        frame: &[u64],
        (result, field): (usize, &Field),
        columns: ResultColumns,
    ) -> Self {
        if frame[columns.present] & 1 == 0 {
            return Cell::Missing;
        }
        let owned = || Cell::Owned(Box::new(blocks.value(0, 0, result).into_owned()));
        let bits = frame[columns.values];
        match field.data_type {
            _ if field.is_list => owned(),
            DataType::String => {
                let string = StringId::from_number(bits as u32);
                let is_known = blocks.model.program.dictionary.get(string).is_some();
                if is_known { Cell::Known(string) } else { owned() }
            }
            DataType::Boolean => Cell::Bits(bits & 1),
            _ => Cell::Bits(bits),
        }
    }
}

impl Record {
    /// Makes the record of the first row that was run, which must not have failed. `model` is the blocks' model.
    #[inline]
    pub(super) fn of_first_row(blocks: &Blocks, model: Arc<Compiled>) -> Self {
        let (frame, layout) = (blocks.block(0), model.engine.layout());
        let fields = model.signature.results.iter().enumerate().zip(&layout.results);
        let cells =
            fields.map(|(field, columns)| Cell::of_first_row(blocks, frame, field, *columns)).collect();
        Record { cells, model }
    }

    fn signature(&self) -> &Signature {
        &self.model.signature
    }

    fn value(&self, index: usize) -> Option<Value<'_>> {
        let (cell, field) = (self.cells.get(index)?, self.signature().results.get(index)?);
        Some(match cell {
            Cell::Missing => Value::Missing,
            Cell::Bits(bits) => conversion::plain_value(*bits, field.data_type),
            Cell::Known(string) => {
                Value::String(Cow::Borrowed(self.model.program.dictionary.get(*string).unwrap_or_default()))
            }
            Cell::Owned(value) => match &**value {
                Value::String(string) => Value::String(Cow::Borrowed(string)),
                other => other.clone(),
            },
        })
    }

    /// Returns the result with a name, or `None` if the model has no such result.
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        let index = self.signature().results.iter().position(|field| field.name == name)?;
        self.value(index)
    }

    /// Returns the results in order, as in the signature.
    pub fn values(&self) -> impl ExactSizeIterator<Item = Value<'_>> {
        (0..self.cells.len()).map(|index| self.value(index).unwrap_or_default())
    }

    /// Returns the results in order, with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        self.signature().results.iter().map(|field| field.name.as_str()).zip(self.values())
    }
}

impl fmt::Debug for Record {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.iter().eq(other.iter())
    }
}
