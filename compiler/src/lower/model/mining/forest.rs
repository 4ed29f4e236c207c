//! Ensembles of plain trees, as one forest.
use crate::error::Result;
use crate::lower::Lowering;
use crate::lower::model::{ModelContext, ModelResult};
use crate::pmml::mining_model::Segmentation;

impl<'d> Lowering<'d> {
    /// Lowers an ensemble of plain trees to a forest; `None` where it is none.
    pub(crate) fn forest_ensemble(
        &mut self,
        _context: &ModelContext<'d>,
        _segmentation: &'d Segmentation,
    ) -> Result<Option<ModelResult<'d>>> {
        Ok(None)
    }
}
