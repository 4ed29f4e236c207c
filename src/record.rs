//! Records: the results of a row.
//!
//! A record keeps the bits of its values, and shares the texts that the document names with the model; so it is made without
//! an allocation, unless it has many values, or texts or lists that were computed.

use crate::model::Inner;
use crate::{Signature, Value, border};
use pmml_runtime::StringId;
use smallvec::SmallVec;
use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

/// The results of a row: first the targets, then the output fields.
#[derive(Clone)]
pub struct Record {
    pub(crate) model: Arc<Inner>,
    pub(crate) cells: SmallVec<[Cell; 8]>,
}

/// A value of a record.
#[derive(Clone, Debug)]
pub(crate) enum Cell {
    Missing,
    /// The bits of a value that is neither a text nor a list.
    Bits(u64),
    /// A text of the dictionary.
    Known(StringId),
    /// Any other value.
    Owned(Box<Value<'static>>),
}

impl Record {
    fn signature(&self) -> &Signature {
        &self.model.signature
    }

    fn value(&self, index: usize) -> Option<Value<'_>> {
        let (cell, field) = (self.cells.get(index)?, self.signature().results.get(index)?);
        Some(match cell {
            Cell::Missing => Value::Missing,
            Cell::Bits(bits) => border::plain_value(*bits, field.data_type),
            Cell::Known(text) => {
                Value::String(Cow::Borrowed(self.model.program.dictionary.get(*text).unwrap_or_default()))
            }
            Cell::Owned(value) => match &**value {
                Value::String(text) => Value::String(Cow::Borrowed(text)),
                other => other.clone(),
            },
        })
    }

    /// The result of a name; `None` if the model has none of that name.
    pub fn get(&self, name: &str) -> Option<Value<'_>> {
        let index = self.signature().results.iter().position(|field| field.name == name)?;
        self.value(index)
    }

    /// The results in order, as in the signature.
    pub fn values(&self) -> impl ExactSizeIterator<Item = Value<'_>> {
        (0..self.cells.len()).map(|index| self.value(index).unwrap_or_default())
    }

    /// The results in order, with their names.
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
