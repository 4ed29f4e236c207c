//! Literals that only some rows need: if they are wrong, a warning is added and only those rows fail.

use super::state::Lowering;
use crate::document::data_dictionary::DataType;
use crate::error::{Error, Position, Result};
use crate::ir::Constant;
use crate::lower::build::literal::{self, Comparand};
use crate::lower::build::operand::Operand;
use pmml_runtime::diagnostics::quote::quote;

/// Returns the operand of a literal that only some rows need. If it is not a value of the data type, adds a warning and
/// returns the reason for which those rows fail.
pub fn needed_literal(
    lowering: &mut Lowering<'_>,
    data_type: DataType,
    text: &str,
    position: Position,
    element: &str,
) -> Result<Operand, String> {
    if let Ok(operand) = literal::operand(&mut lowering.builder, data_type, text, position, element) {
        return Ok(operand);
    }
    let text = quote(text);
    let warning = format!(
        "`{element}` has `{text}`, which is not a value of the type {data_type}: rows that need it fail"
    );
    lowering.warn(position, element, warning);
    Err(format!("{element} at {position} has `{text}`, which is not a value of the type {data_type}"))
}

/// Parses a category that a field is compared with. Returns `None`, with a warning, if no value of the field can equal
/// it. Fails if its meaning is ambiguous.
pub fn sought_category(
    lowering: &mut Lowering<'_>,
    data_type: DataType,
    text: &str,
    position: Position,
    element: &str,
) -> Result<Option<Constant>> {
    let message = format!("`{element}` compares a field of the type {data_type} with `{text}`");
    match literal::comparand(&mut lowering.builder, data_type, text) {
        Comparand::Value(constant) => Ok(Some(constant)),
        Comparand::Real(_) | Comparand::Never => {
            lowering.warn(position, element, format!("{message}, which no value of that type equals"));
            Ok(None)
        }
        Comparand::Unclear => Err(Error::invalid(position, element, message)),
    }
}

/// Returns an operand, or if it is missing a literal of its type.
pub fn or_literal(
    lowering: &mut Lowering<'_>,
    operand: Operand,
    text: &str,
    position: Position,
    element: &str,
) -> Result<Operand> {
    if operand.present.is_none() {
        return Ok(operand);
    }
    if operand.is_list {
        let message = format!("`{element}` replaces a missing list of values by `{text}`");
        return Err(Error::unsupported(position, element, message));
    }
    match needed_literal(lowering, operand.data_type, text, position, element) {
        Ok(replacement) => Ok(operand.or(&mut lowering.builder, replacement)),
        Err(reason) => {
            let present = operand.presence(&mut lowering.builder);
            let missing = lowering.builder.not(present);
            lowering.fail_where(Some(missing), reason);
            Ok(operand)
        }
    }
}
