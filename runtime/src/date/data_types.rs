//! Dates and times as the data types of PMML count them.
//!
//! A value of a date or time type is an integer: `date` and the `dateDaysSince` family count days, the others seconds. In
//! documents and rows such values are written as ISO dates and times.

use crate::data_type::DataType;
use crate::date::{self, Epoch};
use alloc::string::{String, ToString};

/// What a date or time type counts, and from when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Calendar {
    /// Days since an epoch.
    Days(Epoch),
    /// Seconds since midnight.
    SecondsOfDay,
    /// Seconds since an epoch.
    Seconds(Epoch),
}

/// Returns what a data type counts, if it is one of dates or times.
pub fn calendar(data_type: DataType) -> Option<Calendar> {
    use DataType::*;
    Some(match data_type {
        Date | DateDaysSince1970 => Calendar::Days(Epoch::Year1970),
        DateDaysSince0 => Calendar::Days(Epoch::Year0),
        DateDaysSince1960 => Calendar::Days(Epoch::Year1960),
        DateDaysSince1980 => Calendar::Days(Epoch::Year1980),
        DateDaysSince1990 => Calendar::Days(Epoch::Year1990),
        DateDaysSince2000 => Calendar::Days(Epoch::Year2000),
        DateDaysSince2010 => Calendar::Days(Epoch::Year2010),
        DateDaysSince2020 => Calendar::Days(Epoch::Year2020),
        Time | TimeSeconds => Calendar::SecondsOfDay,
        DateTime | DateTimeSecondsSince1970 => Calendar::Seconds(Epoch::Year1970),
        DateTimeSecondsSince0 => Calendar::Seconds(Epoch::Year0),
        DateTimeSecondsSince1960 => Calendar::Seconds(Epoch::Year1960),
        DateTimeSecondsSince1980 => Calendar::Seconds(Epoch::Year1980),
        DateTimeSecondsSince1990 => Calendar::Seconds(Epoch::Year1990),
        DateTimeSecondsSince2000 => Calendar::Seconds(Epoch::Year2000),
        DateTimeSecondsSince2010 => Calendar::Seconds(Epoch::Year2010),
        DateTimeSecondsSince2020 => Calendar::Seconds(Epoch::Year2020),
        String | Integer | Float | Double | Boolean => return None,
    })
}

/// Reads a value of a date or time type, in ISO form.
pub fn parse_date_literal(data_type: DataType, text: &str) -> Option<i64> {
    match calendar(data_type)? {
        Calendar::Days(epoch) => date::parse_date(text).map(|days| epoch.days_since(days)),
        Calendar::SecondsOfDay if data_type == DataType::TimeSeconds => date::parse_time_seconds(text),
        Calendar::SecondsOfDay => date::parse_time(text),
        Calendar::Seconds(epoch) => date::parse_date_time(text).map(|seconds| epoch.seconds_since(seconds)),
    }
}

/// Returns the string of a value of a date or time type: ISO for `date`, `time` and `dateTime`, the number for the
/// others.
pub fn format_date(data_type: DataType, value: i64) -> String {
    let mut text = String::new();
    let written = match data_type {
        DataType::Date => date::format_date(value, &mut text),
        DataType::Time => date::format_time(value, &mut text),
        DataType::DateTime => date::format_date_time(value, &mut text),
        _ => return value.to_string(),
    };
    // Writing to a String cannot fail.
    debug_assert!(written.is_ok());
    text
}
