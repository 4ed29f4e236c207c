//! Functions on dates and times that programs call. Each has a result for all arguments; a second function
//! returns whether the result is meaningful.

use super::call::Context;
use crate::date;
use crate::word::StringId;
use alloc::string::String;

/// Returns the days from the first of January of a year to a date, or 0 if the calendar does not have the
/// year.
#[must_use]
pub fn days_since_year(date: i64, year: i64) -> i64 {
    date::days_since_year(date, year).unwrap_or(0)
}

/// Returns the seconds from the start of a year to a date with time, or 0 if the calendar does not have the
/// year.
#[must_use]
pub fn seconds_since_year(date_time: i64, year: i64) -> i64 {
    date::seconds_since_year(date_time, year).unwrap_or(0)
}

/// Returns whether the calendar has a year.
#[must_use]
pub fn is_year(year: i64) -> bool {
    date::days_since_year(0, year).is_some()
}

macro_rules! formats {
    ($($can:ident, $format:ident, $with:path, $what:literal;)*) => {$(
        #[doc = concat!("Returns whether ", $what, " can be written with a pattern.")]
        pub fn $can(context: &mut Context<'_>, value: i64, pattern: StringId) -> bool {
            $with(context.string(pattern), value).is_some()
        }

        #[doc = concat!("Writes ", $what, " with a pattern. Returns the empty string if that is not possible.")]
        pub fn $format(context: &mut Context<'_>, value: i64, pattern: StringId) -> StringId {
            let text: String = $with(context.string(pattern), value).unwrap_or_default();
            context.keep(&text)
        }
    )*};
}

formats! {
    can_format_date, format_date, date::format_date_as, "a date";
    can_format_time, format_time, date::format_time_as, "a time of day";
    can_format_date_time, format_date_time, date::format_date_time_as, "a date with time";
}
