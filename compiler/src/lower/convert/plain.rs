//! Conversions between strings, booleans and numbers.

use crate::document::data_dictionary::DataType;
use crate::error::{Error, Position, Result};
use crate::ir::{Binary, Constant, Function, Type, Unary};
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::build::{literal, numbers, strings};
use crate::lower::state::Lowering;

/// Casts between types other than dates and times. The value is not a list.
pub(super) fn cast(
    lowering: &mut Lowering<'_>,
    operand: Operand,
    to: DataType,
    position: Position,
    element: &str,
) -> Result<Operand> {
    let (from, target) = (type_of(operand.data_type), type_of(to));
    let value = operand.value;
    let (value, defined) = match (from, target) {
        (Type::String, Type::String) | (Type::List, _) | (_, Type::List) => (value, None),
        (Type::String, _) => {
            let (parse, is_one) = match target {
                Type::F64 => (Function::StringToF64, Function::StringIsF64),
                Type::F32 => (Function::StringToF32, Function::StringIsF32),
                Type::I64 => (Function::StringToI64, Function::StringIsI64),
                _ => (Function::StringToBool, Function::StringIsBool),
            };
            let defined = lowering.builder.call(is_one, &[value]);
            (lowering.builder.call(parse, &[value]), Some(defined))
        }
        (_, Type::String) => (strings::from_value(&mut lowering.builder, value, operand.data_type), None),
        (Type::I64, Type::F64) => (lowering.builder.unary(Unary::I64ToF64, value), None),
        (Type::I64, Type::F32) => (lowering.builder.unary(Unary::I64ToF32, value), None),
        (Type::F32, Type::F64) => (lowering.builder.unary(Unary::F32ToF64, value), None),
        (Type::F64, Type::F32) => (lowering.builder.unary(Unary::F64ToF32, value), None),
        (Type::Bool, Type::I64) => (lowering.builder.unary(Unary::BoolToI64, value), None),
        (Type::Bool, Type::F64) => (numbers::to_f64(&mut lowering.builder, value, operand.data_type), None),
        (Type::Bool, Type::F32) => {
            let integer = lowering.builder.unary(Unary::BoolToI64, value);
            (lowering.builder.unary(Unary::I64ToF32, integer), None)
        }
        (Type::F32 | Type::F64, Type::I64) => {
            let double = numbers::to_f64(&mut lowering.builder, value, operand.data_type);
            let integer = lowering.builder.unary(Unary::F64ToI64, double);
            let back = lowering.builder.unary(Unary::I64ToF64, integer);
            (integer, Some(lowering.builder.binary(Binary::Equal, double, back)))
        }
        (Type::I64 | Type::F32 | Type::F64, Type::Bool) => {
            let double = numbers::to_f64(&mut lowering.builder, value, operand.data_type);
            let (zero, one) = (lowering.builder.f64(0.0), lowering.builder.f64(1.0));
            let is_zero = lowering.builder.binary(Binary::Equal, double, zero);
            let is_one = lowering.builder.binary(Binary::Equal, double, one);
            (is_one, Some(lowering.builder.or(is_zero, is_one)))
        }
        (Type::Bool, Type::Bool)
        | (Type::I64, Type::I64)
        | (Type::F32, Type::F32)
        | (Type::F64, Type::F64) => (value, None),
    };
    if let Some(defined) = defined {
        check_constant(lowering, operand, to, position, element)?;
        let undefined = lowering.builder.not(defined);
        let message = format!("{element} at {position} casts a value to {to} that the type cannot hold");
        let condition = both(&mut lowering.builder, operand.present, Some(undefined));
        lowering.fail_cast(operand, condition, to, message);
    }
    Ok(Operand { value, present: operand.present, data_type: to, is_list: false })
}

/// Checks a constant that is cast. If the type cannot hold it, fails if every row reaches it, else warns.
fn check_constant(
    lowering: &mut Lowering<'_>,
    operand: Operand,
    to: DataType,
    position: Position,
    element: &str,
) -> Result<()> {
    let program = lowering.builder.program();
    let text = match program.constant(operand.value) {
        Some(Constant::String(text)) => program.dictionary.get(text).unwrap_or_default().to_owned(),
        Some(Constant::F64(number)) => number.to_string(),
        Some(Constant::F32(number)) => number.to_string(),
        _ => return Ok(()),
    };
    if literal::parse(&mut lowering.builder, to, &text).is_some() {
        return Ok(());
    }
    let message = format!("`{element}` needs a value of the type {to}, which `{text}` is not");
    // The outermost region runs for every row.
    if operand.present.is_none() && lowering.builder.depth() == 1 {
        return Err(Error::invalid(position, element, message));
    }
    lowering.warn(position, element, format!("{message}: rows that reach it fail"));
    Ok(())
}
