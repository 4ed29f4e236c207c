//! `Targets`: what is made of a prediction before it is handed out.
use super::Lowering;
use super::model::{ModelContext, Prediction};
use crate::error::Result;

impl<'d> Lowering<'d> {
    /// Applies the model's `Target` to a prediction.
    pub fn apply_target(&mut self, _context: &ModelContext<'d>, _prediction: &mut Prediction) -> Result<()> {
        Ok(())
    }
}
