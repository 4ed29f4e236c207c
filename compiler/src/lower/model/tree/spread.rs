//! Stub
use super::{Labels, TreeSource};
use crate::error::{Error, Result};
use crate::ir::Value;
use crate::lower::Lowering;
use crate::lower::model::{Distribution, ModelContext};
use crate::lower::operand::Operand;

impl<'d> Lowering<'d> {
    pub(super) fn spread_number(
        &mut self,
        _: &ModelContext<'d>,
        source: &TreeSource<'d>,
        _: Value,
        _: Operand,
    ) -> Result<Operand> {
        Err(Error::unsupported(source.position, source.element, "the strategy is not supported"))
    }
    pub(super) fn spread_labels(
        &mut self,
        _: &ModelContext<'d>,
        source: &TreeSource<'d>,
        _: &mut Labels,
        _: Value,
        _: Distribution,
    ) -> Result<Distribution> {
        Err(Error::unsupported(source.position, source.element, "the strategy is not supported"))
    }
}
