//! `FieldRef`: the value of a field.

use crate::document::expression::FieldRef;
use crate::error::Result;
use crate::lower::build::operand::Operand;
use crate::lower::checked;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;

/// Lowers a reference to a field; `mapMissingTo` replaces a missing value.
pub fn lower<'d>(lowering: &mut Lowering<'d>, scope: ScopeId, field_ref: &'d FieldRef) -> Result<Operand> {
    let field = lowering.field(scope, &field_ref.field, field_ref.position, "FieldRef")?;
    match &field_ref.map_missing_to {
        None => Ok(field.operand),
        Some(text) => checked::or_literal(lowering, field.operand, text, field_ref.position, "FieldRef"),
    }
}
