//! `ModelVerification`: rows that a document carries, with the results that its producer computed for them.

use super::{Failure, Field, Value};
use crate::number;
use alloc::string::{String, ToString};

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
            actual => actual.to_string() == expected,
        };
    };
    if wanted.abs() <= zero_threshold {
        return got.abs() <= zero_threshold;
    }
    let (low, high) = (wanted * (1.0 - precision), wanted * (1.0 + precision));
    wanted == got || (low.min(high) <= got && got <= low.max(high)) || (wanted.is_nan() && got.is_nan())
}

/// The texts of a row, by the names of their fields.
#[derive(Clone, Copy, Debug)]
pub struct Texts<'r> {
    fields: &'r [VerificationField],
    row: &'r [Option<&'static str>],
}

impl Texts<'_> {
    /// The text of a field.
    pub fn get(&self, name: &str) -> Option<&'static str> {
        let place = self.fields.iter().position(|field| field.name == name)?;
        self.row.get(place).copied().flatten()
    }
}

/// Scores the rows of a document's verification, and compares the results with the document's. The number of rows.
///
/// # Errors
/// The first result that differs.
pub fn verify<'r, O>(
    fields: &'static [VerificationField],
    rows: impl Iterator<Item = &'r [Option<&'static str>]>,
    outputs: &[Field],
    mut predict: impl FnMut(Texts<'_>) -> Result<O, Failure>,
    value: impl Fn(&O, usize) -> Value<'_>,
) -> Result<usize, Difference> {
    let mut count = 0;
    for (number, row) in rows.enumerate() {
        let made = predict(Texts { fields, row });
        for (field, expected) in fields.iter().zip(row) {
            let output = outputs.iter().position(|output| output.name == field.name);
            let (Some(output), Some(expected)) = (output, *expected) else { continue };
            let difference = |actual: String| Difference { row: number, field: field.name, expected, actual };
            match &made {
                Ok(made) => {
                    let actual = value(made, output);
                    if !agrees(expected, &actual, field.precision, field.zero_threshold) {
                        return Err(difference(actual.to_string()));
                    }
                }
                Err(failure) => return Err(difference(failure.to_string())),
            }
        }
        count += 1;
    }
    Ok(count)
}
