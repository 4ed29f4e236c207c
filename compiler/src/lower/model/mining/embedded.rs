//! Models embedded in a `MiningModel`, as in PMML 3: `Regression` and `DecisionTree` elements in sequence. Each sees
//! the result fields of those before it; the last one predicts.

use crate::document::data_dictionary::DataType;
use crate::document::embedded_model::EmbeddedModel;
use crate::document::output::ResultFeature;
use crate::document::result_field::ResultField;
use crate::error::{Error, Result};
use crate::lower::build::label;
use crate::lower::build::operand::Operand;
use crate::lower::convert;
use crate::lower::field::{Domain, Field};
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::{ModelResult, Prediction};
use crate::lower::model::tree::embedded;
use crate::lower::state::Lowering;

/// Lowers the embedded models of a `MiningModel`.
pub(crate) fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    models: &'d [EmbeddedModel],
) -> Result<ModelResult<'d>> {
    let mut last = None;
    for model in models {
        let prediction = lowering.nested(model.position(), model.element(), |lowering| {
            embedded::embedded_prediction(lowering, context, model)
        })?;
        for field in model.result_fields() {
            let operand = result_field(lowering, context, model, field, &prediction)?;
            let domain = Domain::of_type(operand.data_type, field.optype);
            lowering.define(context.scope, &field.name, Field::computed(operand, domain));
        }
        last = Some(prediction);
    }
    if let Some(model) = models.last() {
        let (own, outer) = (model.common().function_name, context.common.function_name);
        if own != outer {
            let message = format!(
                "`{}` is the last model of a `{}` for {outer} and must return its result, but has the function {own}",
                model.element(),
                context.element
            );
            return Err(Error::invalid(model.position(), model.element(), message));
        }
    }
    last.map(ModelResult::of).ok_or_else(|| {
        let message = "`MiningModel` has neither a Segmentation nor embedded models";
        Error::invalid(context.position, context.element, message)
    })
}

/// Returns the operand of a result field: the predicted value, or the probability of a label.
fn result_field<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &EmbeddedModel,
    field: &ResultField,
    prediction: &Prediction,
) -> Result<Operand> {
    let label_type = if model.common().function_name == context.common.function_name {
        context.label_type()
    } else {
        DataType::String
    };
    let operand = match (field.feature, &field.value, &prediction.distribution) {
        (None | Some(ResultFeature::PredictedValue), _, _) => prediction.value,
        (Some(ResultFeature::Probability), Some(value), Some(distribution)) => {
            match label::label_number(&mut lowering.builder, &distribution.labels, value, label_type) {
                Some(number) if !distribution.probabilities.is_empty() => distribution.probabilities[number],
                _ => Operand { value: lowering.builder.f64(0.0), ..prediction.value },
            }
        }
        (Some(feature), _, _) => {
            let message =
                format!("`ResultField` `{}` asks for the {feature} of an embedded model", field.name);
            return Err(Error::unsupported(field.position, "ResultField", message));
        }
    };
    match field.data_type {
        Some(data_type) => convert::cast_or_list(lowering, operand, data_type, field.position, "ResultField"),
        None => Ok(operand),
    }
}
