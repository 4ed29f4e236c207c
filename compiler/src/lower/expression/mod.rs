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
mod call;
mod comparison;
pub mod condition;
mod constant;
mod date_function;
mod define_function;
mod discretize;
pub mod field_ref;
mod lag;
mod logic;
mod map_values;
pub mod norm;
mod string;
mod summary;
mod text_index;
mod treatment;

#[cfg(test)]
mod tests;

use super::scope::ScopeId;
use super::state::Lowering;
use crate::document::data_dictionary::DataType;
use crate::document::expression::Expression;
use crate::error::Result;
use crate::lower::build::operand::Operand;

/// How many steps lowering an expression counts: those of computing some instructions.
const STEPS_OF_EXPRESSION: u64 = 64;

impl<'d> Lowering<'d> {
    /// Lowers an expression. `expected` is the type that its result will be cast to, where one is known: literals
    /// without a type of their own are read in it.
    pub fn expression(
        &mut self,
        scope: ScopeId,
        expression: &'d Expression,
        expected: Option<DataType>,
    ) -> Result<Operand> {
        let (position, element) = (expression.position(), expression.element());
        // An expression that is there already costs no memory, but time.
        self.expansion.take_steps(STEPS_OF_EXPRESSION, position, element)?;
        self.nested(position, element, |lowering| match expression {
            Expression::Constant(constant) => constant::lower(lowering, scope, constant, expected),
            Expression::FieldRef(field_ref) => field_ref::lower(lowering, scope, field_ref),
            Expression::NormContinuous(norm) => norm::continuous(lowering, scope, norm),
            Expression::NormDiscrete(norm) => norm::discrete(lowering, scope, norm, expected),
            Expression::Discretize(discretize) => discretize::lower(lowering, scope, discretize, expected),
            Expression::MapValues(map_values) => map_values::lower(lowering, scope, map_values, expected),
            Expression::Apply(apply) => apply::lower(lowering, scope, apply, expected),
            Expression::TextIndex(text_index) => text_index::lower(lowering, scope, text_index),
            Expression::Aggregate(aggregate) => aggregate::lower(lowering, scope, aggregate),
            Expression::Lag(lag) => lag::lower(lowering, scope, lag),
        })
    }
}
