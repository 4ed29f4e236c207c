//! `TreeModel`.
use super::{ModelContext, Prediction};
use crate::error::{Error, Result};
use crate::lower::Lowering;
use crate::pmml::tree_model::TreeModel;

impl<'d> Lowering<'d> {
    /// Lowers a `TreeModel`.
    pub fn tree_model(&mut self, context: &ModelContext<'d>, _tree: &'d TreeModel) -> Result<Prediction> {
        Err(Error::unsupported(context.position, context.element, "trees are not supported"))
    }
}
