//! `Output`: the results of a model besides its predictions.
//!
//! Output fields are lowered in document order and defined in the model's scope one by one, so that each sees those
//! before it. A feature that the model cannot have for any row (the entity of a regression, say) is refused here, not
//! row by row.

use super::build::{label, lists, numbers};
use super::field::{Domain, Field};
use super::model::declared;
use super::state::Lowering;
use super::{convert, targets};
use crate::document::Name;
use crate::document::data_dictionary::{DataType, OpType};
use crate::document::output::{Output, OutputField, ResultFeature};
use crate::error::{Error, Result};
use crate::ir::{Binary, Type, Unary, Value};
use crate::lower::build::operand::{Operand, both};
use crate::lower::model::association::{output, rule_feature};
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::{ModelResult, OutputResult, Prediction, predicted_domain};
use pmml_runtime::diagnostics::nearest::Search;
use pmml_runtime::number;
use std::collections::{HashMap, HashSet};

/// The actual values of target fields, for residuals.
type Actuals<'d> = HashMap<Name, Field<'d>>;

/// Lowers the output fields of a model, in document order.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    output: &'d Output,
    result: &ModelResult<'d>,
) -> Result<Vec<OutputResult<'d>>> {
    // Output fields may hide the targets' actual values, which residuals need.
    let mut actuals = Actuals::new();
    if output.output_fields.iter().any(|field| field.feature == ResultFeature::Residual) {
        let targets = result.predictions.iter().map(|prediction| prediction.target.as_ref());
        for name in targets.chain([context.target.map(|target| &target.name)]).flatten() {
            if let Some(actual) = lowering.find_field(context.scope, name)? {
                actuals.insert(name.clone(), actual);
            }
        }
    }
    let mut outputs: Vec<OutputResult<'d>> = Vec::with_capacity(output.output_fields.len());
    let mut names = HashSet::new();
    for output_field in &output.output_fields {
        if output_field.name.is_empty() {
            return Err(Error::invalid(output_field.position, "OutputField", "`OutputField` has no name"));
        }
        if !names.insert(&output_field.name) {
            let message = format!("`OutputField` `{}` is defined twice", output_field.name);
            return Err(Error::invalid(output_field.position, "OutputField", message));
        }
        let field = lower_field(lowering, context, output_field, result, &actuals)?;
        lowering.define(context.scope, &output_field.name, field);
        outputs.push(OutputResult {
            name: output_field.name.clone(),
            display_name: output_field.display_name.clone(),
            field,
            is_final: output_field.is_final_result,
        });
    }
    Ok(outputs)
}

/// Lowers an output field: a feature of the model or of a segment, or an expression, cast to the declared type.
fn lower_field<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    output: &'d OutputField,
    result: &ModelResult<'d>,
    actuals: &Actuals<'d>,
) -> Result<Field<'d>> {
    let mut domain = None;
    let operand = match output.feature {
        ResultFeature::TransformedValue if output.expression.is_none() && output.segment_id.is_some() => {
            // An output field of the segment, by its name.
            let (result, is_active) = result_of_segment(output, result)?;
            let made = result.outputs.iter().rev().find(|made| Some(&made.name) == output.value.as_ref());
            let Some(made) = made else {
                let message = format!(
                    "`OutputField` `{}` has neither an expression nor the name of an output of its segment",
                    output.name
                );
                return Err(Error::invalid(output.position, "OutputField", message));
            };
            domain = Some(made.field.domain);
            let operand = made.field.operand;
            Operand { present: both(&mut lowering.builder, operand.present, is_active), ..operand }
        }
        ResultFeature::TransformedValue | ResultFeature::Decision => {
            let Some(expression) = &output.expression else {
                let message = format!(
                    "`OutputField` `{}` with the feature {} lacks an expression",
                    output.name, output.feature
                );
                return Err(Error::invalid(output.position, "OutputField", message));
            };
            lowering.output_in_progress = Some(&output.name);
            let operand = lowering.nested(output.position, "OutputField", |lowering| {
                lowering.expression(context.scope, expression, output.data_type)
            })?;
            lowering.output_in_progress = None;
            operand
        }
        feature => {
            let (result, is_active) = result_of_segment(output, result)?;
            let prediction = selected_prediction(context, output, result)?;
            if feature == ResultFeature::PredictedValue {
                let target = prediction.target.as_ref().and_then(|name| lowering.data_fields.get(name));
                domain = Some(predicted_domain(target.copied(), prediction.value.data_type));
            }
            let operand = lower_feature(lowering, context, output, prediction, actuals)?;
            Operand { present: both(&mut lowering.builder, operand.present, is_active), ..operand }
        }
    };
    let operand = match output.data_type {
        // As in the reference evaluator, the items of such a list keep their type.
        Some(_) if operand.is_list && rule_feature(output).is_some() => operand,
        Some(data_type) => {
            convert::cast_or_list(lowering, operand, data_type, output.position, "OutputField")?
        }
        None => operand,
    };
    let mut domain = domain
        .filter(|_| output.values.is_empty())
        .unwrap_or_else(|| Domain { values: &output.values, ..Domain::of_type(operand.data_type, None) });
    domain.optype =
        output.optype.unwrap_or(if operand.is_list { OpType::Categorical } else { domain.optype });
    Ok(Field::computed(operand, domain))
}

/// Returns the result that an output field refers to: the model's, or that of a segment, with the condition under which
/// the segment applies.
fn result_of_segment<'d, 'r>(
    output: &OutputField,
    result: &'r ModelResult<'d>,
) -> Result<(&'r ModelResult<'d>, Option<Value>)> {
    let Some(id) = &output.segment_id else { return Ok((result, None)) };
    match result.segments.iter().find(|segment| segment.id == *id) {
        Some(segment) => Ok((&segment.result, segment.active)),
        None => {
            let message = format!("`OutputField` refers to the segment `{id}`, which does not exist");
            Err(Error::invalid(output.position, "OutputField", message))
        }
    }
}

/// Lowers a feature of a prediction. Fails if the model does not have it.
fn lower_feature<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    output: &'d OutputField,
    prediction: &Prediction,
    actuals: &Actuals<'d>,
) -> Result<Operand> {
    if let Some(rules) = &prediction.features.rules
            && let Some(feature) = rule_feature(output)
            // An ensemble's entities are its segments.
            && (output.feature != ResultFeature::EntityId || prediction.entity_id.is_none())
    {
        return output::lower(lowering, output, rules, feature);
    }
    let is_ranked = output.rank != 1 && output.feature != ResultFeature::Warning;
    if output.rank < 1 && ranking(output, prediction).is_some() {
        let message =
            format!("`OutputField` `{}` has the rank {}, but ranks count from 1", output.name, output.rank);
        return Err(Error::invalid(output.position, "OutputField", message));
    }
    if output.is_multi_valued || is_ranked && ranking(output, prediction).is_none() {
        let message =
            format!("the model does not rank its results, as `OutputField` `{}` requires", output.name);
        return Err(Error::unsupported(output.position, "OutputField", message));
    }
    let features = &prediction.features;
    match output.feature {
        ResultFeature::PredictedValue => Ok(prediction.value),
        ResultFeature::PredictedDisplayValue if prediction.value.is_list => {
            Err(refused(output, "the model predicts a list"))
        }
        ResultFeature::PredictedDisplayValue => Ok(targets::display_value(lowering, context, prediction)),
        ResultFeature::Probability => {
            let distribution = prediction.distribution.as_ref();
            let probabilities = distribution.map(|distribution| distribution.probabilities.as_slice());
            match probabilities {
                None | Some([]) => Err(refused(output, "the model has no probabilities")),
                Some(probabilities) => of_label(lowering, output, prediction, probabilities),
            }
        }
        ResultFeature::Confidence => match &prediction.distribution {
            None => Err(refused(output, "the model does not classify")),
            Some(distribution) if distribution.confidences.is_empty() => {
                Err(refused(output, "the model has no confidences"))
            }
            Some(distribution) => of_label(lowering, output, prediction, &distribution.confidences),
        },
        ResultFeature::Residual => residual(lowering, context, output, prediction, actuals),
        ResultFeature::EntityId | ResultFeature::ClusterId => {
            match (prediction.entity_id, ranking(output, prediction)) {
                (Some(entity_id), _) if !is_ranked => Ok(entity_id),
                (_, Some(ranking)) => Ok(lists::ranked(&mut lowering.builder, ranking, output.rank)),
                _ => Err(refused(output, "the model has no entities")),
            }
        }
        ResultFeature::Warning => {
            let value = lowering.builder.zero(Type::List);
            Ok(Operand { value, present: None, data_type: DataType::String, is_list: true })
        }
        ResultFeature::Report => {
            let message = "reports are not supported: the field stays missing";
            lowering.warn(output.position, "OutputField", message);
            Ok(Operand::missing(&mut lowering.builder, DataType::String))
        }
        ResultFeature::Affinity | ResultFeature::EntityAffinity | ResultFeature::ClusterAffinity => {
            let of_entity = |id: &Name| {
                let known = features.affinities.iter().find(|(known, _)| known == id);
                known.map(|(_, affinity)| *affinity)
            };
            match (&output.value, features.affinity, ranking(output, prediction)) {
                (Some(id), _, _) => of_entity(id)
                    .ok_or_else(|| refused(output, &format!("the model has no affinity to `{id}`"))),
                (None, Some(affinity), _) if !is_ranked => Ok(affinity),
                (None, _, Some(ranking)) => Ok(lists::ranked(&mut lowering.builder, ranking, output.rank)),
                _ => Err(refused(output, "the model has no affinities")),
            }
        }
        ResultFeature::ReasonCode => match features.reason_codes {
            Some(reason_codes) => Ok(lists::ranked(&mut lowering.builder, reason_codes, output.rank)),
            None => Err(refused(output, "the model has no reasons")),
        },
        ResultFeature::RuleValue
        | ResultFeature::Antecedent
        | ResultFeature::Consequent
        | ResultFeature::Rule
        | ResultFeature::RuleId
        | ResultFeature::Support
        | ResultFeature::Lift
        | ResultFeature::Leverage => Err(refused(output, "the model has no rules")),
        ResultFeature::StandardError => features
            .standard_error
            .ok_or_else(|| refused(output, "the model does not state the uncertainty of a number")),
        ResultFeature::StandardDeviation
        | ResultFeature::ConfidenceIntervalLower
        | ResultFeature::ConfidenceIntervalUpper => {
            Err(refused(output, "the model does not state the uncertainty of a number"))
        }
        ResultFeature::TransformedValue | ResultFeature::Decision => {
            Err(refused(output, "the feature is computed by an expression"))
        }
    }
}

/// Selects among numbers, one per label, that of the label that an output field names, or of the predicted label. A
/// label that the model does not have gets 0, with a warning unless the target declares it and every label of the
/// model.
fn of_label(
    lowering: &mut Lowering<'_>,
    output: &OutputField,
    prediction: &Prediction,
    numbers: &[Operand],
) -> Result<Operand> {
    let Some(label) = &output.value else { return of_winner(lowering, prediction, numbers) };
    let Some(distribution) = &prediction.distribution else { return Ok(prediction.value) };
    let data_type = numbers.first().map_or(DataType::Double, |number| number.data_type);
    let number =
        label::label_number(&mut lowering.builder, &distribution.labels, label, prediction.value.data_type);
    let operand = match number.and_then(|number| numbers.get(number)) {
        Some(operand) => *operand,
        None => {
            let target = prediction.target.as_ref().and_then(|name| lowering.data_fields.get(name).copied());
            // A target without declared labels decides nothing.
            let target = target.filter(|target| !target.values.is_empty());
            let is_declared = target.is_some_and(|target| declared::declares(lowering, target, label));
            // Another label, which the target should have declared, may be meant.
            let undeclared: Vec<&Name> = target.map_or_else(Vec::new, |target| {
                distribution.labels.iter().filter(|own| !declared::declares(lowering, target, own)).collect()
            });
            let other = match (is_declared, undeclared.as_slice()) {
                (true, []) => None,
                (true, given) => Some(match nearest_label(label, given) {
                    Some(given) => format!(" (it has `{given}`)"),
                    None => String::new(),
                }),
                (false, _) => Some(String::new()),
            };
            if let Some(other) = other {
                let message = format!(
                    "`OutputField` `{}` is about the label `{label}`, which the model does not have{other}: it is always 0",
                    output.name
                );
                lowering.warn(output.position, "OutputField", message);
            }
            let zero = numbers::constant(&mut lowering.builder, 0.0, data_type);
            Operand { value: zero, ..of_distribution(prediction, data_type) }
        }
    };
    convert::cast(lowering, operand, DataType::Double, Default::default(), "OutputField")
}

/// Selects among numbers, one per label, that of the predicted label.
fn of_winner(lowering: &mut Lowering<'_>, prediction: &Prediction, numbers: &[Operand]) -> Result<Operand> {
    let (Some(distribution), Some((first, others))) = (&prediction.distribution, numbers.split_first())
    else {
        return Ok(prediction.value);
    };
    let mut found = *first;
    for (number, operand) in others.iter().enumerate() {
        let number = lowering.builder.i64(number as i64 + 1);
        let is_winner = lowering.builder.binary(Binary::Equal, distribution.winner, number);
        found = Operand::choose(&mut lowering.builder, is_winner, *operand, found);
    }
    found.present = both(&mut lowering.builder, found.present, distribution.present);
    convert::cast(lowering, found, DataType::Double, Default::default(), "OutputField")
}

/// Lowers a residual: the actual value minus the predicted one; for a classification, 1 or 0 for a right or wrong
/// prediction minus the probability of the predicted label.
fn residual<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    output: &'d OutputField,
    prediction: &Prediction,
    actuals: &Actuals<'d>,
) -> Result<Operand> {
    let name = prediction.target.as_ref().or(context.target.map(|target| &target.name));
    let Some(actual) = name.and_then(|name| actuals.get(name)) else {
        return Err(refused(output, "the model has no target with an actual value"));
    };
    let (position, element) = (output.position, "OutputField");
    let Some(distribution) = &prediction.distribution else {
        let actual = convert::cast(lowering, actual.operand, DataType::Double, position, element)?;
        let predicted = convert::cast(lowering, prediction.value, DataType::Double, position, element)?;
        let value = lowering.builder.binary(Binary::Subtract, actual.value, predicted.value);
        let present = both(&mut lowering.builder, actual.present, predicted.present);
        return Ok(Operand { value, present, data_type: DataType::Double, is_list: false });
    };
    if distribution.probabilities.is_empty() {
        return Err(refused(output, "the model has no probabilities"));
    }
    let probability = of_winner(lowering, prediction, &distribution.probabilities)?;
    let actual = convert::cast(lowering, actual.operand, prediction.value.data_type, position, element)?;
    let is_right = lowering.builder.binary(Binary::Equal, actual.value, prediction.value.value);
    let is_right = lowering.builder.unary(Unary::BoolToI64, is_right);
    let expected = lowering.builder.unary(Unary::I64ToF64, is_right);
    let value = lowering.builder.binary(Binary::Subtract, expected, probability.value);
    let present = both(&mut lowering.builder, actual.present, probability.present);
    Ok(Operand { value, present, data_type: DataType::Double, is_list: false })
}

/// Returns the prediction that an output field refers to. Fails if the model does not predict its target.
fn selected_prediction<'r>(
    context: &ModelContext<'_>,
    output: &OutputField,
    result: &'r ModelResult<'_>,
) -> Result<&'r Prediction> {
    let found = match &output.target_field {
        None => result.predictions.first(),
        Some(name) => {
            let named = result.predictions.iter().find(|prediction| prediction.target.as_ref() == Some(name));
            // A single prediction is for the model's target, even if the segment that made it does not say so.
            named.or(match result.predictions.as_slice() {
                [only] if context.target.is_some_and(|target| target.name == *name) => Some(only),
                _ => None,
            })
        }
    };
    found.ok_or_else(|| {
        let name = output.target_field.as_ref().map_or("", |name| name.as_str());
        let message = format!("`OutputField` is about the target `{name}`, which the model does not predict");
        Error::invalid(output.position, "OutputField", message)
    })
}

/// Returns an operand that is present if the classification has a result; callers replace its value.
fn of_distribution(prediction: &Prediction, data_type: DataType) -> Operand {
    let present = prediction.distribution.as_ref().and_then(|distribution| distribution.present);
    Operand { value: prediction.value.value, present, data_type, is_list: false }
}

/// Returns the ranking from which an output field takes its item, or `None` if the model does not rank the feature.
fn ranking(output: &OutputField, prediction: &Prediction) -> Option<Operand> {
    match output.feature {
        ResultFeature::EntityId | ResultFeature::ClusterId => prediction.features.ranked_entities,
        ResultFeature::Affinity | ResultFeature::EntityAffinity | ResultFeature::ClusterAffinity => {
            prediction.features.ranked_affinities
        }
        ResultFeature::ReasonCode => prediction.features.reason_codes,
        _ => None,
    }
}

/// Returns the error of a feature that the model does not have.
fn refused(output: &OutputField, reason: &str) -> Error {
    let message = format!("`OutputField` has the feature {}, but {reason}", output.feature);
    Error::invalid(output.position, "OutputField", message)
}

/// Returns the label that may be meant by another: the same number in another spelling, or a similar string.
fn nearest_label<'n>(label: &str, given: &[&'n Name]) -> Option<&'n str> {
    let number = number::parse_f64(label);
    let same = given.iter().find(|own| number.is_some() && number::parse_f64(own) == number);
    let names = given.iter().map(|name| name.as_str());
    same.map(|name| name.as_str()).or_else(|| Search::default().nearest(label, names))
}
