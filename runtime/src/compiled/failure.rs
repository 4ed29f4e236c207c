//! Why a row has no results.

use core::fmt;

/// Why a row has no results.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The input that is to blame, if it is one.
    pub field: Option<&'static str>,
    /// The kind of failure.
    pub kind: FailureKind,
    /// What is wrong, in words: `is not one of the field's values`.
    pub reason: &'static str,
}

/// Kinds of failure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum FailureKind {
    /// An input holds a value that its field does not allow.
    InvalidValue,
    /// An input lacks a value that it must have.
    MissingValue,
    /// A computation has no result: an overflow, a division by zero, an argument outside of a function's domain.
    UndefinedResult,
    /// The row's texts and lists take more memory or time than a row may.
    Exhausted,
}

impl Failure {
    /// A failure, for which an input may be to blame.
    pub const fn new(field: Option<&'static str>, kind: FailureKind, reason: &'static str) -> Self {
        Self { field, kind, reason }
    }

    /// That the text of a field is no value of its type.
    pub const fn unreadable(field: &'static str) -> Self {
        Self::new(Some(field), FailureKind::InvalidValue, "is not a value of the field's type")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.field {
            Some(field) => write!(f, "field `{field}` {}", self.reason),
            None => f.write_str(self.reason),
        }
    }
}

impl core::error::Error for Failure {}
