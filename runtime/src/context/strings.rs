//! Functions on strings in the context of a call, which programs call.
//!
//! A program knows a string by its number; these functions look the string up in the [`Context`], apply a
//! plain function of this crate, and intern a resulting string. A conversion that can fail is two functions:
//! one that returns whether there is a result, and one that returns it (zero if there is none).
//!
//! Functions whose results a row can make arbitrarily long, or that take long on long strings, are
//! [metered](crate::context::budget).

use super::call::Context;
use super::memo::Remembered;
use super::meter::Meter;
use crate::text::number_format::{Number, format_number};
use crate::text::regex::{Pattern, Replacement};
use crate::word::{List, StringId};
use crate::{date, number, text};
use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cmp::Ordering;
use core::fmt::{self, Write};

/// Returns -1, 0 or 1, as the first string comes before, equals or comes after the second in the order of their
/// characters.
pub fn compare(context: &mut Context<'_>, left: StringId, right: StringId) -> i64 {
    match context.string(left).cmp(context.string(right)) {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    }
}

/// Returns one string after the other.
pub fn concat(context: &mut Context<'_>, left: StringId, right: StringId) -> StringId {
    let bytes = context.string_bytes(left).saturating_add(context.string_bytes(right));
    if !context.charge_bytes(bytes) {
        return StringId::EMPTY;
    }
    context.intern_with(|context, out| {
        out.push_str(context.string(left));
        out.push_str(context.string(right));
    })
}

/// Returns the string in upper case.
pub fn uppercase(context: &mut Context<'_>, text: StringId) -> StringId {
    mapped(context, text, |text| text::uppercase(text).into())
}

/// Returns the string in lower case.
pub fn lowercase(context: &mut Context<'_>, text: StringId) -> StringId {
    mapped(context, text, |text| text::lowercase(text).into())
}

/// Returns the string without the blanks at its ends.
pub fn trim_blanks(context: &mut Context<'_>, text: StringId) -> StringId {
    mapped(context, text, |text| text::trim_blanks(text).into())
}

/// Applies a function to a string. The function must take time linear in the length of the string.
fn mapped(context: &mut Context<'_>, text: StringId, map: impl Fn(&str) -> Cow<'_, str>) -> StringId {
    let bytes = context.string_bytes(text);
    if !context.charge_steps(bytes as u64) {
        return StringId::EMPTY;
    }
    let (strings, meter) = context.metered();
    let result = map(strings.get(text));
    if !meter.charge_bytes(result.len()) {
        return StringId::EMPTY;
    }
    let result = match result {
        // Most strings do not change.
        Cow::Borrowed(result) if result.len() == bytes => return text,
        result => result.into_owned(),
    };
    context.intern(&result)
}

/// Returns the number of UTF-16 units of a string.
pub fn string_length(context: &mut Context<'_>, text: StringId) -> i64 {
    text::string_length(context.string(text))
}

/// Returns part of a string: `length` UTF-16 units from position `start` on.
pub fn substring(context: &mut Context<'_>, text: StringId, start: i64, length: i64) -> StringId {
    mapped(context, text, |text| text::substring(text, start, length))
}

/// Returns whether a string is a valid regular expression.
pub fn is_pattern(context: &mut Context<'_>, pattern: StringId) -> bool {
    charge_pattern(context, pattern) && context.pattern(pattern).is_some()
}

/// Returns whether a regular expression matches anywhere in a string; `false` if it is malformed.
pub fn matches(context: &mut Context<'_>, text: StringId, pattern: StringId) -> bool {
    let result = context.remembered(Remembered::Matches, [text, pattern, StringId::EMPTY], |context| {
        StringId::from_number(matches_now(context, text, pattern).into())
    });
    result != StringId::EMPTY
}

fn matches_now(context: &mut Context<'_>, text: StringId, pattern: StringId) -> bool {
    let Some(pattern) = context.pattern(pattern) else { return false };
    context.charge_steps(pattern.steps(context.string_bytes(text))) && pattern.matches(context.string(text))
}

/// The number of steps, approximately, that compiling a regular expression takes for each of its bytes.
const STEPS_OF_PATTERN: u64 = 256;

/// Charges the row for compiling a regular expression, which may have come in with the row.
fn charge_pattern(context: &mut Context<'_>, pattern: StringId) -> bool {
    context.charge_steps(STEPS_OF_PATTERN.saturating_mul(context.string_bytes(pattern) as u64))
}

/// Returns whether a string is a valid regular expression, and another one a valid replacement for its
/// matches.
pub fn is_replacement(context: &mut Context<'_>, pattern: StringId, replacement: StringId) -> bool {
    if !charge_pattern(context, pattern) {
        return false;
    }
    let Some(pattern) = context.pattern(pattern) else { return false };
    Replacement::new(context.string(replacement), &pattern).is_ok()
}

/// Returns the string with every match of a regular expression replaced, or the string itself if that is not
/// possible.
pub fn replace(
    context: &mut Context<'_>,
    text: StringId,
    pattern: StringId,
    replacement: StringId,
) -> StringId {
    context.remembered(Remembered::Replace, [text, pattern, replacement], |context| {
        replace_now(context, text, pattern, replacement)
    })
}

fn replace_now(
    context: &mut Context<'_>,
    text: StringId,
    pattern: StringId,
    replacement: StringId,
) -> StringId {
    let Some(pattern) = context.pattern(pattern) else { return text };
    let Ok(replacement) = Replacement::new(context.string(replacement), &pattern) else { return text };
    let (strings, meter) = context.metered();
    let limit = meter.bytes();
    match replaced(meter, strings.get(text), &pattern, &replacement, limit) {
        Some(replaced) => context.keep(&replaced),
        None => {
            meter.exhaust();
            StringId::EMPTY
        }
    }
}

/// The number of steps, approximately, that a match takes besides finding it.
const STEPS_OF_MATCH: u64 = 16;

/// Returns a string with every match replaced, or `None` if that is longer than `limit` bytes or the row has
/// spent its budget.
fn replaced(
    meter: &mut Meter,
    text: &str,
    pattern: &Pattern,
    replacement: &Replacement,
    limit: usize,
) -> Option<String> {
    if !meter.charge_steps(pattern.steps(text.len())) {
        return None;
    }
    pattern.replace(text, replacement, limit, || meter.charge_steps(STEPS_OF_MATCH))
}

/// The largest number of replacements by [`replace_all`], and the length that it lets a short string reach; a
/// long one may become twice as long.
const MAX_REPLACEMENTS: usize = 1_000;
const MAX_REPLACED_BYTES: usize = 64 << 10;

/// Replaces the matches of each regular expression by the string at the same index, one after the other,
/// until nothing changes. A replacement that does not end, or makes the string longer and longer, is aborted.
pub fn replace_all(
    context: &mut Context<'_>,
    text: StringId,
    patterns: List,
    replacements: List,
) -> StringId {
    let strings = |list| -> Vec<StringId> {
        context.items(list).iter().flatten().map(|bits| StringId::from_number(*bits as u32)).collect()
    };
    let (patterns, replacements) = (strings(patterns), strings(replacements));
    // A malformed pattern or replacement leaves the string as it is.
    let rules: Vec<(Arc<Pattern>, Replacement)> = patterns
        .iter()
        .zip(&replacements)
        .filter_map(|(pattern, replacement)| {
            let pattern = context.pattern(*pattern)?;
            let replacement = Replacement::new(context.string(*replacement), &pattern).ok()?;
            Some((pattern, replacement))
        })
        .collect();
    let (strings, meter) = context.metered();
    let mut current = String::from(strings.get(text));
    let limit = MAX_REPLACED_BYTES.max(current.len().saturating_mul(2));
    'rounds: for _ in 0..MAX_REPLACEMENTS {
        let mut changed = false;
        for (pattern, replacement) in &rules {
            match replaced(meter, &current, pattern, replacement, limit) {
                Some(next) => {
                    changed |= next != current;
                    current = next;
                }
                None => break 'rounds,
            }
        }
        if !changed {
            break;
        }
    }
    context.keep(&current)
}

/// Returns whether a number can be written with a pattern.
pub fn can_format_f64(context: &mut Context<'_>, number: f64, pattern: StringId) -> bool {
    format_number(context.string(pattern), Number::Real(number)).is_some()
}

/// Writes a number with a pattern. Returns the empty string if that is not possible.
pub fn format_f64(context: &mut Context<'_>, number: f64, pattern: StringId) -> StringId {
    let text = format_number(context.string(pattern), Number::Real(number)).unwrap_or_default();
    context.keep(&text)
}

/// Returns whether an integer can be written with a pattern.
pub fn can_format_i64(context: &mut Context<'_>, number: i64, pattern: StringId) -> bool {
    format_number(context.string(pattern), Number::Integer(number)).is_some()
}

/// Writes an integer with a pattern. Returns the empty string if that is not possible.
pub fn format_i64(context: &mut Context<'_>, number: i64, pattern: StringId) -> StringId {
    let text = format_number(context.string(pattern), Number::Integer(number)).unwrap_or_default();
    context.keep(&text)
}

macro_rules! conversions {
    ($($is:ident, $to:ident, $parse:path, $format:path => $from:ident, $ty:ty, $name:literal;)*) => {$(
        #[doc = concat!("Returns whether a string is ", $name, ".")]
        pub fn $is(context: &mut Context<'_>, text: StringId) -> bool {
            $parse(context.string(text)).is_some()
        }

        #[doc = concat!("Reads a string as ", $name, ". Returns zero if it is not ", $name, ".")]
        pub fn $to(context: &mut Context<'_>, text: StringId) -> $ty {
            $parse(context.string(text)).unwrap_or_default()
        }

        #[doc = concat!("Returns the string of ", $name, ".")]
        pub fn $from(context: &mut Context<'_>, value: $ty) -> StringId {
            write_text(context, |out| $format(value, out))
        }
    )*};
}

conversions! {
    is_f64, to_f64, number::f64_from_text, number::format_f64 => from_f64, f64, "an `f64`";
    is_f32, to_f32, number::f32_from_text, number::format_f32 => from_f32, f32, "an `f32`";
    is_i64, to_i64, number::i64_from_text, number::format_i64 => from_i64, i64, "an integer";
    is_bool, to_bool, number::parse_bool, number::format_bool => from_bool, bool, "a boolean";
    is_date, to_date, date::parse_date, date::format_date => from_date, i64, "a date";
    is_time, to_time, date::parse_time, date::format_time => from_time, i64, "a time of day";
    is_date_time, to_date_time, date::parse_date_time, date::format_date_time => from_date_time, i64, "a date with time";
    is_time_seconds, to_time_seconds, date::parse_time_seconds, number::format_i64 => from_time_seconds, i64,
        "a number of seconds, written as hours, minutes and seconds";
}

/// Interns what `write` writes. Writing to a `String` cannot fail.
fn write_text(context: &mut Context<'_>, write: impl FnOnce(&mut String) -> fmt::Result) -> StringId {
    context.intern_with(|_, out| {
        if write(out).is_err() {
            let _ = out.write_str("");
        }
    })
}
