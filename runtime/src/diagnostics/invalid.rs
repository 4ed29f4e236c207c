//! Why a value is not valid for its field: as data, and as text.
//!
//! A program determines that a value is invalid, not why: for valid rows, that is a single test. The reason
//! is found when the message is made, from what the document declares about the field. All engines find it
//! here, so that all report the same.

use crate::data_type::DataType;
use crate::diagnostics::nearest::Search;
use crate::diagnostics::quote::quote;
use crate::number;
use crate::range::Range;
use core::fmt;

/// The number of declared values that are examined: each row that fails searches them.
const SEARCHED: u64 = 1000;
/// The largest number of bytes of a value that is searched for or suggested.
const LONGEST: usize = 256;
/// The largest number of intervals that a message names.
pub const SHOWN_INTERVALS: usize = 5;

/// A value as a row gives it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Given<'v> {
    /// Something that cannot be converted to the type of the field.
    Unconvertible,
    /// A boolean.
    Boolean(bool),
    /// An integer, or the count that a date or time is.
    Integer(i64),
    /// A number in single precision.
    Float(f32),
    /// A number in double precision.
    Double(f64),
    /// A string.
    String(&'v str),
}

macro_rules! from {
    ($($ty:ty => $variant:ident),*) => {$(
        impl<'v> From<$ty> for Given<'v> {
            fn from(value: $ty) -> Self {
                Given::$variant(value)
            }
        }
    )*};
}

from!(bool => Boolean, i64 => Integer, f32 => Float, f64 => Double, &'v str => String);

/// What a document declares about a field's values.
#[derive(Clone, Copy, Debug)]
pub struct Declared<'d, V> {
    /// The type of the values, or of their items if they are lists.
    pub data_type: DataType,
    /// Whether the values are lists.
    pub is_list: bool,
    /// The valid values that are listed.
    pub values: V,
    /// The intervals of valid values.
    pub intervals: &'d [Range],
}

/// Why a value is not valid for its field.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Reason<'d> {
    /// It is not of the field's type.
    NotOfType {
        /// The type of the values, or of their items if they are lists.
        expected: DataType,
        /// Whether a list is expected.
        is_list: bool,
    },
    /// It is outside of the field's intervals, and the document declares nothing else.
    OutsideIntervals(&'d [Range]),
    /// It is not one of the declared values.
    NotDeclared {
        /// The number of declared values.
        declared: usize,
        /// The declared value that may have been meant.
        nearest: Option<&'d str>,
        /// The intervals whose numbers would be valid too.
        intervals: &'d [Range],
    },
    /// The document declares that the value is invalid.
    DeclaredInvalid,
}

impl<'d, V: ExactSizeIterator<Item = &'d str> + Clone> Declared<'d, V> {
    /// Returns whether a value is one of those that are listed, of which the first thousand are examined, or
    /// is in one of the intervals.
    pub fn contains(&self, value: Given<'_>) -> bool {
        let mut values = self.values.clone().take(SEARCHED as usize);
        values.any(|declared| is(value, self.data_type, declared))
            || self.intervals.iter().any(|interval| is_within(value, interval))
    }

    /// Returns why a value, which is known to be invalid, is not valid for the field.
    pub fn reason(&self, value: Given<'_>) -> Reason<'d> {
        let is_nan = match value {
            Given::Float(number) => number.is_nan(),
            Given::Double(number) => number.is_nan(),
            _ => false,
        };
        if is_nan || value == Given::Unconvertible {
            return Reason::NotOfType { expected: self.data_type, is_list: self.is_list };
        }
        let declared = self.values.len();
        if self.contains(value) || (declared == 0 && self.intervals.is_empty()) {
            return Reason::DeclaredInvalid;
        }
        if declared == 0 {
            return Reason::OutsideIntervals(self.intervals);
        }
        let nearest = match value {
            Given::String(text) if text.len() <= LONGEST => {
                let values = self.values.clone().take(SEARCHED as usize);
                Search::new(SEARCHED).nearest(text, values.filter(|value| value.len() <= LONGEST))
            }
            _ => None,
        };
        Reason::NotDeclared { declared, nearest, intervals: self.intervals }
    }

    /// Returns the item of a list that is not valid for the field, and why; no item if it cannot be
    /// determined which.
    pub fn reason_of_items<'v>(
        &self,
        items: impl Iterator<Item = Given<'v>>,
    ) -> (Option<Given<'v>>, Reason<'d>) {
        let mut invalid = items.filter(|item| !self.contains(*item));
        match (invalid.next(), invalid.next()) {
            // One of several may be declared to be missing.
            (Some(item), None) => (Some(item), self.reason(item)),
            (first, _) => {
                (None, first.map_or(Reason::DeclaredInvalid, |item| without_nearest(self.reason(item))))
            }
        }
    }
}

fn without_nearest(reason: Reason<'_>) -> Reason<'_> {
    match reason {
        Reason::NotDeclared { declared, intervals, .. } => {
            Reason::NotDeclared { declared, nearest: None, intervals }
        }
        other => other,
    }
}

/// Returns whether a value equals a declared one.
fn is(value: Given<'_>, data_type: DataType, declared: &str) -> bool {
    match value {
        Given::Unconvertible => false,
        Given::Boolean(value) => number::parse_bool(declared) == Some(value),
        Given::Float(value) => number::parse_f32(declared) == Some(value),
        Given::Double(value) => number::parse_f64(declared) == Some(value),
        Given::String(value) => value == declared,
        Given::Integer(value) => {
            date(data_type, declared).or_else(|| number::parse_i64(declared)) == Some(value)
        }
    }
}

/// Reads a date or time.
#[cfg(feature = "text")]
fn date(data_type: DataType, text: &str) -> Option<i64> {
    crate::date::data_types::parse_date_literal(data_type, text)
}

/// Returns `None`: dates are not compiled in.
#[cfg(not(feature = "text"))]
fn date(_: DataType, _: &str) -> Option<i64> {
    None
}

/// Returns whether a number is in an interval, whose margins are converted to the number's own type.
pub fn is_within(value: Given<'_>, interval: &Range) -> bool {
    // The margins for a field in single precision are rounded to it, as in lowering.
    let is_single = matches!(value, Given::Float(_));
    let number = match value {
        Given::Integer(number) => number as f64,
        Given::Float(number) => f64::from(number),
        Given::Double(number) => number,
        _ => return false,
    };
    let margin = |margin: f64| if is_single { f64::from(margin as f32) } else { margin };
    let above = interval.left.is_none_or(|left| match interval.left_closed {
        true => number >= margin(left),
        false => number > margin(left),
    });
    let below = interval.right.is_none_or(|right| match interval.right_closed {
        true => number <= margin(right),
        false => number < margin(right),
    });
    above && below
}

/// Returns a description of the values of a type: `a number`, `a date of the form …`.
pub fn form(data_type: DataType) -> &'static str {
    use DataType::*;
    match data_type {
        String => "a string",
        Integer => "an integer",
        Float | Double => "a number",
        Boolean => "a boolean, `true` or `false`",
        Date | DateDaysSince0 | DateDaysSince1960 | DateDaysSince1970 | DateDaysSince1980
        | DateDaysSince1990 | DateDaysSince2000 | DateDaysSince2010 | DateDaysSince2020 => {
            "a date of the form `2020-01-31`"
        }
        Time | TimeSeconds => "a time of the form `10:30:59`",
        DateTime
        | DateTimeSecondsSince0
        | DateTimeSecondsSince1960
        | DateTimeSecondsSince1970
        | DateTimeSecondsSince1980
        | DateTimeSecondsSince1990
        | DateTimeSecondsSince2000
        | DateTimeSecondsSince2010
        | DateTimeSecondsSince2020 => "a date and time of the form `2020-01-31T10:30:59`",
    }
}

impl fmt::Display for Reason<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::NotOfType { expected: DataType::String, is_list: false } => {
                f.write_str("is a list, but the field takes one value")
            }
            Reason::NotOfType { expected, is_list: false } => write!(f, "is not {}", form(*expected)),
            Reason::NotOfType { expected, is_list: true } => {
                write!(f, "is not a list whose items are each {}", form(*expected))
            }
            Reason::OutsideIntervals(intervals) => {
                write!(f, "is outside of the {}", Intervals(intervals))
            }
            Reason::NotDeclared { declared, nearest, intervals } => {
                let (neither, nor) = match intervals {
                    [] => ("not", None),
                    intervals => ("neither", Some(Intervals(intervals))),
                };
                match declared {
                    1 => write!(f, "is {neither} the only declared value")?,
                    declared => write!(f, "is {neither} one of the {declared} declared values")?,
                }
                if let Some(intervals) = nor {
                    write!(f, " nor in the {intervals}")?;
                }
                match nearest {
                    Some(nearest) => write!(f, " (did you mean `{}`?)", quote(nearest)),
                    None => Ok(()),
                }
            }
            Reason::DeclaredInvalid => f.write_str("is declared to be invalid"),
        }
    }
}

/// Describes what is wrong with a list: the string of an item, if it is known which, and the reason why it is
/// not valid for the field.
pub fn in_list<'r>(item: Option<impl fmt::Display + 'r>, reason: Reason<'r>) -> impl fmt::Display + 'r {
    fmt::from_fn(move |f| match &item {
        Some(item) => write!(f, "has the item `{item}`, which {reason}"),
        None => write!(f, "has an item that {reason}"),
    })
}

/// Intervals, as mathematics writes them: `interval `[0, 3]``.
struct Intervals<'i>(&'i [Range]);

impl fmt::Display for Intervals<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.len() == 1 { "interval " } else { "intervals " })?;
        for (number, interval) in self.0.iter().take(SHOWN_INTERVALS).enumerate() {
            if number > 0 {
                f.write_str(", ")?;
            }
            write!(f, "`{interval}`")?;
        }
        match self.0.len().saturating_sub(SHOWN_INTERVALS) {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    fn range(left: Option<f64>, left_closed: bool, right: Option<f64>, right_closed: bool) -> Range {
        Range { left, left_closed, right, right_closed }
    }

    fn said(
        data_type: DataType,
        values: &[&str],
        intervals: &[Range],
        value: Given<'_>,
    ) -> std::string::String {
        let values = values.iter().copied();
        Declared { data_type, is_list: false, values, intervals }.reason(value).to_string()
    }

    #[test]
    fn each_type_says_what_it_expects() {
        for (data_type, words) in [
            (DataType::String, "is a list, but the field takes one value"),
            (DataType::Double, "is not a number"),
            (DataType::Integer, "is not an integer"),
            (DataType::Boolean, "is not a boolean, `true` or `false`"),
            (DataType::DateDaysSince1960, "is not a date of the form `2020-01-31`"),
            (DataType::TimeSeconds, "is not a time of the form `10:30:59`"),
            (DataType::DateTime, "is not a date and time of the form `2020-01-31T10:30:59`"),
        ] {
            assert_eq!(said(data_type, &["1"], &[], Given::Unconvertible), words);
        }
        assert_eq!(said(DataType::Double, &["1"], &[], Given::Double(f64::NAN)), "is not a number");
    }

    #[test]
    fn intervals_are_written_with_their_closure() {
        let one = [range(Some(0.0), true, Some(3.0), true)];
        let said = |intervals: &[Range], value| said(DataType::Double, &[], intervals, Given::Double(value));
        assert_eq!(said(&one, 4.0), "is outside of the interval `[0, 3]`");
        let two = [range(None, false, Some(-0.5), false), range(Some(1e300), false, None, false)];
        assert_eq!(said(&two, 0.0), "is outside of the intervals `(-∞, -0.5)`, `(1e300, ∞)`");
        let many = [range(Some(1.0), true, Some(2.0), false); 7];
        let five = "`[1, 2)`, `[1, 2)`, `[1, 2)`, `[1, 2)`, `[1, 2)`";
        assert_eq!(said(&many, 2.0), std::format!("is outside of the intervals {five} and 2 more"));
        // Numbers in the intervals must have been declared invalid.
        assert_eq!(said(&one, 3.0), "is declared to be invalid");
        assert_eq!(said(&[], 3.0), "is declared to be invalid");
    }

    #[test]
    fn margins_of_f32_fields_are_f32() {
        let declared = Declared {
            data_type: DataType::Float,
            is_list: false,
            values: core::iter::empty(),
            intervals: &[range(Some(0.1), true, None, false)],
        };
        assert!(declared.contains(Given::Float(0.1)));
        assert!(!declared.contains(Given::Float(0.099)));
    }

    #[test]
    fn declared_values_are_counted_and_the_nearest_named() {
        let cities = ["Berlin", "Hamburg", "München"];
        let said = |values: &[&str], value| said(DataType::String, values, &[], Given::String(value));
        assert_eq!(said(&cities, "Berlni"), "is not one of the 3 declared values (did you mean `Berlin`?)");
        assert_eq!(said(&cities, "Rom"), "is not one of the 3 declared values");
        assert_eq!(said(&cities[..1], "berlin"), "is not the only declared value (did you mean `Berlin`?)");
        assert_eq!(said(&cities, "Berlin"), "is declared to be invalid");
        assert_eq!(
            said(&["a\u{1b}bcd"], "abcd"),
            "is not the only declared value (did you mean `a\\u{1b}bcd`?)"
        );
        let numbers = ["1", "2.0"];
        let both = [range(Some(5.0), true, Some(6.0), true)];
        let declared = Declared {
            data_type: DataType::Double,
            is_list: false,
            values: numbers.into_iter(),
            intervals: &both,
        };
        assert!(declared.contains(Given::Double(2.0)) && declared.contains(Given::Double(5.5)));
        assert_eq!(
            declared.reason(Given::Double(3.0)).to_string(),
            "is neither one of the 2 declared values nor in the interval `[5, 6]`"
        );
    }

    #[test]
    fn the_item_of_a_list_is_named_if_it_is_known() {
        let declared = Declared {
            data_type: DataType::String,
            is_list: true,
            values: ["apple", "pear"].into_iter(),
            intervals: &[],
        };
        let reason = |items: &[&'static str]| {
            let (item, reason) = declared.reason_of_items(items.iter().map(|item| Given::String(item)));
            (item, reason.to_string())
        };
        let (item, words) = reason(&["apple", "paer"]);
        assert_eq!(item, Some(Given::String("paer")));
        assert_eq!(words, "is not one of the 2 declared values (did you mean `pear`?)");
        assert_eq!(reason(&["x", "paer"]), (None, "is not one of the 2 declared values".to_string()));
    }
}
