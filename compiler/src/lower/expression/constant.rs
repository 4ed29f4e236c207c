//! `Constant`: literals, and SAS's references to parameters that look like literals.

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

/// Lowers a `Constant`. One without a type is parsed in the expected type, so that `1.0` stays `1.0` as a string; if it
/// is not of that type, or no type is expected, the literal itself determines the type.
///
/// In a function of the document, a constant without a type that spells a parameter's name is a reference to the
/// parameter if the literal has no meaning of its own, or if SAS wrote the document: SAS Enterprise Miner refers to
/// `FMTWIDTH` in this way.
pub fn lower(
    lowering: &mut Lowering<'_>,
    scope: ScopeId,
    constant: &Constant,
    expected: Option<DataType>,
) -> Result<Operand> {
    if constant.data_type.is_none()
        && !constant.missing
        && let Some(parameter) = lowering.scopes.parameter_of(scope, constant.value.trim())
        && (is_by_sas(lowering) || is_meaningless(&mut lowering.builder, constant, expected))
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
    // In the outermost region, which runs for every row, a wrong literal is an error; elsewhere only rows that reach it
    // fail.
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

/// Returns whether a constant is not a value of the expected type.
fn is_meaningless(builder: &mut Builder, constant: &Constant, expected: Option<DataType>) -> bool {
    expected.is_some_and(|expected| literal::parse(builder, expected, &constant.value).is_none())
}

/// Returns whether SAS wrote the document, as indicated by the application's name or the names of functions.
fn is_by_sas(lowering: &Lowering<'_>) -> bool {
    let application = lowering.document.header.application.as_ref();
    let name = application.and_then(|application| application.name.as_ref());
    let is_sas = |name: &Name| name.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "SAS");
    name.is_some_and(is_sas) || lowering.functions.keys().any(|name| name.starts_with("SAS-"))
}
