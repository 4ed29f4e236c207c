//! Functions on texts in the context of a call: what programs call.
//!
//! A program knows a text by its number; these functions look the text up in the [`Context`], apply a plain function of
//! this crate, and enter a resulting text again. A conversion that can fail is two functions: one that tells whether
//! there is a result, and one that gives it (zero where there is none).

use crate::{Context, Text, date, number};
use alloc::string::String;
use core::cmp::Ordering;
use core::fmt::{self, Write};

/// -1, 0 or 1, as the first text comes before, equals or comes after the second in the order of their characters.
pub fn compare(context: &mut Context<'_>, left: Text, right: Text) -> i64 {
    match context.text(left).cmp(context.text(right)) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

/// One text after the other.
pub fn concat(context: &mut Context<'_>, left: Text, right: Text) -> Text {
    context.intern_with(|context, out| {
        out.push_str(context.text(left));
        out.push_str(context.text(right));
    })
}

macro_rules! conversions {
    ($($is:ident, $to:ident, $parse:path, $format:path => $from:ident, $ty:ty, $name:literal;)*) => {$(
        #[doc = concat!("Whether a text is ", $name, ".")]
        pub fn $is(context: &mut Context<'_>, text: Text) -> bool {
            $parse(context.text(text)).is_some()
        }

        #[doc = concat!("A text as ", $name, "; zero if it is none.")]
        pub fn $to(context: &mut Context<'_>, text: Text) -> $ty {
            $parse(context.text(text)).unwrap_or_default()
        }

        #[doc = concat!("The text of ", $name, ".")]
        pub fn $from(context: &mut Context<'_>, value: $ty) -> Text {
            write_text(context, |out| $format(value, out))
        }
    )*};
}

conversions! {
    is_f64, to_f64, number::parse_f64, number::format_f64 => from_f64, f64, "a double";
    is_f32, to_f32, number::parse_f32, number::format_f32 => from_f32, f32, "a single";
    is_i64, to_i64, number::parse_i64, number::format_i64 => from_i64, i64, "an integer";
    is_bool, to_bool, number::parse_bool, number::format_bool => from_bool, bool, "a truth value";
    is_date, to_date, date::parse_date, date::format_date => from_date, i64, "a date";
    is_time, to_time, date::parse_time, date::format_time => from_time, i64, "a time of day";
    is_date_time, to_date_time, date::parse_date_time, date::format_date_time => from_date_time, i64, "a date with time";
    is_time_seconds, to_time_seconds, date::parse_time_seconds, number::format_i64 => from_time_seconds, i64,
        "a number of seconds, written as hours, minutes and seconds";
}

/// Enters what is written. Writing to a `String` cannot fail.
fn write_text(context: &mut Context<'_>, write: impl FnOnce(&mut String) -> fmt::Result) -> Text {
    context.intern_with(|_, out| {
        if write(out).is_err() {
            let _ = out.write_str("");
        }
    })
}
