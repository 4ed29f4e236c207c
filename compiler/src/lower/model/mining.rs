//! `MiningModel`.
use super::{ModelContext, ModelResult};
use crate::error::{Error, Result};
use crate::lower::Lowering;
use crate::pmml::mining_model::{MiningModel, MultipleModelMethod};
use crate::pmml::model::Model;

/// Whether a model is an ensemble that hands on the answer of one of its segments.
pub fn only_selects(model: &Model) -> bool {
    let Model::MiningModel(mining) = model else { return false };
    mining.segmentation.as_ref().is_some_and(|segmentation| {
        matches!(
            segmentation.multiple_model_method,
            MultipleModelMethod::SelectFirst
                | MultipleModelMethod::ModelChain
                | MultipleModelMethod::MultiModelChain
        )
    })
}

impl<'d> Lowering<'d> {
    /// Lowers a `MiningModel`.
    pub fn mining_model(
        &mut self,
        context: &ModelContext<'d>,
        _mining: &'d MiningModel,
    ) -> Result<ModelResult<'d>> {
        Err(Error::unsupported(context.position, context.element, "ensembles are not supported"))
    }
}
