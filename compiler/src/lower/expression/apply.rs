//! `Apply`: a function applied to arguments.
//!
//! The function is built-in or defined in the document. Three attributes apply in this order: if an argument is
//! missing, `mapMissingTo` is the result and the function is not called; `invalidValueTreatment` handles a result that
//! does not exist; `defaultValue` replaces a missing result.

use super::call::{Argument, Call, CallResult};
use super::{built_in, condition, define_function, treatment};
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::expression::{Apply, Expression};
use crate::error::{Error, Result};
use crate::lower::build::operand::{Operand, all_present};
use crate::lower::checked;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;
use pmml_runtime::number;

/// Lowers the application of a function.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    apply: &'d Apply,
    expected: Option<DataType>,
) -> Result<Operand> {
    if apply.function == "if" {
        check_arity(apply, (2, 3))?;
        return condition::apply_if(lowering, scope, apply, expected);
    }
    let (arguments, outcome) = if let Some(function) = built_in::find(&apply.function) {
        check_arity(apply, function.arity)?;
        let call = Call { apply, arguments: lower_arguments(lowering, scope, apply)? };
        let outcome = built_in::call(lowering, &call, function.meaning)?;
        (call.arguments, outcome)
    } else if let Some(definition) = lowering.functions.get(&apply.function).copied() {
        let count = definition.parameter_fields.len();
        check_arity(apply, (count, count))?;
        let arguments = lower_arguments(lowering, scope, apply)?;
        let result = define_function::call(lowering, &arguments, definition, expected)?;
        (arguments, CallResult::valid(result))
    } else {
        return Err(Error::unsupported(apply.position, "Apply", unknown_function(lowering, &apply.function)));
    };
    let called = match apply.map_missing_to {
        Some(_) => all_present(&mut lowering.builder, arguments.iter().map(|argument| &argument.operand)),
        None => None,
    };
    let mut result = treatment::treat_invalid(lowering, apply, outcome, called)?;
    if let (Some(text), Some(called)) = (&apply.map_missing_to, called) {
        let (cast, replacement) = treatment::replacement(lowering, apply, result, text, expected)?;
        result = Operand::choose(&mut lowering.builder, called, cast, replacement);
    }
    treatment::treat_missing_result(lowering, apply, result, expected)
}

/// Lowers the arguments of a call; functions of numbers parse string constants as numbers.
fn lower_arguments<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    apply: &'d Apply,
) -> Result<Vec<Argument<'d>>> {
    let wants_number = |index| match &*apply.function {
        "+" | "-" | "*" | "/" => true,
        "substring" => index > 0,
        _ => false,
    };
    let expressions = apply.expressions.iter().enumerate();
    expressions
        .map(|(index, expression)| lower_argument(lowering, scope, expression, wants_number(index)))
        .collect()
}

/// Lowers an argument, keeping the field if it is just a reference to one.
fn lower_argument<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    expression: &'d Expression,
    wants_number: bool,
) -> Result<Argument<'d>> {
    if let Expression::FieldRef(field_ref) = expression
        && field_ref.map_missing_to.is_none()
    {
        let field = lowering.field(scope, &field_ref.field, field_ref.position, "FieldRef")?;
        return Ok(Argument { operand: field.operand, field: Some(field) });
    }
    // A constant's type does not depend on the function, except that a string in place of a number is parsed as one.
    let odd = match expression {
        Expression::Constant(constant) if wants_number && constant.data_type.is_none() => {
            Some(constant).filter(|it| !it.missing && number::parse_f64(&it.value).is_none())
        }
        _ => None,
    };
    let operand = match odd {
        // In the outermost region, which runs for every row, the function itself refuses what is not a number.
        Some(odd)
            if lowering.builder.depth() > 1
                && lowering.scopes.parameter_of(scope, odd.value.trim()).is_none() =>
        {
            match checked::needed_literal(lowering, DataType::Double, &odd.value, odd.position, "Constant") {
                Ok(operand) => operand,
                Err(reason) => {
                    lowering.fail_where(None, reason);
                    Operand::missing(&mut lowering.builder, DataType::Double)
                }
            }
        }
        _ => lowering.expression(scope, expression, odd.map(|_| DataType::Double))?,
    };
    Ok(Argument { operand, field: None })
}

/// Returns the message for an unknown function, with a suggestion if there is one.
fn unknown_function(lowering: &Lowering<'_>, name: &str) -> String {
    let is_java = name.split('.').count() > 2 && !name.contains(|c: char| c.is_whitespace() || c == '(');
    if is_java {
        return format!(
            "the function `{name}` is a Java class, which only a Java evaluator can run; express it by a \
                 `DefineFunction`"
        );
    }
    let defined = lowering.functions.keys().find(|known| is_similar(known, name)).map(Name::as_str);
    let similar = built_in::names().find(|known| is_similar(known, name)).or(defined);
    match similar {
        Some(similar) => format!("there is no function `{name}`: did you mean `{similar}`?"),
        None => {
            format!("there is no function `{name}`: it is not built in, and the document does not define it")
        }
    }
}

/// Fails if the function does not accept the number of arguments.
fn check_arity(apply: &Apply, (least, most): (usize, usize)) -> Result<()> {
    let count = apply.expressions.len();
    if (least..=most).contains(&count) {
        return Ok(());
    }
    let expected = match (least, most) {
        (least, usize::MAX) => format!("{least} or more"),
        (least, most) if least == most => least.to_string(),
        (least, most) => format!("{least} to {most}"),
    };
    let noun = if most == 1 { "argument" } else { "arguments" };
    let message = format!("the function `{}` takes {expected} {noun}, not {count}", apply.function);
    Err(Error::invalid(apply.position, "Apply", message))
}

/// Returns whether two names differ in case and punctuation only.
fn is_similar(left: &str, right: &str) -> bool {
    let letters = |name: &str| -> String {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (left, right) = (letters(left), letters(right));
    !left.is_empty() && left == right
}
