//! Inputs whose invalid values do not fail their rows: which values are invalid, for counting them.
//!
//! Programs do not use this: they replace such values, or ignore that they are invalid. Programs stay as fast
//! as they are because they count nothing.

use crate::ir::{Constant, Input, SetData, Type};
use pmml_runtime::StringId;
use pmml_runtime::compiled::Range;
use pmml_runtime::diagnostics::invalid::{Given, is_within};

/// An input whose invalid values do not fail their rows, with what the document declares about its values.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The input, which is not a list.
    pub input: Input,
    /// The values that stand for a missing one.
    pub missing: Values,
    /// The valid values; `None` if none is listed.
    pub valid: Option<Values>,
    /// The intervals of valid values.
    pub intervals: Vec<Range>,
    /// The values that are declared to be invalid.
    pub invalid: Values,
}

/// Values that a document lists.
#[derive(Clone, Debug)]
pub struct Values {
    /// Those of the field's type, except NaN.
    pub set: SetData,
    /// Whether NaN is among them.
    pub nan: bool,
    /// The strings that are not values of the type.
    pub strings: Vec<StringId>,
}

impl Values {
    fn contains(&self, value: Constant) -> bool {
        if value.is_nan() { self.nan } else { self.set.contains(value) }
    }
}

impl Watched {
    /// Returns whether the document declares anything that a value of the field's type could contradict.
    pub fn has_domain(&self) -> bool {
        self.names_values() || !self.intervals.is_empty()
    }

    /// Returns whether the document lists valid or invalid values.
    pub fn names_values(&self) -> bool {
        self.valid.is_some() || !self.invalid.set.elements.is_empty()
    }

    /// Returns whether a string that is not a value of the field's type is invalid: it may stand for a
    /// missing value.
    pub fn is_invalid_text(&self, text: StringId) -> bool {
        !self.missing.strings.contains(&text)
    }

    /// Returns whether the value of an input is invalid, given its bits.
    pub fn is_invalid(&self, bits: u64) -> bool {
        let Some(value) = Constant::from_bits(self.ty(), bits) else { return false };
        if self.missing.contains(value) {
            return false;
        }
        if self.invalid.contains(value) {
            return true;
        }
        let is_listed = self.valid.as_ref().is_some_and(|valid| valid.contains(value));
        if value.is_nan() {
            return !is_listed;
        }
        let is_free = self.valid.is_none() && self.intervals.is_empty();
        let given = match value {
            Constant::I64(value) => Given::Integer(value),
            Constant::F32(value) => Given::Float(value),
            Constant::F64(value) => Given::Double(value),
            Constant::Bool(_) | Constant::String(_) => Given::Unconvertible,
        };
        !is_free && !is_listed && !self.intervals.iter().any(|interval| is_within(given, interval))
    }

    /// Returns the type of the input's values.
    pub fn ty(&self) -> Type {
        self.missing.set.ty
    }

    /// Returns the number of bytes that its lists take.
    pub fn bytes(&self) -> usize {
        let values = |values: &Values| {
            values.set.elements.capacity() * size_of::<u64>()
                + values.strings.capacity() * size_of::<StringId>()
        };
        size_of::<Self>()
            + values(&self.missing)
            + values(&self.invalid)
            + self.valid.as_ref().map_or(0, values)
            + self.intervals.capacity() * size_of::<Range>()
    }
}
