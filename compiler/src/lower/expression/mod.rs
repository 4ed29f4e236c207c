//! Expressions.
use super::Lowering;
use super::operand::Operand;
use super::scope::ScopeId;
use crate::error::{Error, Result};
use crate::pmml::data_dictionary::DataType;
use crate::pmml::expression::Expression;

impl<'d> Lowering<'d> {
    /// Lowers an expression. `expected` is the type that its result will be cast to, where one is known: literals
    /// without a type of their own are read in it.
    pub fn expression_typed(
        &mut self,
        scope: ScopeId,
        expression: &'d Expression,
        _expected: Option<DataType>,
    ) -> Result<Operand> {
        match expression {
            Expression::FieldRef(field_ref) => {
                let field = self.field(scope, &field_ref.field, field_ref.position, "FieldRef")?;
                Ok(field.operand)
            }
            other => Err(Error::unsupported(other.position(), other.element(), "not supported")),
        }
    }

    /// Casts to or from a date or time type; `None` where the standard knows no such cast.
    pub fn cast_date(&mut self, _operand: Operand, _to: DataType) -> Result<Option<Operand>> {
        Ok(None)
    }
}
