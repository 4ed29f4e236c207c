//! The fields of a compiled model.

use crate::data_type::{DataType, OpType};
use crate::diagnostics::invalid::Declared;

pub use crate::range::Range;

/// A field of a compiled model: an input or a result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// The field's name.
    pub name: &'static str,
    /// The name to show to people.
    pub display_name: Option<&'static str>,
    /// The type of its values, or of their items if they are lists.
    pub data_type: DataType,
    /// Which operations the values admit.
    pub optype: OpType,
    /// Whether its values are lists.
    pub is_list: bool,
    /// The valid values that the document lists, in order.
    pub values: &'static [Category],
    /// The ranges of valid values.
    pub intervals: &'static [Range],
}

impl Field {
    /// Returns what the document declares about the field's values.
    pub(super) fn declared(
        &self,
    ) -> Declared<'static, impl ExactSizeIterator<Item = &'static str> + Clone + use<>> {
        Declared {
            data_type: self.data_type,
            is_list: self.is_list,
            values: self.values.iter().map(|category| category.value),
            intervals: self.intervals,
        }
    }
}

/// A value of a categorical or ordinal field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    /// The value, as the document writes it.
    pub value: &'static str,
    /// The text to show to people.
    pub display_value: Option<&'static str>,
}
