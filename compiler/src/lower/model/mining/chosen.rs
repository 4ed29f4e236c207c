//! Aggregates of labels that hand on the probabilities of chosen segments: `max` and `median`.
//!
//! Both combine the probabilities of each label over the segments; the label with the highest combined probability is
//! the chosen one, of several the one that the DataDictionary lists first. The ensemble's probabilities are then, as
//! the standard says, the average of those of the segments "that have contributed the chosen probability": that give
//! the chosen label its maximum, or its median (of an even number of segments either of the middle two). So they add up
//! to 1. The label with the highest of them is the ensemble's answer.

use super::Missing;
use super::segment::Answer;
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::mining_model::Segmentation;
use crate::error::Result;
use crate::ir::{Binary, Function, Unary, Value};
use crate::lower::Lowering;
use crate::lower::model::tree::Labels;
use crate::lower::model::{Distribution, ModelContext};

/// How the probabilities of a label combine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Combination {
    Maximum,
    Median,
}

/// The probabilities that one segment gives to the ensemble's labels.
struct Candidate {
    values: Vec<Value>,
    /// A bool: whether the segment applies and has an answer.
    contributes: Value,
}

impl<'d> Lowering<'d> {
    /// Aggregates labels by the segments that are chosen.
    pub(super) fn chosen_labels(
        &mut self,
        context: &ModelContext<'d>,
        segmentation: &Segmentation,
        answers: &[Answer<'d>],
        numbers: &[Vec<usize>],
        labels: Labels,
        combination: Combination,
    ) -> Result<Distribution> {
        let count = labels.len();
        self.combine_shares(context, count.saturating_mul(answers.len()))?;
        let zero = self.number_constant(0.0, context.math());
        let mut candidates = Vec::with_capacity(answers.len());
        for (answer, numbers) in answers.iter().zip(numbers) {
            let values = self.probabilities_of(context, segmentation, answer, numbers, count)?;
            let applies = answer.applies(&mut self.builder);
            let present = answer.value_presence(&mut self.builder);
            let contributes = self.builder.and(applies, present);
            let values = values.into_iter().map(|value| value.unwrap_or(zero)).collect();
            candidates.push(Candidate { values, contributes });
        }
        let chosen = self.chosen_label(context, labels.names(), &candidates, combination);
        let own: Vec<Value> =
            candidates.iter().map(|candidate| self.nth_value(&candidate.values, chosen)).collect();
        let (low, high) = match combination {
            Combination::Maximum => {
                let maximum = self.maximum_of(context, own.iter().copied().zip(&candidates));
                (maximum, maximum)
            }
            Combination::Median => self.middle_two(context, &own, &candidates),
        };
        let one = self.number_constant(1.0, context.math());
        let mut holders = zero;
        let mut sums = vec![zero; count];
        for (own, candidate) in own.into_iter().zip(&candidates) {
            let builder = &mut self.builder;
            let is_low = builder.binary(Binary::Equal, own, low);
            let is_high = builder.binary(Binary::Equal, own, high);
            let holds = builder.or(is_low, is_high);
            let holds = builder.and(candidate.contributes, holds);
            let counted = builder.select(holds, one, zero);
            holders = builder.binary(Binary::Add, holders, counted);
            for (sum, value) in sums.iter_mut().zip(&candidate.values) {
                let addend = builder.select(holds, *value, zero);
                *sum = builder.binary(Binary::Add, *sum, addend);
            }
        }
        let values = sums.into_iter().map(|sum| self.builder.binary(Binary::Divide, sum, holders)).collect();
        let present = Missing::of(segmentation).result_present(self, answers, true)?;
        Ok(self.distribution(context, labels.names().to_vec(), values, present))
    }

    /// The number, as `i64`, of the label with the highest combined probability.
    fn chosen_label(
        &mut self,
        context: &ModelContext<'d>,
        labels: &[Name],
        candidates: &[Candidate],
        combination: Combination,
    ) -> Value {
        let mut best = None;
        let mut chosen = self.builder.i64(0);
        for number in self.declared_order(context, labels) {
            let of_label = candidates.iter().map(|candidate| (candidate.values[number], candidate));
            let combined = match combination {
                Combination::Maximum => self.maximum_of(context, of_label),
                Combination::Median => {
                    let list: Vec<_> = of_label
                        .map(|(value, candidate)| (self.to_f64(value, context.math()), candidate.contributes))
                        .collect();
                    let list = self.builder.list(&list);
                    self.builder.call(Function::Median, &[list])
                }
            };
            let builder = &mut self.builder;
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

    /// The highest of some probabilities of candidates that contribute.
    fn maximum_of<'c>(
        &mut self,
        context: &ModelContext<'d>,
        values: impl Iterator<Item = (Value, &'c Candidate)>,
    ) -> Value {
        let mut maximum = self.number_constant(f64::NEG_INFINITY, context.math());
        for (value, candidate) in values {
            let builder = &mut self.builder;
            let greater = builder.binary(Binary::Greater, value, maximum);
            let better = builder.and(candidate.contributes, greater);
            maximum = builder.select(better, value, maximum);
        }
        maximum
    }

    /// The middle two of some probabilities of candidates that contribute: of an odd number the same one twice.
    fn middle_two(
        &mut self,
        context: &ModelContext<'d>,
        values: &[Value],
        candidates: &[Candidate],
    ) -> (Value, Value) {
        let one = self.builder.f64(1.0);
        let (mut rising, mut falling, mut ones) = (Vec::new(), Vec::new(), Vec::new());
        for (value, candidate) in values.iter().zip(candidates) {
            let value = self.to_f64(*value, context.math());
            rising.push((value, candidate.contributes));
            falling.push((self.builder.unary(Unary::Negate, value), candidate.contributes));
            ones.push((one, candidate.contributes));
        }
        let ones = self.builder.list(&ones);
        // A weighted median takes the lower of two: of the negated values that is the higher one.
        let [low, high] = [rising, falling].map(|values| {
            let values = self.builder.list(&values);
            self.builder.call(Function::WeightedMedian, &[values, ones])
        });
        let high = self.builder.unary(Unary::Negate, high);
        let in_math = |lowering: &mut Self, value| match context.math() {
            DataType::Float => lowering.builder.unary(Unary::F64ToF32, value),
            _ => value,
        };
        (in_math(self, low), in_math(self, high))
    }

    /// The value of a number that is known as the model runs.
    fn nth_value(&mut self, values: &[Value], number: Value) -> Value {
        let mut found = values[0];
        for (place, value) in values.iter().enumerate().skip(1) {
            let place = self.builder.i64(place as i64);
            let is_it = self.builder.binary(Binary::Equal, number, place);
            found = self.builder.select(is_it, *value, found);
        }
        found
    }
}
