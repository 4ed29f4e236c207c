//! Numbers: conversions, constants, and arithmetic that has a trap in it.

use super::operand::type_of;
use crate::document::data_dictionary::DataType;
use crate::ir::{Binary, Builder, Function, Type, Unary, Value};

/// Returns a number or bool as a double.
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

/// Returns a number as a constant of a numeric data type, rounded to it.
pub fn constant(builder: &mut Builder, number: f64, data_type: DataType) -> Value {
    match type_of(data_type) {
        Type::F32 => builder.f32(number as f32),
        Type::I64 => builder.i64(number as i64),
        _ => builder.f64(number),
    }
}

/// Returns a float, with 0 for -0. Sums and differences of numbers that are not -0 are not -0 either.
pub fn without_negative_zero(builder: &mut Builder, value: Value, data_type: DataType) -> Value {
    let zero = constant(builder, 0.0, data_type);
    builder.binary(Binary::Add, value, zero)
}

/// Returns the number of the largest of some values, as `i64`; of equals, the first.
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

/// Returns a function of a double; in single precision, that function rounded once.
pub fn rounded_call(builder: &mut Builder, function: Function, value: Value, math: DataType) -> Value {
    if type_of(math) != Type::F32 {
        return builder.call(function, &[value]);
    }
    let double = builder.unary(Unary::F32ToF64, value);
    let double = builder.call(function, &[double]);
    builder.unary(Unary::F64ToF32, double)
}

/// Returns a number raised to a power.
pub fn power(builder: &mut Builder, base: Value, exponent: f64, math: DataType) -> Value {
    if exponent == 1.0 {
        return base;
    }
    // The square is exact before its one rounding, and so the same as a power's.
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

/// Returns the nearest integral number; of two, the greater one. The difference to the integral number below is exact
/// wherever it decides.
pub fn round_half_up(builder: &mut Builder, value: Value, math: DataType) -> Value {
    let (half, one) = (constant(builder, 0.5, math), constant(builder, 1.0, math));
    let below = builder.unary(Unary::Floor, value);
    let difference = builder.binary(Binary::Subtract, value, below);
    let above = builder.binary(Binary::Add, below, one);
    let goes_up = builder.binary(Binary::GreaterOrEqual, difference, half);
    builder.select(goes_up, above, below)
}
