//! Conversions from, to and between dates and times.
//!
//! Dates and times are integers, see [`data_types`].

use super::plain;
use crate::document::data_dictionary::DataType;
use crate::error::{Position, Result};
use crate::ir::{Binary, Builder, Constant, Function, Value};
use crate::lower::build::operand::{Operand, both};
use crate::lower::state::Lowering;
use pmml_runtime::date::data_types::{self, Calendar};
use pmml_runtime::date::{Epoch, SECONDS_PER_DAY};

/// The meaning of a date or time type's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A date.
    Date,
    /// A time of day.
    Time,
    /// A date with time.
    DateTime,
    /// A number of days since an epoch.
    Days(Epoch),
    /// A number of seconds since the beginning of an epoch.
    Seconds(Epoch),
    /// A number of seconds since midnight.
    TimeSeconds,
}

/// Returns the kind of a date or time type; `None` for other types.
fn kind(data_type: DataType) -> Option<Kind> {
    Some(match (data_type, data_types::calendar(data_type)?) {
        (DataType::Date, _) => Kind::Date,
        (DataType::Time, _) => Kind::Time,
        (DataType::DateTime, _) => Kind::DateTime,
        (_, Calendar::Days(epoch)) => Kind::Days(epoch),
        (_, Calendar::Seconds(epoch)) => Kind::Seconds(epoch),
        (_, Calendar::SecondsOfDay) => Kind::TimeSeconds,
    })
}

/// Casts to or from a date or time type; returns `None` if the standard has no such cast.
pub fn cast_date(
    lowering: &mut Lowering<'_>,
    operand: Operand,
    to: DataType,
    position: Position,
    element: &str,
) -> Result<Option<Operand>> {
    let (from_kind, to_kind) = (kind(operand.data_type), kind(to));
    if operand.data_type == DataType::String {
        return Ok(to_kind.map(|kind| parse_date(lowering, operand, to, kind, position, element)));
    }
    let value = operand.value;
    let days = |epoch: Epoch| epoch.days();
    let cast = match (from_kind, to_kind) {
        (Some(Kind::Date), None) if to == DataType::String => {
            Some(lowering.builder.call(Function::DateToString, &[value]))
        }
        (Some(Kind::Time), None) if to == DataType::String => {
            Some(lowering.builder.call(Function::TimeToString, &[value]))
        }
        (Some(Kind::DateTime), None) if to == DataType::String => {
            Some(lowering.builder.call(Function::DateTimeToString, &[value]))
        }
        // Types that count days or seconds are integers.
        (Some(Kind::Days(_) | Kind::Seconds(_) | Kind::TimeSeconds), None) => {
            let number = Operand { data_type: DataType::Integer, ..operand };
            return plain::cast(lowering, number, to, position, element).map(Some);
        }
        (None, Some(Kind::Days(_) | Kind::Seconds(_) | Kind::TimeSeconds)) => {
            let number = plain::cast(lowering, operand, DataType::Integer, position, element)?;
            return Ok(Some(Operand { data_type: to, ..number }));
        }
        (Some(Kind::DateTime), Some(Kind::Date)) => Some(whole_days(&mut lowering.builder, value)),
        (Some(Kind::DateTime), Some(Kind::Time | Kind::TimeSeconds)) => {
            Some(seconds_of_day(&mut lowering.builder, value))
        }
        (Some(Kind::DateTime), Some(Kind::Days(epoch))) => {
            let date = whole_days(&mut lowering.builder, value);
            Some(plus(&mut lowering.builder, date, -days(epoch)))
        }
        (Some(Kind::DateTime), Some(Kind::Seconds(epoch))) => {
            Some(plus(&mut lowering.builder, value, -days(epoch) * SECONDS_PER_DAY))
        }
        (Some(Kind::Date), Some(Kind::Days(epoch))) => Some(plus(&mut lowering.builder, value, -days(epoch))),
        (Some(Kind::Days(epoch)), Some(Kind::Date)) => Some(plus(&mut lowering.builder, value, days(epoch))),
        (Some(Kind::Days(from)), Some(Kind::Days(to))) => {
            Some(plus(&mut lowering.builder, value, days(from) - days(to)))
        }
        (Some(Kind::Seconds(epoch)), Some(Kind::DateTime)) => {
            Some(plus(&mut lowering.builder, value, days(epoch) * SECONDS_PER_DAY))
        }
        (Some(Kind::Seconds(from)), Some(Kind::Seconds(to))) => {
            Some(plus(&mut lowering.builder, value, (days(from) - days(to)) * SECONDS_PER_DAY))
        }
        (Some(Kind::Time), Some(Kind::TimeSeconds)) => Some(value),
        _ => None,
    };
    Ok(cast.map(|value| Operand { value, data_type: to, ..operand }))
}

/// Parses a string as a date or time type. Rows whose string is malformed fail.
fn parse_date(
    lowering: &mut Lowering<'_>,
    operand: Operand,
    to: DataType,
    kind: Kind,
    position: Position,
    element: &str,
) -> Operand {
    if let Some(Constant::String(text)) = lowering.builder.program().constant(operand.value) {
        let read = lowering
            .builder
            .program()
            .dictionary
            .get(text)
            .and_then(|text| data_types::parse_date_literal(to, text));
        if let Some(value) = read {
            let value = lowering.builder.i64(value);
            return Operand { value, data_type: to, ..operand };
        }
    }
    let (is_one, read, origin) = match kind {
        Kind::Date => (Function::StringIsDate, Function::StringToDate, 0),
        Kind::Time => (Function::StringIsTime, Function::StringToTime, 0),
        Kind::DateTime => (Function::StringIsDateTime, Function::StringToDateTime, 0),
        Kind::Days(epoch) => (Function::StringIsDate, Function::StringToDate, epoch.days()),
        Kind::Seconds(epoch) => {
            (Function::StringIsDateTime, Function::StringToDateTime, epoch.days() * SECONDS_PER_DAY)
        }
        Kind::TimeSeconds => (Function::StringIsTimeSeconds, Function::StringToTimeSeconds, 0),
    };
    let defined = lowering.builder.call(is_one, &[operand.value]);
    let undefined = lowering.builder.not(defined);
    let failed = both(&mut lowering.builder, operand.present, Some(undefined));
    let message = format!("{element} at {position} casts a string to {to} that is not one");
    lowering.fail_cast(operand, failed, to, message);
    let value = lowering.builder.call(read, &[operand.value]);
    let value = plus(&mut lowering.builder, value, -origin);
    Operand { value, data_type: to, ..operand }
}

/// Adds a constant to an integer. Dates and times are far from the limits of the type, so this cannot overflow.
fn plus(builder: &mut Builder, value: Value, constant: i64) -> Value {
    if constant == 0 {
        return value;
    }
    let constant = builder.i64(constant);
    builder.binary(Binary::Add, value, constant)
}

/// Returns the date of a date with time, in days.
fn whole_days(builder: &mut Builder, date_time: Value) -> Value {
    let time = seconds_of_day(builder, date_time);
    let midnight = builder.binary(Binary::Subtract, date_time, time);
    let day = builder.i64(SECONDS_PER_DAY);
    builder.call(Function::DivideI64, &[midnight, day])
}

/// Returns the time of day of a date with time, in seconds.
fn seconds_of_day(builder: &mut Builder, date_time: Value) -> Value {
    let day = builder.i64(SECONDS_PER_DAY);
    builder.call(Function::ModuloI64, &[date_time, day])
}
