//! Conversions between data types: dates and times in [`date`], the others in [`plain`].

pub mod date;
mod plain;

use super::state::Lowering;
use crate::document::data_dictionary::DataType;
use crate::error::{Error, Position, Result};
use crate::ir::Type;
use crate::lower::build::operand::{Operand, type_of};

/// Describes the type of an operand in a message.
pub fn described(operand: Operand) -> String {
    if operand.is_list {
        format!("list of values of the type {}", operand.data_type)
    } else {
        format!("value of the type {}", operand.data_type)
    }
}

/// Rounds a number to the precision of a model's arithmetic.
pub fn rounded(number: f64, math: DataType) -> f64 {
    match type_of(math) {
        Type::F32 => f64::from(number as f32),
        _ => number,
    }
}

/// Casts an operand to a data type. A list is kept if it has that type, since it is passed on and not computed with,
/// and refused if it has another.
pub fn cast_or_list(
    lowering: &mut Lowering<'_>,
    operand: Operand,
    to: DataType,
    position: Position,
    element: &str,
) -> Result<Operand> {
    if operand.is_list && operand.data_type == to {
        Ok(operand)
    } else {
        cast(lowering, operand, to, position, element)
    }
}

/// Casts a value to a data type. Fails for lists. Rows whose value the type cannot hold fail: a number that is not an
/// integer cast to `integer`, a string that is not a number cast to a numeric type.
pub fn cast(
    lowering: &mut Lowering<'_>,
    operand: Operand,
    to: DataType,
    position: Position,
    element: &str,
) -> Result<Operand> {
    if operand.data_type == to && !operand.is_list {
        return Ok(operand);
    }
    if operand.is_always_missing(&lowering.builder) && !operand.is_list {
        return Ok(Operand::missing(&mut lowering.builder, to));
    }
    let refused = || {
        let message = format!("`{element}` casts a {} to {to}", described(operand));
        Err(Error::unsupported(position, element, message))
    };
    if operand.is_list {
        return refused();
    }
    let is_plain = |data_type: DataType| type_of(data_type) != Type::I64 || data_type == DataType::Integer;
    if !is_plain(operand.data_type) || !is_plain(to) {
        return match date::cast_date(lowering, operand, to, position, element)? {
            Some(operand) => Ok(operand),
            None => refused(),
        };
    }
    plain::cast(lowering, operand, to, position, element)
}
