//! The parts that all models share.

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
    /// The mining function of the model.
    pub function_name: MiningFunction,
    /// The algorithm that trained it.
    pub algorithm_name: Option<Name>,
    /// Whether the model is meant to be scored.
    pub is_scorable: bool,
    /// The precision of the model's arithmetic (JPMML's `x-mathContext`).
    pub math_context: MathContext,
    /// The model's fields. Empty in the embedded models, which share those of the model around them.
    pub mining_schema: MiningSchema,
    /// The results of the model besides its prediction.
    pub output: Option<Output>,
    /// The transformation of its predictions.
    pub targets: Option<Targets>,
    /// The fields that only this model computes.
    pub local_transformations: Option<LocalTransformations>,
    /// Rows with expected results.
    pub model_verification: Option<ModelVerification>,
}

enumeration! {
    /// The precision of a model's arithmetic.
    #[derive(Default)]
    pub enum MathContext {
        /// Single precision, `f32`.
        Float = "float",
        /// Double precision, `f64`.
        #[default]
        Double = "double",
    }
}

/// Collects the parts that all models share while a model is read.
pub(super) struct CommonReader {
    common: ModelCommon,
    mining_schema: Option<MiningSchema>,
    position: Position,
    element: Name,
}

impl CommonReader {
    /// Reads the attributes.
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

    /// Reads a child that all models share; its start tag has been read. Fails for any other child.
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

    /// Returns the collected parts. Fails if there is no schema.
    pub(super) fn finish(self) -> Result<ModelCommon> {
        let schema =
            self.mining_schema.ok_or_else(|| lacks(self.position, &self.element, "a `MiningSchema`"))?;
        Ok(ModelCommon { mining_schema: schema, ..self.common })
    }

    /// Returns the collected parts of an embedded model, which needs no schema.
    pub(super) fn finish_embedded(self) -> ModelCommon {
        ModelCommon { mining_schema: self.mining_schema.unwrap_or_default(), ..self.common }
    }
}
