//! Expressions: each lowers to an operand, the value and whether it is present.
//!
//! One module per element of the standard's group `EXPRESSION`; [`apply`] with a table of functions is the largest. The
//! result has the type that the element declares, else the one that follows from its arguments. Whoever knows what the
//! result will be cast to says so: then literals without a type of their own are read in that type at once.
//!
//! Every function is strict, as the standard says: missing arguments make a missing result, unless a function's own
//! description says otherwise.

mod aggregate;
mod apply;
mod arithmetic;
mod built_in;
mod comparison;
mod condition;
mod constant;
mod date;
mod date_function;
mod define_function;
mod discretize;
mod lag;
mod logic;
mod map_values;
mod norm;
mod summary;
mod text;
mod text_index;

pub(super) use text_index::RegularExpressions;

#[cfg(test)]
mod tests;

use super::Lowering;
use super::operand::Operand;
use super::scope::ScopeId;
use crate::document::Position;
use crate::document::data_dictionary::DataType;
use crate::document::expression::{Expression, FieldRef};
use crate::error::{Error, Result};

/// How many steps lowering an expression counts: those of computing some instructions.
const STEPS_OF_EXPRESSION: u64 = 64;

impl<'d> Lowering<'d> {
    /// Lowers an expression. `expected` is the type that its result will be cast to, where one is known: literals
    /// without a type of their own are read in it.
    pub fn expression_typed(
        &mut self,
        scope: ScopeId,
        expression: &'d Expression,
        expected: Option<DataType>,
    ) -> Result<Operand> {
        let (position, element) = (expression.position(), expression.element());
        // An expression that is there already costs no memory, but time.
        self.expansion.take_steps(STEPS_OF_EXPRESSION, position, element)?;
        self.nested(position, element, |lowering| match expression {
            Expression::Constant(constant) => lowering.constant_expression(scope, constant, expected),
            Expression::FieldRef(field_ref) => lowering.field_ref(scope, field_ref),
            Expression::NormContinuous(norm) => lowering.norm_continuous(scope, norm),
            Expression::NormDiscrete(norm) => lowering.norm_discrete(scope, norm, expected),
            Expression::Discretize(discretize) => lowering.discretize(scope, discretize, expected),
            Expression::MapValues(map_values) => lowering.map_values(scope, map_values, expected),
            Expression::Apply(apply) => lowering.apply(scope, apply, expected),
            Expression::TextIndex(text_index) => lowering.text_index(scope, text_index),
            Expression::Aggregate(aggregate) => lowering.aggregate(scope, aggregate),
            Expression::Lag(lag) => lowering.lag(scope, lag),
        })
    }

    /// The value of the field that a `FieldRef` names.
    pub fn field_ref(&mut self, scope: ScopeId, field_ref: &'d FieldRef) -> Result<Operand> {
        let field = self.field(scope, &field_ref.field, field_ref.position, "FieldRef")?;
        match &field_ref.map_missing_to {
            None => Ok(field.operand),
            Some(text) => self.or_literal(field.operand, text, field_ref.position, "FieldRef"),
        }
    }

    /// An operand, or where it is missing, a literal of its type.
    pub fn or_literal(
        &mut self,
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
        match self.needed_literal(operand.data_type, text, position, element) {
            Ok(replacement) => Ok(operand.or(&mut self.builder, replacement)),
            Err(reason) => {
                let present = operand.presence(&mut self.builder);
                let missing = self.builder.not(present);
                self.fail_where(Some(missing), reason);
                Ok(operand)
            }
        }
    }
}
