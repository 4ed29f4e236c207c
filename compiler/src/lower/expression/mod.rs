//! Expressions: each lowers to an operand, a value with its presence.
//!
//! There is one module for each element of the standard's group `EXPRESSION`; [`apply`] with a table of functions is
//! the largest. The result has the type that the element declares, else the one that follows from its arguments.
//! Callers that will cast the result pass its type as `expected`, so that literals without a type of their own are
//! parsed in it.
//!
//! Every function is strict, as the standard says: a missing argument makes the result missing, unless the function's
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

/// The number of steps that lowering an expression counts for: that of computing some instructions.
const STEPS_OF_EXPRESSION: u64 = 64;

impl<'d> Lowering<'d> {
    /// Lowers an expression. `expected` is the type that its result will be cast to, if known: literals without a type
    /// of their own are parsed in it.
    pub fn expression(
        &mut self,
        scope: ScopeId,
        expression: &'d Expression,
        expected: Option<DataType>,
    ) -> Result<Operand> {
        let (position, element) = (expression.position(), expression.element());
        // An expression that was lowered before costs time, although no memory.
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
