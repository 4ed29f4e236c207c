//! `DefineFunction`: functions of the document.
//!
//! A function is inlined at each of its calls. Its body sees its parameters and nothing else.

use super::call::Argument;
use crate::document::data_dictionary::DataType;
use crate::document::transformation::{DefineFunction, ParameterField};
use crate::error::{Error, Result};
use crate::lower::build::operand::Operand;
use crate::lower::convert;
use crate::lower::field::{Domain, Field};
use crate::lower::state::Lowering;

/// Inlines a function of the document, given as many arguments as it has parameters.
pub(super) fn call<'d>(
    lowering: &mut Lowering<'d>,
    arguments: &[Argument<'d>],
    definition: &'d DefineFunction,
    expected: Option<DataType>,
) -> Result<Operand> {
    let (position, element) = (definition.position, "DefineFunction");
    if lowering.functions_in_progress.contains(&std::ptr::from_ref(definition)) {
        let message = format!("the function `{}` calls itself, directly or through others", definition.name);
        return Err(Error::invalid(position, element, message));
    }
    let scope = lowering.scopes.open_function();
    for (parameter, argument) in definition.parameter_fields.iter().zip(arguments) {
        let field = bind_parameter(lowering, parameter, argument)?;
        lowering.define(scope, &parameter.name, field);
    }
    for derived in &definition.derived_fields {
        lowering.scopes.declare_derived(scope, derived)?;
    }
    lowering.functions_in_progress.push(definition);
    let result = lowering.expression(scope, &definition.expression, definition.data_type.or(expected))?;
    lowering.functions_in_progress.pop();
    match definition.data_type {
        Some(data_type) => convert::cast_or_list(lowering, result, data_type, position, element),
        None => Ok(result),
    }
}

/// Returns the field that a parameter stands for: the argument's own field if the types agree, else its value, cast.
fn bind_parameter<'d>(
    lowering: &mut Lowering<'d>,
    parameter: &'d ParameterField,
    argument: &Argument<'d>,
) -> Result<Field<'d>> {
    let data_type = parameter.data_type.unwrap_or(argument.operand.data_type);
    if let Some(field) = argument.field
        && field.operand.data_type == data_type
    {
        let optype = parameter.optype.unwrap_or(field.domain.optype);
        return Ok(Field { domain: Domain { optype, ..field.domain }, ..field });
    }
    let operand =
        convert::cast_or_list(lowering, argument.operand, data_type, parameter.position, "ParameterField")?;
    Ok(Field::computed(operand, Domain::of_type(data_type, parameter.optype)))
}
