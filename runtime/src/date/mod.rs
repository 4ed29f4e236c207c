//! Dates and times: their text form, the numbers that the standard's data types stand for, and `formatDatetime`.
//!
//! A date is the number of days since 1970-01-01; a time of day the number of seconds since midnight; a date with time
//! the number of seconds since 1970-01-01T00:00:00. There are no time zones: all times are local, and a string with a zone
//! (`Z`, `UTC`, `+02:00`) means what a clock shows in that zone. Fractions of a second are read and dropped. Years reach from
//! −9999 to 9999.
//!
//! The data types that count from another day ([`Epoch`]) hold that count itself; the functions here convert
//! between the counts.

pub mod data_types;

use alloc::string::String;
use core::fmt::{self, Write};

use jiff::civil::{Date, DateTime, Time};
use jiff::fmt::strtime;

/// The seconds of a day.
pub const SECONDS_PER_DAY: i64 = 86_400;

/// The days from which the types `dateDaysSince[…]` and `dateTimeSecondsSince[…]` count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Epoch {
    /// The first day of the year 0, the year before the year 1.
    Year0,
    /// 1960-01-01.
    Year1960,
    /// 1970-01-01.
    Year1970,
    /// 1980-01-01.
    Year1980,
    /// 1990-01-01.
    Year1990,
    /// 2000-01-01.
    Year2000,
    /// 2010-01-01.
    Year2010,
    /// 2020-01-01.
    Year2020,
}

impl Epoch {
    /// Returns the epoch that a document names by its year.
    #[must_use]
    pub fn from_year(year: i64) -> Option<Self> {
        Some(match year {
            0 => Self::Year0,
            1960 => Self::Year1960,
            1970 => Self::Year1970,
            1980 => Self::Year1980,
            1990 => Self::Year1990,
            2000 => Self::Year2000,
            2010 => Self::Year2010,
            2020 => Self::Year2020,
            _ => return None,
        })
    }

    /// Returns days from 1970-01-01 to the epoch.
    #[must_use]
    pub const fn days(self) -> i64 {
        match self {
            Self::Year0 => -719_528,
            Self::Year1960 => -3_653,
            Self::Year1970 => 0,
            Self::Year1980 => 3_652,
            Self::Year1990 => 7_305,
            Self::Year2000 => 10_957,
            Self::Year2010 => 14_610,
            Self::Year2020 => 18_262,
        }
    }

    /// Returns the value of `dateDaysSince[…]` for a date.
    #[must_use]
    pub const fn days_since(self, date: i64) -> i64 {
        date.saturating_sub(self.days())
    }

    /// Returns the date for a value of `dateDaysSince[…]`.
    #[must_use]
    pub const fn date(self, days: i64) -> i64 {
        days.saturating_add(self.days())
    }

    /// Returns the value of `dateTimeSecondsSince[…]` for a date with time.
    #[must_use]
    pub const fn seconds_since(self, date_time: i64) -> i64 {
        date_time.saturating_sub(self.days() * SECONDS_PER_DAY)
    }

    /// Returns the date with time for a value of `dateTimeSecondsSince[…]`.
    #[must_use]
    pub const fn date_time(self, seconds: i64) -> i64 {
        seconds.saturating_add(self.days() * SECONDS_PER_DAY)
    }
}

/// Returns a string without the zone at its end: `Z`, `UTC`, or an offset `±02:00` of 14 hours at most,
/// optionally after a blank. After a time, the offset may also be `±0200` or `±02`.
fn without_zone(text: &str, is_time: bool) -> &str {
    let is_offset = |offset: &str| {
        let (hours, minutes) = match (offset.split_once(':'), offset.len()) {
            (Some(parts), _) => parts,
            (None, 4) if is_time => offset.split_at_checked(2)?,
            (None, 2) if is_time => (offset, "00"),
            _ => return None,
        };
        let (hours, minutes) = (two_digits(hours)?, two_digits(minutes)?);
        let offset = i16::from(hours) * 60 + i16::from(minutes);
        (minutes < 60 && offset <= 14 * 60).then_some(())
    };
    let stripped = match text.strip_suffix(['Z', 'z']).or_else(|| text.strip_suffix("UTC")) {
        Some(stripped) => Some(stripped),
        None => text
            .rfind(['+', '-'])
            .filter(|sign| is_offset(&text[sign + 1..]).is_some())
            .map(|sign| &text[..sign]),
    };
    match stripped {
        Some(stripped) => stripped.strip_suffix(' ').unwrap_or(stripped),
        None => text,
    }
}

/// Reads a date, `2020-02-03`, perhaps with a zone. A year of more than four digits needs a sign.
#[must_use]
pub fn parse_date(text: &str) -> Option<i64> {
    parse_local_date(without_zone(text, false))
}

fn parse_local_date(text: &str) -> Option<i64> {
    let (year, rest) = match text.strip_prefix(['+', '-']) {
        // The year has all digits up to the hyphen that ends it.
        Some(unsigned) => unsigned.split_at_checked(unsigned.find('-')?)?,
        None => text.split_at_checked(4)?,
    };
    if year.len() < 4 || (year.len() == 4 && text.starts_with('+')) {
        return None;
    }
    let magnitude = i16::try_from(digits(year)?).ok()?;
    let year = if text.starts_with('-') { magnitude.checked_neg()? } else { magnitude };
    let (month, day) = rest.strip_prefix('-')?.split_once('-')?;
    let date = Date::new(year, two_digits(month)?, two_digits(day)?).ok()?;
    Some(days_of(date))
}

/// Reads a time of day, `10:30:59` or `10:30`, perhaps with a fraction and a zone.
#[must_use]
pub fn parse_time(text: &str) -> Option<i64> {
    let (hour, rest) = without_zone(text, true).split_once(':')?;
    let (minute, second) = rest.split_once(':').unwrap_or((rest, "00"));
    let second = without_fraction(second)?;
    let time = Time::new(two_digits(hour)?, two_digits(minute)?, two_digits(second)?, 0).ok()?;
    Some(seconds_of(time))
}

/// Returns the seconds of a string without the fraction after them, or `None` if the fraction contains
/// anything but digits.
fn without_fraction(seconds: &str) -> Option<&str> {
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, ""));
    fraction.bytes().all(|digit| digit.is_ascii_digit()).then_some(seconds)
}

/// Reads a date with time, `2020-02-03T10:30:59`, or with a blank for the `T`; perhaps with a fraction and a zone.
#[must_use]
pub fn parse_date_time(text: &str) -> Option<i64> {
    let (date, time) = text.split_once(['T', 't', ' '])?;
    Some(parse_local_date(date)? * SECONDS_PER_DAY + parse_time(time)?)
}

/// Reads a value of the type `timeSeconds`: hours (any number of them, with a sign or not), minutes and seconds, perhaps
/// with a fraction and a zone.
#[must_use]
pub fn parse_time_seconds(text: &str) -> Option<i64> {
    let (sign, unsigned) = text.strip_prefix('-').map_or((1, text), |unsigned| (-1, unsigned));
    let (hours, rest) = without_zone(unsigned, true).split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    let seconds = without_fraction(seconds)?;
    let (minutes, seconds) = (two_digits(minutes)?, two_digits(seconds)?);
    if minutes > 59 || seconds > 59 {
        return None;
    }
    Some(sign * (digits(hours)? * 3600 + i64::from(minutes) * 60 + i64::from(seconds)))
}

/// Parses whole numbers of one to nine digits.
fn digits(text: &str) -> Option<i64> {
    let proper = (1..=9).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if proper { text.parse().ok() } else { None }
}

fn two_digits(text: &str) -> Option<i8> {
    if text.len() == 2 { digits(text)?.try_into().ok() } else { None }
}

/// 1970-01-01.
const FIRST_DAY: Date = Date::constant(1970, 1, 1);

fn days_of(date: Date) -> i64 {
    date.duration_since(FIRST_DAY).as_hours() / 24
}

fn seconds_of(time: Time) -> i64 {
    time.duration_since(Time::midnight()).as_secs()
}

fn date_of(days: i64) -> Option<Date> {
    FIRST_DAY.checked_add(jiff::Span::new().try_days(days).ok()?).ok()
}

fn time_of(seconds: i64) -> Option<Time> {
    let part = |seconds: i64| i8::try_from(seconds).ok();
    if seconds < 0 {
        return None;
    }
    Time::new(part(seconds / 3600)?, part(seconds / 60 % 60)?, part(seconds % 60)?, 0).ok()
}

fn date_time_of(seconds: i64) -> Option<DateTime> {
    let time = time_of(seconds.rem_euclid(SECONDS_PER_DAY))?;
    Some(date_of(seconds.div_euclid(SECONDS_PER_DAY))?.to_datetime(time))
}

/// Writes a date: `2020-02-03`. Writes nothing for a day outside of the years −9999 to 9999.
///
/// # Errors
/// Only those of `out`.
pub fn format_date(date: i64, out: &mut impl Write) -> fmt::Result {
    let Some(date) = date_of(date) else { return Ok(()) };
    let sign = if date.year() < 0 { "-" } else { "" };
    write!(out, "{sign}{:04}-{:02}-{:02}", date.year().unsigned_abs(), date.month(), date.day())
}

/// Writes a time of day: `10:30:59`, and `10:30` where the seconds are 0. Writes nothing past the end of the day.
///
/// # Errors
/// Only those of `out`.
pub fn format_time(time: i64, out: &mut impl Write) -> fmt::Result {
    let Some(time) = time_of(time) else { return Ok(()) };
    write!(out, "{:02}:{:02}", time.hour(), time.minute())?;
    if time.second() == 0 { Ok(()) } else { write!(out, ":{:02}", time.second()) }
}

/// Writes a date with time: the date, `T`, and the time.
///
/// # Errors
/// Only those of `out`.
pub fn format_date_time(date_time: i64, out: &mut impl Write) -> fmt::Result {
    if date_time_of(date_time).is_none() {
        return Ok(());
    }
    format_date(date_of_date_time(date_time), out)?;
    out.write_char('T')?;
    format_time(seconds_since_midnight(date_time), out)
}

/// Returns the date of a date with time.
#[must_use]
pub const fn date_of_date_time(date_time: i64) -> i64 {
    date_time.div_euclid(SECONDS_PER_DAY)
}

/// Computes the function `dateSecondsSinceMidnight` of a date with time.
#[must_use]
pub const fn seconds_since_midnight(date_time: i64) -> i64 {
    date_time.rem_euclid(SECONDS_PER_DAY)
}

/// Computes the function `dateDaysSinceYear`: the days from the first of January of a year to a date.
#[must_use]
pub fn days_since_year(date: i64, year: i64) -> Option<i64> {
    let first = days_of(Date::new(year.try_into().ok()?, 1, 1).ok()?);
    date.checked_sub(first)
}

/// Computes the function `dateSecondsSinceYear`: the seconds from the start of a year to a date with time.
#[must_use]
pub fn seconds_since_year(date_time: i64, year: i64) -> Option<i64> {
    let first = days_of(Date::new(year.try_into().ok()?, 1, 1).ok()?);
    date_time.checked_sub(first * SECONDS_PER_DAY)
}

/// Computes the function `formatDatetime` of a date. Returns `None` if the pattern is wrong or asks for a part that a
/// date lacks.
#[must_use]
pub fn format_date_as(pattern: &str, date: i64) -> Option<String> {
    strtime::format(pattern, date_of(date)?).ok()
}

/// Computes the function `formatDatetime` of a time of day, as [`format_date_as`].
#[must_use]
pub fn format_time_as(pattern: &str, time: i64) -> Option<String> {
    strtime::format(pattern, time_of(time)?).ok()
}

/// Computes the function `formatDatetime` of a date with time, as [`format_date_as`].
#[must_use]
pub fn format_date_time_as(pattern: &str, date_time: i64) -> Option<String> {
    strtime::format(pattern, date_time_of(date_time)?).ok()
}

#[cfg(test)]
mod tests;
