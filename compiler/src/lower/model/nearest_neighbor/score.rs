//! Combines the neighbors' values of a target, by an average or a vote.
//!
//! Sums run over the neighbors, nearest first. A neighbor's weight, if the method has weights, is 1 ÷ (distance +
//! threshold). In single precision numbers, thresholds and all intermediate results are rounded to `f32`. As the
//! standard says, ties of votes go to the category of more training instances, then to the one with the smaller value.

use super::instances::Instances;
use super::{ModelContext, Neighbors, Prediction};
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::nearest_neighbor_model::{
    CategoricalScoringMethod, ContinuousScoringMethod, NearestNeighborModel,
};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, Function, TableData, Type, Value};
use crate::lower::build::literal;
use crate::lower::build::operand::{Operand, both, is_numeric, type_of};
use crate::lower::model::classification;
use crate::lower::model::comparison::scalar;
use crate::lower::model::prediction::Distribution;
use crate::lower::state::Lowering;
use std::cmp::Ordering;
use std::collections::HashMap;

/// A neighbor's part in a prediction.
struct Part {
    /// Its value of the target: a number, or the number of a category.
    value: Value,
    /// Its weight.
    weight: Value,
    /// Whether it has a value; `None`: always.
    present: Option<Value>,
}

/// A category that may win a vote.
struct Candidate {
    /// Its number.
    number: Value,
    /// Its place in the order that breaks ties.
    order: Value,
    /// Whether it is a candidate; `None`: always.
    present: Option<Value>,
}

/// Maximum number of votes for a target: candidates times neighbors.
const MAX_VOTES: usize = 65_536;

/// Lowers the average or median of the neighbors' numbers.
pub(super) fn average_of_neighbors(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    model: &NearestNeighborModel,
    instances: &Instances<'_>,
    column: &Name,
    neighbors: &Neighbors,
    is_similarity: bool,
) -> Result<Prediction> {
    let data_type = context.label_type();
    if !is_numeric(data_type) {
        let name = context.target.map_or("", |target| target.name.as_str());
        let message =
            format!("the target `{name}` has the type {data_type}, but only numbers can be averaged");
        return Err(Error::invalid(context.position, context.element, message));
    }
    let values = target_values(builder, data_type, instances, column)?;
    let numbers = values.iter().map(|value| match value {
        Some(Constant::I64(number)) => Constant::F64(*number as f64),
        Some(Constant::F32(number)) => Constant::F64(f64::from(*number)),
        Some(constant) => *constant,
        None => Constant::F64(0.0),
    });
    let precision = type_of(context.math());
    let numbers = numbers.map(|number| match (precision, number) {
        (Type::F32, Constant::F64(number)) => Constant::F32(number as f32),
        (_, number) => number,
    });
    let numbers = TableData::new(precision, numbers);
    let is_weighted = model.continuous_scoring_method == ContinuousScoringMethod::WeightedAverage;
    let weights = is_weighted.then_some((model.threshold, is_similarity));
    let parts = parts(builder, context, numbers, &values, neighbors, weights)?;
    let value = match model.continuous_scoring_method {
        ContinuousScoringMethod::Median => {
            let items: Vec<(Value, Value)> = parts
                .iter()
                .map(|part| {
                    let value = scalar::widened(builder, precision, part.value);
                    (value, part.present.unwrap_or_else(|| builder.bool(true)))
                })
                .collect();
            let list = builder.list(&items);
            let median = builder.call(Function::Median, &[list]);
            scalar::rounded(builder, precision, median)
        }
        ContinuousScoringMethod::Average | ContinuousScoringMethod::WeightedAverage => {
            let products: Vec<Part> = parts
                .iter()
                .map(|part| {
                    let value = if is_weighted {
                        builder.binary(Binary::Multiply, part.weight, part.value)
                    } else {
                        part.value
                    };
                    Part { value, ..*part }
                })
                .collect();
            let sum = sum_of(builder, precision, products.iter().map(|part| (part.value, part.present)));
            let weights = sum_of(builder, precision, parts.iter().map(|part| (part.weight, part.present)));
            builder.binary(Binary::Divide, sum, weights)
        }
    };
    let any = any_takes_part(builder, &parts);
    let present = both(builder, neighbors.present, any);
    // A sum of very large weights is infinite, which makes the value NaN.
    let is_number = is_weighted.then(|| builder.binary(Binary::Equal, value, value));
    let present = both(builder, present, is_number);
    let operand = Operand { value, present, data_type: context.math(), is_list: false };
    Ok(Prediction::number(context.target.map(|target| target.name.clone()), operand))
}

/// Lowers a vote among the neighbors' categories.
pub(super) fn vote_of_neighbors<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d NearestNeighborModel,
    instances: &Instances<'d>,
    column: &Name,
    neighbors: &Neighbors,
    is_similarity: bool,
) -> Result<Prediction> {
    let values = target_values(&mut lowering.builder, context.label_type(), instances, column)?;
    let mut categories = Categories::default();
    let mut place = 0;
    let mut numbers = Vec::with_capacity(values.len());
    for (value, row) in values.iter().zip(instances.rows) {
        let label = row.get_near(column, &mut place);
        numbers.push(match (value, label) {
            (Some(value), Some(label)) => categories.number(*value, label),
            _ => 0,
        });
    }
    if categories.labels.is_empty() {
        let message = format!("no instance has a value of the target `{column}`");
        return Err(Error::invalid(context.position, context.element, message));
    }
    let order = categories.order(&lowering.builder);
    let numbers = TableData::new(Type::I64, numbers.into_iter().map(Constant::I64));
    let is_weighted = model.categorical_scoring_method == CategoricalScoringMethod::WeightedMajorityVote;
    let weights = is_weighted.then_some((model.threshold, is_similarity));
    let parts = parts(&mut lowering.builder, context, numbers, &values, neighbors, weights)?;
    // The candidates are all categories or, if the neighbors are fewer, the categories of the neighbors.
    let count = order.len().min(parts.len());
    if count.saturating_mul(parts.len()) > MAX_VOTES {
        let message = format!("more than {MAX_VOTES} votes are counted for a target, which is the limit");
        return Err(Error::Limit { position: context.position, message });
    }
    let candidates: Vec<Candidate> = if order.len() == count {
        (0..).zip(order).map(|(number, order)| category(&mut lowering.builder, number, order)).collect()
    } else {
        let order = lowering.builder.table(TableData::new(Type::I64, order.into_iter().map(Constant::I64)));
        let candidate = |part: &Part| Candidate {
            number: part.value,
            order: lowering.builder.lookup_in(order, part.value),
            present: part.present,
        };
        parts.iter().map(candidate).collect()
    };
    let math = context.math();
    let winner = winner(&mut lowering.builder, type_of(math), &candidates, &parts);
    let any = any_takes_part(&mut lowering.builder, &parts);
    let present = both(&mut lowering.builder, neighbors.present, any);
    let probabilities =
        shares_of_votes(&mut lowering.builder, math, categories.labels.len(), &parts, present);
    let (labels, confidences) = (categories.labels, Vec::new());
    let distribution = Distribution { labels, winner, present, probabilities, confidences };
    classification::classification(lowering, context, distribution, None)
}

/// Returns the probability of each category: its share of the votes. Returns no probabilities if categories times
/// neighbors exceed `MAX_VOTES`.
fn shares_of_votes(
    builder: &mut Builder,
    math: DataType,
    categories: usize,
    parts: &[Part],
    present: Option<Value>,
) -> Vec<Operand> {
    if categories.saturating_mul(parts.len()) > MAX_VOTES {
        return Vec::new();
    }
    let precision = type_of(math);
    let all = sum_of(builder, precision, parts.iter().map(|part| (part.weight, part.present)));
    let mut shares = Vec::with_capacity(categories);
    for number in 0..categories as i64 {
        let number = builder.i64(number);
        let votes = votes_for(builder, precision, number, parts);
        let value = builder.binary(Binary::Divide, votes, all);
        shares.push(Operand { value, present, data_type: math, is_list: false });
    }
    shares
}

/// Returns the total weight of the neighbors that have a category.
fn votes_for(builder: &mut Builder, precision: Type, category: Value, parts: &[Part]) -> Value {
    let mut votes = Vec::with_capacity(parts.len());
    for part in parts {
        let is_same = builder.binary(Binary::Equal, part.value, category);
        votes.push((part.weight, both(builder, part.present, Some(is_same))));
    }
    sum_of(builder, precision, votes.into_iter())
}

/// Returns a category that is always a candidate.
fn category(builder: &mut Builder, number: i64, order: i64) -> Candidate {
    Candidate { number: builder.i64(number), order: builder.i64(order), present: None }
}

/// Returns the number of the category with the most votes.
fn winner(builder: &mut Builder, precision: Type, candidates: &[Candidate], parts: &[Part]) -> Value {
    let mut winner = builder.i64(0);
    let mut most = scalar::number(builder, precision, f64::NEG_INFINITY);
    let mut first = winner;
    for candidate in candidates {
        let votes = votes_for(builder, precision, candidate.number, parts);
        let more = builder.binary(Binary::Greater, votes, most);
        let as_many = builder.binary(Binary::Equal, votes, most);
        let before = builder.binary(Binary::Less, candidate.order, first);
        let before = builder.and(as_many, before);
        let mut is_better = builder.or(more, before);
        if let Some(present) = candidate.present {
            is_better = builder.and(present, is_better);
        }
        winner = builder.select(is_better, candidate.number, winner);
        most = builder.select(is_better, votes, most);
        first = builder.select(is_better, candidate.order, first);
    }
    winner
}

/// Returns the instances' values of a target. Fails if one is not of the target's type, or is NaN.
fn target_values(
    builder: &mut Builder,
    data_type: DataType,
    instances: &Instances<'_>,
    column: &Name,
) -> Result<Vec<Option<Constant>>> {
    let mut place = 0;
    let mut values = Vec::with_capacity(instances.rows.len());
    for row in instances.rows {
        values.push(match row.get_near(column, &mut place) {
            Some(text) => {
                let value = literal::optional_constant(builder, data_type, text, row.position, "row")?;
                if value.is_some_and(Constant::is_nan) {
                    let message = format!("the target `{column}` of an instance is NaN");
                    return Err(Error::invalid(row.position, "row", message));
                }
                value
            }
            None => None,
        });
    }
    Ok(values)
}

/// Returns the contributions of the neighbors to a prediction. `weighted` holds the threshold, and whether affinities
/// are similarities, which cannot be weights.
fn parts(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    table: TableData,
    values: &[Option<Constant>],
    neighbors: &Neighbors,
    weighted: Option<(f64, bool)>,
) -> Result<Vec<Part>> {
    if let Some((_, true)) = weighted {
        let message =
            "`NearestNeighborModel` weighs neighbors by similarities; only distances can be weights";
        return Err(Error::unsupported(context.position, context.element, message));
    }
    if let Some((threshold, _)) = weighted
        && (threshold < 0.0 || threshold.is_nan())
    {
        let message = format!("`NearestNeighborModel` has the threshold {threshold}, which is negative");
        return Err(Error::invalid(context.position, context.element, message));
    }
    let table = builder.table(table);
    let has_gaps = values.iter().any(Option::is_none);
    let presence = TableData::new(Type::Bool, values.iter().map(|value| Constant::Bool(value.is_some())));
    let presence = has_gaps.then(|| builder.table(presence));
    let precision = type_of(context.math());
    let one = scalar::number(builder, precision, 1.0);
    let part = |(number, distance): &(Value, Value)| {
        let weight = match weighted {
            Some((threshold, _)) => {
                let threshold = scalar::number(builder, precision, threshold);
                let distance = scalar::rounded(builder, precision, *distance);
                let divisor = builder.binary(Binary::Add, distance, threshold);
                builder.binary(Binary::Divide, one, divisor)
            }
            None => one,
        };
        let present = presence.map(|presence| builder.lookup_in(presence, *number));
        Part { value: builder.lookup_in(table, *number), weight, present }
    };
    let parts: Vec<Part> = neighbors.all.iter().take(neighbors.count).map(part).collect();
    let is_zero = |threshold: f64| match precision {
        Type::F32 => threshold as f32 == 0.0,
        _ => threshold == 0.0,
    };
    Ok(match weighted {
        Some((threshold, _)) if is_zero(threshold) => finite_weights(builder, precision, parts),
        _ => parts,
    })
}

/// Makes weights without a threshold finite: instances at the distance 0 are infinitely heavier than all others, so
/// they have the weight 1, the others 0.
fn finite_weights(builder: &mut Builder, precision: Type, parts: Vec<Part>) -> Vec<Part> {
    let infinity = scalar::number(builder, precision, f64::INFINITY);
    let (zero, one) = (builder.zero(precision), scalar::number(builder, precision, 1.0));
    let mut any_is_infinite = builder.bool(false);
    let mut are_infinite = Vec::with_capacity(parts.len());
    for part in &parts {
        let is_infinite = builder.binary(Binary::Equal, part.weight, infinity);
        are_infinite.push(is_infinite);
        let takes_part = both(builder, Some(is_infinite), part.present).unwrap_or(is_infinite);
        any_is_infinite = builder.or(any_is_infinite, takes_part);
    }
    let finite = |(part, is_infinite): (Part, Value)| {
        let of_infinite = builder.select(is_infinite, one, zero);
        let weight = builder.select(any_is_infinite, of_infinite, part.weight);
        Part { weight, ..part }
    };
    parts.into_iter().zip(are_infinite).map(finite).collect()
}

/// Returns the sum of those numbers that are present.
fn sum_of(
    builder: &mut Builder,
    precision: Type,
    numbers: impl Iterator<Item = (Value, Option<Value>)>,
) -> Value {
    let mut sum = builder.zero(precision);
    for (number, present) in numbers {
        let next = builder.binary(Binary::Add, sum, number);
        sum = match present {
            Some(present) => builder.select(present, next, sum),
            None => next,
        };
    }
    sum
}

/// Returns whether any neighbor has a value; `None`: always.
fn any_takes_part(builder: &mut Builder, parts: &[Part]) -> Option<Value> {
    let mut any = None;
    for part in parts {
        let present = part.present?;
        any = Some(match any {
            Some(any) => builder.or(any, present),
            None => present,
        });
    }
    any
}

/// The categories of a target.
#[derive(Default)]
struct Categories {
    /// Their labels, as first written in the document.
    labels: Vec<Name>,
    values: Vec<Constant>,
    /// The number of instances of each.
    counts: Vec<u64>,
    numbers: HashMap<Constant, usize>,
}

impl Categories {
    /// Counts an instance of a category and returns the category's number.
    fn number(&mut self, value: Constant, label: &Name) -> i64 {
        let next = self.labels.len();
        let number = *self.numbers.entry(value).or_insert(next);
        if number == next {
            self.labels.push(label.clone());
            self.values.push(value);
            self.counts.push(0);
        }
        self.counts[number] += 1;
        number as i64
    }

    /// Returns the place of each category in the order that breaks ties.
    fn order(&self, builder: &Builder) -> Vec<i64> {
        let dictionary = &builder.program().dictionary;
        let smaller = |left: Constant, right: Constant| match (left, right) {
            (Constant::String(left), Constant::String(right)) => {
                dictionary.get(left).cmp(&dictionary.get(right))
            }
            (Constant::I64(left), Constant::I64(right)) => left.cmp(&right),
            (Constant::F64(left), Constant::F64(right)) => left.total_cmp(&right),
            (Constant::F32(left), Constant::F32(right)) => left.total_cmp(&right),
            (Constant::Bool(left), Constant::Bool(right)) => left.cmp(&right),
            _ => Ordering::Equal,
        };
        let mut sorted: Vec<usize> = (0..self.labels.len()).collect();
        sorted.sort_by(|left, right| {
            let by_count = self.counts[*right].cmp(&self.counts[*left]);
            by_count.then_with(|| smaller(self.values[*left], self.values[*right]))
        });
        let mut order = vec![0; sorted.len()];
        for (place, category) in sorted.into_iter().enumerate() {
            order[category] = place as i64;
        }
        order
    }
}
