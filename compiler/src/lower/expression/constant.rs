//! `Constant`.

use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::expression::Constant;
use crate::error::Result;
use crate::ir::Builder;
use crate::lower::build::literal;
use crate::lower::build::operand::Operand;
use crate::lower::checked;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;

/// Lowers a `Constant`. One without a type is read in the expected type, so that `1.0` stays `1.0` as a string; if the
/// text is not of that type, or no type is expected, the text itself decides.
///
/// In a function of the document, one without a type that spells a parameter's name means the parameter, where the text
/// itself can have no meaning, or SAS wrote the document: so its Enterprise Miner refers to `FMTWIDTH`.
pub fn lower(
    lowering: &mut Lowering<'_>,
    scope: ScopeId,
    constant: &Constant,
    expected: Option<DataType>,
) -> Result<Operand> {
    if constant.data_type.is_none()
        && !constant.missing
        && let Some(parameter) = lowering.scopes.parameter_of(scope, constant.value.trim())
        && (is_by_sas(lowering) || means_nothing(&mut lowering.builder, constant, expected))
    {
        let message = format!(
            "`Constant` spells the name of the parameter `{}`: it is read as a reference to it",
            constant.value.trim()
        );
        lowering.warn(constant.position, "Constant", message);
        return Ok(parameter.operand);
    }
    let builder = &mut lowering.builder;
    if constant.missing {
        let data_type = constant.data_type.or(expected).unwrap_or(DataType::Double);
        return Ok(Operand::missing(builder, data_type));
    }
    let data_type = constant.data_type.unwrap_or_else(|| match expected {
        Some(expected) if literal::parse(builder, expected, &constant.value).is_some() => expected,
        _ => literal::natural_type(&constant.value),
    });
    let (position, element) = (constant.position, "Constant");
    // The outermost region runs for every row.
    if lowering.builder.depth() == 1 {
        return literal::operand(&mut lowering.builder, data_type, &constant.value, position, element);
    }
    Ok(match checked::needed_literal(lowering, data_type, &constant.value, position, element) {
        Ok(operand) => operand,
        Err(reason) => {
            lowering.fail_where(None, reason);
            Operand::missing(&mut lowering.builder, data_type)
        }
    })
}

/// Returns whether the text of a constant is not a value of the type that is expected there.
fn means_nothing(builder: &mut Builder, constant: &Constant, expected: Option<DataType>) -> bool {
    expected.is_some_and(|expected| literal::parse(builder, expected, &constant.value).is_none())
}

/// Returns whether a program of SAS wrote the document, as its name or the names of functions tell.
fn is_by_sas(lowering: &Lowering<'_>) -> bool {
    let application = lowering.document.header.application.as_ref();
    let name = application.and_then(|application| application.name.as_ref());
    let is_sas = |name: &Name| name.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "SAS");
    name.is_some_and(is_sas) || lowering.functions.keys().any(|name| name.starts_with("SAS-"))
}
