//! Literals: texts of the document, read as values of a data type.

use super::operand::type_of;
use crate::error::{Error, Position, Result};
use crate::ir::{Builder, Constant, Type, Value};
use crate::pmml::data_dictionary::DataType;
use pmml_runtime::number;

/// Reads a literal; `None` where it is not one of the data type.
pub fn parse(builder: &mut Builder, data_type: DataType, text: &str) -> Option<Constant> {
    Some(match type_of(data_type) {
        Type::Text => Constant::Text(builder.intern(text)),
        Type::F64 => Constant::F64(number::parse_f64(text)?),
        Type::F32 => Constant::F32(number::parse_f32(text)?),
        Type::Bool => Constant::Bool(number::parse_bool(text)?),
        Type::I64 if data_type == DataType::Integer => Constant::I64(number::parse_i64(text)?),
        Type::I64 => return None,
        Type::List => return None,
    })
}

/// Reads a literal that must be one of the data type.
pub fn constant(
    builder: &mut Builder,
    data_type: DataType,
    text: &str,
    position: Position,
    element: &str,
) -> Result<Constant> {
    parse(builder, data_type, text).ok_or_else(|| {
        Error::invalid(position, element, format!("`{text}` is no value of the type {data_type}"))
    })
}

/// The value of a literal that must be one of the data type.
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

/// The data type that a literal without one has: an integer or a double where it looks like one, else a string.
pub fn natural_type(text: &str) -> DataType {
    if number::parse_i64(text).is_some() && !text.contains(['.', 'e', 'E']) {
        DataType::Integer
    } else if number::parse_f64(text).is_some() {
        DataType::Double
    } else {
        DataType::String
    }
}
