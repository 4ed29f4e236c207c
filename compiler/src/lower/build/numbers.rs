//! Numbers: conversions, constants, and arithmetic that is easy to get wrong.

use super::operand::type_of;
use crate::document::data_dictionary::DataType;
use crate::ir::{Binary, Builder, Function, Type, Unary, Value};

/// Converts a number or bool to `f64`.
pub fn to_f64(builder: &mut Builder, value: Value, data_type: DataType) -> Value {
    match type_of(data_type) {
        Type::I64 => builder.unary(Unary::I64ToF64, value),
        Type::F32 => builder.unary(Unary::F32ToF64, value),
        Type::Bool => {
            let integer = builder.unary(Unary::BoolToI64, value);
            builder.unary(Unary::I64ToF64, integer)
        }
        _ => value,
    }
}

/// Emits a constant of a numeric data type, rounding the number to it.
pub fn constant(builder: &mut Builder, number: f64, data_type: DataType) -> Value {
    match type_of(data_type) {
        Type::F32 => builder.f32(number as f32),
        Type::I64 => builder.i64(number as i64),
        _ => builder.f64(number),
    }
}

/// Replaces -0 by 0 in a float. Sums and differences of numbers that are not -0 are never -0.
pub fn without_negative_zero(builder: &mut Builder, value: Value, data_type: DataType) -> Value {
    let zero = constant(builder, 0.0, data_type);
    builder.binary(Binary::Add, value, zero)
}

/// Returns the number of the largest of some values, as `i64`; on a tie, the first.
pub fn largest(builder: &mut Builder, values: &[Value]) -> Value {
    let mut winner = builder.i64(0);
    let Some((first, others)) = values.split_first() else { return winner };
    let mut largest = *first;
    for (number, value) in others.iter().enumerate() {
        let greater = builder.binary(Binary::Greater, *value, largest);
        let number = builder.i64(number as i64 + 1);
        winner = builder.select(greater, number, winner);
        largest = builder.select(greater, *value, largest);
    }
    winner
}

/// Calls a function of `f64`; in single precision the result is rounded once.
pub fn rounded_call(builder: &mut Builder, function: Function, value: Value, math: DataType) -> Value {
    if type_of(math) != Type::F32 {
        return builder.call(function, &[value]);
    }
    let result = builder.unary(Unary::F32ToF64, value);
    let result = builder.call(function, &[result]);
    builder.unary(Unary::F64ToF32, result)
}

/// Raises a number to a constant power.
pub fn power(builder: &mut Builder, base: Value, exponent: f64, math: DataType) -> Value {
    if exponent == 1.0 {
        return base;
    }
    // A square is rounded once, so it is the same as the power.
    if exponent == 2.0 {
        return builder.binary(Binary::Multiply, base, base);
    }
    let function = match math {
        DataType::Float => Function::PowerSingle,
        _ => Function::Pow,
    };
    let exponent = constant(builder, exponent, math);
    builder.call(function, &[base, exponent])
}

/// Rounds to the nearest integer; a tie goes to the greater. The difference to the integer below is exact whenever it
/// decides.
pub fn round_half_up(builder: &mut Builder, value: Value, math: DataType) -> Value {
    let (half, one) = (constant(builder, 0.5, math), constant(builder, 1.0, math));
    let below = builder.unary(Unary::Floor, value);
    let difference = builder.binary(Binary::Subtract, value, below);
    let above = builder.binary(Binary::Add, below, one);
    let goes_up = builder.binary(Binary::GreaterOrEqual, difference, half);
    builder.select(goes_up, above, below)
}
