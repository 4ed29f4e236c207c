//! `ModelVerification`: rows that a document carries, with the results that its producer computed for them.

use super::Value;
use crate::number;
use alloc::string::String;

/// How closely a result must agree with the one in the document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VerificationField {
    /// The field's name.
    pub name: &'static str,
    /// The relative error that is allowed.
    pub precision: f64,
    /// Below it, in magnitude, a number is as good as zero.
    pub zero_threshold: f64,
}

/// A result that differs from the one in the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The number of the row, from 0.
    pub row: usize,
    /// The result.
    pub field: &'static str,
    /// What the document says.
    pub expected: &'static str,
    /// What the model says; the reason where the row failed.
    pub actual: String,
}

impl core::fmt::Display for Difference {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { row, field, expected, actual } = self;
        write!(f, "row {row}, `{field}`: the document says `{expected}`, the model `{actual}`")
    }
}

impl core::error::Error for Difference {}

/// Whether a result is as expected: numbers within a relative precision, or both as good as zero (section
/// "ModelVerification" of the standard); everything else by its text.
#[must_use]
pub fn agrees(expected: &str, actual: &Value<'_>, precision: f64, zero_threshold: f64) -> bool {
    let (Some(wanted), Some(got)) = (number::parse_f64(expected), actual.as_f64()) else {
        return match actual {
            Value::Boolean(actual) => number::parse_bool(expected) == Some(*actual),
            actual => alloc::string::ToString::to_string(actual) == expected,
        };
    };
    if wanted.abs() <= zero_threshold {
        return got.abs() <= zero_threshold;
    }
    let (low, high) = (wanted * (1.0 - precision), wanted * (1.0 + precision));
    wanted == got || (low.min(high) <= got && got <= low.max(high)) || (wanted.is_nan() && got.is_nan())
}
