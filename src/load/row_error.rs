//! Errors of rows.

use pmml_compiler::signature::Range;
use pmml_runtime::DataType;
use pmml_runtime::diagnostics::invalid::Reason;
use pmml_runtime::diagnostics::quote::quote;
use thiserror::Error as ThisError;

/// Why a row has no results.
///
/// Displays the field, its value as it is in the row, and the reason. Strings of row and document are cut off after 200
/// characters, and control characters are escaped.
#[derive(Clone, Debug, PartialEq, ThisError)]
#[non_exhaustive]
pub struct RowError {
    /// The input that caused the error, if an input did.
    pub field: Option<String>,
    /// The value that it has in the row, `None` if it is missing.
    pub value: Option<String>,
    /// What is wrong, in words.
    pub reason: String,
    /// What is wrong, as data.
    pub kind: RowErrorKind,
}

/// What is wrong with a row.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RowErrorKind {
    /// The value cannot be converted to the type of its field.
    #[non_exhaustive]
    NotOfType {
        /// The type, or that of the items if a list is expected.
        expected: DataType,
        /// Whether a list is expected.
        is_list: bool,
    },
    /// The value, or an item of it, is outside the intervals that the document declares.
    #[non_exhaustive]
    OutsideIntervals {
        /// The first ten intervals.
        intervals: Box<[Range]>,
    },
    /// The value, or an item of it, is not one of the values that the document declares.
    #[non_exhaustive]
    NotDeclared {
        /// The number of declared values. The [signature](crate::Signature) lists them.
        declared: usize,
        /// The declared value that may have been meant.
        nearest: Option<String>,
        /// The first ten of the intervals whose numbers would be valid too.
        intervals: Box<[Range]>,
    },
    /// The document declares that the value is invalid.
    DeclaredInvalid,
    /// The document allows the value, but the model cannot use it.
    Unusable,
    /// The value must not be missing.
    Missing,
    /// The row lacks the input, but has a similar name that is unknown to the model.
    #[non_exhaustive]
    Misspelled {
        /// The name that the row has.
        name: String,
    },
    /// A computation has no result: an overflow, a division by zero, a string that is not a number.
    #[non_exhaustive]
    Undefined {
        /// The derived field or output field that contains the computation, if there is one.
        derived_field: Option<String>,
    },
    /// The row's strings and lists exceed its budget of memory or time.
    Exhausted,
}

/// Maximum number of intervals that an error keeps.
const KEPT_INTERVALS: usize = 10;

impl From<Reason<'_>> for RowErrorKind {
    fn from(reason: Reason<'_>) -> Self {
        let kept = |intervals: &[Range]| intervals[..intervals.len().min(KEPT_INTERVALS)].into();
        match reason {
            Reason::NotOfType { expected, is_list } => RowErrorKind::NotOfType { expected, is_list },
            Reason::OutsideIntervals(intervals) => {
                RowErrorKind::OutsideIntervals { intervals: kept(intervals) }
            }
            Reason::NotDeclared { declared, nearest, intervals } => RowErrorKind::NotDeclared {
                declared,
                nearest: nearest.map(str::to_owned),
                intervals: kept(intervals),
            },
            _ => RowErrorKind::DeclaredInvalid,
        }
    }
}

impl std::fmt::Display for RowError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.field, &self.value) {
            (Some(field), Some(value)) => {
                write!(f, "field `{}`: the value `{}` {}", quote(field), quote(value), self.reason)
            }
            (Some(field), None) => write!(f, "field `{}` {}", quote(field), self.reason),
            (None, _) => f.write_str(&self.reason),
        }
    }
}
