//! Errors of rows.

use pmml_compiler::signature::Range;
use pmml_runtime::DataType;
use pmml_runtime::diagnostics::invalid::Reason;
use pmml_runtime::diagnostics::quote::quote;
use thiserror::Error as ThisError;

/// Why a row has no results.
///
/// Prints the field, its value as the row gives it, and the reason: at most 200 characters of each text of row and document,
/// control characters escaped.
#[derive(Clone, Debug, PartialEq, ThisError)]
#[non_exhaustive]
pub struct RowError {
    /// The input that is to blame, if it is one.
    pub field: Option<String>,
    /// The value that it has in the row; `None` where it is missing.
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
        /// The type; of a list, that of its items.
        expected: DataType,
        /// Whether a list is expected.
        is_list: bool,
    },
    /// The value, or an item of it, lies outside of the intervals that the document declares.
    #[non_exhaustive]
    OutsideIntervals {
        /// The intervals: the first ten.
        intervals: Box<[Range]>,
    },
    /// The value, or an item of it, is not one of those that the document declares.
    #[non_exhaustive]
    NotDeclared {
        /// How many values are declared; the [signature](crate::Signature) lists them.
        declared: usize,
        /// The one that may have been meant.
        nearest: Option<String>,
        /// The intervals whose numbers would be valid too: the first ten.
        intervals: Box<[Range]>,
    },
    /// The document declares that the value is invalid.
    DeclaredInvalid,
    /// The document allows the value, but the model cannot use it.
    Unusable,
    /// The value must not be missing.
    Missing,
    /// The row does not name the input, but has a name that is close to it and that the model does not know.
    #[non_exhaustive]
    Misspelled {
        /// The name that the row has.
        name: String,
    },
    /// A computation has no result: an overflow, a division by zero, a string that is not a number.
    #[non_exhaustive]
    Undefined {
        /// The derived field in which it stands, or the output field, if it is in one.
        derived_field: Option<String>,
    },
    /// The row's strings and lists take more memory or time than a row may.
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
