//! `Output`, and the results of the document.
use super::Lowering;
use super::model::{ModelContext, ModelResult, OutputResult};
use super::operand::Operand;
use crate::error::Result;
use crate::pmml::model::Model;
use crate::pmml::output::Output;
use crate::signature::Signature;

impl<'d> Lowering<'d> {
    /// Lowers the output fields of a model, in document order.
    pub fn outputs(
        &mut self,
        _context: &ModelContext<'d>,
        _output: &'d Output,
        _result: &ModelResult<'d>,
    ) -> Result<Vec<OutputResult<'d>>> {
        Ok(Vec::new())
    }

    /// The results of the document: targets, then final outputs; `_target` where there is neither.
    pub fn results(&mut self, _model: &'d Model, _result: &ModelResult<'d>) -> Vec<(String, Operand)> {
        Vec::new()
    }

    /// The signature of the document.
    pub fn signature(&self, _model: &'d Model, _result: &ModelResult<'d>) -> Signature {
        Signature::default()
    }
}
