//! Functions that summarize any number of numbers: `min`, `max`, `sum`, `avg`, `median`, `product`.
//!
//! They skip missing arguments; if all are missing, so is the result. Integer sums and products are checked for
//! overflow. Floats are summarized in `f64` and rounded once.

use super::arithmetic::{self, Arithmetic};
use super::call::{Call, CallResult};
use crate::document::data_dictionary::DataType;
use crate::error::Result;
use crate::ir::{Binary, Builder, Function, Type, Unary, Value};
use crate::lower::build::operand::{Operand, type_of};
use crate::lower::build::{lists, numbers};
use crate::lower::state::Lowering;

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

pub(super) fn call<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>, summary: Summary) -> Result<CallResult> {
    let (common, mut numbers) = arithmetic::numeric_arguments(lowering, call)?;
    let always_missing: Vec<bool> =
        numbers.iter().map(|number| (*number).is_always_missing(&lowering.builder)).collect();
    let mut missing = always_missing.iter();
    numbers.retain(|_| !missing.next().copied().unwrap_or_default());
    let present = any_present(&mut lowering.builder, &numbers);
    let is_mean = matches!(summary, Summary::Average | Summary::Median);
    if common == DataType::Integer && !is_mean {
        let (value, invalid) = summarize_integers(&mut lowering.builder, summary, &numbers);
        let operand = Operand { value, present, data_type: DataType::Integer, is_list: false };
        return Ok(match invalid {
            Some(invalid) => CallResult::invalid_where(operand, invalid),
            None => CallResult::valid(operand),
        });
    }
    let doubles: Vec<Operand> = numbers
        .iter()
        .map(|number| Operand {
            value: numbers::to_f64(&mut lowering.builder, number.value, common),
            data_type: DataType::Double,
            ..*number
        })
        .collect();
    let value = match summary {
        Summary::Min => fold(&mut lowering.builder, &doubles, f64::INFINITY, Function::MinIgnoringNan),
        Summary::Max => fold(&mut lowering.builder, &doubles, f64::NEG_INFINITY, Function::MaxIgnoringNan),
        Summary::Sum => accumulate(&mut lowering.builder, &doubles, 0.0, Binary::Add),
        Summary::Product => accumulate(&mut lowering.builder, &doubles, 1.0, Binary::Multiply),
        Summary::Average => average(&mut lowering.builder, &doubles),
        Summary::Median => {
            let list = lists::of_operands(&mut lowering.builder, &doubles);
            lowering.builder.call(Function::Median, &[list])
        }
    };
    let data_type = if common == DataType::Float { DataType::Float } else { DataType::Double };
    let value = match type_of(data_type) {
        Type::F32 => lowering.builder.unary(Unary::F64ToF32, value),
        _ => value,
    };
    let value = numbers::without_negative_zero(&mut lowering.builder, value, data_type);
    Ok(CallResult::unless_nan(&mut lowering.builder, Operand { value, present, data_type, is_list: false }))
}

/// Returns whether any operand is present; `None`: always.
fn any_present(builder: &mut Builder, operands: &[Operand]) -> Option<Value> {
    if operands.iter().any(|operand| operand.present.is_none()) {
        return None;
    }
    let any =
        operands.iter().filter_map(|operand| operand.present).reduce(|any, present| builder.or(any, present));
    Some(any.unwrap_or_else(|| builder.bool(false)))
}

/// Returns a value, or if it is missing the neutral element, which leaves the result as it is.
fn or_neutral(builder: &mut Builder, operand: Operand, neutral: Value) -> Value {
    match operand.present {
        Some(present) => builder.select(present, operand.value, neutral),
        None => operand.value,
    }
}

/// Returns the sum or product of some `f64`s.
fn accumulate(builder: &mut Builder, doubles: &[Operand], neutral: f64, binary: Binary) -> Value {
    let neutral = builder.f64(neutral);
    doubles.iter().fold(neutral, |result, double| {
        let value = or_neutral(builder, *double, neutral);
        builder.binary(binary, result, value)
    })
}

/// Returns the least or greatest of some `f64`s: NaN only if all that are present are NaN.
fn fold(builder: &mut Builder, doubles: &[Operand], last_resort: f64, function: Function) -> Value {
    let nan = builder.f64(f64::NAN);
    let last_resort = builder.f64(last_resort);
    let values: Vec<Value> = doubles.iter().map(|double| or_neutral(builder, *double, nan)).collect();
    let folded = values.into_iter().reduce(|left, right| builder.call(function, &[left, right]));
    folded.unwrap_or(last_resort)
}

/// Returns the mean, computed as by [`pmml_runtime::math::mean`]: each number moves the mean so far by its share.
fn average(builder: &mut Builder, doubles: &[Operand]) -> Value {
    let one = builder.f64(1.0);
    let zero = builder.f64(0.0);
    let (mut mean, mut count) = (zero, zero);
    for double in doubles {
        let next_count = builder.binary(Binary::Add, count, one);
        let difference = builder.binary(Binary::Subtract, double.value, mean);
        let share = builder.binary(Binary::Divide, difference, next_count);
        let next_mean = builder.binary(Binary::Add, mean, share);
        (mean, count) = match double.present {
            None => (next_mean, next_count),
            Some(present) => {
                (builder.select(present, next_mean, mean), builder.select(present, next_count, count))
            }
        };
    }
    mean
}

/// Summarizes integers. Returns the result, and a bool that is true if it overflows on the way; `None`: never.
fn summarize_integers(
    builder: &mut Builder,
    summary: Summary,
    numbers: &[Operand],
) -> (Value, Option<Value>) {
    let (neutral, arithmetic, comparison) = match summary {
        Summary::Min => (i64::MAX, None, Binary::Less),
        Summary::Max => (i64::MIN, None, Binary::Greater),
        Summary::Product => (1, Some(Arithmetic::Multiply), Binary::Less),
        _ => (0, Some(Arithmetic::Add), Binary::Less),
    };
    let neutral = builder.i64(neutral);
    let mut values = numbers.iter();
    let Some(first) = values.next() else { return (neutral, None) };
    let mut result = or_neutral(builder, *first, neutral);
    let mut invalid = None;
    for number in values {
        let value = or_neutral(builder, *number, neutral);
        let Some(arithmetic) = arithmetic else {
            let better = builder.binary(comparison, value, result);
            result = builder.select(better, value, result);
            continue;
        };
        let (next, overflows) = arithmetic::integers(builder, arithmetic, result, value);
        result = next;
        invalid = Some(invalid.map_or(overflows, |invalid| builder.or(invalid, overflows)));
    }
    (result, invalid)
}
