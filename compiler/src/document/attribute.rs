//! Parsing of attribute values.

use super::name::{Interner, Name};
use super::quoted::quoted;
use std::fmt;

/// A type that an attribute's value can be parsed as.
pub(super) trait FromAttribute: Sized {
    /// Parses the value, or returns a description of what was expected.
    fn from_attribute(text: &str, names: &mut Interner) -> Result<Self, Expected>;

    /// Whether an empty string is a value. Otherwise an empty attribute counts as absent.
    const MAY_BE_EMPTY: bool = false;

    /// Returns a remark if the value is written in an odd way.
    fn oddity(&self, _text: &str) -> Option<String> {
        None
    }
}

/// The form that a malformed value should have had.
pub(super) enum Expected {
    /// A description, with its article.
    Some(&'static str),
    /// One of these words.
    OneOf(&'static [&'static str]),
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Expected::Some(description) => f.write_str(description),
            Expected::OneOf(words) => {
                f.write_str("one of ")?;
                for (index, word) in words.iter().enumerate() {
                    write!(f, "{}`{word}`", if index == 0 { "" } else { ", " })?;
                }
                Ok(())
            }
        }
    }
}

impl FromAttribute for Name {
    const MAY_BE_EMPTY: bool = true;

    fn from_attribute(text: &str, names: &mut Interner) -> Result<Self, Expected> {
        Ok(names.intern(text))
    }
}

/// Parses `1`, `-1.5E3`, `.5`, `INF`, `-INF`, `Infinity` and `NaN`, with blanks around them, exactly.
pub(super) fn real(text: &str) -> Option<f64> {
    text.trim_ascii().parse().ok()
}

/// Parses a number to compute with, as [`real`] does, but refuses NaN: everything computed with it would be NaN, which
/// is never intended.
pub(super) fn number(text: &str) -> Option<f64> {
    real(text).filter(|number| !number.is_nan())
}

/// Returns a remark if a number is written in an odd way: a spelling of infinity or NaN that XML Schema lacks, or a
/// number that is too large for its type.
pub(crate) fn odd_number(text: &str, number: f64) -> Option<String> {
    let text = text.trim_ascii();
    if number.is_finite() || matches!(text, "INF" | "+INF" | "-INF" | "NaN") {
        return None;
    }
    let text = quoted(text);
    let read_as = match (number.is_nan(), number < 0.0) {
        (true, _) => "NaN",
        (false, true) => "-INF",
        (false, false) => "INF",
    };
    Some(if text.bytes().any(|byte| byte.is_ascii_digit()) {
        format!("the number `{text}` is too large for its type: it is read as `{read_as}`")
    } else {
        format!("`{text}` is not how XML Schema spells a number: it is read as `{read_as}`")
    })
}

/// Parses an integer, including one written as a real number (`2.0`, `1E3`).
pub(super) fn integer(text: &str) -> Option<i64> {
    let text = text.trim_ascii();
    text.parse().ok().or_else(|| {
        // Every integer of smaller magnitude has its own `f64`.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        let real = real(text)?;
        (real.trunc() == real && real.abs() < EXACT).then_some(real as i64)
    })
}

impl FromAttribute for f64 {
    fn from_attribute(text: &str, _: &mut Interner) -> Result<Self, Expected> {
        number(text).ok_or(Expected::Some("a number"))
    }

    fn oddity(&self, text: &str) -> Option<String> {
        odd_number(text, *self)
    }
}

impl FromAttribute for i64 {
    fn from_attribute(text: &str, _: &mut Interner) -> Result<Self, Expected> {
        integer(text).ok_or(Expected::Some("an integer"))
    }
}

impl FromAttribute for u32 {
    fn from_attribute(text: &str, _: &mut Interner) -> Result<Self, Expected> {
        integer(text).and_then(|n| n.try_into().ok()).ok_or(Expected::Some("a non-negative integer"))
    }
}

impl FromAttribute for bool {
    fn from_attribute(text: &str, _: &mut Interner) -> Result<Self, Expected> {
        let text = text.trim_ascii();
        if text == "1" || text.eq_ignore_ascii_case("true") {
            Ok(true)
        } else if text == "0" || text.eq_ignore_ascii_case("false") {
            Ok(false)
        } else {
            Err(Expected::Some("`true` or `false`"))
        }
    }
}
