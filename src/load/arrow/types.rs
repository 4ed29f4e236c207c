//! The Arrow types that fields accept.

use arrow_schema::{DataType as ArrowType, TimeUnit};
use pmml_runtime::DataType;
use pmml_runtime::date::data_types::{self, Calendar};

/// The kind of values in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Null,
    Integer,
    Number,
    Boolean,
    String,
    Date,
    Timestamp,
    Time,
}

/// Reason why a column's type is rejected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// The field does not accept it.
    Type,
    /// Its time zone has no fixed offset.
    TimeZone(String),
}

/// Checks that a field accepts a column of some type.
pub fn check(arrow_type: &ArrowType, data_type: DataType, is_list: bool) -> Result<(), Unfit> {
    let items = match arrow_type {
        ArrowType::List(field) | ArrowType::LargeList(field) | ArrowType::FixedSizeList(field, _) => {
            Some(field.data_type())
        }
        _ => None,
    };
    match (items, is_list) {
        (None, true) if *arrow_type == ArrowType::Null => Ok(()),
        // A list of nulls is rejected: nulls take no memory, so that a short message could contain an enormous list.
        (Some(ArrowType::Null), _) | (None, true) | (Some(_), false) => Err(Unfit::Type),
        (Some(items), true) => check_scalar(items, data_type),
        (None, false) => check_scalar(arrow_type, data_type),
    }
}

fn check_scalar(arrow_type: &ArrowType, data_type: DataType) -> Result<(), Unfit> {
    let kind = kind(arrow_type)?.ok_or(Unfit::Type)?;
    let fits = match (kind, data_types::calendar(data_type)) {
        (Kind::Null | Kind::String, _) | (Kind::Integer, _) => true,
        (Kind::Number | Kind::Boolean, calendar) => calendar.is_none(),
        (Kind::Date | Kind::Timestamp, Some(calendar)) => calendar != Calendar::SecondsOfDay,
        (Kind::Time, Some(calendar)) => calendar == Calendar::SecondsOfDay,
        (Kind::Date | Kind::Timestamp | Kind::Time, None) => data_type == DataType::String,
    };
    if fits { Ok(()) } else { Err(Unfit::Type) }
}

fn kind(arrow_type: &ArrowType) -> Result<Option<Kind>, Unfit> {
    use ArrowType::*;
    Ok(Some(match arrow_type {
        Null => Kind::Null,
        Int8 | Int16 | Int32 | Int64 | UInt8 | UInt16 | UInt32 | UInt64 => Kind::Integer,
        Float16 | Float32 | Float64 => Kind::Number,
        Decimal32(..) | Decimal64(..) | Decimal128(..) | Decimal256(..) => Kind::Number,
        Boolean => Kind::Boolean,
        Utf8 | LargeUtf8 | Utf8View => Kind::String,
        Date32 | Date64 => Kind::Date,
        Timestamp(_, None) => Kind::Timestamp,
        Timestamp(_, Some(zone)) => {
            offset(zone).ok_or_else(|| Unfit::TimeZone(zone.to_string()))?;
            Kind::Timestamp
        }
        Time32(_) | Time64(_) => Kind::Time,
        Dictionary(_, values) => match **values {
            Null | Dictionary(..) => return Ok(None),
            _ => return kind(values),
        },
        _ => return Ok(None),
    }))
}

/// Returns the offset of a zone from UTC in seconds, positive to the east, or `None` if it is not fixed.
pub fn offset(zone: &str) -> Option<i64> {
    if ["UTC", "utc", "Z", "Etc/UTC", "GMT"].contains(&zone) {
        return Some(0);
    }
    let (sign, rest) = match zone.split_at_checked(1)? {
        ("+", rest) => (1, rest),
        ("-", rest) => (-1, rest),
        _ => return None,
    };
    // `+01:00`, `+0100` and `+01`.
    let digits: String = rest.chars().filter(|digit| *digit != ':').collect();
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "00"),
        4 => digits.split_at(2),
        _ => return None,
    };
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))
}

/// Returns the number of units in a second.
pub fn per_second(unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets() {
        for (zone, seconds) in
            [("UTC", 0), ("+00:00", 0), ("+01:30", 5400), ("-0800", -28_800), ("+14", 50_400)]
        {
            assert_eq!(offset(zone), Some(seconds), "{zone}");
        }
        for zone in ["", "+", "Europe/Berlin", "+1", "+24:00", "+01:60", "+0é:00", "+123"] {
            assert_eq!(offset(zone), None, "{zone}");
        }
    }
}
