//! Classifications: probabilities of the target's categories.
//!
//! - `multinomialLogistic`: each category but the reference has an equation. Probabilities are proportional to the
//!   exponentials of the equations, the reference's being 1.
//! - `ordinalMultinomial`: each category but the last has an intercept; its sum with the terms common to all categories
//!   gives the probability of the category *or one before it*.
//! - `generalizedLinear`: one of two categories has an equation, whose mean is its probability.
//!
//! Categories have the order of the target's declaration, except that the reference comes last. Sums run and ties are
//! broken in this order.

use super::design::Design;
use super::equation;
use super::label::Labels;
use super::link::{self, Link};
use crate::document::data_dictionary::DataType;
use crate::document::general_regression_model::{CumulativeLinkFunction, GeneralRegressionModel, PCell};
use crate::document::regression_model::RegressionNormalizationMethod as Method;
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, all_present};
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::{Distribution, Prediction};
use crate::lower::model::sum::Sum;
use crate::lower::model::{classification, normalization};
use crate::lower::state::Lowering;

/// The coefficients of a classification.
struct Coefficients<'d> {
    /// The coefficients of each category, in the order of the labels.
    of: Vec<Vec<&'d PCell>>,
    /// The coefficients without a category.
    general: Vec<&'d PCell>,
    /// The category of `targetReferenceCategory`.
    reference: Option<usize>,
}

impl<'d> Coefficients<'d> {
    fn new(
        lowering: &mut Lowering<'d>,
        context: &ModelContext<'d>,
        model: &'d GeneralRegressionModel,
        labels: &Labels,
    ) -> Result<Self> {
        let mut of = vec![Vec::new(); labels.names.len()];
        let mut general = Vec::new();
        for cell in &model.param_matrix {
            match &cell.target_category {
                Some(category) => {
                    let number = labels.number(&mut lowering.builder, category, cell.position, "PCell")?;
                    of[number].push(cell);
                }
                None => general.push(cell),
            }
        }
        let reference = match &model.target_reference_category {
            Some(name) => {
                Some(labels.number(&mut lowering.builder, name, context.position, context.element)?)
            }
            None => None,
        };
        Ok(Self { of, general, reference })
    }

    /// Returns the category without an equation: the one that the model names, else the only one without coefficients,
    /// else the first whose coefficients are all 0. Fails if there is none, or if several have no coefficients.
    fn reference(&mut self, context: &ModelContext<'_>, labels: &Labels) -> Result<usize> {
        let invalid = |message: String| Err(Error::invalid(context.position, context.element, message));
        let without = |of: &[Vec<&PCell>]| -> Vec<usize> {
            of.iter().enumerate().filter(|(_, cells)| cells.is_empty()).map(|(number, _)| number).collect()
        };
        let reference = match (self.reference, without(&self.of).as_slice()) {
            (Some(reference), _) => reference,
            (None, [reference]) => *reference,
            // A category whose coefficients are all 0 has no equation either: SPSS writes one coefficient for it.
            (None, []) => match self.of.iter().position(|cells| cells.iter().all(|cell| cell.beta == 0.0)) {
                Some(reference) => reference,
                None => return invalid(
                    "`GeneralRegressionModel` has coefficients for every category of the target and names \
                     none as targetReferenceCategory"
                        .to_owned(),
                ),
            },
            (None, [first, second, ..]) => {
                return invalid(format!(
                    "`GeneralRegressionModel` has coefficients neither for the category `{}` nor for `{}`",
                    labels.names[*first], labels.names[*second]
                ));
            }
        };
        // Coefficients of the reference are harmless if they are 0.
        let cells = std::mem::take(&mut self.of[reference]);
        if let Some(cell) = cells.iter().find(|cell| cell.beta != 0.0) {
            let message = format!(
                "`PCell` has a coefficient for the reference category `{}`, which has none",
                labels.names[reference]
            );
            return Err(Error::invalid(cell.position, "PCell", message));
        }
        if let Some(other) = without(&self.of).iter().find(|number| **number != reference) {
            return invalid(format!(
                "`GeneralRegressionModel` has no coefficients for the category `{}`",
                labels.names[*other]
            ));
        }
        Ok(reference)
    }
}

/// Lowers a `multinomialLogistic` model.
pub(super) fn multinomial<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d GeneralRegressionModel,
) -> Result<Prediction> {
    let labels = Labels::new(lowering, context, model)?;
    let mut coefficients = Coefficients::new(lowering, context, model, &labels)?;
    if let Some(cell) = coefficients.general.first() {
        return Err(lacks_category(cell, model));
    }
    let reference = coefficients.reference(context, &labels)?;
    let mut design = Design::new(lowering, context, model, Some(&labels))?;
    let offset = super::parameter::offset_of(lowering, context, model)?;
    let math = context.math();
    let mut sums = Vec::with_capacity(labels.names.len());
    for (number, cells) in coefficients.of.into_iter().enumerate() {
        if number == reference {
            continue;
        }
        let mut sum = equation::lower(lowering, &mut design, cells, Some(number))?;
        sum.add_operand(&mut lowering.builder, offset);
        sums.push(sum.finish(&mut lowering.builder));
    }
    let zero = numbers::constant(&mut lowering.builder, 0.0, math);
    sums.push(Operand::present(zero, math));
    let values: Vec<Value> = sums.iter().map(|sum| sum.value).collect();
    let probabilities = exponential_shares(&mut lowering.builder, &values, math);
    let present = all_present(&mut lowering.builder, &sums);
    shares_of(lowering, context, labels, reference, probabilities, present)
}

/// Returns each exponential divided by their total. Unlike in a softmax the largest value is not subtracted first,
/// because that changes the last digit, unless the exponentials would overflow.
fn exponential_shares(builder: &mut Builder, values: &[Value], math: DataType) -> Vec<Value> {
    let zero = numbers::constant(builder, 0.0, math);
    let limit = numbers::constant(builder, if math == DataType::Float { 60.0 } else { 600.0 }, math);
    let largest = values.iter().fold(zero, |largest, value| {
        let greater = builder.binary(Binary::Greater, *value, largest);
        builder.select(greater, *value, largest)
    });
    let is_too_large = builder.binary(Binary::Greater, largest, limit);
    let shift = builder.select(is_too_large, largest, zero);
    let mut sum = Sum::new(math);
    let mut exponentials = Vec::with_capacity(values.len());
    for value in values {
        let shifted = builder.binary(Binary::Subtract, *value, shift);
        let exponential = normalization::inverse_link(builder, Method::Exp, shifted, math);
        sum.add(builder, exponential);
        exponentials.push(exponential);
    }
    let total = sum.finish(builder).value;
    exponentials.into_iter().map(|exponential| builder.binary(Binary::Divide, exponential, total)).collect()
}

/// Lowers an `ordinalMultinomial` model.
pub(super) fn ordinal<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d GeneralRegressionModel,
) -> Result<Prediction> {
    let method = match model.cumulative_link {
        Some(CumulativeLinkFunction::Logit) => Method::Logit,
        Some(CumulativeLinkFunction::Probit) => Method::Probit,
        Some(CumulativeLinkFunction::Cloglog) => Method::Cloglog,
        Some(CumulativeLinkFunction::Loglog) => Method::Loglog,
        Some(CumulativeLinkFunction::Cauchit) => Method::Cauchit,
        None => {
            let message = "`GeneralRegressionModel` with the modelType ordinalMultinomial lacks the \
                               attribute `cumulativeLink`";
            return Err(Error::invalid(context.position, context.element, message));
        }
    };
    let labels = Labels::new(lowering, context, model)?;
    let mut coefficients = Coefficients::new(lowering, context, model, &labels)?;
    let reference = coefficients.reference(context, &labels)?;
    if reference + 1 != labels.names.len() {
        let message = format!(
            "`GeneralRegressionModel` has no intercept for the category `{}`, but only the last category \
                 can be without one",
            labels.names[reference]
        );
        return Err(Error::invalid(context.position, context.element, message));
    }
    let mut design = Design::new(lowering, context, model, None)?;
    let offset = super::parameter::offset_of(lowering, context, model)?;
    let math = context.math();
    let common = equation::lower(lowering, &mut design, coefficients.general, None)?;
    let required = common.required.all;
    let mut present = None;
    let mut probabilities = Vec::with_capacity(labels.names.len());
    let mut before = None;
    for cells in coefficients.of.into_iter().take(reference) {
        for cell in &cells {
            let is_intercept = design.product(lowering, &cell.parameter_name, None, cell.position)?.is_one();
            if !is_intercept {
                let message = format!(
                    "`PCell` gives the parameter `{}` a coefficient for one category, which only \
                         intercepts of an ordinalMultinomial model can have",
                    cell.parameter_name
                );
                return Err(Error::invalid(cell.position, "PCell", message));
            }
        }
        let intercepts = equation::lower(lowering, &mut design, cells, None)?;
        let mut sum = Sum { value: common.value, ..Sum::new(math) };
        if let Some(intercept) = intercepts.value {
            sum.add(&mut lowering.builder, intercept);
        }
        sum.required.add(&mut lowering.builder, required);
        sum.add_operand(&mut lowering.builder, offset);
        let sum = sum.finish(&mut lowering.builder);
        present = sum.present;
        let up_to_here = normalization::inverse_link(&mut lowering.builder, method, sum.value, math);
        probabilities.push(match before {
            Some(before) => lowering.builder.binary(Binary::Subtract, up_to_here, before),
            None => up_to_here,
        });
        before = Some(up_to_here);
    }
    let one = numbers::constant(&mut lowering.builder, 1.0, math);
    probabilities.push(match before {
        Some(before) => lowering.builder.binary(Binary::Subtract, one, before),
        None => one,
    });
    shares_of(lowering, context, labels, reference, probabilities, present)
}

/// Lowers a `generalizedLinear` model with two categories.
pub(super) fn binary_generalized<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d GeneralRegressionModel,
) -> Result<Prediction> {
    let link = Link::of(context, model)?;
    let invalid = |message: String| Err(Error::invalid(context.position, context.element, message));
    if model.trials_value.is_some() || model.trials_variable.is_some() {
        return invalid(
            "`GeneralRegressionModel` counts trials, which only a model that predicts a number can do"
                .to_owned(),
        );
    }
    let labels = Labels::new(lowering, context, model)?;
    if labels.names.len() != 2 {
        return invalid(format!(
            "`GeneralRegressionModel` with the modelType generalizedLinear distinguishes two categories, \
                 but the target has {}",
            labels.names.len()
        ));
    }
    let mut coefficients = Coefficients::new(lowering, context, model, &labels)?;
    let is_general = !coefficients.general.is_empty();
    if is_general && coefficients.of.iter().any(|cells| !cells.is_empty()) {
        return Err(lacks_category(coefficients.general[0], model));
    }
    let number = match (coefficients.reference, is_general) {
        (Some(reference), true) => 1 - reference,
        (None, true) => {
            return invalid(
                "neither PCells nor a targetReferenceCategory say which category the coefficients of \
                     `GeneralRegressionModel` are about"
                    .to_owned(),
            );
        }
        (_, false) => 1 - coefficients.reference(context, &labels)?,
    };
    let mut design = Design::new(lowering, context, model, Some(&labels))?;
    let cells = if is_general { coefficients.general } else { std::mem::take(&mut coefficients.of[number]) };
    let mut sum = equation::lower(lowering, &mut design, cells, Some(number))?;
    let offset = super::parameter::offset_of(lowering, context, model)?;
    sum.add_operand(&mut lowering.builder, offset);
    let sum = sum.finish(&mut lowering.builder);
    let math = context.math();
    let probability = link::mean_of(&mut lowering.builder, link, sum.value, math);
    let one = numbers::constant(&mut lowering.builder, 1.0, math);
    let other = lowering.builder.binary(Binary::Subtract, one, probability);
    shares_of(lowering, context, labels, 1 - number, vec![probability, other], sum.present)
}

/// Builds the prediction from the probabilities of all labels, that of the reference last.
fn shares_of<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    mut labels: Labels,
    reference: usize,
    probabilities: Vec<Value>,
    present: Option<Value>,
) -> Result<Prediction> {
    let last = labels.names.remove(reference);
    labels.names.push(last);
    let winner = numbers::largest(&mut lowering.builder, &probabilities);
    let data_type = context.math();
    let probabilities: Vec<Operand> = probabilities
        .into_iter()
        .map(|value| Operand { value, present, data_type, is_list: false })
        .collect();
    let (labels, confidences) = (labels.names, Vec::new());
    let distribution = Distribution { labels, winner, present, probabilities, confidences };
    classification::classification(lowering, context, distribution, None)
}

/// Returns the error of a coefficient without a category.
fn lacks_category(cell: &PCell, model: &GeneralRegressionModel) -> Error {
    let message = format!(
        "`PCell` of a model with the modelType {} lacks the attribute `targetCategory`",
        model.model_type
    );
    Error::invalid(cell.position, "PCell", message)
}
