//! The fields of a compiled model.

use crate::diagnostics::invalid::Declared;
use crate::{DataType, OpType};
use core::fmt;

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

impl Field {
    /// Returns what the document declares of the field's values.
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

/// Prints the range as mathematics writes it: `[0, 3)`, and `(-∞, 3]` where a margin is absent.
impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.left {
            Some(left) => {
                f.write_str(if self.left_closed { "[" } else { "(" })?;
                write_margin(left, f)?;
            }
            None => f.write_str("(-∞")?,
        }
        f.write_str(", ")?;
        match self.right {
            Some(right) => {
                write_margin(right, f)?;
                f.write_str(if self.right_closed { "]" } else { ")" })
            }
            None => f.write_str("∞)"),
        }
    }
}

fn write_margin(margin: f64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match margin.abs() {
        0.0 | 1e-5..1e16 => write!(f, "{margin}"),
        _ => write!(f, "{margin:e}"),
    }
}
