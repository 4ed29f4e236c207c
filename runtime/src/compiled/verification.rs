//! `ModelVerification`: rows that a document carries, with the results that its producer computed for them.

use super::failure::Failure;
use super::field::Field;
use super::value::Value;
use crate::number;
use alloc::string::{String, ToString};

/// How closely a result must agree with the one in the document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VerificationField {
    /// The field's name.
    pub name: &'static str,
    /// The relative error that is allowed.
    pub precision: f64,
    /// The magnitude below which a number counts as zero.
    pub zero_threshold: f64,
}

/// A result that differs from the one in the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Difference {
    /// The number of the row, from 0.
    pub row: usize,
    /// The result.
    pub field: &'static str,
    /// The result in the document.
    pub expected: &'static str,
    /// The result of the model, or the reason why the row failed.
    pub actual: String,
    /// How far the two are apart, if they are numbers.
    pub deviation: Option<Deviation>,
}

impl core::fmt::Display for Difference {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Self { row, field, expected, actual, deviation } = self;
        write!(f, "row {row}, `{field}`: the document says `{expected}`, the model `{actual}`")?;
        deviation.map_or(Ok(()), |deviation| write!(f, ": {deviation}"))
    }
}

impl core::error::Error for Difference {}

/// How far a number is from the one in the document.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deviation {
    /// The magnitude of the difference.
    pub difference: f64,
    /// The greatest difference that is allowed.
    pub tolerance: f64,
}

impl Deviation {
    /// Compares a number with the expected one. Returns `None` if either is not a number of the result's type, or if
    /// their difference is not finite.
    #[must_use]
    pub fn of(expected: &str, actual: &Value<'_>, precision: f64, zero_threshold: f64) -> Option<Self> {
        let (wanted, got) = numbers(expected, actual).filter(|(wanted, got)| (wanted - got).is_finite())?;
        let tolerance =
            if wanted.abs() <= zero_threshold { zero_threshold } else { wanted.abs() * precision };
        Some(Self { difference: (wanted - got).abs(), tolerance })
    }
}

impl core::fmt::Display for Deviation {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "a difference of {:?}, where {:?} is allowed", self.difference, self.tolerance)
    }
}

/// Returns whether a result is as expected: numbers agree within a relative precision, or if both count as
/// zero (section "ModelVerification" of the standard); everything else agrees if its text does. The expected
/// text is read in the result's type: an `f32` is compared with the `f32` that the text denotes.
#[must_use]
pub fn agrees(expected: &str, actual: &Value<'_>, precision: f64, zero_threshold: f64) -> bool {
    let Some((wanted, got)) = numbers(expected, actual) else {
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

/// Returns the number that is expected, read in the type of the result, and the result.
fn numbers(expected: &str, actual: &Value<'_>) -> Option<(f64, f64)> {
    let wanted = match actual {
        Value::Float(_) => f64::from(number::parse_f32(expected)?),
        _ => number::parse_f64(expected)?,
    };
    Some((wanted, actual.as_f64()?))
}

/// The strings of a row, by the names of their fields.
#[derive(Clone, Copy, Debug)]
pub struct Strings<'r> {
    fields: &'r [VerificationField],
    row: &'r [Option<&'static str>],
}

impl Strings<'_> {
    /// Returns the string of a field.
    pub fn get(&self, name: &str) -> Option<&'static str> {
        let place = self.fields.iter().position(|field| field.name == name)?;
        self.row.get(place).copied().flatten()
    }
}

/// Scores the rows of a document's verification, and compares the results with the document's. Returns the
/// number of rows.
///
/// # Errors
/// The first result that differs.
pub fn verify<'r, O>(
    fields: &'static [VerificationField],
    rows: impl Iterator<Item = &'r [Option<&'static str>]>,
    outputs: &[Field],
    mut predict: impl FnMut(Strings<'_>) -> Result<O, Failure>,
    value: impl Fn(&O, usize) -> Value<'_>,
) -> Result<usize, Difference> {
    let mut count = 0;
    for (number, row) in rows.enumerate() {
        let made = predict(Strings { fields, row });
        for (field, expected) in fields.iter().zip(row) {
            let output = outputs.iter().position(|output| output.name == field.name);
            let (Some(output), Some(expected)) = (output, *expected) else { continue };
            let difference = |actual, deviation| Difference {
                row: number,
                field: field.name,
                expected,
                actual,
                deviation,
            };
            match &made {
                Ok(made) => {
                    let actual = value(made, output);
                    if !agrees(expected, &actual, field.precision, field.zero_threshold) {
                        let deviation =
                            Deviation::of(expected, &actual, field.precision, field.zero_threshold);
                        return Err(difference(actual.to_string(), deviation));
                    }
                }
                Err(failure) => return Err(difference(failure.to_string(), None)),
            }
        }
        count += 1;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::{Deviation, agrees};
    use crate::compiled::Value;
    use alloc::string::ToString;

    #[test]
    fn the_expected_text_is_read_in_the_type_of_the_result() {
        let single = Value::Float(0.689_974_5);
        assert!(agrees("0.6899745", &single, 1e-13, 1e-13));
        assert!(agrees("0.68997448682785034", &single, 1e-13, 1e-13));
        assert!(!agrees("0.68997455", &single, 1e-13, 1e-13));
        assert!(!agrees("0.6899745", &Value::Double(f64::from(0.689_974_5_f32)), 1e-13, 1e-13));
        assert!(agrees("7.0", &Value::Integer(7), 0.0, 0.0));
    }

    #[test]
    fn a_deviation_has_the_difference_and_what_is_allowed() {
        let deviation = Deviation::of("-8", &Value::Double(-7.5), 0.25, 1e-16).unwrap();
        assert_eq!(deviation, Deviation { difference: 0.5, tolerance: 2.0 });
        assert_eq!(deviation.to_string(), "a difference of 0.5, where 2.0 is allowed");
        let nearly_zero = Deviation::of("0", &Value::Double(1e-3), 0.25, 1e-6).unwrap();
        assert_eq!(nearly_zero.tolerance, 1e-6);
        assert_eq!(Deviation::of("a", &Value::Double(1.0), 0.0, 0.0), None);
    }
}
