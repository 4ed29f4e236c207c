//! Dates and times as data: which integer stands for them, and their text.
//!
//! Inside a program a date is the number of days since 1970-01-01, a time the number of seconds since midnight, a date
//! with time the number of seconds since 1970-01-01T00:00:00; a value of a type like `dateDaysSince[1960]` is the number
//! that the type's name says. As data all of them are written as dates and times in the manner of ISO 8601; the types that
//! count can be written as that number too.

use crate::pmml::data_dictionary::DataType;
use pmml_runtime::date::{self, Epoch};
use pmml_runtime::number;

/// What the values of a date or time type are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A date with time.
    DateTime,
    /// A number of days since an epoch.
    Days(Epoch),
    /// A number of seconds since the beginning of an epoch's first day.
    Seconds(Epoch),
    /// A number of seconds since midnight.
    TimeSeconds,
}

/// What the values of a data type are, if it is a date or time type.
pub fn kind(data_type: DataType) -> Option<Kind> {
    use Kind::{Days, Seconds};
    Some(match data_type {
        DataType::String | DataType::Integer | DataType::Float | DataType::Double | DataType::Boolean => {
            return None;
        }
        DataType::Date => Kind::Date,
        DataType::Time => Kind::Time,
        DataType::DateTime => Kind::DateTime,
        DataType::TimeSeconds => Kind::TimeSeconds,
        DataType::DateDaysSince0 => Days(Epoch::Year0),
        DataType::DateDaysSince1960 => Days(Epoch::Year1960),
        DataType::DateDaysSince1970 => Days(Epoch::Year1970),
        DataType::DateDaysSince1980 => Days(Epoch::Year1980),
        DataType::DateDaysSince1990 => Days(Epoch::Year1990),
        DataType::DateDaysSince2000 => Days(Epoch::Year2000),
        DataType::DateDaysSince2010 => Days(Epoch::Year2010),
        DataType::DateDaysSince2020 => Days(Epoch::Year2020),
        DataType::DateTimeSecondsSince0 => Seconds(Epoch::Year0),
        DataType::DateTimeSecondsSince1960 => Seconds(Epoch::Year1960),
        DataType::DateTimeSecondsSince1970 => Seconds(Epoch::Year1970),
        DataType::DateTimeSecondsSince1980 => Seconds(Epoch::Year1980),
        DataType::DateTimeSecondsSince1990 => Seconds(Epoch::Year1990),
        DataType::DateTimeSecondsSince2000 => Seconds(Epoch::Year2000),
        DataType::DateTimeSecondsSince2010 => Seconds(Epoch::Year2010),
        DataType::DateTimeSecondsSince2020 => Seconds(Epoch::Year2020),
    })
}

/// Reads a value of a date or time type: the integer that stands for it. `None` where the text is none, or the type is no
/// date or time type.
pub fn parse(data_type: DataType, text: &str) -> Option<i64> {
    match kind(data_type)? {
        Kind::Date => date::parse_date(text),
        Kind::Time => date::parse_time(text),
        Kind::DateTime => date::parse_date_time(text),
        Kind::Days(epoch) => {
            date::parse_date(text).map(|date| epoch.days_since(date)).or_else(|| number::parse_i64(text))
        }
        Kind::Seconds(epoch) => date::parse_date_time(text)
            .map(|date_time| epoch.seconds_since(date_time))
            .or_else(|| number::parse_i64(text)),
        Kind::TimeSeconds => date::parse_time_seconds(text).or_else(|| number::parse_i64(text)),
    }
}

/// The text of a value of a date or time type: ISO 8601, or the number of a type that counts. Empty for a value that no
/// text can stand for (a year past 9999), and for any other type.
pub fn format(data_type: DataType, value: i64) -> String {
    let mut text = String::new();
    // Writing to a String cannot fail.
    let _ = match kind(data_type) {
        None => Ok(()),
        Some(Kind::Date) => date::format_date(value, &mut text),
        Some(Kind::Time) => date::format_time(value, &mut text),
        Some(Kind::DateTime) => date::format_date_time(value, &mut text),
        Some(Kind::Days(_) | Kind::Seconds(_) | Kind::TimeSeconds) => number::format_i64(value, &mut text),
    };
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_numbers() {
        for (data_type, text, value) in [
            (DataType::Date, "1970-01-03", 2),
            (DataType::Time, "10:00:01", 36_001),
            (DataType::DateTime, "1970-01-02T00:00:01", 86_401),
        ] {
            assert_eq!(parse(data_type, text), Some(value), "{text}");
            assert_eq!(format(data_type, value), text);
        }
        assert_eq!(parse(DataType::DateDaysSince1960, "1960-01-05"), Some(4));
        assert_eq!(parse(DataType::DateDaysSince1960, "5"), Some(5));
        assert_eq!(parse(DataType::DateTimeSecondsSince1980, "1980-01-01T00:01"), Some(60));
        assert_eq!(parse(DataType::TimeSeconds, "-10:00:01"), Some(-36_001));
        assert_eq!(format(DataType::TimeSeconds, 7), "7");
        assert_eq!(parse(DataType::Date, "2020-02-30"), None);
        assert_eq!(parse(DataType::Integer, "1"), None);
    }
}
