//! Why a row has no results.

use super::field::Field;
use super::held::{Held, Hold};
use crate::diagnostics::quote::quote;
use core::fmt;

/// Why a row has no results.
///
/// Prints the same text as the `RowError` of a model that is loaded at run time.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct Failure {
    /// The input that caused the failure, if one did.
    pub field: Option<&'static str>,
    /// The kind of failure.
    pub kind: FailureKind,
    /// The derived field whose computation has no result, if it is one.
    pub derived_field: Option<&'static str>,
    /// What is wrong; for an invalid value, what follows the reason for which it is invalid.
    words: &'static str,
    /// What the document declares about the input.
    declared: Option<&'static Field>,
    /// The value of the input.
    value: Held,
}

/// Kinds of failure.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[non_exhaustive]
pub enum FailureKind {
    /// An input holds a value that its field does not allow.
    InvalidValue,
    /// An input holds a value that its field allows, but that the model cannot use.
    UnusableValue,
    /// An input lacks a value that it must have.
    MissingValue,
    /// A computation has no result: an overflow, a division by zero, an argument outside of a function's domain.
    UndefinedResult,
    /// The row's strings and lists take more memory or time than a row may.
    Exhausted,
}

impl Failure {
    /// Makes a failure, perhaps of an input.
    pub const fn new(
        field: Option<&'static str>,
        kind: FailureKind,
        derived_field: Option<&'static str>,
        words: &'static str,
    ) -> Self {
        Self { field, kind, derived_field, words, declared: None, value: Held::Nothing }
    }

    /// Makes the failure for a string that is not a value of its field's type.
    #[cfg(feature = "alloc")]
    pub fn unreadable(field: &'static Field, text: &str) -> Self {
        Self {
            declared: Some(field),
            value: Held::Unconvertible(text.into()),
            ..Self::new(Some(field.name), FailureKind::InvalidValue, None, "")
        }
    }

    /// Returns the same failure with the value of the input that caused it.
    #[must_use]
    pub fn with_value(self, field: &'static Field, value: impl Hold) -> Self {
        let value = match self.kind {
            FailureKind::MissingValue => Held::Nothing,
            _ => value.hold(field),
        };
        Self { declared: Some(field), value, ..self }
    }

    /// Returns a description of what is wrong.
    pub fn reason(&self) -> impl fmt::Display + '_ {
        fmt::from_fn(|f| {
            match (self.kind, self.declared) {
                (FailureKind::InvalidValue, Some(field)) => self.value.write_reason(field, f)?,
                // The value is not available.
                (FailureKind::InvalidValue, None) => f.write_str("is not valid")?,
                _ => {}
            }
            f.write_str(self.words)
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(field) = self.field else { return write!(f, "{}", self.reason()) };
        match self.declared {
            Some(declared) if self.value != Held::Nothing => write!(
                f,
                "field `{}`: the value `{}` {}",
                quote(field),
                self.value.quoted(declared),
                self.reason()
            ),
            _ => write!(f, "field `{}` {}", quote(field), self.reason()),
        }
    }
}

impl core::error::Error for Failure {}
