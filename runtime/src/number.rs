//! Numbers and booleans as text: what a document or a data file may write, and how results are written.
//!
//! Reading accepts the lexical forms of XML Schema's types, between blanks, and rounds correctly. Writing
//! follows Java, because documents compute with the result (`concat` of numbers, casts to string): the fewest
//! digits that identify the number, at least one of them after the point, and an exponent from 10⁷ on and
//! below 10⁻³.
//!
//! Nothing here allocates: text goes to a [`Write`].

use core::fmt::{self, Write};
use core::str::FromStr;

use crate::math::to_i64_exact;

/// Returns the string without the blanks and control characters around it.
fn trim(text: &str) -> &str {
    text.trim_matches(|c| c <= ' ')
}

/// Reads a double-precision number: decimal, with or without an exponent, or `INF`, `-INF` and `NaN` in any case.
#[must_use]
pub fn parse_f64(text: &str) -> Option<f64> {
    trim(text).parse().ok()
}

/// Reads a single-precision number as [`parse_f64`] does, rounding once.
#[must_use]
pub fn parse_f32(text: &str) -> Option<f32> {
    trim(text).parse().ok()
}

/// Reads an integer. A whole number in another notation is accepted, such as `3.0` and `3e2`; `7.5` is not.
#[must_use]
pub fn parse_i64(text: &str) -> Option<i64> {
    let text = trim(text);
    // Digits are read as an integer even before a fraction of zeros: a float would lose those beyond its precision.
    let digits = match text.split_once('.') {
        Some((whole, fraction)) if fraction.bytes().all(|b| b == b'0') => whole,
        _ => text,
    };
    digits.parse().ok().or_else(|| to_i64_exact(text.parse().ok()?))
}

/// Reads a boolean: `true` and `false` in any case, or a number that equals 1 or 0.
#[must_use]
pub fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Some(false);
    }
    match parse_f64(text)? {
        1.0 => Some(true),
        0.0 => Some(false),
        _ => None,
    }
}

/// Reads a number where a double is expected: a number, or one of the words `true` and `false` in any case,
/// which count as 1 and 0. (R writes its logical columns like this.)
#[must_use]
pub fn f64_from_text(text: &str) -> Option<f64> {
    // Of the strings that spell no number, only these words count as a boolean.
    parse_f64(text).or_else(|| parse_bool(text).map(|value| f64::from(u8::from(value))))
}

/// Reads a number where a single is expected, as [`f64_from_text`] does.
#[must_use]
pub fn f32_from_text(text: &str) -> Option<f32> {
    parse_f32(text).or_else(|| parse_bool(text).map(|value| f32::from(u8::from(value))))
}

/// Reads an integer where one is expected, as [`f64_from_text`] does.
#[must_use]
pub fn i64_from_text(text: &str) -> Option<i64> {
    parse_i64(text).or_else(|| parse_bool(text).map(i64::from))
}

/// Writes `true` or `false`.
///
/// # Errors
/// Only those of `out`.
pub fn format_bool(value: bool, out: &mut impl Write) -> fmt::Result {
    out.write_str(if value { "true" } else { "false" })
}

/// Writes an integer in decimal.
///
/// # Errors
/// Only those of `out`.
pub fn format_i64(value: i64, out: &mut impl Write) -> fmt::Result {
    write!(out, "{value}")
}

/// Writes the shortest text that identifies a double-precision number: `0.1`, `1.0E7`, `NaN`, `-Infinity`.
///
/// # Errors
/// Only those of `out`.
pub fn format_f64(value: f64, out: &mut impl Write) -> fmt::Result {
    if !value.is_finite() {
        return format_not_finite(value, out);
    }
    format_shortest(value, out)
}

/// Writes the shortest text that identifies a single-precision number, as [`format_f64`] does.
///
/// # Errors
/// Only those of `out`.
pub fn format_f32(value: f32, out: &mut impl Write) -> fmt::Result {
    if !value.is_finite() {
        return format_not_finite(value.into(), out);
    }
    format_shortest(value, out)
}

/// Writes a finite number.
fn format_shortest<N: fmt::LowerExp + PartialEq + FromStr>(value: N, out: &mut impl Write) -> fmt::Result {
    let mut digits = Digits::of(format_args!("{value:e}"))?;
    if digits.has_one() {
        // Java always writes two digits, and takes the nearest such number: 4.9E-324, where one digit gives 5E-324.
        let mut two = Text::default();
        write!(two, "{value:.1e}")?;
        if two.as_str().parse().is_ok_and(|read: N| read == value) {
            digits = Digits::of(format_args!("{}", two.as_str()))?;
        }
    }
    digits.write(out)
}

fn format_not_finite(value: f64, out: &mut impl Write) -> fmt::Result {
    out.write_str(if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "Infinity"
    } else {
        "-Infinity"
    })
}

/// Text on the stack, long enough for the shortest digits of any number in scientific notation.
#[derive(Default)]
struct Text {
    bytes: [u8; 32],
    length: usize,
}

impl Text {
    fn as_str(&self) -> &str {
        self.bytes.get(..self.length).and_then(|bytes| core::str::from_utf8(bytes).ok()).unwrap_or_default()
    }
}

impl Write for Text {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let end = self.length.checked_add(text.len()).ok_or(fmt::Error)?;
        self.bytes.get_mut(self.length..end).ok_or(fmt::Error)?.copy_from_slice(text.as_bytes());
        self.length = end;
        Ok(())
    }
}

/// A number in scientific notation, taken apart.
struct Digits {
    /// The number as Rust writes it: `-1.25e-7`.
    text: Text,
    exponent: i32,
}

impl Digits {
    fn of(scientific: fmt::Arguments<'_>) -> Result<Self, fmt::Error> {
        let mut text = Text::default();
        text.write_fmt(scientific)?;
        let (_, exponent) = text.as_str().split_once('e').ok_or(fmt::Error)?;
        let exponent = exponent.parse().map_err(|_| fmt::Error)?;
        Ok(Self { text, exponent })
    }

    /// Returns the sign, the digit before the point, and those after it.
    fn parts(&self) -> (&str, &str, &str) {
        let text = self.text.as_str();
        let number = text.split_once('e').map_or(text, |(number, _)| number);
        let (sign, number) = number.strip_prefix('-').map_or(("", number), |rest| ("-", rest));
        let (first, rest) = number.split_once('.').unwrap_or((number, ""));
        // Two digits were requested where one suffices: a zero after the point is not one of the number's
        // digits.
        (sign, first, if rest == "0" { "" } else { rest })
    }

    fn has_one(&self) -> bool {
        self.parts().2.is_empty()
    }

    fn write(&self, out: &mut impl Write) -> fmt::Result {
        let (sign, first, rest) = self.parts();
        out.write_str(sign)?;
        if !(-3..7).contains(&self.exponent) {
            let rest = if rest.is_empty() { "0" } else { rest };
            return write!(out, "{first}.{rest}E{}", self.exponent);
        }
        let Ok(places) = usize::try_from(self.exponent) else {
            out.write_str("0.")?;
            for _ in 1..self.exponent.unsigned_abs() {
                out.write_char('0')?;
            }
            out.write_str(first)?;
            return out.write_str(rest);
        };
        out.write_str(first)?;
        let (before, behind) = rest.split_at_checked(places).unwrap_or((rest, ""));
        out.write_str(before)?;
        for _ in before.len()..places {
            out.write_char('0')?;
        }
        out.write_char('.')?;
        out.write_str(if behind.is_empty() { "0" } else { behind })
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    fn double(value: f64) -> String {
        let mut out = String::new();
        format_f64(value, &mut out).unwrap();
        out
    }

    fn single(value: f32) -> String {
        let mut out = String::new();
        format_f32(value, &mut out).unwrap();
        out
    }

    #[test]
    fn reading_real_numbers() {
        assert_eq!(parse_f64(" +1.5\t"), Some(1.5));
        assert_eq!(parse_f64(".5"), Some(0.5));
        assert_eq!(parse_f64("5."), Some(5.0));
        assert_eq!(parse_f64("1E5"), Some(1e5));
        assert_eq!(parse_f64("1e400"), Some(f64::INFINITY));
        assert_eq!(parse_f64("-INF"), Some(f64::NEG_INFINITY));
        assert_eq!(parse_f64("Infinity"), Some(f64::INFINITY));
        assert!(parse_f64("NaN").is_some_and(f64::is_nan));
        for wrong in ["", " ", ".", "1e", "1_0", "1,0", "0x1p3", "1d", "1f", "true", "--1", "1 2"] {
            assert_eq!(parse_f64(wrong), None, "{wrong:?}");
        }
        // Rounded once: rounding twice, through double precision, would give 1.0000002.
        assert_eq!(parse_f32("1.00000017881393432617187499"), Some(1.000_000_1));
        assert_eq!(parse_f32("1e39"), Some(f32::INFINITY));
    }

    #[test]
    fn reading_integers() {
        for (text, expected) in [
            ("3", 3),
            ("3.0", 3),
            ("3.", 3),
            ("+3", 3),
            (" 3 ", 3),
            ("3e2", 300),
            ("1.5E1", 15),
            ("-0.0", 0),
            ("9007199254740993.0", 9_007_199_254_740_993),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(parse_i64(text), Some(expected), "{text}");
        }
        for wrong in
            ["7.5", ".5", "", ".", "9223372036854775808", "NaN", "INF", "0x10", "1L", "1_000", "--3", "true"]
        {
            assert_eq!(parse_i64(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn reading_booleans() {
        for text in ["true", "TRUE", "True", "1", "1.0"] {
            assert_eq!(parse_bool(text), Some(true), "{text}");
        }
        for text in ["false", "FALSE", "0", "0.0"] {
            assert_eq!(parse_bool(text), Some(false), "{text}");
        }
        for wrong in ["t", "yes", "2", " true", "", "NaN"] {
            assert_eq!(parse_bool(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn writing_double_precision() {
        for (value, expected) in [
            (0.0, "0.0"),
            (-0.0, "-0.0"),
            (1.0, "1.0"),
            (-12.5, "-12.5"),
            (100.0, "100.0"),
            (123_456.0, "123456.0"),
            (1_234_567.891, "1234567.891"),
            (9_999_999.0, "9999999.0"),
            (1e7, "1.0E7"),
            (123_456_789.123, "1.23456789123E8"),
            (0.001, "0.001"),
            (0.001_25, "0.00125"),
            (0.02, "0.02"),
            (1e-4, "1.0E-4"),
            (0.000_999, "9.99E-4"),
            (1.0 / 3.0, "0.3333333333333333"),
            (5e-324, "4.9E-324"),
            (1e-323, "9.9E-324"),
            (f64::MAX, "1.7976931348623157E308"),
            (f64::NAN, "NaN"),
            (f64::INFINITY, "Infinity"),
            (f64::NEG_INFINITY, "-Infinity"),
        ] {
            assert_eq!(double(value), expected);
        }
    }

    #[test]
    fn writing_single_precision() {
        for (value, expected) in [
            (0.3, "0.3"),
            (16_777_216.0, "1.6777216E7"),
            (0.1, "0.1"),
            (1e10, "1.0E10"),
            (f32::MAX, "3.4028235E38"),
            (1e-45, "1.4E-45"),
            (f32::NAN, "NaN"),
        ] {
            assert_eq!(single(value), expected);
        }
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut bits = 0x9E37_79B9_7F4A_7C15_u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(0xD129_42F3_54B0_6A8D).wrapping_add(0x1405_7B7E_F767_814F);
            let value = f64::from_bits(bits);
            if value.is_finite() {
                assert_eq!(parse_f64(&double(value)), Some(value));
            }
            let value = f32::from_bits((bits >> 32) as u32);
            if value.is_finite() {
                assert_eq!(parse_f32(&single(value)), Some(value));
            }
        }
    }

    #[test]
    fn writing_the_rest() {
        let mut out = String::new();
        format_i64(i64::MIN, &mut out).unwrap();
        format_bool(true, &mut out).unwrap();
        assert_eq!(out, "-9223372036854775808true");
    }
}
