//! Functions of numbers.
//!
//! Arithmetic uses the common type of the numbers: integers give an integer, checked for overflow; a float with an
//! integer or a float gives a float; with a double everything is double. Functions of analysis (`ln`, `sin`,
//! distributions) are always double. A result that is NaN, or that an integer cannot hold, does not exist. No result is
//! -0.

use super::call::{Call, CallResult};
use crate::document::data_dictionary::DataType;
use crate::error::Result;
use crate::ir::{Binary, Builder, Function, Type, Unary, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, all_present, common_numeric, is_count, is_numeric, type_of};
use crate::lower::convert::{self, described};
use crate::lower::state::Lowering;

/// Functions of two numbers in their common type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    /// The sum.
    Add,
    /// The difference.
    Subtract,
    /// The product.
    Multiply,
    /// The quotient; of integers, rounded towards zero.
    Divide,
    /// The remainder of the division that rounds down.
    Modulo,
    /// The first to the power of the second.
    Power,
    /// 1 if the first is greater than the second, else 0.
    Threshold,
}

/// Functions that round to an integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rounding {
    /// The greatest integer that is at most the number.
    Floor,
    /// The least integer that is at least the number.
    Ceil,
    /// The nearest integer; a tie goes to the greater.
    Round,
}

/// Lowers arithmetic on integers. Returns the result, and a bool that is true if it does not exist.
pub(super) fn integers(
    builder: &mut Builder,
    arithmetic: Arithmetic,
    left: Value,
    right: Value,
) -> (Value, Value) {
    let (value, invalid) = match arithmetic {
        Arithmetic::Add => (builder.binary(Binary::Add, left, right), Function::AddOverflows),
        Arithmetic::Subtract => (builder.binary(Binary::Subtract, left, right), Function::SubtractOverflows),
        Arithmetic::Multiply => (builder.binary(Binary::Multiply, left, right), Function::MultiplyOverflows),
        Arithmetic::Divide => (builder.call(Function::DivideI64, &[left, right]), Function::CannotDivideI64),
        Arithmetic::Modulo => (builder.call(Function::ModuloI64, &[left, right]), Function::CannotModuloI64),
        Arithmetic::Power | Arithmetic::Threshold => {
            (builder.call(Function::PowI64, &[left, right]), Function::CannotPowI64)
        }
    };
    (value, builder.call(invalid, &[left, right]))
}

/// Converts the arguments to their common numeric type. Fails if one is not a number.
pub(super) fn numeric_arguments<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
) -> Result<(DataType, Vec<Operand>)> {
    let mut common = None;
    for (index, argument) in call.arguments.iter().enumerate() {
        let Operand { data_type, is_list, .. } = argument.operand;
        if argument.operand.is_always_missing(&lowering.builder) {
            continue;
        }
        let number = match data_type {
            _ if is_list => None,
            data_type if is_numeric(data_type) => Some(data_type),
            data_type if is_count(data_type) => Some(DataType::Integer),
            _ => None,
        };
        let Some(number) = number else {
            let what = format!("must be a number, but is a {}", described(argument.operand));
            return Err(call.wrong(index, &what));
        };
        common = Some(common.map_or(number, |common| common_numeric(common, number)));
    }
    let common = common.unwrap_or(DataType::Double);
    let mut numbers = Vec::with_capacity(call.arguments.len());
    for argument in &call.arguments {
        numbers.push(convert::cast(lowering, argument.operand, common, call.apply.position, "Apply")?);
    }
    Ok((common, numbers))
}

/// Converts the arguments to `f64`. Strings are parsed.
pub(super) fn double_arguments<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>) -> Result<Vec<Operand>> {
    let mut doubles = Vec::with_capacity(call.arguments.len());
    for (index, argument) in call.arguments.iter().enumerate() {
        if argument.operand.is_list {
            return Err(call.wrong(index, "must be a number, but is a list of values"));
        }
        doubles.push(convert::cast(
            lowering,
            argument.operand,
            DataType::Double,
            call.apply.position,
            "Apply",
        )?);
    }
    Ok(doubles)
}

pub(super) fn call<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    arithmetic: Arithmetic,
) -> Result<CallResult> {
    let (data_type, numbers) = numeric_arguments(lowering, call)?;
    let [left, right] = numbers.as_slice() else { return Err(call.wrong(0, "is not one of two")) };
    let present = all_present(&mut lowering.builder, [left, right]);
    let result = |value| Operand { value, present, data_type, is_list: false };
    let (left, right) = (left.value, right.value);
    if arithmetic == Arithmetic::Threshold {
        let greater = lowering.builder.binary(Binary::Greater, left, right);
        let (one, zero) = (
            numbers::constant(&mut lowering.builder, 1.0, data_type),
            numbers::constant(&mut lowering.builder, 0.0, data_type),
        );
        return Ok(CallResult::valid(result(lowering.builder.select(greater, one, zero))));
    }
    if data_type == DataType::Integer {
        let (value, invalid) = integers(&mut lowering.builder, arithmetic, left, right);
        return Ok(CallResult::invalid_where(result(value), invalid));
    }
    let value = float_arithmetic(&mut lowering.builder, arithmetic, left, right, data_type);
    Ok(CallResult::unless_nan(&mut lowering.builder, result(value)))
}

/// Lowers arithmetic on floats. `Power` in single precision is computed in `f64` and rounded.
fn float_arithmetic(
    builder: &mut Builder,
    arithmetic: Arithmetic,
    left: Value,
    right: Value,
    data_type: DataType,
) -> Value {
    let is_single = type_of(data_type) == Type::F32;
    let value = match arithmetic {
        Arithmetic::Add => return builder.binary(Binary::Add, left, right),
        Arithmetic::Subtract => return builder.binary(Binary::Subtract, left, right),
        Arithmetic::Multiply => builder.binary(Binary::Multiply, left, right),
        Arithmetic::Divide => builder.binary(Binary::Divide, left, right),
        Arithmetic::Modulo if is_single => builder.call(Function::ModuloSingle, &[left, right]),
        Arithmetic::Modulo => builder.call(Function::Modulo, &[left, right]),
        Arithmetic::Power | Arithmetic::Threshold if is_single => {
            let left = builder.unary(Unary::F32ToF64, left);
            let right = builder.unary(Unary::F32ToF64, right);
            let power = builder.call(Function::Pow, &[left, right]);
            builder.unary(Unary::F64ToF32, power)
        }
        Arithmetic::Power | Arithmetic::Threshold => builder.call(Function::Pow, &[left, right]),
    };
    numbers::without_negative_zero(builder, value, data_type)
}

/// Calls a function of `f64`s; `None` is the square root.
pub(super) fn real_function<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    function: Option<Function>,
) -> Result<CallResult> {
    let doubles = double_arguments(lowering, call)?;
    let present = all_present(&mut lowering.builder, &doubles);
    let values: Vec<Value> = doubles.iter().map(|double| double.value).collect();
    let value = match (function, values.as_slice()) {
        (Some(function), values) => lowering.builder.call(function, values),
        (None, [value, ..]) => lowering.builder.unary(Unary::SquareRoot, *value),
        (None, []) => return Err(call.wrong(0, "is absent")),
    };
    let value = numbers::without_negative_zero(&mut lowering.builder, value, DataType::Double);
    Ok(CallResult::unless_nan(
        &mut lowering.builder,
        Operand { value, present, data_type: DataType::Double, is_list: false },
    ))
}

/// Converts the only argument to a number: strings and booleans to `f64`, everything else in its type.
fn numeric_argument<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>) -> Result<Operand> {
    let Some(argument) = call.arguments.first() else { return Err(call.wrong(0, "is absent")) };
    if argument.operand.is_list {
        return Err(call.wrong(0, "must be a number, but is a list of values"));
    }
    let data_type = match argument.operand.data_type {
        data_type if is_numeric(data_type) => data_type,
        data_type if is_count(data_type) => DataType::Integer,
        _ => DataType::Double,
    };
    convert::cast(lowering, argument.operand, data_type, call.apply.position, "Apply")
}

/// Lowers `abs`. The absolute value of the least integer does not exist.
pub(super) fn absolute<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>) -> Result<CallResult> {
    let number = numeric_argument(lowering, call)?;
    if number.data_type != DataType::Integer {
        let value = lowering.builder.unary(Unary::Absolute, number.value);
        return Ok(CallResult::unless_nan(&mut lowering.builder, Operand { value, ..number }));
    }
    let zero = lowering.builder.i64(0);
    let (negated, overflows) = integers(&mut lowering.builder, Arithmetic::Subtract, zero, number.value);
    let builder = &mut lowering.builder;
    let negative = builder.binary(Binary::Less, number.value, zero);
    let value = builder.select(negative, negated, number.value);
    let invalid = builder.and(negative, overflows);
    Ok(CallResult::invalid_where(Operand { value, ..number }, invalid))
}

/// Rounds a number to an integer.
pub(super) fn round<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    rounding: Rounding,
) -> Result<CallResult> {
    let number = numeric_argument(lowering, call)?;
    if number.data_type == DataType::Integer {
        return Ok(CallResult::valid(number));
    }
    let double = numbers::to_f64(&mut lowering.builder, number.value, number.data_type);
    let builder = &mut lowering.builder;
    let whole = match rounding {
        Rounding::Floor => builder.unary(Unary::Floor, double),
        Rounding::Ceil => builder.unary(Unary::Ceil, double),
        Rounding::Round => builder.call(Function::RoundHalfUp, &[double]),
    };
    let value = builder.unary(Unary::F64ToI64, whole);
    let invalid = builder.call(Function::ExceedsI64, &[whole]);
    let operand = Operand { value, present: number.present, data_type: DataType::Integer, is_list: false };
    Ok(CallResult::invalid_where(operand, invalid))
}

/// Lowers `rint`, which keeps the argument's type and rounds ties to even.
pub(super) fn rint<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>) -> Result<CallResult> {
    let number = numeric_argument(lowering, call)?;
    if number.data_type == DataType::Integer {
        return Ok(CallResult::valid(number));
    }
    let double = numbers::to_f64(&mut lowering.builder, number.value, number.data_type);
    let whole = lowering.builder.call(Function::Rint, &[double]);
    let value = match type_of(number.data_type) {
        // The integer next to an `f32` is an `f32`.
        Type::F32 => lowering.builder.unary(Unary::F64ToF32, whole),
        _ => whole,
    };
    let value = numbers::without_negative_zero(&mut lowering.builder, value, number.data_type);
    Ok(CallResult::unless_nan(&mut lowering.builder, Operand { value, ..number }))
}
