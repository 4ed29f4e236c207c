//! What all models have in common.

use super::enumeration::enumeration;
use super::markup::{Markup, lacks};
use super::mining_schema::MiningSchema;
use super::model_type::{MiningFunction, ModelType};
use super::model_verification::ModelVerification;
use super::output::Output;
use super::targets::Targets;
use super::transformation::LocalTransformations;
use super::{Name, Position};
use crate::error::Result;

/// The attributes and elements that all models share.
#[derive(Clone, Debug)]
pub struct ModelCommon {
    /// The model's name.
    pub model_name: Option<Name>,
    /// What the model is for.
    pub function_name: MiningFunction,
    /// The algorithm that trained it.
    pub algorithm_name: Option<Name>,
    /// Whether the model is meant to be scored.
    pub is_scorable: bool,
    /// The precision of the model's arithmetic (JPMML's `x-mathContext`).
    pub math_context: MathContext,
    /// The model's fields. Empty in the embedded models, which share those of the model around them.
    pub mining_schema: MiningSchema,
    /// What the model hands out.
    pub output: Option<Output>,
    /// What is made of its predictions.
    pub targets: Option<Targets>,
    /// The fields that it computes for itself.
    pub local_transformations: Option<LocalTransformations>,
    /// Rows to check it with.
    pub model_verification: Option<ModelVerification>,
}

enumeration! {
    /// The precision of a model's arithmetic.
    #[derive(Default)]
    pub enum MathContext {
        /// Single.
        Float = "float",
        /// Double.
        #[default]
        Double = "double",
    }
}

/// Collects what all models share while a model is read.
pub(super) struct CommonReader {
    common: ModelCommon,
    mining_schema: Option<MiningSchema>,
    position: Position,
    element: Name,
}

impl CommonReader {
    /// Takes the attributes.
    pub(super) fn new(xml: &mut Markup<'_>) -> Result<Self> {
        let common = ModelCommon {
            model_name: xml.optional("modelName")?,
            function_name: match ModelType::of(&xml.element()).and_then(ModelType::only_function) {
                Some(natural) => xml.or_natural("functionName", natural)?,
                None => xml.required("functionName")?,
            },
            algorithm_name: xml.optional("algorithmName")?,
            is_scorable: xml.optional("isScorable")?.unwrap_or(true),
            math_context: xml.or_default("x-mathContext")?,
            mining_schema: MiningSchema::default(),
            output: None,
            targets: None,
            local_transformations: None,
            model_verification: None,
        };
        Ok(CommonReader { common, mining_schema: None, position: xml.position(), element: xml.element() })
    }

    /// Reads the child whose start tag has been read, which is one that all models share.
    pub(super) fn read(&mut self, xml: &mut Markup<'_>) -> Result<()> {
        match &*xml.element() {
            "MiningSchema" => xml.once(&mut self.mining_schema, MiningSchema::read),
            "Output" => xml.once(&mut self.common.output, Output::read),
            "Targets" => xml.once(&mut self.common.targets, Targets::read),
            "LocalTransformations" => {
                xml.once(&mut self.common.local_transformations, LocalTransformations::read)
            }
            "ModelVerification" => {
                xml.dispensable(&mut self.common.model_verification, ModelVerification::read)
            }
            "ModelStats" | "ModelExplanation" => xml.skip(),
            _ => Err(xml.unexpected()),
        }
    }

    /// Returns what was collected, of a model with a schema of its own.
    pub(super) fn finish(self) -> Result<ModelCommon> {
        let schema =
            self.mining_schema.ok_or_else(|| lacks(self.position, &self.element, "a `MiningSchema`"))?;
        Ok(ModelCommon { mining_schema: schema, ..self.common })
    }

    /// Returns what was collected, of a model inside another one.
    pub(super) fn finish_embedded(self) -> ModelCommon {
        ModelCommon { mining_schema: self.mining_schema.unwrap_or_default(), ..self.common }
    }
}
