//! Functions that summarize any number of numbers: `min`, `max`, `sum`, `avg`, `median`, `product`.
//!
//! They pass over missing arguments; where all are missing, so is the result. Sums and products of integers are checked
//! integers. Floats are summarized in double precision and rounded once.

use super::apply::{Call, Outcome};
use super::arithmetic::Arithmetic;
use crate::document::data_dictionary::DataType;
use crate::error::Result;
use crate::ir::{Binary, Function, Type, Unary, Value};
use crate::lower::Lowering;
use crate::lower::operand::{Operand, type_of};

/// A function that summarizes numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Summary {
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The sum.
    Sum,
    /// The mean.
    Average,
    /// The middle.
    Median,
    /// The product.
    Product,
}

impl<'d> Lowering<'d> {
    pub(super) fn summary(&mut self, call: &Call<'d>, summary: Summary) -> Result<Outcome> {
        let (common, mut numbers) = self.numbers(call)?;
        let always_missing: Vec<bool> =
            numbers.iter().map(|number| self.is_always_missing(*number)).collect();
        let mut missing = always_missing.iter();
        numbers.retain(|_| !missing.next().copied().unwrap_or_default());
        let present = self.any_present(&numbers);
        let is_mean = matches!(summary, Summary::Average | Summary::Median);
        if common == DataType::Integer && !is_mean {
            let (value, invalid) = self.summarize_integers(summary, &numbers);
            let operand = Operand { value, present, data_type: DataType::Integer, is_list: false };
            return Ok(match invalid {
                Some(invalid) => Outcome::invalid_where(operand, invalid),
                None => Outcome::valid(operand),
            });
        }
        let doubles: Vec<Operand> = numbers
            .iter()
            .map(|number| Operand {
                value: self.to_f64(number.value, common),
                data_type: DataType::Double,
                ..*number
            })
            .collect();
        let value = match summary {
            Summary::Min => self.fold(&doubles, f64::INFINITY, Function::MinIgnoringNan),
            Summary::Max => self.fold(&doubles, f64::NEG_INFINITY, Function::MaxIgnoringNan),
            Summary::Sum => self.accumulate(&doubles, 0.0, Binary::Add),
            Summary::Product => self.accumulate(&doubles, 1.0, Binary::Multiply),
            Summary::Average => self.mean(&doubles),
            Summary::Median => {
                let list = self.list_of(&doubles);
                self.builder.call(Function::Median, &[list])
            }
        };
        let data_type = if common == DataType::Float { DataType::Float } else { DataType::Double };
        let value = match type_of(data_type) {
            Type::F32 => self.builder.unary(Unary::F64ToF32, value),
            _ => value,
        };
        let value = self.without_negative_zero(value, data_type);
        Ok(self.invalid_if_nan(Operand { value, present, data_type, is_list: false }))
    }

    /// The list of some operands.
    pub(super) fn list_of(&mut self, operands: &[Operand]) -> Value {
        let items: Vec<(Value, Value)> =
            operands.iter().map(|operand| (operand.value, operand.presence(&mut self.builder))).collect();
        self.builder.list(&items)
    }

    /// Whether any operand is present; `None`: always.
    fn any_present(&mut self, operands: &[Operand]) -> Option<Value> {
        if operands.iter().any(|operand| operand.present.is_none()) {
            return None;
        }
        let builder = &mut self.builder;
        let any = operands
            .iter()
            .filter_map(|operand| operand.present)
            .reduce(|any, present| builder.or(any, present));
        Some(any.unwrap_or_else(|| self.builder.bool(false)))
    }

    /// A value, or where it is missing, what does not change a result.
    fn or_neutral(&mut self, operand: Operand, neutral: Value) -> Value {
        match operand.present {
            Some(present) => self.builder.select(present, operand.value, neutral),
            None => operand.value,
        }
    }

    fn accumulate(&mut self, doubles: &[Operand], neutral: f64, binary: Binary) -> Value {
        let neutral = self.builder.f64(neutral);
        doubles.iter().fold(neutral, |result, double| {
            let value = self.or_neutral(*double, neutral);
            self.builder.binary(binary, result, value)
        })
    }

    /// The least or greatest of some doubles: NaN only where all that are present are NaN.
    fn fold(&mut self, doubles: &[Operand], last_resort: f64, function: Function) -> Value {
        let nan = self.builder.f64(f64::NAN);
        let last_resort = self.builder.f64(last_resort);
        let values: Vec<Value> = doubles.iter().map(|double| self.or_neutral(*double, nan)).collect();
        let folded = values.into_iter().reduce(|left, right| self.builder.call(function, &[left, right]));
        folded.unwrap_or(last_resort)
    }

    /// The mean as [`pmml_runtime::math::mean`] has it: of the numbers so far, moved by each number's share.
    fn mean(&mut self, doubles: &[Operand]) -> Value {
        let one = self.builder.f64(1.0);
        let zero = self.builder.f64(0.0);
        let (mut mean, mut count) = (zero, zero);
        for double in doubles {
            let next_count = self.builder.binary(Binary::Add, count, one);
            let difference = self.builder.binary(Binary::Subtract, double.value, mean);
            let share = self.builder.binary(Binary::Divide, difference, next_count);
            let next_mean = self.builder.binary(Binary::Add, mean, share);
            (mean, count) = match double.present {
                None => (next_mean, next_count),
                Some(present) => (
                    self.builder.select(present, next_mean, mean),
                    self.builder.select(present, next_count, count),
                ),
            };
        }
        mean
    }

    /// The result, and whether it exceeds the type on the way; `None`: never.
    fn summarize_integers(&mut self, summary: Summary, numbers: &[Operand]) -> (Value, Option<Value>) {
        let (neutral, arithmetic, comparison) = match summary {
            Summary::Min => (i64::MAX, None, Binary::Less),
            Summary::Max => (i64::MIN, None, Binary::Greater),
            Summary::Product => (1, Some(Arithmetic::Multiply), Binary::Less),
            _ => (0, Some(Arithmetic::Add), Binary::Less),
        };
        let neutral = self.builder.i64(neutral);
        let mut values = numbers.iter();
        let Some(first) = values.next() else { return (neutral, None) };
        let mut result = self.or_neutral(*first, neutral);
        let mut invalid = None;
        for number in values {
            let value = self.or_neutral(*number, neutral);
            let Some(arithmetic) = arithmetic else {
                let better = self.builder.binary(comparison, value, result);
                result = self.builder.select(better, value, result);
                continue;
            };
            let (next, overflows) = self.integer_arithmetic(arithmetic, result, value);
            result = next;
            invalid = Some(invalid.map_or(overflows, |invalid| self.builder.or(invalid, overflows)));
        }
        (result, invalid)
    }
}
