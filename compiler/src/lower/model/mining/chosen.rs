//! Aggregates of labels by the probabilities of chosen segments: `max` and `median`.
//!
//! Both combine the probabilities of each label over the segments. The label with the highest combined probability is
//! chosen; the DataDictionary's order breaks ties. The ensemble's probabilities are then, as the standard says, the
//! average of those of the segments "that have contributed the chosen probability": those in which the chosen label has
//! its maximum, or its median (either of the middle two for an even number of segments). So they add up to 1. The
//! ensemble predicts the label with the highest of these averages.

use super::segment::EvaluatedSegment;
use super::{Missing, distribution};
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::mining_model::Segmentation;
use crate::error::Result;
use crate::ir::{Binary, Builder, Function, Unary, Value};
use crate::lower::build::label::Labels;
use crate::lower::build::numbers;
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::Distribution;
use crate::lower::state::Lowering;

/// How the probabilities of a label are combined.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Combination {
    Maximum,
    Median,
}

/// The probabilities of the ensemble's labels in one segment.
struct Candidate {
    values: Vec<Value>,
    /// A bool: whether the segment applies and has a prediction.
    contributes: Value,
}

/// Aggregates labels by `max` or `median`.
pub(super) fn chosen_labels<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &Segmentation,
    answers: &[EvaluatedSegment<'d>],
    numbers: &[Vec<usize>],
    labels: Labels,
    combination: Combination,
) -> Result<Distribution> {
    let count = labels.len();
    super::count_shares(lowering, context, count.saturating_mul(answers.len()))?;
    let zero = numbers::constant(&mut lowering.builder, 0.0, context.math());
    let mut candidates = Vec::with_capacity(answers.len());
    for (answer, numbers) in answers.iter().zip(numbers) {
        let values = distribution::probabilities_of(lowering, context, segmentation, answer, numbers, count)?;
        let contributes = answer.contributes(&mut lowering.builder);
        let values = values.into_iter().map(|value| value.unwrap_or(zero)).collect();
        candidates.push(Candidate { values, contributes });
    }
    let chosen = chosen_label(&mut lowering.builder, context, labels.names(), &candidates, combination);
    let own: Vec<Value> = candidates
        .iter()
        .map(|candidate| nth_value(&mut lowering.builder, &candidate.values, chosen))
        .collect();
    let (low, high) = match combination {
        Combination::Maximum => {
            let maximum = maximum_of(&mut lowering.builder, context, own.iter().copied().zip(&candidates));
            (maximum, maximum)
        }
        Combination::Median => middle_two(lowering, context, &own, &candidates),
    };
    let one = numbers::constant(&mut lowering.builder, 1.0, context.math());
    let mut holder_count = zero;
    let mut sums = vec![zero; count];
    for (own, candidate) in own.into_iter().zip(&candidates) {
        let builder = &mut lowering.builder;
        let is_low = builder.binary(Binary::Equal, own, low);
        let is_high = builder.binary(Binary::Equal, own, high);
        let holds = builder.or(is_low, is_high);
        let holds = builder.and(candidate.contributes, holds);
        let counted = builder.select(holds, one, zero);
        holder_count = builder.binary(Binary::Add, holder_count, counted);
        for (sum, value) in sums.iter_mut().zip(&candidate.values) {
            let addend = builder.select(holds, *value, zero);
            *sum = builder.binary(Binary::Add, *sum, addend);
        }
    }
    let values =
        sums.into_iter().map(|sum| lowering.builder.binary(Binary::Divide, sum, holder_count)).collect();
    let present = Missing::of(segmentation).result_present(&mut lowering.builder, answers, true)?;
    Ok(distribution::distribution(&mut lowering.builder, context, labels.names().to_vec(), values, present))
}

/// Returns the number, as `i64`, of the label with the highest combined probability.
fn chosen_label(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    labels: &[Name],
    candidates: &[Candidate],
    combination: Combination,
) -> Value {
    let mut best = None;
    let mut chosen = builder.i64(0);
    for number in distribution::declared_order(builder, context, labels) {
        let of_label = candidates.iter().map(|candidate| (candidate.values[number], candidate));
        let combined = match combination {
            Combination::Maximum => maximum_of(builder, context, of_label),
            Combination::Median => {
                let list: Vec<_> = of_label
                    .map(|(value, candidate)| {
                        (numbers::to_f64(builder, value, context.math()), candidate.contributes)
                    })
                    .collect();
                let list = builder.list(&list);
                builder.call(Function::Median, &[list])
            }
        };
        let this = builder.i64(number as i64);
        let Some(before) = best else {
            (best, chosen) = (Some(combined), this);
            continue;
        };
        let better = builder.binary(Binary::Greater, combined, before);
        best = Some(builder.select(better, combined, before));
        chosen = builder.select(better, this, chosen);
    }
    chosen
}

/// Returns the highest probability among the candidates that contribute.
fn maximum_of<'c>(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    values: impl Iterator<Item = (Value, &'c Candidate)>,
) -> Value {
    let mut maximum = numbers::constant(builder, f64::NEG_INFINITY, context.math());
    for (value, candidate) in values {
        let greater = builder.binary(Binary::Greater, value, maximum);
        let better = builder.and(candidate.contributes, greater);
        maximum = builder.select(better, value, maximum);
    }
    maximum
}

/// Returns the middle two probabilities among the candidates that contribute; for an odd number both are the same.
fn middle_two<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    values: &[Value],
    candidates: &[Candidate],
) -> (Value, Value) {
    let one = lowering.builder.f64(1.0);
    let (mut rising, mut falling, mut ones) = (Vec::new(), Vec::new(), Vec::new());
    for (value, candidate) in values.iter().zip(candidates) {
        let value = numbers::to_f64(&mut lowering.builder, *value, context.math());
        rising.push((value, candidate.contributes));
        falling.push((lowering.builder.unary(Unary::Negate, value), candidate.contributes));
        ones.push((one, candidate.contributes));
    }
    let ones = lowering.builder.list(&ones);
    // A weighted median takes the lower of two, which is the higher one of the negated values.
    let [low, high] = [rising, falling].map(|values| {
        let values = lowering.builder.list(&values);
        lowering.builder.call(Function::WeightedMedian, &[values, ones])
    });
    let high = lowering.builder.unary(Unary::Negate, high);
    let in_math = |lowering: &mut Lowering<'d>, value| match context.math() {
        DataType::Float => lowering.builder.unary(Unary::F64ToF32, value),
        _ => value,
    };
    (in_math(lowering, low), in_math(lowering, high))
}

/// Returns the value with a number that is only known at run time.
fn nth_value(builder: &mut Builder, values: &[Value], number: Value) -> Value {
    let mut found = values[0];
    for (place, value) in values.iter().enumerate().skip(1) {
        let place = builder.i64(place as i64);
        let is_equal = builder.binary(Binary::Equal, number, place);
        found = builder.select(is_equal, *value, found);
    }
    found
}
