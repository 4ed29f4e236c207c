//! `RegressionModel`.
use super::{ModelContext, Prediction};
use crate::error::{Error, Result};
use crate::lower::Lowering;
use crate::pmml::regression_model::RegressionModel;

impl<'d> Lowering<'d> {
    /// Lowers a `RegressionModel`: a prediction for each target.
    pub fn regression_model(
        &mut self,
        context: &ModelContext<'d>,
        _regression: &'d RegressionModel,
    ) -> Result<Vec<Prediction>> {
        Err(Error::unsupported(context.position, context.element, "regressions are not supported"))
    }
}
