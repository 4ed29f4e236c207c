//! The function `formatNumber`: a number written with a pattern of C's `printf`, with the digits that Java
//! would choose.
//!
//! The pattern consists of text and conversions: `%`, flags, a width, `.` and a precision, a letter. `d`,
//! `i`, `u`, `x`, `X`, `o` and `c` require an integer (or a real number that is whole), `f`, `e`, `E`, `g`
//! and `G` accept any number, `s` writes the number's shortest text, and `%%` is a percent sign. Besides C's
//! flags there are Java's: `,` groups thousands (as POSIX's `'` does) and `(` encloses negative numbers. C's
//! sizes (`l`, `ll`, `h`) are read and have no effect.
//!
//! Rounding starts from the shortest decimal digits of the number and rounds halves up, as in Java: 1.005
//! with two decimals is 1.01, although the number in memory is a little below 1.005.
//!
//! There is no result if a pattern is malformed, requires more than one number, or does not suit the number.

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use alloc::{format, vec};
use core::fmt::Write;
use core::iter::repeat_n;

use crate::math::to_i64_exact;
use crate::number::{format_f64, format_i64};

/// Widths and precisions above this are rejected: they would only waste memory.
const GREATEST_WIDTH: usize = 1000;

/// A number to be formatted. Numbers of single precision are formatted in double precision.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Number {
    /// An integer.
    Integer(i64),
    /// A real number.
    Real(f64),
}

/// Formats a number with a pattern. Returns `None` if the pattern is malformed or does not suit the number.
#[must_use]
pub fn format_number(pattern: &str, number: Number) -> Option<String> {
    let mut out = String::new();
    let mut rest = pattern;
    let mut numbers_taken = 0;
    while let Some((text, behind)) = rest.split_once('%') {
        out.push_str(text);
        let (conversion, after) = Conversion::parse(behind)?;
        rest = after;
        match conversion.letter {
            '%' => conversion.pad(&mut out, "", "%", false),
            'n' => out.push('\n'),
            _ => {
                numbers_taken += usize::from(!conversion.indexed);
                if numbers_taken > 1 {
                    return None;
                }
                conversion.write(number, &mut out)?;
            }
        }
    }
    out.push_str(rest);
    Some(out)
}

/// One `%…` of a pattern.
#[derive(Default)]
struct Conversion {
    left: bool,
    plus: bool,
    space: bool,
    zero: bool,
    alternate: bool,
    grouped: bool,
    enclosed: bool,
    /// Names its argument by number, `1$`, and so may occur repeatedly.
    indexed: bool,
    width: usize,
    precision: Option<usize>,
    letter: char,
}

impl Conversion {
    /// Reads what follows a percent sign. Returns the conversion, and what is after it.
    fn parse(text: &str) -> Option<(Self, &str)> {
        let mut conversion = Self::default();
        let mut rest = text;
        if let Some(behind) = rest.strip_prefix("1$") {
            conversion.indexed = true;
            rest = behind;
        }
        loop {
            let mut characters = rest.chars();
            match characters.next()? {
                '-' => conversion.left = true,
                '+' => conversion.plus = true,
                ' ' => conversion.space = true,
                '0' => conversion.zero = true,
                '#' => conversion.alternate = true,
                ',' | '\'' => conversion.grouped = true,
                '(' => conversion.enclosed = true,
                _ => break,
            }
            rest = characters.as_str();
        }
        let (width, behind) = leading_number(rest)?;
        conversion.width = width.unwrap_or(0);
        rest = behind;
        if let Some(behind) = rest.strip_prefix('.') {
            let (precision, behind) = leading_number(behind)?;
            conversion.precision = Some(precision.unwrap_or(0));
            rest = behind;
        }
        rest = rest.trim_start_matches(['l', 'h', 'L']);
        let mut characters = rest.chars();
        conversion.letter = characters.next()?;
        Some((conversion, characters.as_str()))
    }

    fn write(&self, number: Number, out: &mut String) -> Option<()> {
        match self.letter {
            's' | 'S' => self.write_text(number, out),
            'f' | 'e' | 'E' | 'g' | 'G' => match number {
                Number::Real(value) => self.write_real(value, out),
                Number::Integer(value) => self.write_real(value as f64, out),
            },
            'd' | 'i' | 'u' | 'x' | 'X' | 'o' | 'c' => {
                let value = match number {
                    Number::Integer(value) => value,
                    Number::Real(value) => to_i64_exact(value)?,
                };
                self.write_integer(value, out)?;
            }
            _ => return None,
        }
        Some(())
    }

    fn write_text(&self, number: Number, out: &mut String) {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = match number {
            Number::Integer(value) => format_i64(value, &mut text),
            Number::Real(value) => format_f64(value, &mut text),
        };
        // The text of numbers is ASCII.
        text.truncate(self.precision.unwrap_or(text.len()).min(text.len()));
        self.pad(out, "", &text, false);
    }

    fn write_integer(&self, value: i64, out: &mut String) -> Option<()> {
        // Without a sign, negative numbers are written in two's complement, of 32 bits if these hold the
        // number.
        let unsigned =
            i32::try_from(value).map_or(value.cast_unsigned(), |value| u64::from(value.cast_unsigned()));
        let (prefix, digits) = match self.letter {
            'c' => {
                let character = char::from_u32(u32::try_from(value).ok()?)?;
                self.pad(out, "", character.encode_utf8(&mut [0; 4]), false);
                return Some(());
            }
            'x' => ("0x", format!("{unsigned:x}")),
            'X' => ("0X", format!("{unsigned:X}")),
            'o' => ("0", format!("{unsigned:o}")),
            _ => {
                let digits = self.with_precision(value.unsigned_abs().to_string());
                self.write_signed(value < 0, &self.group(&digits), true, out);
                return Some(());
            }
        };
        self.pad(out, if self.alternate { prefix } else { "" }, &self.with_precision(digits), self.zero);
        Some(())
    }

    /// Pads digits to the precision, which for integers is the least number of digits.
    fn with_precision(&self, digits: String) -> String {
        let missing = self.precision.unwrap_or(0).saturating_sub(digits.len());
        repeat_n('0', missing).chain(digits.chars()).collect()
    }

    fn write_real(&self, value: f64, out: &mut String) {
        if value.is_nan() {
            return self.pad(out, "", "NaN", false);
        }
        let negative = value.is_sign_negative();
        if value.is_infinite() {
            return self.write_signed(negative, "Infinity", false, out);
        }
        let decimal = Decimal::of(value);
        let precision = self.precision.unwrap_or(6);
        let text = match self.letter {
            'f' => self.fixed(&decimal, precision),
            'e' | 'E' => self.scientific(&decimal, precision),
            _ => {
                // The precision counts all digits, and the magnitude after rounding to it determines the
                // form.
                let precision = precision.max(1);
                let rounded = decimal.rounded(precision as i64);
                if decimal.is_zero() {
                    self.fixed(&decimal, precision - 1)
                } else if (-4..precision as i64).contains(&rounded.exponent) {
                    let places = precision as i64 - 1 - rounded.exponent;
                    self.fixed(&decimal, usize::try_from(places).unwrap_or(0))
                } else {
                    self.scientific(&decimal, precision - 1)
                }
            }
        };
        let text = if self.letter.is_ascii_uppercase() { text.to_ascii_uppercase() } else { text };
        self.write_signed(negative, &text, true, out);
    }

    fn fixed(&self, decimal: &Decimal, places: usize) -> String {
        let rounded = decimal.rounded(decimal.exponent + 1 + places as i64);
        let whole: String = (0..=rounded.exponent.max(0)).rev().map(|power| rounded.digit(power)).collect();
        let mut text = self.group(&whole);
        if places > 0 || self.alternate {
            text.push('.');
        }
        text.extend((1..=places as i64).map(|place| rounded.digit(-place)));
        text
    }

    fn scientific(&self, decimal: &Decimal, places: usize) -> String {
        let rounded = decimal.rounded(1 + places as i64);
        let mut text = String::from(rounded.digit(rounded.exponent));
        if places > 0 || self.alternate {
            text.push('.');
        }
        text.extend((1..=places as i64).map(|place| rounded.digit(rounded.exponent - place)));
        let sign = if rounded.exponent < 0 { '-' } else { '+' };
        // Writing to a string cannot fail.
        let _ = write!(text, "e{sign}{:02}", rounded.exponent.unsigned_abs());
        text
    }

    fn group(&self, digits: &str) -> String {
        let mut text = String::new();
        for (i, digit) in digits.chars().enumerate() {
            if self.grouped && i > 0 && (digits.len() - i).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    }

    fn write_signed(&self, negative: bool, text: &str, may_fill_with_zeros: bool, out: &mut String) {
        let sign = match negative {
            true if self.enclosed => "(",
            true => "-",
            false if self.plus => "+",
            false if self.space => " ",
            false => "",
        };
        let zeros = self.zero && may_fill_with_zeros;
        if sign == "(" {
            self.pad(out, sign, &format!("{text})"), zeros);
        } else {
            self.pad(out, sign, text, zeros);
        }
    }

    /// Writes the prefix and the text, padded to the width: with blanks, or with zeros between the two.
    fn pad(&self, out: &mut String, prefix: &str, text: &str, zeros: bool) {
        let missing = self.width.saturating_sub(prefix.len() + text.chars().count());
        if !self.left && !zeros {
            out.extend(repeat_n(' ', missing));
        }
        out.push_str(prefix);
        if !self.left && zeros {
            out.extend(repeat_n('0', missing));
        }
        out.push_str(text);
        if self.left {
            out.extend(repeat_n(' ', missing));
        }
    }
}

/// Returns the number that the string starts with, if any, and what is after it. Returns `None` if the number
/// is too great.
fn leading_number(text: &str) -> Option<(Option<usize>, &str)> {
    let behind = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = text.get(..text.len() - behind.len())?;
    if digits.is_empty() {
        return Some((None, behind));
    }
    let number = digits.parse().ok().filter(|&number| number <= GREATEST_WIDTH)?;
    Some((Some(number), behind))
}

/// The shortest decimal digits of a number without its sign.
struct Decimal {
    digits: Vec<u8>,
    /// The power of ten that the first digit counts.
    exponent: i64,
}

impl Decimal {
    fn of(value: f64) -> Self {
        let text = format!("{:e}", value.abs());
        let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        Self {
            digits: digits.bytes().filter(u8::is_ascii_digit).map(|b| b - b'0').collect(),
            exponent: exponent.parse().unwrap_or(0),
        }
    }

    fn is_zero(&self) -> bool {
        self.digits.iter().all(|&digit| digit == 0)
    }

    /// Returns a number rounded to a count of digits, which may be negative: halves up.
    fn rounded(&self, count: i64) -> Self {
        let unchanged = || Self { digits: self.digits.clone(), exponent: self.exponent };
        let Ok(count) = usize::try_from(count) else { return Self { digits: vec![0], exponent: 0 } };
        let Some(&next) = self.digits.get(count) else { return unchanged() };
        let mut digits: Vec<u8> = self.digits.iter().copied().take(count).collect();
        let mut exponent = self.exponent;
        if next >= 5 {
            // Carries from the last digit on: nines become zeros, and the digit before them is incremented.
            let nines = digits.iter().rev().take_while(|&&digit| digit == 9).count();
            let kept = digits.len() - nines;
            digits.truncate(kept);
            if let Some(last) = digits.last_mut() {
                *last += 1;
            } else {
                digits.push(1);
                exponent += 1;
            }
        } else if digits.is_empty() {
            return Self { digits: vec![0], exponent: 0 };
        }
        Self { digits, exponent }
    }

    /// Returns the digit that counts a power of ten.
    fn digit(&self, power: i64) -> char {
        let index = usize::try_from(self.exponent - power).ok();
        let digit = index.and_then(|index| self.digits.get(index)).copied().unwrap_or(0);
        char::from(b'0' + digit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        for (pattern, value, expected) in [
            ("%d", 5, "5"),
            ("%3d", 2, "  2"),
            ("%x", 255, "ff"),
            ("%X", -1, "FFFFFFFF"),
            ("%o", 8, "10"),
            ("%05d", -42, "-0042"),
            ("%+d", 42, "+42"),
            ("% d", 42, " 42"),
            ("%-5d|", 42, "42   |"),
            ("%,d", 1_234_567, "1,234,567"),
            ("%(d", -5, "(5)"),
            ("%#x", 255, "0xff"),
            ("%#08x", 255, "0x0000ff"),
            ("%s", 255, "255"),
            ("%c", 65, "A"),
            ("%.3d", 5, "005"),
            ("%ld", 5, "5"),
            ("%d", i64::MIN, "-9223372036854775808"),
            ("%x", i64::MIN, "8000000000000000"),
            ("%5.2f", 2, " 2.00"),
            ("%1$d %1$d", 2, "2 2"),
        ] {
            assert_eq!(
                format_number(pattern, Number::Integer(value)).as_deref(),
                Some(expected),
                "{pattern}"
            );
        }
    }

    #[test]
    fn real_numbers() {
        for (pattern, value, expected) in [
            ("%5.2f", 2.345, " 2.35"),
            ("%f", 0.1, "0.100000"),
            ("%e", 12_345.678, "1.234568e+04"),
            ("%E", 12_345.678, "1.234568E+04"),
            ("%g", 12_345.678, "12345.7"),
            ("%g", 0.00001, "1.00000e-05"),
            ("%g", 999_999.9, "1.00000e+06"),
            ("%.3g", 0.0, "0.00"),
            ("%s", 255.0, "255.0"),
            ("%10s|", 255.0, "     255.0|"),
            ("%.2s|", 255.0, "25|"),
            ("%%", 255.0, "%"),
            ("a %f b %%", 255.0, "a 255.000000 b %"),
            ("no", 255.0, "no"),
            ("%.0f", 2.5, "3"),
            ("%.0f", 3.5, "4"),
            ("%.0f", 0.4, "0"),
            ("%.0f", 0.5, "1"),
            ("%.1f", 0.04, "0.0"),
            ("%.1f", 0.05, "0.1"),
            ("%.1f", 0.004, "0.0"),
            ("%.2f", 1.005, "1.01"),
            ("%.1f", 0.25, "0.3"),
            ("%.2f", 99.999, "100.00"),
            ("%.20f", 0.1, "0.10000000000000000000"),
            ("%.10f", 0.100_000_001_490_116_12, "0.1000000015"),
            ("%.3e", 0.0, "0.000e+00"),
            ("%.1e", 9.96, "1.0e+01"),
            ("%,.2f", 1_234_567.891, "1,234,567.89"),
            ("%(.2f", -1.5, "(1.50)"),
            ("%+.2f", 1.5, "+1.50"),
            ("%#.0f", 1.5, "2."),
            ("%010.2f", -1.5, "-000001.50"),
            ("%-10.2f|", -1.5, "-1.50     |"),
            ("%5.1f", f64::NAN, "  NaN"),
            ("%05.1f", f64::NEG_INFINITY, "-Infinity"),
            ("%.1f", 1e22, "10000000000000000000000.0"),
            ("%.330f", 0.0, &format!("0.{}", "0".repeat(330))),
            ("%d", 255.0, "255"),
        ] {
            assert_eq!(format_number(pattern, Number::Real(value)).as_deref(), Some(expected), "{pattern}");
        }
    }

    #[test]
    fn wrong_patterns() {
        for pattern in [
            "%f %f",
            "%q",
            "%",
            "%d",
            "%x",
            "%5",
            "%.",
            "%2$f",
            "%tY",
            "%99999f",
            "%.99999f",
            "%99999999999999999999d",
        ] {
            assert_eq!(format_number(pattern, Number::Real(2.5)), None, "{pattern}");
        }
        assert_eq!(format_number("%c", Number::Integer(-1)), None);
    }
}
