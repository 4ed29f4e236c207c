//! Aggregates of labels: votes, and averages of probabilities. (`max` and `median`: see [`super::chosen`].)
//!
//! The labels of an ensemble are those of its segments, in the order in which the document first names them: ties
//! between probabilities go to the first. Ties between votes go to the label that was first voted for. Labels are the
//! same if they are equal as values of the target's type: `1` in one segment is `1.0` in another.

use super::chosen::{self, Combination};
use super::segment::EvaluatedSegment;
use super::{Missing, MultipleModelMethod, distribution, number};
use crate::document::data_dictionary::DataType;
use crate::document::mining_model::{MissingPredictionTreatment, Segmentation};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Value};
use crate::lower::build::label::Labels;
use crate::lower::build::numbers;
use crate::lower::build::operand::Operand;
use crate::lower::model::classification;
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::{Distribution, ModelResult};
use crate::lower::state::Lowering;

/// Aggregates the labels that segments predict.
pub(crate) fn aggregate_labels<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &'d Segmentation,
    answers: &[EvaluatedSegment<'d>],
) -> Result<ModelResult<'d>> {
    let mut labels = Labels::new(context.label_type());
    // For each segment, the numbers that its labels have in the ensemble.
    let mut numbers = Vec::with_capacity(answers.len());
    for (answer, segment) in answers.iter().zip(&segmentation.segments) {
        let Some(distribution) = &answer.result.predictions[0].distribution else {
            let message = "the segment's model does not classify, as the MiningModel does";
            return Err(Error::invalid(segment.position, "Segment", message));
        };
        let own: Vec<usize> = distribution
            .labels
            .iter()
            .map(|label| labels.number(&mut lowering.builder, label) as usize)
            .collect();
        numbers.push(own);
    }
    use MultipleModelMethod::*;
    let distribution = match segmentation.multiple_model_method {
        method @ (MajorityVote | WeightedMajorityVote) => {
            let is_weighted = matches!(method, WeightedMajorityVote);
            vote_of_segments(&mut lowering.builder, segmentation, answers, &numbers, labels, is_weighted)?
        }
        method @ (Average | WeightedAverage) => {
            let is_weighted = matches!(method, WeightedAverage);
            average_labels(lowering, context, segmentation, answers, &numbers, labels, is_weighted)?
        }
        method @ (Median | Max) => {
            let combination =
                if matches!(method, Median) { Combination::Median } else { Combination::Maximum };
            chosen::chosen_labels(lowering, context, segmentation, answers, &numbers, labels, combination)?
        }
        method => {
            let message = format!("the method {method} cannot combine labels");
            return Err(Error::invalid(segmentation.position, "Segmentation", message));
        }
    };
    Ok(ModelResult::of(classification::classification(lowering, context, distribution, None)?))
}

/// Counts votes. A missing prediction, unless it is skipped, is a candidate too: if it has more votes than any label,
/// the result is missing.
fn vote_of_segments(
    builder: &mut Builder,
    segmentation: &Segmentation,
    answers: &[EvaluatedSegment<'_>],
    numbers: &[Vec<usize>],
    labels: Labels,
    weighted: bool,
) -> Result<Distribution> {
    let count = labels.len();
    let zero = builder.f64(0.0);
    let one = builder.f64(1.0);
    let never = builder.i64(i64::MAX);
    let mut sums = vec![zero; count];
    let mut firsts = vec![never; count];
    let mut missing = zero;
    for (place, (answer, numbers)) in answers.iter().zip(numbers).enumerate() {
        let Some(distribution) = &answer.result.predictions[0].distribution else { continue };
        let weight = if weighted { answer.weight } else { one };
        let place = builder.i64(place as i64);
        let applies = answer.applies(builder);
        let present = match distribution.present {
            Some(present) => present,
            None => builder.bool(true),
        };
        let contributes = builder.and(applies, present);
        let applying_weight = builder.select(applies, weight, zero);
        let lost = builder.select(present, zero, applying_weight);
        missing = builder.binary(Binary::Add, missing, lost);
        for (own, number) in numbers.iter().enumerate() {
            let own = builder.i64(own as i64);
            let is_label = builder.binary(Binary::Equal, distribution.winner, own);
            let voted = builder.and(contributes, is_label);
            let vote = builder.select(voted, weight, zero);
            sums[*number] = builder.binary(Binary::Add, sums[*number], vote);
            let is_first = builder.binary(Binary::Equal, firsts[*number], never);
            let first_vote = builder.and(voted, is_first);
            firsts[*number] = builder.select(first_vote, place, firsts[*number]);
        }
    }
    let mut winner = builder.i64(0);
    let (mut best, mut best_first) = (zero, never);
    for number in 0..count {
        let more = builder.binary(Binary::Greater, sums[number], best);
        let equal = builder.binary(Binary::Equal, sums[number], best);
        let earlier = builder.binary(Binary::Less, firsts[number], best_first);
        let earlier = builder.and(equal, earlier);
        let better = builder.or(more, earlier);
        let this = builder.i64(number as i64);
        winner = builder.select(better, this, winner);
        best = builder.select(better, sums[number], best);
        best_first = builder.select(better, firsts[number], best_first);
    }
    let all = distribution::total_of_votes(builder, &sums);
    let mut present = builder.binary(Binary::Greater, all, zero);
    match segmentation.missing_prediction_treatment {
        MissingPredictionTreatment::Continue => {
            let outvoted = builder.binary(Binary::LessOrEqual, missing, best);
            present = builder.and(present, outvoted);
        }
        _ => {
            let allowed = Missing::of(segmentation).result_present(builder, answers, true)?;
            present = builder.and(present, allowed);
        }
    }
    let probabilities = sums
        .into_iter()
        .map(|sum| {
            let share = builder.binary(Binary::Divide, sum, all);
            Operand::optional(share, present, DataType::Double)
        })
        .collect();
    Ok(Distribution {
        labels: labels.names().to_vec(),
        winner,
        present: number::unless_constant(builder, present),
        probabilities,
        confidences: Vec::new(),
    })
}

/// Averages the probabilities of each label over the segments that contribute.
fn average_labels<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &Segmentation,
    answers: &[EvaluatedSegment<'d>],
    numbers: &[Vec<usize>],
    labels: Labels,
    weighted: bool,
) -> Result<Distribution> {
    let zero = numbers::constant(&mut lowering.builder, 0.0, context.math());
    let one = numbers::constant(&mut lowering.builder, 1.0, context.math());
    let mut sums = vec![zero; labels.len()];
    let mut weights = zero;
    for (answer, numbers) in answers.iter().zip(numbers) {
        let values =
            distribution::probabilities_of(lowering, context, segmentation, answer, numbers, sums.len())?;
        let weight =
            if weighted { super::weight_in(&mut lowering.builder, context, answer.weight) } else { one };
        let contributes = answer.contributes(&mut lowering.builder);
        let own_weight = lowering.builder.select(contributes, weight, zero);
        weights = lowering.builder.binary(Binary::Add, weights, own_weight);
        for (sum, value) in sums.iter_mut().zip(values) {
            let Some(value) = value else { continue };
            let builder = &mut lowering.builder;
            let value = if weighted { builder.binary(Binary::Multiply, weight, value) } else { value };
            let addend = builder.select(contributes, value, zero);
            *sum = builder.binary(Binary::Add, *sum, addend);
        }
    }
    let mut present = Missing::of(segmentation).result_present(&mut lowering.builder, answers, true)?;
    if weighted {
        let weighs = lowering.builder.binary(Binary::NotEqual, weights, zero);
        present = lowering.builder.and(present, weighs);
    }
    let values: Vec<Value> =
        sums.into_iter().map(|sum| lowering.builder.binary(Binary::Divide, sum, weights)).collect();
    Ok(distribution::distribution(&mut lowering.builder, context, labels.names().to_vec(), values, present))
}
