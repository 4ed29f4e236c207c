//! Functions of dates and times.
//!
//! Texts are read as what the function wants; a date with time serves as a date and as a time of day.

use super::apply::{Call, Outcome};
use crate::document::data_dictionary::DataType;
use crate::error::Result;
use crate::ir::Function;
use crate::lower::Lowering;
use crate::lower::convert::described;
use crate::lower::operand::{Operand, all_present};

/// A function of a date or time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DateFunction {
    /// The text by a pattern.
    FormatDatetime,
    /// The days from the first of January of a year to a date.
    DaysSinceYear,
    /// The seconds from the start of a year to a date with time.
    SecondsSinceYear,
    /// The seconds from midnight to a time of day.
    SecondsSinceMidnight,
}

impl<'d> Lowering<'d> {
    pub(super) fn date_function(&mut self, call: &Call<'d>, function: DateFunction) -> Result<Outcome> {
        match function {
            DateFunction::FormatDatetime => self.format_datetime(call),
            DateFunction::DaysSinceYear => self.since_year(call, DataType::Date, Function::DaysSinceYear),
            DateFunction::SecondsSinceYear => {
                self.since_year(call, DataType::DateTime, Function::SecondsSinceYear)
            }
            DateFunction::SecondsSinceMidnight => {
                let time = self.date_argument(call, DataType::Time)?;
                Ok(Outcome::valid(Operand { data_type: DataType::Integer, ..time }))
            }
        }
    }

    /// The first argument as a value of a date or time type.
    fn date_argument(&mut self, call: &Call<'d>, data_type: DataType) -> Result<Operand> {
        let operand = self.operand_of(call, 0)?;
        if operand.data_type == data_type {
            return Ok(operand);
        }
        if self.is_always_missing(operand) {
            return Ok(Operand::missing(&mut self.builder, data_type));
        }
        match self.cast_date(operand, data_type, call.apply.position, "Apply")? {
            Some(operand) => Ok(operand),
            None => Err(call.wrong(0, &format!("must be a {data_type}, but is a {}", described(operand)))),
        }
    }

    fn since_year(&mut self, call: &Call<'d>, data_type: DataType, function: Function) -> Result<Outcome> {
        let date = self.date_argument(call, data_type)?;
        let year = self.integer_argument(call, 1)?;
        let present = all_present(&mut self.builder, [&date, &year]);
        let value = self.builder.call(function, &[date.value, year.value]);
        let valid = self.builder.call(Function::IsYear, &[year.value]);
        let invalid = self.builder.not(valid);
        let result = Operand { value, present, data_type: DataType::Integer, is_list: false };
        Ok(Outcome::invalid_where(result, invalid))
    }

    fn format_datetime(&mut self, call: &Call<'d>) -> Result<Outcome> {
        let (data_type, can, format) = match self.operand_of(call, 0)?.data_type {
            DataType::Date => (DataType::Date, Function::CanFormatDate, Function::FormatDate),
            DataType::Time => (DataType::Time, Function::CanFormatTime, Function::FormatTime),
            _ => (DataType::DateTime, Function::CanFormatDateTime, Function::FormatDateTime),
        };
        let date = self.date_argument(call, data_type)?;
        let pattern = self.text_argument(call, 1)?;
        Ok(self.formatted(date, pattern, can, format))
    }
}
