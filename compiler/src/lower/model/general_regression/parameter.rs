//! The parts of a model besides its design: coefficients, an offset, a number of trials.

use super::{ModelContext, sum};
use crate::document::Name;
use crate::document::general_regression_model::{GeneralRegressionModel, PCell};
use crate::error::{Error, Result};
use crate::lower::build::numbers;
use crate::lower::build::operand::Operand;
use crate::lower::state::Lowering;

/// Returns the offset that is added to the linear predictor.
pub(super) fn offset_of<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d GeneralRegressionModel,
) -> Result<Option<Operand>> {
    let value = model.offset_value;
    value_or_variable(lowering, context, "offset", value, model.offset_variable.as_ref())
}

/// Returns the number of trials by which the mean is multiplied.
pub(super) fn trials_of<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d GeneralRegressionModel,
) -> Result<Option<Operand>> {
    if let Some(trials) = model.trials_value.filter(|trials| *trials < 1) {
        let message =
            format!("`GeneralRegressionModel` has the trialsValue {trials}, which must be positive");
        return Err(Error::invalid(context.position, context.element, message));
    }
    let value = model.trials_value.map(|trials| trials as f64);
    value_or_variable(lowering, context, "trials", value, model.trials_variable.as_ref())
}

/// Returns a number that is either a constant attribute or a field. Fails if both are set.
fn value_or_variable<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    what: &str,
    value: Option<f64>,
    variable: Option<&'d Name>,
) -> Result<Option<Operand>> {
    let (math, position, element) = (context.math(), context.position, context.element);
    match (value, variable) {
        (None, None) => Ok(None),
        (Some(value), None) => {
            Ok(Some(Operand::present(numbers::constant(&mut lowering.builder, value, math), math)))
        }
        (None, Some(variable)) => {
            let field = lowering.field(context.scope, variable, position, element)?;
            sum::predictor_number(lowering, field.operand, math, position, element).map(Some)
        }
        (Some(_), Some(_)) => {
            let message = format!("`{element}` has both {what}Value and {what}Variable");
            Err(Error::invalid(position, element, message))
        }
    }
}

/// Returns the coefficients of a model with one equation. Fails if one names a category.
pub(super) fn coefficients(model: &GeneralRegressionModel) -> Result<&[PCell]> {
    match model.param_matrix.iter().find(|cell| cell.target_category.is_some()) {
        None => Ok(&model.param_matrix),
        Some(cell) => {
            let message = "`PCell` has the attribute `targetCategory`, but the model predicts a number";
            Err(Error::invalid(cell.position, "PCell", message))
        }
    }
}
