//! Literals: strings of the document, parsed as values of a data type.

use super::operand::{Operand, common_numeric, is_count, is_numeric, type_of};
use crate::document::data_dictionary::DataType;
use crate::document::odd_number;
use crate::error::{Error, Position, Result};
use crate::ir::{Builder, Constant, Type, Value};
use pmml_runtime::date::data_types;
use pmml_runtime::number;

/// Parses a literal; returns `None` if it is not a value of the data type.
pub fn parse(builder: &mut Builder, data_type: DataType, text: &str) -> Option<Constant> {
    Some(match type_of(data_type) {
        Type::String => Constant::String(builder.intern(text)),
        // No value is -0, because 1 ÷ -0 would be -INF.
        Type::F64 => Constant::F64(odd(builder, text, number::parse_f64(text)?) + 0.0),
        Type::F32 => {
            let value = number::parse_f32(text)?;
            odd(builder, text, f64::from(value));
            Constant::F32(value + 0.0)
        }
        Type::Bool => Constant::Bool(number::parse_bool(text)?),
        Type::I64 if data_type == DataType::Integer => Constant::I64(number::parse_i64(text)?),
        // The types that count days or seconds can also be written as that number.
        Type::I64 => Constant::I64(
            data_types::parse_date_literal(data_type, text)
                .or_else(|| if is_count(data_type) { number::parse_i64(text) } else { None })?,
        ),
        Type::List => return None,
    })
}

/// Records a remark if a number is written in an odd way, and returns the number.
fn odd(builder: &mut Builder, text: &str, number: f64) -> f64 {
    if let Some(oddity) = odd_number(text, number) {
        builder.remark(oddity);
    }
    number
}

/// Parses a literal. Fails if it is not a value of the data type.
pub fn constant(
    builder: &mut Builder,
    data_type: DataType,
    text: &str,
    position: Position,
    element: &str,
) -> Result<Constant> {
    parse(builder, data_type, text).ok_or_else(|| {
        Error::invalid(position, element, format!("`{text}` is not a value of the type {data_type}"))
    })
}

/// Parses a literal and emits it as a constant. Fails if it is not a value of the data type.
pub fn value(
    builder: &mut Builder,
    data_type: DataType,
    text: &str,
    position: Position,
    element: &str,
) -> Result<Value> {
    let constant = constant(builder, data_type, text, position, element)?;
    Ok(builder.constant(constant))
}

/// Parses a literal that may be empty: an empty string is the missing value of every type but `string`.
pub fn optional_constant(
    builder: &mut Builder,
    data_type: DataType,
    text: &str,
    position: Position,
    element: &str,
) -> Result<Option<Constant>> {
    if text.is_empty() && data_type != DataType::String {
        return Ok(None);
    }
    constant(builder, data_type, text, position, element).map(Some)
}

/// Emits a literal that may be empty, see [`optional_constant`].
pub fn operand(
    builder: &mut Builder,
    data_type: DataType,
    text: &str,
    position: Position,
    element: &str,
) -> Result<Operand> {
    Ok(match optional_constant(builder, data_type, text, position, element)? {
        Some(constant) => Operand::present(builder.constant(constant), data_type),
        None => Operand::missing(builder, data_type),
    })
}

/// The meaning of a literal that a field is compared with.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Comparand {
    /// A value of the field's type.
    Value(Constant),
    /// A number that is not an integer or boolean, as which the field is compared as a real number.
    Real(f64),
    /// A word, while the field holds numbers: no value of the field equals it.
    Never,
    /// Not a value of the field's type, with an ambiguous meaning: a number in another notation, a boolean in another
    /// language, a date in another form.
    Unclear,
}

/// Interprets a literal that a field of a data type is compared with.
pub fn comparand(builder: &mut Builder, data_type: DataType, text: &str) -> Comparand {
    if let Some(constant) = parse(builder, data_type, text) {
        return Comparand::Value(constant);
    }
    let is_word = !text.contains(char::is_numeric);
    match (data_type, number::parse_f64(text)) {
        (DataType::Integer | DataType::Boolean, Some(real)) => Comparand::Real(real),
        (DataType::Integer | DataType::Float | DataType::Double, _) if is_word => Comparand::Never,
        _ => Comparand::Unclear,
    }
}

/// Returns the data type of a literal without a declared one: an integer or double if it looks like one, else a string.
pub fn natural_type(text: &str) -> DataType {
    if number::parse_i64(text).is_some() && !text.contains(['.', 'e', 'E']) {
        DataType::Integer
    } else if number::parse_f64(text).is_some() {
        DataType::Double
    } else {
        DataType::String
    }
}

/// Returns the common data type of literals without a declared one.
pub fn common_type<'t>(strings: impl IntoIterator<Item = &'t str>) -> DataType {
    let types = strings.into_iter().map(natural_type);
    types
        .reduce(|left, right| if left == right { left } else { more_general(left, right) })
        .unwrap_or(DataType::String)
}

/// Returns the type that holds values of both.
fn more_general(left: DataType, right: DataType) -> DataType {
    if is_numeric(left) && is_numeric(right) { common_numeric(left, right) } else { DataType::String }
}
