//! The fields of a compiled model.

use crate::{DataType, OpType};

/// A field of a compiled model: an input or a result.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Field {
    /// The field's name.
    pub name: &'static str,
    /// The name to show to people.
    pub display_name: Option<&'static str>,
    /// The type of its values; of lists, of their items.
    pub data_type: DataType,
    /// Which operations the values admit.
    pub optype: OpType,
    /// Whether its values are lists.
    pub is_list: bool,
    /// The values named one by one, in order, that belong to the field.
    pub values: &'static [Category],
    /// The ranges that belong to the field.
    pub intervals: &'static [Range],
}

/// A value of a categorical or ordinal field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Category {
    /// The value, as the document writes it.
    pub value: &'static str,
    /// The text to show to people.
    pub display_value: Option<&'static str>,
}

/// A range of numbers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lower margin; infinite if absent.
    pub left: Option<f64>,
    /// Whether the lower margin belongs to the range.
    pub left_closed: bool,
    /// The upper margin; infinite if absent.
    pub right: Option<f64>,
    /// Whether the upper margin belongs to the range.
    pub right_closed: bool,
}
