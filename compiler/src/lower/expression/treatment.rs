//! Treatments of the result of a call: `invalidValueTreatment`, `mapMissingTo`, `defaultValue`.

use super::call::CallResult;
use crate::document::data_dictionary::DataType;
use crate::document::expression::Apply;
use crate::document::mining_schema::InvalidValueTreatment;
use crate::error::{Error, Result};
use crate::ir::Value;
use crate::lower::build::literal;
use crate::lower::build::operand::{Operand, both};
use crate::lower::convert;
use crate::lower::state::Lowering;

/// Applies `invalidValueTreatment` to a result that does not exist, unless the function was not called.
pub fn treat_invalid(
    lowering: &mut Lowering<'_>,
    apply: &Apply,
    outcome: CallResult,
    called: Option<Value>,
) -> Result<Operand> {
    let CallResult { operand, invalid: Some(invalid), is_usable } = outcome else {
        return Ok(outcome.operand);
    };
    match apply.invalid_value_treatment {
        InvalidValueTreatment::AsIs if is_usable => Ok(operand),
        InvalidValueTreatment::ReturnInvalid | InvalidValueTreatment::AsIs => {
            let builder = &mut lowering.builder;
            let failed = both(builder, called, operand.present);
            let failed = both(builder, failed, Some(invalid));
            let message = format!("the function `{}` at {} has no result", apply.function, apply.position);
            lowering.fail_where(failed, message);
            Ok(operand)
        }
        InvalidValueTreatment::AsMissing => {
            let valid = lowering.builder.not(invalid);
            Ok(operand.only_if(&mut lowering.builder, valid))
        }
        InvalidValueTreatment::AsValue => {
            let message = "`Apply` with the invalidValueTreatment `asValue` is not supported";
            Err(Error::unsupported(apply.position, "Apply", message))
        }
    }
}

/// Replaces a missing result by `defaultValue`.
pub fn treat_missing_result(
    lowering: &mut Lowering<'_>,
    apply: &Apply,
    result: Operand,
    expected: Option<DataType>,
) -> Result<Operand> {
    let (Some(text), Some(_)) = (&apply.default_value, result.present) else { return Ok(result) };
    let (cast, replacement) = replacement(lowering, apply, result, text, expected)?;
    Ok(cast.or(&mut lowering.builder, replacement))
}

/// Converts a result and the literal that replaces it to one type: the expected one, if the literal is a value of it,
/// else that of the result, else a string.
pub fn replacement(
    lowering: &mut Lowering<'_>,
    apply: &Apply,
    result: Operand,
    text: &str,
    expected: Option<DataType>,
) -> Result<(Operand, Operand)> {
    let candidates = [expected, Some(result.data_type)];
    let data_type = candidates
        .into_iter()
        .flatten()
        .find(|data_type| {
            text.is_empty() || literal::parse(&mut lowering.builder, *data_type, text).is_some()
        })
        .unwrap_or(DataType::String);
    let cast = convert::cast_or_list(lowering, result, data_type, apply.position, "Apply")?;
    let replacement = literal::operand(&mut lowering.builder, data_type, text, apply.position, "Apply")?;
    Ok((cast, replacement))
}
