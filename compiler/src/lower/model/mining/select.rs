//! Ensembles that return the predictions of segments: `selectFirst`, `modelChain`, `multiModelChain` and `selectAll`.
//!
//! In a chain the output fields of a segment are fields for the segments after it and for the ensemble's own output;
//! they are missing if the segment does not apply.

use super::segment::{self, EvaluatedSegment};
use super::{distribution, number};
use crate::document::data_dictionary::DataType;
use crate::document::mining_model::{MissingPredictionTreatment, Segmentation};
use crate::error::{Error, Result};
use crate::ir::{Builder, Function, Value};
use crate::lower::build::label::Labels;
use crate::lower::build::operand::{Operand, both, common_numeric, is_numeric};
use crate::lower::convert;
use crate::lower::model::context::ModelContext;
use crate::lower::model::feature;
use crate::lower::model::prediction::{Distribution, ModelResult, OutputResult, Prediction};
use crate::lower::state::Lowering;

/// Lowers an ensemble that returns the prediction of the first segment whose predicate is true, even if that is
/// missing, unless segments without a prediction are skipped.
pub(crate) fn select_first<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &'d Segmentation,
) -> Result<ModelResult<'d>> {
    let mut selected: Option<Value> = None;
    let mut answers = Vec::new();
    for (number, segment) in segmentation.segments.iter().enumerate() {
        let mut answer = segment::lower_segment(lowering, context, segment, number, selected)?;
        let mut applies = answer.applies(&mut lowering.builder);
        if segmentation.missing_prediction_treatment == MissingPredictionTreatment::SkipSegment {
            let present = answer.value_presence(&mut lowering.builder);
            applies = lowering.builder.and(applies, present);
            answer.active = number::unless_constant(&lowering.builder, applies);
        }
        selected = Some(match selected {
            None => applies,
            Some(selected) => lowering.builder.or(selected, applies),
        });
        // A segment that is never reached still has outputs, to which the document can refer.
        answers.push(answer);
    }
    let mut result = last_of(lowering, context, segmentation, &answers)?;
    result.outputs = outputs_of(lowering, context, &answers)?;
    result.segments = answers.into_iter().map(EvaluatedSegment::into_segment).collect();
    Ok(result)
}

/// Returns the output fields of some segments, in document order. If several have the same name, the last that applies
/// counts.
fn outputs_of<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    answers: &[EvaluatedSegment<'d>],
) -> Result<Vec<OutputResult<'d>>> {
    let mut outputs: Vec<OutputResult<'d>> = Vec::new();
    for answer in answers {
        for output in &answer.result.outputs {
            let Some(known) = outputs.iter_mut().find(|known| known.name == output.name) else {
                outputs.push(output.clone());
                continue;
            };
            let Some(active) = answer.active else {
                *known = output.clone();
                continue;
            };
            let (before, now) = (known.field.operand, output.field.operand);
            if before.is_list != now.is_list {
                let message = format!("the output field `{}` is a list in some segments only", output.name);
                return Err(Error::unsupported(context.position, context.element, message));
            }
            let data_type = common_type(before.data_type, now.data_type);
            let before =
                convert::cast_or_list(lowering, before, data_type, context.position, context.element)?;
            let now = convert::cast_or_list(lowering, now, data_type, context.position, context.element)?;
            known.field.operand = Operand::choose(&mut lowering.builder, active, now, before);
        }
    }
    Ok(outputs)
}

/// Lowers a chain that returns the prediction of the last segment whose predicate is true.
pub(crate) fn model_chain<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &'d Segmentation,
) -> Result<ModelResult<'d>> {
    let answers = chain(lowering, context, segmentation)?;
    let mut result = last_of(lowering, context, segmentation, &answers)?;
    // Each segment that can be the last to apply contributes its outputs to the rows for which it is.
    let mut last = last_to_apply(&mut lowering.builder, &answers);
    for answer in &mut last {
        for output in &mut answer.result.outputs {
            if let Some(active) = answer.active {
                output.field.operand = output.field.operand.only_if(&mut lowering.builder, active);
            }
        }
    }
    result.outputs = outputs_of(lowering, context, &last)?;
    if segmentation.missing_prediction_treatment == MissingPredictionTreatment::ReturnMissing {
        spoil(&mut lowering.builder, &answers, &mut result);
    }
    result.segments = answers.into_iter().map(EvaluatedSegment::into_segment).collect();
    Ok(result)
}

/// Lowers a chain of which every segment predicts its own target.
pub(crate) fn multi_model_chain<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &'d Segmentation,
) -> Result<ModelResult<'d>> {
    let answers = chain(lowering, context, segmentation)?;
    let mut predictions: Vec<Prediction> = Vec::new();
    for answer in &answers {
        for prediction in &answer.result.predictions {
            let known = predictions.iter().position(|known| known.target == prediction.target);
            match known {
                Some(known) => {
                    let before = predictions[known].clone();
                    predictions[known] =
                        later_operand(lowering, context, answer.active, prediction, &before)?;
                }
                None => predictions.push(prediction.clone()),
            }
        }
    }
    let outputs = outputs_of(lowering, context, &answers)?;
    // Predictions have the order in which the ensemble's schema lists the targets.
    let listed = &context.common.mining_schema.mining_fields;
    predictions.sort_by_key(|prediction| {
        listed
            .iter()
            .position(|field| prediction.target.as_ref() == Some(&field.name))
            .unwrap_or(listed.len())
    });
    let mut result = ModelResult { predictions, outputs, segments: Vec::new() };
    if segmentation.missing_prediction_treatment == MissingPredictionTreatment::ReturnMissing {
        spoil(&mut lowering.builder, &answers, &mut result);
    }
    result.segments = answers.into_iter().map(EvaluatedSegment::into_segment).collect();
    Ok(result)
}

/// Lowers the segments of a chain, each of which sees the outputs of those before it.
fn chain<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &'d Segmentation,
) -> Result<Vec<EvaluatedSegment<'d>>> {
    if segmentation.missing_prediction_treatment == MissingPredictionTreatment::SkipSegment {
        let message = "`Segmentation` skips segments without a result, which a chain cannot do";
        return Err(Error::invalid(segmentation.position, "Segmentation", message));
    }
    let mut answers = Vec::with_capacity(segmentation.segments.len());
    for (number, segment) in segmentation.segments.iter().enumerate() {
        let answer = segment::lower_segment(lowering, context, segment, number, None)?;
        for output in &answer.result.outputs {
            lowering.define(context.scope, &output.name, output.field);
        }
        answers.push(answer);
    }
    Ok(answers)
}

/// Lowers an ensemble that returns the predictions of all segments that apply, as a list.
pub(crate) fn select_all<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &'d Segmentation,
) -> Result<ModelResult<'d>> {
    if segmentation.missing_prediction_treatment == MissingPredictionTreatment::SkipSegment {
        let message = "`Segmentation` skips segments without a result, which selectAll cannot do";
        return Err(Error::unsupported(segmentation.position, "Segmentation", message));
    }
    let answers = segment::lower_segments(lowering, context, segmentation)?;
    let mut data_type = answers[0].value().data_type;
    for answer in &answers {
        data_type = common_type(data_type, answer.value().data_type);
    }
    let mut values = Vec::with_capacity(answers.len());
    let mut applying = Vec::with_capacity(answers.len());
    let always = lowering.builder.bool(true);
    let mut some = lowering.builder.bool(false);
    let mut complete = always;
    for answer in &answers {
        let operand = convert::cast_or_list(
            lowering,
            answer.value(),
            data_type,
            segmentation.position,
            "Segmentation",
        )?;
        let builder = &mut lowering.builder;
        let present = operand.presence(builder);
        let applies = answer.applies(builder);
        values.push((operand.value, present));
        applying.push((applies, always));
        some = builder.or(some, applies);
        let not = builder.not(applies);
        let fine = builder.or(not, present);
        complete = builder.and(complete, fine);
    }
    let values = lowering.builder.list(&values);
    let applying = lowering.builder.list(&applying);
    let value = lowering.builder.call(Function::Selected, &[values, applying]);
    let mut present = some;
    if segmentation.missing_prediction_treatment == MissingPredictionTreatment::ReturnMissing {
        present = lowering.builder.and(present, complete);
    }
    let operand = Operand {
        value,
        present: number::unless_constant(&lowering.builder, present),
        data_type,
        is_list: true,
    };
    let target = context.target.map(|target| target.name.clone());
    let mut result = ModelResult::of(Prediction::number(target, operand));
    result.segments = answers.into_iter().map(EvaluatedSegment::into_segment).collect();
    Ok(result)
}

/// Returns the predictions of a segment, with the segment as their entity.
fn named_predictions(builder: &mut Builder, answer: &EvaluatedSegment<'_>) -> Vec<Prediction> {
    let id = builder.string(&answer.id);
    let id = Operand { value: id, present: answer.active, data_type: DataType::String, is_list: false };
    let predictions = answer.result.predictions.iter();
    predictions.map(|prediction| Prediction { entity_id: Some(id), ..prediction.clone() }).collect()
}

/// Returns the predictions of the last of some answers that applies.
fn last_of<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &Segmentation,
    answers: &[EvaluatedSegment<'d>],
) -> Result<ModelResult<'d>> {
    let Some((first, others)) = answers.split_first() else {
        return Err(Error::invalid(segmentation.position, "Segmentation", "`Segmentation` has no segments"));
    };
    let mut predictions = named_predictions(&mut lowering.builder, first);
    for answer in others {
        let own = named_predictions(&mut lowering.builder, answer);
        if answer.active.is_none() {
            predictions = own;
            continue;
        }
        let mut merged = Vec::with_capacity(own.len());
        for (number, prediction) in own.into_iter().enumerate() {
            merged.push(match predictions.get(number) {
                Some(before) => later_operand(lowering, context, answer.active, &prediction, before)?,
                None => prediction,
            });
        }
        predictions = merged;
    }
    let last = last_to_apply(&mut lowering.builder, answers);
    if differ_in_targets(&last) {
        // The ensemble's prediction has no single target. Each target gets the prediction of its own segments, which is
        // missing if the last segment to apply predicts another.
        for prediction in &mut predictions {
            prediction.target = None;
        }
        predictions.extend(predictions_by_target(lowering, context, &last)?);
    }
    Ok(ModelResult { predictions, outputs: Vec::new(), segments: Vec::new() })
}

/// Returns the segments that can be the last to apply, in document order, each active only if it is the last.
fn last_to_apply<'d>(builder: &mut Builder, answers: &[EvaluatedSegment<'d>]) -> Vec<EvaluatedSegment<'d>> {
    let mut last = Vec::new();
    let mut later: Option<Value> = None;
    for answer in answers.iter().rev() {
        let mut answer = answer.clone();
        let applies = answer.active;
        if let Some(later) = later {
            let not_later = builder.not(later);
            answer.active = both(builder, applies, Some(not_later));
        }
        last.push(answer);
        let Some(applies) = applies else { break };
        later = Some(match later {
            None => applies,
            Some(later) => builder.or(later, applies),
        });
    }
    last.reverse();
    last
}

/// Returns the predictions of segments with different targets, each present if its segment is active, given the
/// segments that can be the last to apply.
fn predictions_by_target<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    last: &[EvaluatedSegment<'d>],
) -> Result<Vec<Prediction>> {
    let mut by_target: Vec<Prediction> = Vec::new();
    for answer in last {
        for prediction in answer.result.predictions.iter().filter(|prediction| prediction.target.is_some()) {
            let value = match answer.active {
                Some(active) => prediction.value.only_if(&mut lowering.builder, active),
                None => prediction.value,
            };
            match by_target.iter_mut().find(|known| known.target == prediction.target) {
                None => by_target.push(Prediction::number(prediction.target.clone(), value)),
                Some(known) => {
                    let data_type = common_type(value.data_type, known.value.data_type);
                    let value =
                        convert::cast_or_list(lowering, value, data_type, context.position, context.element)?;
                    let other = convert::cast_or_list(
                        lowering,
                        known.value,
                        data_type,
                        context.position,
                        context.element,
                    )?;
                    known.value = value.or(&mut lowering.builder, other);
                }
            }
        }
    }
    Ok(by_target)
}

/// Selects a prediction if its segment applies, else the one before it.
fn later_operand<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    active: Option<Value>,
    prediction: &Prediction,
    before: &Prediction,
) -> Result<Prediction> {
    let Some(active) = active else { return Ok(prediction.clone()) };
    if prediction.value.is_list != before.value.is_list {
        let message = "the prediction is a list in some segments only";
        return Err(Error::unsupported(context.position, context.element, message));
    }
    let data_type = common_type(prediction.value.data_type, before.value.data_type);
    let now =
        convert::cast_or_list(lowering, prediction.value, data_type, context.position, context.element)?;
    let then = convert::cast_or_list(lowering, before.value, data_type, context.position, context.element)?;
    let value = Operand::choose(&mut lowering.builder, active, now, then);
    let distribution = match (&prediction.distribution, &before.distribution) {
        (Some(now), Some(then)) => Some(later_distribution(lowering, context, active, now, then)?),
        // If a segment does not apply, its results are missing.
        (Some(now), None) => Some(now.clone()),
        (None, Some(then)) => Some(unless_later(&mut lowering.builder, active, then)),
        (None, None) => None,
    };
    let entity_id = match (prediction.entity_id, before.entity_id) {
        (Some(now), Some(then)) => Some(Operand::choose(&mut lowering.builder, active, now, then)),
        _ => None,
    };
    let target = prediction.target.clone().or_else(|| before.target.clone());
    let features =
        feature::choose_features(&mut lowering.builder, active, &prediction.features, &before.features);
    Ok(Prediction { target, value, distribution, entity_id, features })
}

/// Returns a distribution that is missing if a later segment without one applies.
fn unless_later(builder: &mut Builder, active: Value, then: &Distribution) -> Distribution {
    let earlier = builder.not(active);
    let mut distribution = then.clone();
    distribution.present = both(builder, then.present, Some(earlier));
    for share in distribution.probabilities.iter_mut().chain(&mut distribution.confidences) {
        *share = share.only_if(builder, earlier);
    }
    distribution
}

/// Selects a distribution if its segment applies, else the one before it.
fn later_distribution<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    active: Value,
    now: &Distribution,
    then: &Distribution,
) -> Result<Distribution> {
    let mut labels = Labels::new(context.label_type());
    let before: Vec<usize> =
        then.labels.iter().map(|label| labels.number(&mut lowering.builder, label) as usize).collect();
    let after: Vec<usize> =
        now.labels.iter().map(|label| labels.number(&mut lowering.builder, label) as usize).collect();
    let count = labels.len();
    super::count_shares(lowering, context, count)?;
    let winner_then = distribution::renumber(&mut lowering.builder, then.winner, &before);
    let winner_now = distribution::renumber(&mut lowering.builder, now.winner, &after);
    let integer = |value, present| Operand { value, present, data_type: DataType::Integer, is_list: false };
    let winner = Operand::choose(
        &mut lowering.builder,
        active,
        integer(winner_now, now.present),
        integer(winner_then, then.present),
    );
    let probabilities = later_shares(
        lowering,
        context,
        active,
        (&now.probabilities, &after, now.present),
        (&then.probabilities, &before, then.present),
        count,
    )?;
    let confidences = later_shares(
        lowering,
        context,
        active,
        (&now.confidences, &after, now.present),
        (&then.confidences, &before, then.present),
        count,
    )?;
    Ok(Distribution {
        labels: labels.names().to_vec(),
        winner: winner.value,
        present: winner.present,
        probabilities,
        confidences,
    })
}

/// Selects probabilities (or confidences) of two distributions by the common list of labels: zero for a label that a
/// distribution lacks, missing if it has no probabilities.
fn later_shares<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    active: Value,
    now: (&[Operand], &[usize], Option<Value>),
    then: (&[Operand], &[usize], Option<Value>),
    count: usize,
) -> Result<Vec<Operand>> {
    if now.0.is_empty() && then.0.is_empty() {
        return Ok(Vec::new());
    }
    let mut all = Vec::with_capacity(count);
    for number in 0..count {
        let mut sides = [Operand::missing(&mut lowering.builder, DataType::Double); 2];
        for (side, (shares, numbers, present)) in sides.iter_mut().zip([now, then]) {
            if shares.is_empty() {
                continue;
            }
            *side = match numbers.iter().position(|known| *known == number) {
                Some(own) => {
                    convert::cast(lowering, shares[own], DataType::Double, context.position, context.element)?
                }
                None => {
                    let zero = lowering.builder.f64(0.0);
                    Operand { value: zero, present, data_type: DataType::Double, is_list: false }
                }
            };
        }
        all.push(Operand::choose(&mut lowering.builder, active, sides[0], sides[1]));
    }
    Ok(all)
}

/// Makes the predictions missing if a segment that applies has none.
fn spoil(builder: &mut Builder, answers: &[EvaluatedSegment<'_>], result: &mut ModelResult<'_>) {
    let mut complete = builder.bool(true);
    for answer in answers {
        let applies = answer.applies(builder);
        let present = answer.value_presence(builder);
        let not = builder.not(applies);
        let fine = builder.or(not, present);
        complete = builder.and(complete, fine);
    }
    for prediction in &mut result.predictions {
        prediction.visit_operands(&mut |operand| *operand = operand.only_if(builder, complete));
    }
}

/// Returns whether the segments' predictions have different targets, or some have one and others none.
fn differ_in_targets(answers: &[EvaluatedSegment<'_>]) -> bool {
    let predictions = answers.iter().flat_map(|answer| &answer.result.predictions);
    let mut targets = predictions.map(|prediction| &prediction.target);
    let first = targets.next();
    targets.any(|target| Some(target) != first)
}

/// Returns the data type that holds values of both: the more general of two numeric types, else `String`.
fn common_type(left: DataType, right: DataType) -> DataType {
    if left == right {
        left
    } else if is_numeric(left) && is_numeric(right) {
        common_numeric(left, right)
    } else {
        DataType::String
    }
}
