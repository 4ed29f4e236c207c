//! Intervals: tests whether a number is in a range.

use super::operand::type_of;
use crate::document::data_dictionary::{Closure, DataType, Interval};
use crate::ir::{Binary, Builder, Type, Unary, Value};

/// Returns a bool: whether a value is in any of some intervals. The value is compared in its own type: the margins of a
/// `float` field are rounded to `f32`, as its values are.
pub fn within_any(builder: &mut Builder, value: Value, data_type: DataType, intervals: &[Interval]) -> Value {
    let mut any = None;
    for interval in intervals {
        let within = within(builder, value, data_type, interval);
        any = Some(match any {
            None => within,
            Some(any) => builder.or(any, within),
        });
    }
    any.unwrap_or_else(|| builder.bool(false))
}

/// Returns a bool: whether a value is in an interval.
pub fn within(builder: &mut Builder, value: Value, data_type: DataType, interval: &Interval) -> Value {
    let (above, below) = match interval.closure {
        Closure::OpenOpen => (Binary::Greater, Binary::Less),
        Closure::OpenClosed => (Binary::Greater, Binary::LessOrEqual),
        Closure::ClosedOpen => (Binary::GreaterOrEqual, Binary::Less),
        Closure::ClosedClosed => (Binary::GreaterOrEqual, Binary::LessOrEqual),
    };
    let is_float = type_of(data_type) == Type::F32;
    let value = match type_of(data_type) {
        Type::I64 => builder.unary(Unary::I64ToF64, value),
        _ => value,
    };
    let mut side = |comparison, margin: Option<f64>| {
        margin.map(|margin| {
            let margin = if is_float { builder.f32(margin as f32) } else { builder.f64(margin) };
            builder.binary(comparison, value, margin)
        })
    };
    let left = side(above, interval.left_margin);
    let right = side(below, interval.right_margin);
    match (left, right) {
        (Some(left), Some(right)) => builder.and(left, right),
        (Some(side), None) | (None, Some(side)) => side,
        (None, None) => builder.bool(true),
    }
}
