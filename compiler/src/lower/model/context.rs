//! [`ModelContext`]: the surroundings that every model's lowering needs.

use crate::document::data_dictionary::{DataField, DataType};
use crate::document::mining_schema::UsageType;
use crate::document::model::{MathContext, MiningFunction, ModelCommon};
use crate::error::Position;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;

/// The surroundings of a model: its scope, its common elements, its position and its target.
#[derive(Clone, Copy, Debug)]
pub struct ModelContext<'d> {
    /// The model's own scope.
    pub scope: ScopeId,
    /// What it has in common with all models.
    pub common: &'d ModelCommon,
    /// The model's position, for messages.
    pub position: Position,
    /// The model's element, for messages.
    pub element: &'d str,
    /// The field that it predicts, if its schema names one that the DataDictionary has.
    pub target: Option<&'d DataField>,
}

impl ModelContext<'_> {
    /// Returns the type of the model's arithmetic: `Float` or `Double`.
    pub fn math(&self) -> DataType {
        match self.common.math_context {
            MathContext::Float => DataType::Float,
            MathContext::Double => DataType::Double,
        }
    }

    /// Returns the type of predicted labels: the target's, or `String`.
    pub fn label_type(&self) -> DataType {
        self.target.map_or(DataType::String, |target| target.data_type)
    }

    /// Returns whether the model classifies.
    pub fn classifies(&self) -> bool {
        self.common.function_name == MiningFunction::Classification
    }
}

/// Returns the first target field of a model's schema that the DataDictionary has.
pub fn target_field<'d>(lowering: &Lowering<'d>, common: &'d ModelCommon) -> Option<&'d DataField> {
    common
        .mining_schema
        .mining_fields
        .iter()
        .filter(|field| field.usage_type == UsageType::Target)
        .find_map(|field| lowering.data_fields.get(&field.name).copied())
}
