//! Strings: conversion of other values, and constants.

use super::operand::{Operand, type_of};
use crate::document::data_dictionary::DataType;
use crate::ir::{Builder, Constant, Function, Type, Value};

/// Converts a value to a string, as Java prints it.
pub fn from_value(builder: &mut Builder, value: Value, data_type: DataType) -> Value {
    let function = match type_of(data_type) {
        Type::String | Type::List => return value,
        Type::F64 => Function::F64ToString,
        Type::F32 => Function::F32ToString,
        Type::Bool => Function::BoolToString,
        Type::I64 => Function::I64ToString,
    };
    builder.call(function, &[value])
}

/// Returns the string that an operand has in every row, if it is a constant.
pub fn known(builder: &Builder, operand: Operand) -> Option<&str> {
    if operand.present.is_some() {
        return None;
    }
    match builder.program().constant(operand.value)? {
        Constant::String(text) => builder.program().dictionary.get(text),
        _ => None,
    }
}
