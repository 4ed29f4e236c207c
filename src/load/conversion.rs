//! Conversion at the boundary, between the values of rows and the words of frames.
//!
//! A cell is *absent* (it has no value), *converted* (its value has the field's type) or *unconvertible* (its value does
//! not). The program decides whether a converted value belongs to its field's domain.

use pmml_compiler::document::data_dictionary::DataType;
use pmml_runtime::compiled::Value;
use pmml_runtime::date::data_types;
use pmml_runtime::{Context, List, StringId, number};
use std::borrow::Cow;

/// A cell of a row, converted to the type of its field.
pub(crate) enum Cell {
    /// The row has no value.
    Absent,
    /// The bits of a value of the field's type.
    Converted(u64),
    /// The row's value cannot be converted to the field's type.
    Unconvertible,
}

/// Converts a value to a data type. Strings are interned in the context.
pub(crate) fn convert(
    value: &Value<'_>,
    data_type: DataType,
    nan_is_missing: bool,
    context: &mut Context<'_>,
) -> Cell {
    let cell = match data_type {
        DataType::String => Some(string_bits(value, context)),
        DataType::Double => to_f64(value).map(f64::to_bits),
        DataType::Float => to_f32(value).map(|value| u64::from(value.to_bits())),
        DataType::Integer => to_i64(value).map(|value| value as u64),
        DataType::Boolean => to_bool(value).map(u64::from),
        _ => match value {
            Value::Integer(value) => Some(*value as u64),
            Value::String(string) => {
                data_types::parse_date_literal(data_type, string).map(|value| value as u64)
            }
            _ => None,
        },
    };
    match cell {
        _ if value.is_missing() => Cell::Absent,
        // This applies to all types: pandas writes NaN for missing values in columns of strings.
        _ if nan_is_missing && value.as_f64().is_some_and(f64::is_nan) => Cell::Absent,
        Some(bits) if nan_is_missing && is_nan(bits, data_type) => Cell::Absent,
        Some(bits) => Cell::Converted(bits),
        None => Cell::Unconvertible,
    }
}

fn is_nan(bits: u64, data_type: DataType) -> bool {
    match data_type {
        DataType::Double => f64::from_bits(bits).is_nan(),
        DataType::Float => f32::from_bits(bits as u32).is_nan(),
        _ => false,
    }
}

fn string_bits(value: &Value<'_>, context: &mut Context<'_>) -> u64 {
    let string = match value {
        Value::String(string) => context.intern(string),
        Value::Missing => StringId::EMPTY,
        other => context.intern(&other.to_string()),
    };
    u64::from(string.number())
}

fn to_f64(value: &Value<'_>) -> Option<f64> {
    match value {
        Value::Double(value) => Some(*value),
        Value::Float(value) => Some(f64::from(*value)),
        Value::Integer(value) => Some(*value as f64),
        Value::Boolean(value) => Some(f64::from(u8::from(*value))),
        Value::String(string) => number::f64_from_text(string),
        Value::Missing | Value::List(_) => None,
    }
}

fn to_f32(value: &Value<'_>) -> Option<f32> {
    match value {
        Value::Double(value) => Some(*value as f32),
        Value::Float(value) => Some(*value),
        Value::Integer(value) => Some(*value as f32),
        Value::Boolean(value) => Some(f32::from(u8::from(*value))),
        Value::String(string) => number::f32_from_text(string),
        Value::Missing | Value::List(_) => None,
    }
}

fn to_i64(value: &Value<'_>) -> Option<i64> {
    match value {
        Value::Integer(value) => Some(*value),
        Value::Boolean(value) => Some(i64::from(*value)),
        Value::Double(value) => pmml_runtime::math::to_i64_exact(*value),
        Value::Float(value) => pmml_runtime::math::to_i64_exact(f64::from(*value)),
        Value::String(string) => number::i64_from_text(string),
        Value::Missing | Value::List(_) => None,
    }
}

fn to_bool(value: &Value<'_>) -> Option<bool> {
    match value {
        Value::Boolean(value) => Some(*value),
        Value::String(string) => number::parse_bool(string),
        Value::Missing | Value::List(_) => None,
        number => match number.as_f64() {
            Some(0.0) => Some(false),
            Some(1.0) => Some(true),
            _ => None,
        },
    }
}

/// Returns the value of a result's bits.
pub(crate) fn value<'c>(bits: u64, data_type: DataType, context: &'c Context<'_>) -> Value<'c> {
    match data_type {
        DataType::String => Value::String(Cow::Borrowed(context.string(StringId::from_number(bits as u32)))),
        _ => plain_value(bits, data_type),
    }
}

/// Returns the value of a result's bits if they are not a string's, and `Missing` for strings.
pub(crate) fn plain_value(bits: u64, data_type: DataType) -> Value<'static> {
    match data_type {
        DataType::String => Value::Missing,
        DataType::Double => Value::Double(f64::from_bits(bits)),
        DataType::Float => Value::Float(f32::from_bits(bits as u32)),
        DataType::Integer => Value::Integer(bits as i64),
        DataType::Boolean => Value::Boolean(bits != 0),
        _ => Value::String(Cow::Owned(data_types::format_date(data_type, bits as i64))),
    }
}

/// Returns the value of a list's bits.
pub(crate) fn list<'c>(bits: u64, data_type: DataType, context: &'c Context<'_>) -> Value<'c> {
    let items = context.items(List::from_number(bits as u32));
    Value::List(
        items
            .iter()
            .map(|item| item.map_or(Value::Missing, |bits| value(bits, data_type, context)))
            .collect(),
    )
}
