//! The prediction of a node: a number, or a label with its distribution.

use crate::document::data_dictionary::DataType;
use crate::document::odd_number;
use crate::document::tree_model::{Node, ScoreDistribution};
use crate::error::{Error, Result};
use crate::ir::Builder;
use crate::lower::build::label::Labels;
use crate::lower::convert::rounded;
use crate::lower::model::context::ModelContext;
use crate::lower::state::Lowering;
use pmml_runtime::number;

/// The prediction of a node in a classification. Labels that its distribution omits have the probability zero.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelScore {
    /// The number of the label that it predicts.
    pub label: u32,
    /// The probability of each label of its distribution, in document order; empty if there are none. In single
    /// precision they are rounded to `f32`, stored as `f64`.
    pub probabilities: Vec<(u32, f64)>,
    /// The confidence in each label of its distribution that has one.
    pub confidences: Vec<(u32, f64)>,
}

/// Returns the number that a node predicts, in the model's precision, or `None` if it has no score. If the score is not
/// a number, adds a warning and returns the reason for which rows that reach the node fail.
pub fn numeric_score<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    node: &Node,
) -> Result<Result<Option<f64>, String>> {
    let Some(score) = &node.score else { return Ok(Ok(None)) };
    let number = match context.math() {
        DataType::Float => number::parse_f32(score).map(f64::from),
        _ => number::parse_f64(score),
    };
    let Some(number) = number else {
        let warning = format!("the score `{score}` of a `Node` is not a number: rows that reach it fail");
        lowering.warn(node.position, "Node", warning);
        return Ok(Err(format!("Node at {} has the score `{score}`, which is not a number", node.position)));
    };
    if number.is_nan() {
        let message = format!("the score `{score}` of a `Node` is not a number");
        return Err(Error::invalid(node.position, "Node", message));
    }
    if let Some(oddity) = odd_number(score, number) {
        lowering.builder.remark(oddity);
    }
    Ok(Ok(Some(number)))
}

/// Returns the label that a node predicts, with its distribution, or `None` if it predicts none. A node without a score
/// predicts the most probable label of its distribution; on a tie, the first.
pub fn label_score(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    labels: &mut Labels,
    node: &Node,
) -> Result<Option<LabelScore>> {
    let distribution = &node.score_distributions;
    let numbers: Vec<u32> = distribution.iter().map(|entry| labels.number(builder, &entry.value)).collect();
    let shares = shares(distribution, context.math())?;
    let probabilities: Vec<(u32, f64)> = numbers.iter().copied().zip(shares).collect();
    let label = match &node.score {
        Some(score) => Some(labels.number(builder, score)),
        None => most_probable(&probabilities),
    };
    let confidences = numbers.iter().zip(distribution).filter_map(|(number, entry)| {
        entry.confidence.map(|confidence| (*number, rounded(confidence, context.math())))
    });
    let confidences = confidences.collect();
    Ok(label.map(|label| LabelScore { label, probabilities, confidences }))
}

/// Returns the label with the largest probability; on a tie, the first.
fn most_probable(probabilities: &[(u32, f64)]) -> Option<u32> {
    let mut best: Option<(u32, f64)> = None;
    for (label, probability) in probabilities {
        if best.is_none_or(|(_, largest)| *probability > largest) {
            best = Some((*label, *probability));
        }
    }
    best.map(|(label, _)| label)
}

/// Returns the probabilities of a distribution: as written, or the record counts divided by their sum. Returns no
/// probabilities if there are neither, or if the sum cannot be divided by.
pub fn shares(distribution: &[ScoreDistribution], math: DataType) -> Result<Vec<f64>> {
    let all = |quantity: fn(&ScoreDistribution) -> Option<f64>| -> Option<Vec<f64>> {
        distribution.iter().map(quantity).collect()
    };
    let quantities = match all(|entry| entry.probability) {
        Some(probabilities) => Some(probabilities),
        None => {
            if let Some(entry) = distribution.iter().find(|entry| entry.probability.is_some()) {
                let message = "some `ScoreDistribution`s have a probability and others beside them have none";
                return Err(Error::invalid(entry.position, "ScoreDistribution", message));
            }
            let is_nan = |entry: &&ScoreDistribution| entry.record_count.is_some_and(f64::is_nan);
            if let Some(entry) = distribution.iter().find(is_nan) {
                let message = "probabilities are shares of record counts, of which this one is NaN";
                return Err(Error::invalid(entry.position, "ScoreDistribution", message));
            }
            all(|entry| entry.record_count)
        }
    };
    let quantities: Vec<f64> =
        quantities.into_iter().flatten().map(|quantity| rounded(quantity, math)).collect();
    let sum = quantities.iter().fold(0.0, |sum, quantity| rounded(sum + quantity, math));
    // An operation on `f32`s gives the same result if it is computed in `f64` and rounded once.
    if sum > 0.0 && sum.is_finite() {
        Ok(quantities.into_iter().map(|quantity| rounded(quantity / sum, math)).collect())
    } else {
        Ok(Vec::new())
    }
}
