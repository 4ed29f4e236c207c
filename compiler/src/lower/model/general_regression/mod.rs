//! `GeneralRegressionModel`: linear predictors, and the prediction that each model type makes from them.
//!
//! The [`design`] defines the parameters, and an [`equation`] sums them, multiplied by their coefficients. The inverse
//! of a [`link`] function maps the sum to a number; [categories](category) get probabilities; a [Cox regression](cox)
//! gives a cumulative hazard. Numbers have a [standard error](standard_error) if the document has the covariances of
//! the coefficients.
//!
//! Some elements do not affect predictions: the distribution of the target around its mean, its degrees of freedom, and
//! what a Cox regression records about its training data (`startTimeVariable`, `statusVariable`, `subjectIDVariable`,
//! `EventValues`).

mod category;
mod contrast;
mod cox;
mod design;
mod equation;
mod label;
mod link;
mod parameter;
mod standard_error;

use super::context::ModelContext;
use super::prediction::Prediction;
use super::sum;
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::general_regression_model::{GeneralModelType, GeneralRegressionModel, LinkFunction};
use crate::document::model::MiningFunction;
use crate::error::{Error, Result};
use crate::ir::Binary;
use crate::lower::build::operand::{Operand, both};
use crate::lower::convert;
use crate::lower::state::Lowering;
use design::Design;
use link::Link;
use std::collections::HashSet;

/// Lowers a `GeneralRegressionModel`.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d GeneralRegressionModel,
) -> Result<Prediction> {
    check_parameters(lowering, model);
    check_attributes(lowering, model);
    if model.param_matrix.is_empty() {
        let message = "`GeneralRegressionModel` has no coefficients: its ParamMatrix is empty";
        return Err(Error::invalid(context.position, context.element, message));
    }
    match (model.model_type, context.common.function_name) {
        (GeneralModelType::Regression | GeneralModelType::GeneralLinear, MiningFunction::Regression) => {
            general_linear(lowering, context, model, Link::Plain(LinkFunction::Identity))
        }
        (GeneralModelType::GeneralizedLinear, MiningFunction::Regression) => {
            general_linear(lowering, context, model, Link::of(context, model)?)
        }
        (GeneralModelType::GeneralizedLinear, MiningFunction::Classification) => {
            category::binary_generalized(lowering, context, model)
        }
        (GeneralModelType::MultinomialLogistic, MiningFunction::Classification) => {
            category::multinomial(lowering, context, model)
        }
        (GeneralModelType::OrdinalMultinomial, MiningFunction::Classification) => {
            category::ordinal(lowering, context, model)
        }
        (GeneralModelType::CoxRegression, MiningFunction::Regression) => {
            cox::cox_regression(lowering, context, model)
        }
        (model_type, function) => {
            let message = format!(
                "`GeneralRegressionModel` of the modelType {model_type} cannot have the function {function}"
            );
            Err(Error::invalid(context.position, context.element, message))
        }
    }
}

/// Warns of parameters that are not in the ParameterList; the matrices define them nonetheless.
fn check_parameters<'d>(lowering: &mut Lowering<'d>, model: &'d GeneralRegressionModel) {
    let mut known: HashSet<&Name> = model.parameters.iter().map(|parameter| &parameter.name).collect();
    for cell in &model.param_matrix {
        if known.insert(&cell.parameter_name) {
            let message = format!("the parameter `{}` is not in the ParameterList", cell.parameter_name);
            lowering.warn(cell.position, "PCell", message);
        }
    }
}

/// Warns of attributes that only models of other types use.
fn check_attributes<'d>(lowering: &mut Lowering<'d>, model: &'d GeneralRegressionModel) {
    use GeneralModelType::{CoxRegression, GeneralizedLinear, MultinomialLogistic, OrdinalMultinomial};
    let with_offset: &[_] = &[GeneralizedLinear, MultinomialLogistic, OrdinalMultinomial];
    let attributes: [(&str, bool, &[GeneralModelType]); 8] = [
        ("offsetValue", model.offset_value.is_some_and(|offset| offset != 0.0), with_offset),
        ("offsetVariable", model.offset_variable.is_some(), with_offset),
        ("trialsValue", model.trials_value.is_some_and(|trials| trials != 1), &[GeneralizedLinear]),
        ("trialsVariable", model.trials_variable.is_some(), &[GeneralizedLinear]),
        ("linkFunction", model.link_function.is_some(), &[GeneralizedLinear]),
        ("cumulativeLink", model.cumulative_link.is_some(), &[OrdinalMultinomial]),
        ("endTimeVariable", model.end_time_variable.is_some(), &[CoxRegression]),
        ("baselineStrataVariable", model.baseline_strata_variable.is_some(), &[CoxRegression]),
    ];
    for (attribute, is_set, used_by) in attributes {
        if is_set && !used_by.contains(&model.model_type) {
            let message = format!("`{attribute}` has no meaning for the modelType {}", model.model_type);
            lowering.warn(model.position, "GeneralRegressionModel", message);
        }
    }
}

/// Lowers a model that predicts a number: the mean for the linear predictor, times the trials.
fn general_linear<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d GeneralRegressionModel,
    link: Link,
) -> Result<Prediction> {
    let math = context.math();
    let mut design = Design::new(lowering, context, model, None)?;
    let mut sum = equation::lower(lowering, &mut design, parameter::coefficients(model)?, None)?;
    let mut trials = None;
    if model.model_type == GeneralModelType::GeneralizedLinear {
        let offset = parameter::offset_of(lowering, context, model)?;
        sum.add_operand(&mut lowering.builder, offset);
        trials = parameter::trials_of(lowering, context, model)?;
    }
    let predictor = sum.finish(&mut lowering.builder);
    let mean = link::mean_of(&mut lowering.builder, link, predictor.value, math);
    let mut operand = Operand { value: mean, ..predictor };
    if let Some(trials) = trials {
        operand.value = lowering.builder.binary(Binary::Multiply, operand.value, trials.value);
        operand.present = both(&mut lowering.builder, operand.present, trials.present);
    }
    let mut prediction = Prediction::number(context.target.map(|target| target.name.clone()), operand);
    if let Some(matrix) = &model.p_cov_matrix
        && let Some(mut error) = standard_error::lower(lowering, &mut design, matrix)?
    {
        let slope = link::slope_of(&mut lowering.builder, link, predictor.value, mean, math);
        error.value = lowering.builder.binary(Binary::Multiply, error.value, slope);
        if let Some(trials) = trials {
            error.value = lowering.builder.binary(Binary::Multiply, error.value, trials.value);
        }
        error.present = both(&mut lowering.builder, operand.present, error.present);
        let error = convert::cast(lowering, error, DataType::Double, matrix.position, "PCovMatrix")?;
        prediction.features.standard_error = Some(error);
    }
    Ok(prediction)
}
