//! The strategies for missing values that follow several children at once: `weightedConfidence` and `aggregateNodes`.
//!
//! If the predicate of a child is unknown, evaluation continues in that child and in all children after it whose
//! predicate is not false (those before it are false), and so on below each of them, down to the nodes in which the
//! paths end.
//! - `weightedConfidence`: a node's confidence in a label is the mean of those of the children that are followed,
//!   weighted by their record counts. From the root down, each child gets a share of its parent's weight, and the
//!   tree's confidence is the sum of the last nodes' confidences times their weights. The label with the highest
//!   confidence wins. Probabilities are combined in the same way; a node without confidences contributes its
//!   probabilities.
//! - `aggregateNodes`: the record counts of the last nodes are summed for each label. The label with the highest sum
//!   wins; its share of the total is its probability and its confidence.
//!
//! The standard defines this for labels only. A regression tree predicts the mean of the last nodes' scores under the
//! same weights: the weight from the root, or the node's record count.
//!
//! This is only evaluated if a predicate *is* unknown, so all of it is in a region of its own.

use super::{LabelScore, TreeSource, score};
use crate::document::data_dictionary::DataType;
use crate::document::tree_model::{MissingValueStrategy, NoTrueChildStrategy, Node};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Unary, Value};
use crate::lower::build::guard::Guard;
use crate::lower::build::label::Labels;
use crate::lower::build::numbers;
use crate::lower::build::operand::Operand;
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::Distribution;
use crate::lower::state::Lowering;

/// Maximum number of quantities that one tree combines: labels times last nodes.
const MAX_QUANTITIES: usize = 1 << 20;

/// A node at which a path may end.
struct End<'d> {
    node: &'d Node,
    /// The weight of the paths that end here, an `f64`; zero if none does. Under `aggregateNodes` it is one or zero.
    weight: Value,
}

/// Lowers the prediction of a regression tree: that of several nodes if `spread` is true, else that of a single one.
pub(super) fn spread_number<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    source: &TreeSource<'d>,
    spread: Value,
    single: Operand,
) -> Result<Operand> {
    let then = lowering.builder.open();
    let ends = ends(lowering, context, source)?;
    let zero = lowering.builder.f64(0.0);
    let (mut sum, mut total) = (zero, zero);
    for end in &ends {
        let score = match score::numeric_score(lowering, context, end.node)? {
            Ok(Some(score)) => score,
            Ok(None) => return Err(lacks(source, end.node, "score")),
            Err(reason) => {
                let is_reached = lowering.builder.binary(Binary::NotEqual, end.weight, zero);
                lowering.fail_where(Some(is_reached), reason);
                0.0
            }
        };
        let weight = match source.missing_value_strategy {
            MissingValueStrategy::AggregateNodes => {
                let count = record_count(source, end.node)?;
                scaled(&mut lowering.builder, end.weight, count)
            }
            _ => end.weight,
        };
        let term = scaled(&mut lowering.builder, weight, score);
        sum = lowering.builder.binary(Binary::Add, sum, term);
        total = lowering.builder.binary(Binary::Add, total, weight);
    }
    let mean = lowering.builder.binary(Binary::Divide, sum, total);
    let mean = in_precision(&mut lowering.builder, mean, single.data_type);
    let present = lowering.builder.binary(Binary::Greater, total, zero);
    lowering.builder.close(vec![mean, present]);
    let otherwise = lowering.builder.open();
    let yields = vec![single.value, single.presence(&mut lowering.builder)];
    lowering.builder.close(yields);
    let results = lowering.builder.end_branch(spread, then, otherwise);
    Ok(Operand { value: results[0], present: Some(results[1]), ..single })
}

/// Lowers the distribution of a classification tree: that of several nodes if `spread` is true, else that of a single
/// one.
pub(super) fn spread_labels<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    source: &TreeSource<'d>,
    labels: &mut Labels,
    spread: Value,
    single: Distribution,
) -> Result<Distribution> {
    let then = lowering.builder.open();
    let mut yields = match source.missing_value_strategy {
        MissingValueStrategy::AggregateNodes => aggregated(lowering, context, source, labels)?,
        _ => weighted(lowering, context, source, labels)?,
    };
    let count = labels.len();
    yields.truncate(if single.probabilities.is_empty() { 2 } else { 3 + 2 * count });
    lowering.builder.close(yields);
    let otherwise = lowering.builder.open();
    let present = match single.present {
        Some(present) => present,
        None => lowering.builder.bool(true),
    };
    let mut yields = vec![single.winner, present];
    if let Some(first) = single.probabilities.first() {
        yields.push(first.presence(&mut lowering.builder));
        yields.extend(single.probabilities.iter().chain(&single.confidences).map(|operand| operand.value));
    }
    lowering.builder.close(yields);
    let results = lowering.builder.end_branch(spread, then, otherwise);
    let mut distribution = Distribution { winner: results[0], present: Some(results[1]), ..single };
    let quantities = distribution.probabilities.iter_mut().chain(&mut distribution.confidences);
    for (operand, value) in quantities.zip(results.iter().skip(3)) {
        *operand = Operand { value: *value, present: Some(results[2]), ..*operand };
    }
    Ok(distribution)
}

/// Lowers `weightedConfidence`. Returns the winner, its presence, the presence of the probabilities, the probabilities,
/// and the confidences.
fn weighted<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    source: &TreeSource<'d>,
    labels: &mut Labels,
) -> Result<Vec<Value>> {
    let ends = ends(lowering, context, source)?;
    check_size(source, ends.len(), labels)?;
    let zero = lowering.builder.f64(0.0);
    let mut probabilities = vec![zero; labels.len()];
    let mut confidences = vec![zero; labels.len()];
    for end in &ends {
        let Some(score) = score::label_score(&mut lowering.builder, context, labels, end.node)? else {
            return Err(lacks(source, end.node, "score"));
        };
        let LabelScore { label, probabilities: mut shares, confidences: mut certain } = score;
        if shares.is_empty() {
            shares = vec![(label, 1.0)];
        }
        if certain.is_empty() {
            certain.clone_from(&shares);
        }
        add_scaled(&mut lowering.builder, &mut probabilities, &shares, end.weight);
        add_scaled(&mut lowering.builder, &mut confidences, &certain, end.weight);
    }
    let winner = numbers::largest(&mut lowering.builder, &confidences);
    let (_, present) = total_quantity(&mut lowering.builder, &confidences);
    let mut yields = vec![winner, present, present];
    for quantity in probabilities.into_iter().chain(confidences) {
        yields.push(in_precision(&mut lowering.builder, quantity, context.math()));
    }
    Ok(yields)
}

/// Lowers `aggregateNodes`, and returns the same values.
fn aggregated<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    source: &TreeSource<'d>,
    labels: &mut Labels,
) -> Result<Vec<Value>> {
    let ends = ends(lowering, context, source)?;
    check_size(source, ends.len(), labels)?;
    let zero = lowering.builder.f64(0.0);
    let mut counts = vec![zero; labels.len()];
    for end in &ends {
        let mut own = Vec::with_capacity(end.node.score_distributions.len());
        for entry in &end.node.score_distributions {
            let Some(count) = entry.record_count.filter(|count| !count.is_nan()) else {
                return Err(lacks(source, end.node, "recordCount"));
            };
            own.push((labels.number(&mut lowering.builder, &entry.value), count));
        }
        if own.is_empty() {
            let Some(score) = &end.node.score else { return Err(lacks(source, end.node, "score")) };
            own.push((labels.number(&mut lowering.builder, score), record_count(source, end.node)?));
        }
        add_scaled(&mut lowering.builder, &mut counts, &own, end.weight);
    }
    let winner = numbers::largest(&mut lowering.builder, &counts);
    let (total, present) = total_quantity(&mut lowering.builder, &counts);
    let mut shares = Vec::with_capacity(counts.len());
    for count in counts {
        let share = lowering.builder.binary(Binary::Divide, count, total);
        shares.push(in_precision(&mut lowering.builder, share, context.math()));
    }
    Ok([winner, present, present].into_iter().chain(shares.clone()).chain(shares).collect())
}

/// Lowers the nodes in which paths may end, in document order, with their weights. The root's predicate is known to be
/// true.
fn ends<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    source: &TreeSource<'d>,
) -> Result<Vec<End<'d>>> {
    let is_weighted = source.missing_value_strategy == MissingValueStrategy::WeightedConfidence;
    let nodes = source.tree.nodes();
    let zero = lowering.builder.f64(0.0);
    // Parents come before their children, so every weight is known when it is needed.
    let mut weights = vec![zero; nodes.len()];
    weights[0] = lowering.builder.f64(1.0);
    let mut ends = Vec::new();
    for (index, node) in nodes.iter().enumerate() {
        let weight = weights[index];
        if let Some(model) = &node.embedded_model {
            let message = "a model inside of a `Node` is not supported where several nodes are combined";
            return Err(Error::unsupported(model.position(), model.element(), message));
        }
        if node.first_child.is_none() {
            ends.push(End { node, weight });
            continue;
        }
        // Whether one child is followed alone, whether any is unknown, whether any is followed.
        let [mut alone, mut unsure, mut any] = [lowering.builder.bool(false); 3];
        let mut followed = Vec::new();
        for child in source.children(index) {
            let outcome = lowering.guarded([Guard::NotZero(weight), Guard::Not(alone)], |lowering| {
                lowering.predicate(context.scope, &nodes[child].predicate)
            })?;
            let is_unknown = outcome.unknown(&mut lowering.builder);
            let builder = &mut lowering.builder;
            let not_false = builder.or(outcome.is_true, is_unknown);
            let not_alone = builder.not(alone);
            let follows = builder.and(not_alone, not_false);
            let sure = builder.not(unsure);
            let only = builder.and(outcome.is_true, sure);
            alone = builder.or(alone, only);
            unsure = builder.or(unsure, is_unknown);
            any = builder.or(any, follows);
            followed.push((child, follows));
        }
        if is_weighted {
            let mut total = zero;
            let mut parts = Vec::with_capacity(followed.len());
            for (child, follows) in followed {
                let count = record_count(source, &nodes[child])?;
                let count = lowering.builder.f64(count);
                let part = lowering.builder.select(follows, count, zero);
                total = lowering.builder.binary(Binary::Add, total, part);
                parts.push((child, follows, part));
            }
            for (child, follows, part) in parts {
                let share = lowering.builder.binary(Binary::Divide, part, total);
                let own = lowering.builder.binary(Binary::Multiply, weight, share);
                weights[child] = lowering.builder.select(follows, own, zero);
            }
        } else {
            for (child, follows) in followed {
                weights[child] = lowering.builder.select(follows, weight, zero);
            }
        }
        if source.no_true_child_strategy == NoTrueChildStrategy::ReturnLastPrediction {
            let weight = lowering.builder.select(any, zero, weight);
            ends.push(End { node, weight });
        }
    }
    Ok(ends)
}

/// Adds constants, each times a weight, to the sums of their labels.
fn add_scaled(builder: &mut Builder, sums: &mut [Value], quantities: &[(u32, f64)], weight: Value) {
    for (label, quantity) in quantities {
        if let Some(sum) = sums.get_mut(*label as usize) {
            let term = scaled(builder, weight, *quantity);
            *sum = builder.binary(Binary::Add, *sum, term);
        }
    }
}

fn scaled(builder: &mut Builder, weight: Value, factor: f64) -> Value {
    let factor = builder.f64(factor);
    builder.binary(Binary::Multiply, weight, factor)
}

/// Rounds an `f64` to the model's arithmetic.
fn in_precision(builder: &mut Builder, value: Value, math: DataType) -> Value {
    match math {
        DataType::Float => builder.unary(Unary::F64ToF32, value),
        _ => value,
    }
}

/// Returns the sum of some quantities, and whether it is positive.
fn total_quantity(builder: &mut Builder, quantities: &[Value]) -> (Value, Value) {
    let zero = builder.f64(0.0);
    let total = quantities.iter().fold(zero, |sum, quantity| builder.binary(Binary::Add, sum, *quantity));
    (total, builder.binary(Binary::Greater, total, zero))
}

/// Returns a node's record count. Fails if it is absent or not positive.
fn record_count(source: &TreeSource<'_>, node: &Node) -> Result<f64> {
    node.record_count
        .filter(|count| *count > 0.0 && count.is_finite())
        .ok_or_else(|| lacks(source, node, "recordCount"))
}

/// Returns the error of a node without an attribute that the strategy needs.
fn lacks(source: &TreeSource<'_>, node: &Node, attribute: &str) -> Error {
    let strategy = source.missing_value_strategy;
    let message = format!("a `Node` lacks the `{attribute}` that the missingValueStrategy {strategy} needs");
    Error::invalid(node.position, "Node", message)
}

/// Fails if labels times nodes exceed `MAX_QUANTITIES`.
fn check_size(source: &TreeSource<'_>, ends: usize, labels: &Labels) -> Result<()> {
    if ends.saturating_mul(labels.len()) > MAX_QUANTITIES {
        let strategy = source.missing_value_strategy;
        let message =
            format!("{} labels of {ends} nodes are too many to combine for {strategy}", labels.len());
        Err(Error::Limit { position: source.position, message })
    } else {
        Ok(())
    }
}
