//! Distributions of ensembles: the labels of all segments in one order, and the probabilities that segments assign to
//! them.

use super::number;
use super::segment::EvaluatedSegment;
use crate::document::Name;
use crate::document::mining_model::Segmentation;
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, TableData, Type, Value};
use crate::lower::build::label;
use crate::lower::build::operand::Operand;
use crate::lower::convert;
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::Distribution;
use crate::lower::state::Lowering;

/// Returns the probabilities that a segment assigns to the ensemble's labels, in the model's arithmetic; `None` stands
/// for zero. Fails if the segment has no probabilities.
pub(super) fn probabilities_of<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &Segmentation,
    answer: &EvaluatedSegment<'d>,
    numbers: &[usize],
    count: usize,
) -> Result<Vec<Option<Value>>> {
    let mut values = vec![None; count];
    let Some(distribution) = &answer.result.predictions[0].distribution else { return Ok(values) };
    if distribution.probabilities.is_empty() {
        let message = format!(
            "the method {} combines probabilities, but the segment `{}` has none",
            segmentation.multiple_model_method, answer.id
        );
        return Err(Error::invalid(segmentation.position, "Segmentation", message));
    }
    for (number, probability) in numbers.iter().zip(&distribution.probabilities) {
        let cast =
            convert::cast(lowering, *probability, context.math(), segmentation.position, "Segmentation")?;
        values[*number] = Some(cast.value);
    }
    Ok(values)
}

/// Returns the numbers of labels in the order of the target's declaration, then those that it does not declare.
pub(super) fn declared_order(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    labels: &[Name],
) -> Vec<usize> {
    let mut order = Vec::with_capacity(labels.len());
    for value in context.target.iter().flat_map(|target| &target.values) {
        if let Some(number) = label::label_number(builder, labels, &value.value, context.label_type())
            && !order.contains(&number)
        {
            order.push(number);
        }
    }
    let rest: Vec<usize> = (0..labels.len()).filter(|number| !order.contains(number)).collect();
    order.extend(rest);
    order
}

/// Builds a distribution of probabilities; the first of the highest wins.
pub(crate) fn distribution(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    labels: Vec<Name>,
    values: Vec<Value>,
    present: Value,
) -> Distribution {
    let winner = first_highest(builder, &values);
    let present = number::unless_constant(builder, present);
    let probabilities = values
        .into_iter()
        .map(|value| Operand { value, present, data_type: context.math(), is_list: false })
        .collect();
    Distribution { labels, winner, present, probabilities, confidences: Vec::new() }
}

/// Returns the number, as `i64`, of the first of the highest values.
pub(crate) fn first_highest(builder: &mut Builder, values: &[Value]) -> Value {
    let mut winner = builder.i64(0);
    let Some((first, others)) = values.split_first() else { return winner };
    let mut best = *first;
    for (number, value) in others.iter().enumerate() {
        let better = builder.binary(Binary::Greater, *value, best);
        let this = builder.i64(number as i64 + 1);
        winner = builder.select(better, this, winner);
        best = builder.select(better, *value, best);
    }
    winner
}

/// Converts the winner of a distribution to its number in another list of labels.
pub(crate) fn renumber(builder: &mut Builder, winner: Value, numbers: &[usize]) -> Value {
    if numbers.iter().copied().eq(0..numbers.len()) {
        return winner;
    }
    let table = TableData::new(Type::I64, numbers.iter().map(|number| Constant::I64(*number as i64)));
    builder.lookup(table, winner)
}

/// Returns the sum of all votes: the sum of the labels' sums, in order.
pub(crate) fn total_of_votes(builder: &mut Builder, sums: &[Value]) -> Value {
    let mut all = builder.f64(0.0);
    for sum in sums {
        all = builder.binary(Binary::Add, all, *sum);
    }
    all
}
