//! Functions of dates and times, and casts between their types.
//!
//! See [`dates`] for the integers that stand for dates and times.

use crate::document::data_dictionary::DataType;
use crate::error::{Position, Result};
use crate::ir::{Binary, Constant, Function, Value};
use crate::lower::Lowering;
use crate::lower::operand::{Operand, both};
use pmml_runtime::date::data_types::{self, Calendar};
use pmml_runtime::date::{Epoch, SECONDS_PER_DAY};

/// What the values of a date or time type are.
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

impl<'d> Lowering<'d> {
    /// Casts to or from a date or time type; `None` where the standard knows no such cast.
    pub fn cast_date(
        &mut self,
        operand: Operand,
        to: DataType,
        position: Position,
        element: &str,
    ) -> Result<Option<Operand>> {
        let (from_kind, to_kind) = (kind(operand.data_type), kind(to));
        if operand.data_type == DataType::String {
            return Ok(to_kind.map(|kind| self.read_date(operand, to, kind, position, element)));
        }
        let value = operand.value;
        let days = |epoch: Epoch| epoch.days();
        let cast = match (from_kind, to_kind) {
            (Some(Kind::Date), None) if to == DataType::String => {
                Some(self.builder.call(Function::DateToText, &[value]))
            }
            (Some(Kind::Time), None) if to == DataType::String => {
                Some(self.builder.call(Function::TimeToText, &[value]))
            }
            (Some(Kind::DateTime), None) if to == DataType::String => {
                Some(self.builder.call(Function::DateTimeToText, &[value]))
            }
            // Types that count are integers.
            (Some(Kind::Days(_) | Kind::Seconds(_) | Kind::TimeSeconds), None) => {
                let number = Operand { data_type: DataType::Integer, ..operand };
                return self.cast(number, to, position, element).map(Some);
            }
            (None, Some(Kind::Days(_) | Kind::Seconds(_) | Kind::TimeSeconds)) => {
                let number = self.cast(operand, DataType::Integer, position, element)?;
                return Ok(Some(Operand { data_type: to, ..number }));
            }
            (Some(Kind::DateTime), Some(Kind::Date)) => Some(self.whole_days(value)),
            (Some(Kind::DateTime), Some(Kind::Time | Kind::TimeSeconds)) => Some(self.seconds_of_day(value)),
            (Some(Kind::DateTime), Some(Kind::Days(epoch))) => {
                let date = self.whole_days(value);
                Some(self.plus(date, -days(epoch)))
            }
            (Some(Kind::DateTime), Some(Kind::Seconds(epoch))) => {
                Some(self.plus(value, -days(epoch) * SECONDS_PER_DAY))
            }
            (Some(Kind::Date), Some(Kind::Days(epoch))) => Some(self.plus(value, -days(epoch))),
            (Some(Kind::Days(epoch)), Some(Kind::Date)) => Some(self.plus(value, days(epoch))),
            (Some(Kind::Days(from)), Some(Kind::Days(to))) => Some(self.plus(value, days(from) - days(to))),
            (Some(Kind::Seconds(epoch)), Some(Kind::DateTime)) => {
                Some(self.plus(value, days(epoch) * SECONDS_PER_DAY))
            }
            (Some(Kind::Seconds(from)), Some(Kind::Seconds(to))) => {
                Some(self.plus(value, (days(from) - days(to)) * SECONDS_PER_DAY))
            }
            (Some(Kind::Time), Some(Kind::TimeSeconds)) => Some(value),
            _ => None,
        };
        Ok(cast.map(|value| Operand { value, data_type: to, ..operand }))
    }

    /// A text as a value of a date or time type. A text that is none makes its row fail.
    fn read_date(
        &mut self,
        operand: Operand,
        to: DataType,
        kind: Kind,
        position: Position,
        element: &str,
    ) -> Operand {
        if let Some(Constant::String(text)) = self.builder.program().constant(operand.value) {
            let read = self
                .builder
                .program()
                .dictionary
                .get(text)
                .and_then(|text| data_types::parse_date_literal(to, text));
            if let Some(value) = read {
                let value = self.builder.i64(value);
                return Operand { value, data_type: to, ..operand };
            }
        }
        let (is_one, read, origin) = match kind {
            Kind::Date => (Function::TextIsDate, Function::TextToDate, 0),
            Kind::Time => (Function::TextIsTime, Function::TextToTime, 0),
            Kind::DateTime => (Function::TextIsDateTime, Function::TextToDateTime, 0),
            Kind::Days(epoch) => (Function::TextIsDate, Function::TextToDate, epoch.days()),
            Kind::Seconds(epoch) => {
                (Function::TextIsDateTime, Function::TextToDateTime, epoch.days() * SECONDS_PER_DAY)
            }
            Kind::TimeSeconds => (Function::TextIsTimeSeconds, Function::TextToTimeSeconds, 0),
        };
        let defined = self.builder.call(is_one, &[operand.value]);
        let undefined = self.builder.not(defined);
        let failed = both(&mut self.builder, operand.present, Some(undefined));
        let message = format!("{element} at {position} casts a text to {to} that is none");
        self.fail_cast(operand, failed, to, message);
        let value = self.builder.call(read, &[operand.value]);
        let value = self.plus(value, -origin);
        Operand { value, data_type: to, ..operand }
    }

    /// An integer and a constant. Dates and times are far from the ends of the type.
    fn plus(&mut self, value: Value, constant: i64) -> Value {
        if constant == 0 {
            return value;
        }
        let constant = self.builder.i64(constant);
        self.builder.binary(Binary::Add, value, constant)
    }

    /// The date of a date with time.
    fn whole_days(&mut self, date_time: Value) -> Value {
        let time = self.seconds_of_day(date_time);
        let midnight = self.builder.binary(Binary::Subtract, date_time, time);
        let day = self.builder.i64(SECONDS_PER_DAY);
        self.builder.call(Function::DivideI64, &[midnight, day])
    }

    /// The time of a date with time.
    fn seconds_of_day(&mut self, date_time: Value) -> Value {
        let day = self.builder.i64(SECONDS_PER_DAY);
        self.builder.call(Function::ModuloI64, &[date_time, day])
    }
}
