//! Functions of dates and times.
//!
//! Strings are parsed as the type that the function takes; a date with time serves as a date and as a time of day.

use super::call::{Call, CallResult, formatted};
use super::string;
use crate::document::data_dictionary::DataType;
use crate::error::Result;
use crate::ir::Function;
use crate::lower::build::operand::{Operand, all_present};
use crate::lower::convert::{date, described};
use crate::lower::state::Lowering;

/// A function of a date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateFunction {
    /// The date or time, formatted by a pattern.
    FormatDatetime,
    /// The days from the first of January of a year to a date.
    DaysSinceYear,
    /// The seconds from the start of a year to a date with time.
    SecondsSinceYear,
    /// The seconds from midnight to a time of day.
    SecondsSinceMidnight,
}

pub(super) fn call<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    function: DateFunction,
) -> Result<CallResult> {
    match function {
        DateFunction::FormatDatetime => format_datetime(lowering, call),
        DateFunction::DaysSinceYear => since_year(lowering, call, DataType::Date, Function::DaysSinceYear),
        DateFunction::SecondsSinceYear => {
            since_year(lowering, call, DataType::DateTime, Function::SecondsSinceYear)
        }
        DateFunction::SecondsSinceMidnight => {
            let time = date_argument(lowering, call, DataType::Time)?;
            Ok(CallResult::valid(Operand { data_type: DataType::Integer, ..time }))
        }
    }
}

/// Converts the first argument to a date or time type.
fn date_argument<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>, data_type: DataType) -> Result<Operand> {
    let operand = string::operand_of(call, 0)?;
    if operand.data_type == data_type {
        return Ok(operand);
    }
    if operand.is_always_missing(&lowering.builder) {
        return Ok(Operand::missing(&mut lowering.builder, data_type));
    }
    match date::cast_date(lowering, operand, data_type, call.apply.position, "Apply")? {
        Some(operand) => Ok(operand),
        None => Err(call.wrong(0, &format!("must be a {data_type}, but is a {}", described(operand)))),
    }
}

/// Lowers a function that counts from the start of a year. The result does not exist if the year is out of range.
fn since_year<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    data_type: DataType,
    function: Function,
) -> Result<CallResult> {
    let date = date_argument(lowering, call, data_type)?;
    let year = string::integer_argument(lowering, call, 1)?;
    let present = all_present(&mut lowering.builder, [&date, &year]);
    let value = lowering.builder.call(function, &[date.value, year.value]);
    let valid = lowering.builder.call(Function::IsYear, &[year.value]);
    let invalid = lowering.builder.not(valid);
    let result = Operand { value, present, data_type: DataType::Integer, is_list: false };
    Ok(CallResult::invalid_where(result, invalid))
}

/// Lowers `formatDatetime`. The type of the first argument decides what the pattern can show.
fn format_datetime<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>) -> Result<CallResult> {
    let (data_type, can, format) = match string::operand_of(call, 0)?.data_type {
        DataType::Date => (DataType::Date, Function::CanFormatDate, Function::FormatDate),
        DataType::Time => (DataType::Time, Function::CanFormatTime, Function::FormatTime),
        _ => (DataType::DateTime, Function::CanFormatDateTime, Function::FormatDateTime),
    };
    let date = date_argument(lowering, call, data_type)?;
    let pattern = string::string_argument(lowering, call, 1)?;
    Ok(formatted(&mut lowering.builder, date, pattern, can, format))
}
