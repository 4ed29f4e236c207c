//! Models inside a `MiningModel` as PMML 3 has them: `Regression` and `DecisionTree` elements, one after the other, whose
//! result fields the later ones see. The last one answers.

use crate::error::{Error, Result};
use crate::lower::Lowering;
use crate::lower::model::{ModelContext, ModelResult};
use crate::pmml::embedded_model::EmbeddedModel;

impl<'d> Lowering<'d> {
    /// Lowers the embedded models of a `MiningModel`.
    pub(crate) fn embedded_models(
        &mut self,
        context: &ModelContext<'d>,
        models: &'d [EmbeddedModel],
    ) -> Result<ModelResult<'d>> {
        let Some(_last) = models.last() else {
            let message = "`MiningModel` has neither a Segmentation nor embedded models";
            return Err(Error::invalid(context.position, context.element, message));
        };
        Err(Error::unsupported(context.position, context.element, "embedded models are not supported"))
    }
}
