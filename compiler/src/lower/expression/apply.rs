//! `Apply`: a function applied to arguments.
//!
//! The function is one that the document defines, or a built-in one. Around the call the standard puts three attributes,
//! which work in this order: where any argument is missing, `mapMissingTo` is the result and the function is not called;
//! `invalidValueTreatment` says what becomes of a result that does not exist; `defaultValue` replaces a result that is
//! missing.

use super::built_in;
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::expression::{Apply, Expression};
use crate::document::mining_schema::InvalidValueTreatment;
use crate::error::{Error, Result};
use crate::ir::{Binary, Value};
use crate::lower::field::Field;
use crate::lower::operand::{Operand, all_present, both, type_of};
use crate::lower::scope::ScopeId;
use crate::lower::{Lowering, literal};
use pmml_runtime::number;

/// A call with its arguments.
pub(super) struct Call<'d> {
    /// The element.
    pub apply: &'d Apply,
    /// The arguments, as many as the function takes.
    pub arguments: Vec<Argument<'d>>,
}

impl Call<'_> {
    /// An error about an argument, by its index.
    pub fn wrong(&self, index: usize, what: &str) -> Error {
        let message = format!("argument {} of the function `{}` {what}", index + 1, self.apply.function);
        let position = self.apply.expressions.get(index).map_or(self.apply.position, Expression::position);
        Error::invalid(position, "Apply", message)
    }
}

/// An argument of a call.
#[derive(Clone, Copy)]
pub(super) struct Argument<'d> {
    /// Its value.
    pub operand: Operand,
    /// The field, where the argument is nothing but a reference to one.
    pub field: Option<Field<'d>>,
}

/// What a function makes of its arguments.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    /// The result.
    pub operand: Operand,
    /// A bool: the result, where it is present, does not exist; `None` where it always does.
    pub invalid: Option<Value>,
    /// Whether a result that does not exist has a value none the less: NaN. Then it can be used `asIs`.
    pub is_usable: bool,
}

impl Outcome {
    /// A result that always exists.
    pub fn valid(operand: Operand) -> Self {
        Self { operand, invalid: None, is_usable: false }
    }

    /// A result that does not exist where a bool is true.
    pub fn invalid_where(operand: Operand, invalid: Value) -> Self {
        Self { operand, invalid: Some(invalid), is_usable: false }
    }
}

impl<'d> Lowering<'d> {
    /// Applies a function.
    pub fn apply(&mut self, scope: ScopeId, apply: &'d Apply, expected: Option<DataType>) -> Result<Operand> {
        if apply.function == "if" {
            check_arity(apply, (2, 3))?;
            return self.apply_if(scope, apply, expected);
        }
        let (arguments, outcome) = if let Some(function) = built_in::find(&apply.function) {
            check_arity(apply, function.arity)?;
            let call = Call { apply, arguments: self.arguments(scope, apply)? };
            let outcome = self.call_built_in(&call, function.meaning)?;
            (call.arguments, outcome)
        } else if let Some(definition) = self.functions.get(&apply.function).copied() {
            let count = definition.parameter_fields.len();
            check_arity(apply, (count, count))?;
            let arguments = self.arguments(scope, apply)?;
            let result = self.call_definition(&arguments, definition, expected)?;
            (arguments, Outcome::valid(result))
        } else {
            return Err(Error::unsupported(apply.position, "Apply", self.unknown_function(&apply.function)));
        };
        let called = match apply.map_missing_to {
            Some(_) => all_present(&mut self.builder, arguments.iter().map(|argument| &argument.operand)),
            None => None,
        };
        let mut result = self.treat_invalid(apply, outcome, called)?;
        if let (Some(text), Some(called)) = (&apply.map_missing_to, called) {
            let (cast, replacement) = self.replacement(apply, result, text, expected)?;
            result = Operand::choose(&mut self.builder, called, cast, replacement);
        }
        self.treat_missing_result(apply, result, expected)
    }

    fn arguments(&mut self, scope: ScopeId, apply: &'d Apply) -> Result<Vec<Argument<'d>>> {
        let wants_number = |index| match &*apply.function {
            "+" | "-" | "*" | "/" => true,
            "substring" => index > 0,
            _ => false,
        };
        let expressions = apply.expressions.iter().enumerate();
        expressions.map(|(index, expression)| self.argument(scope, expression, wants_number(index))).collect()
    }

    fn argument(
        &mut self,
        scope: ScopeId,
        expression: &'d Expression,
        wants_number: bool,
    ) -> Result<Argument<'d>> {
        if let Expression::FieldRef(field_ref) = expression
            && field_ref.map_missing_to.is_none()
        {
            let field = self.field(scope, &field_ref.field, field_ref.position, "FieldRef")?;
            return Ok(Argument { operand: field.operand, field: Some(field) });
        }
        // Types of constants are their own; only a text where a number must stand is read with that in mind.
        let odd = match expression {
            Expression::Constant(constant) if wants_number && constant.data_type.is_none() => {
                Some(constant).filter(|it| !it.missing && number::parse_f64(&it.value).is_none())
            }
            _ => None,
        };
        let operand = match odd {
            // The outermost region runs for every row: the function refuses what is no number.
            Some(odd) if self.builder.depth() > 1 && self.parameter_of(scope, odd.value.trim()).is_none() => {
                match self.needed_literal(DataType::Double, &odd.value, odd.position, "Constant") {
                    Ok(operand) => operand,
                    Err(reason) => {
                        self.fail_where(None, reason);
                        Operand::missing(&mut self.builder, DataType::Double)
                    }
                }
            }
            _ => self.expression_typed(scope, expression, odd.map(|_| DataType::Double))?,
        };
        Ok(Argument { operand, field: None })
    }

    /// What becomes of a result that does not exist. Nothing happens where the function is not called.
    fn treat_invalid(&mut self, apply: &Apply, outcome: Outcome, called: Option<Value>) -> Result<Operand> {
        let Outcome { operand, invalid: Some(invalid), is_usable } = outcome else {
            return Ok(outcome.operand);
        };
        match apply.invalid_value_treatment {
            InvalidValueTreatment::AsIs if is_usable => Ok(operand),
            InvalidValueTreatment::ReturnInvalid | InvalidValueTreatment::AsIs => {
                let builder = &mut self.builder;
                let failed = both(builder, called, operand.present);
                let failed = both(builder, failed, Some(invalid));
                let message =
                    format!("the function `{}` at {} has no result", apply.function, apply.position);
                self.fail_where(failed, message);
                Ok(operand)
            }
            InvalidValueTreatment::AsMissing => {
                let valid = self.builder.not(invalid);
                Ok(operand.only_if(&mut self.builder, valid))
            }
            InvalidValueTreatment::AsValue => {
                let message = "`Apply` with the invalidValueTreatment `asValue` is not supported";
                Err(Error::unsupported(apply.position, "Apply", message))
            }
        }
    }

    /// Replaces a missing result by `defaultValue`.
    pub(super) fn treat_missing_result(
        &mut self,
        apply: &Apply,
        result: Operand,
        expected: Option<DataType>,
    ) -> Result<Operand> {
        let (Some(text), Some(_)) = (&apply.default_value, result.present) else { return Ok(result) };
        let (cast, replacement) = self.replacement(apply, result, text, expected)?;
        Ok(cast.or(&mut self.builder, replacement))
    }

    /// A result and a literal that replaces it, in one type: the expected one if there is one, else that of the
    /// result, else a string.
    pub(super) fn replacement(
        &mut self,
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
                text.is_empty() || literal::parse(&mut self.builder, *data_type, text).is_some()
            })
            .unwrap_or(DataType::String);
        let cast = self.cast_or_list(result, data_type, apply.position, "Apply")?;
        let replacement = literal::operand(&mut self.builder, data_type, text, apply.position, "Apply")?;
        Ok((cast, replacement))
    }

    /// A result that is NaN does not exist.
    pub(super) fn invalid_if_nan(&mut self, operand: Operand) -> Outcome {
        if !type_of(operand.data_type).is_float() {
            return Outcome::valid(operand);
        }
        let is_nan = self.builder.binary(Binary::NotEqual, operand.value, operand.value);
        Outcome { operand, invalid: Some(is_nan), is_usable: true }
    }

    /// Why a function cannot be applied, and what might be meant.
    fn unknown_function(&self, name: &str) -> String {
        let is_java = name.split('.').count() > 2 && !name.contains(|c: char| c.is_whitespace() || c == '(');
        if is_java {
            return format!(
                "the function `{name}` is a Java class, which only a Java evaluator can run; express it by a \
                 `DefineFunction`"
            );
        }
        let defined = self.functions.keys().find(|known| is_similar(known, name)).map(Name::as_str);
        let similar = built_in::names().find(|known| is_similar(known, name)).or(defined);
        match similar {
            Some(similar) => format!("there is no function `{name}`; is `{similar}` meant?"),
            None => format!(
                "there is no function `{name}`: it is not built in, and the document does not define it"
            ),
        }
    }
}

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

/// Whether two names differ in case and punctuation only.
fn is_similar(left: &str, right: &str) -> bool {
    let letters = |name: &'_ str| -> String {
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
    };
    let (left, right) = (letters(left), letters(right));
    !left.is_empty() && left == right
}
