//! `TreeModel`: decision trees.
//!
//! [`graph`] builds a forest from the nodes of a tree, for a single tree or for all trees of an ensemble. [`condition`]
//! splits the predicates, [`penalty`] counts the penalties for missing values if they matter, and [`score`] reads what
//! a node predicts. Here, a single tree becomes a forest that returns the number of a leaf, and tables of the leaves'
//! contents: score, probabilities, confidences, node id. Nodes may have models inside of them ([`embedded`]).
//! [`spread`] has the two strategies for missing values that follow several children at once.

mod condition;
pub mod embedded;
mod graph;
mod penalty;
pub mod score;
mod spread;
#[cfg(test)]
mod tests;

pub use graph::{Ending, ForestBuilder, Outcome};
pub use score::{LabelScore, shares};

use super::classification;
use super::context::ModelContext;
use super::prediction::{Distribution, Prediction};
use crate::document::data_dictionary::DataType;
use crate::document::model::MiningFunction;
use crate::document::tree_model::{DecisionTree, MissingValueStrategy, NoTrueChildStrategy, Tree, TreeModel};
use crate::error::{Error, Position, Result};
use crate::ir::{Binary, Builder, Constant, Reduction, TableData, Type, Value};
use crate::lower::build::label::Labels;
use crate::lower::build::operand::{Operand, type_of};
use crate::lower::convert::rounded;
use crate::lower::state::Lowering;

/// Maximum number of elements in the tables of one tree: labels times leaves.
const MAX_ELEMENTS: usize = 1 << 24;

/// What `TreeModel` and `DecisionTree` have in common.
#[derive(Clone, Copy, Debug)]
pub struct TreeSource<'d> {
    /// The element's position.
    pub position: Position,
    /// The element's name.
    pub element: &'static str,
    /// The nodes.
    pub tree: &'d Tree,
    /// What happens if a predicate is unknown.
    pub missing_value_strategy: MissingValueStrategy,
    /// What happens if no child's predicate is true.
    pub no_true_child_strategy: NoTrueChildStrategy,
    /// The factor for the confidence for each penalty.
    pub missing_value_penalty: f64,
    /// Whether endings are distinguished by the number of penalties on the way.
    pub counts_penalties: bool,
}

impl<'d> From<&'d TreeModel> for TreeSource<'d> {
    fn from(model: &'d TreeModel) -> Self {
        Self {
            position: model.position,
            element: "TreeModel",
            tree: &model.tree,
            missing_value_strategy: model.missing_value_strategy,
            no_true_child_strategy: model.no_true_child_strategy,
            missing_value_penalty: model.missing_value_penalty,
            counts_penalties: false,
        }
    }
}

impl<'d> From<&'d DecisionTree> for TreeSource<'d> {
    fn from(model: &'d DecisionTree) -> Self {
        Self {
            position: model.position,
            element: "DecisionTree",
            tree: &model.tree,
            missing_value_strategy: model.missing_value_strategy,
            no_true_child_strategy: model.no_true_child_strategy,
            missing_value_penalty: model.missing_value_penalty,
            counts_penalties: false,
        }
    }
}

impl TreeSource<'_> {
    /// Returns the children of a node, in document order.
    pub fn children(&self, node: usize) -> impl Iterator<Item = usize> + '_ {
        let nodes = self.tree.nodes();
        let first = nodes.get(node).and_then(|node| node.first_child);
        std::iter::successors(first, |child| self.tree[*child].next_sibling).map(|child| child.index())
    }

    /// Returns whether the tree always predicts the score of a single node, so that it can be one of the trees of a
    /// forest.
    pub fn is_plain(&self) -> bool {
        !matches!(
            self.missing_value_strategy,
            MissingValueStrategy::WeightedConfidence | MissingValueStrategy::AggregateNodes
        ) && self.tree.nodes().iter().all(|node| node.embedded_model.is_none())
    }
}

/// The evaluated tree, by the number of the leaf.
struct Evaluated {
    /// The number of the leaf, as `i64`; negative if the prediction is missing.
    number: Value,
    /// A bool: whether there is a prediction, by a node or a spread. `None`: always.
    present: Option<Value>,
    /// The endings, by number.
    endings: Vec<Ending>,
    /// A bool: whether the evaluation ends in a spread. `None`: never.
    spread: Option<Value>,
}

/// Lowers a `TreeModel`.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d TreeModel,
) -> Result<Prediction> {
    tree(lowering, context, TreeSource::from(model))
}

/// Lowers a tree.
pub fn tree<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    source: TreeSource<'d>,
) -> Result<Prediction> {
    match context.common.function_name {
        MiningFunction::Classification => classification_tree(lowering, context, source),
        MiningFunction::Regression => regression_tree(lowering, context, &source),
        other => {
            let message = format!("a tree cannot have the function `{other}`");
            Err(Error::unsupported(source.position, source.element, message))
        }
    }
}

/// Lowers a tree that predicts a number: the score of a node, the prediction of a model inside of it, or a mean.
fn regression_tree<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    source: &TreeSource<'d>,
) -> Result<Prediction> {
    let math = context.math();
    let mut scores = Vec::new();
    let evaluated = evaluate(lowering, context, source, |lowering, ending| {
        let score = match ending {
            Ending::Node { node, .. } => {
                let node = &source.tree.nodes()[node];
                let score = match score::numeric_score(lowering, context, node)? {
                    Ok(score) => score,
                    Err(reason) => return Ok(Outcome::Fault(reason)),
                };
                // A node with a model needs no score.
                score.or(node.embedded_model.is_some().then_some(0.0))
            }
            Ending::Spread => Some(0.0),
        };
        scores.extend(score);
        Ok(score.map_or(Outcome::Missing, |_| Outcome::Result(0)))
    })?;
    let constants = scores.into_iter().map(|score| constant(score, math));
    let table = TableData::new(type_of(math), constants);
    let value = lowering.builder.lookup(table, evaluated.number);
    let mut value = Operand { value, present: evaluated.present, data_type: math, is_list: false };
    if source.tree.nodes().iter().any(|node| node.embedded_model.is_some()) {
        value = embedded::embedded_numbers(lowering, context, source, &evaluated, value)?;
    }
    if let Some(spread) = evaluated.spread {
        value = spread::spread_number(lowering, context, source, spread, value)?;
    }
    let target = context.target.map(|target| target.name.clone());
    let entity_id = Some(entity_id(&mut lowering.builder, source, &evaluated));
    Ok(Prediction { entity_id, ..Prediction::number(target, value) })
}

/// Lowers a tree that predicts a label. Penalties are only counted if they change a confidence.
fn classification_tree<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    mut source: TreeSource<'d>,
) -> Result<Prediction> {
    source.counts_penalties = source.missing_value_penalty != 1.0
        && source
            .tree
            .nodes()
            .iter()
            .any(|node| node.score_distributions.iter().any(|entry| entry.confidence.is_some()));
    let mut labels = Labels::new(context.label_type());
    labels.add_tree(&mut lowering.builder, source.tree);
    let mut scores: Vec<LabelScore> = Vec::new();
    let evaluated = evaluate(lowering, context, &source, |lowering, ending| {
        let score = match ending {
            Ending::Node { node, penalties } => {
                let node = &source.tree.nodes()[node];
                if let Some(model) = &node.embedded_model {
                    let message = "a model inside of a `Node` of a classification tree is not supported";
                    return Err(Error::unsupported(model.position(), model.element(), message));
                }
                score::label_score(&mut lowering.builder, context, &mut labels, node)?.map(|mut score| {
                    let penalty = (0..penalties).fold(1.0, |factor, _| factor * source.missing_value_penalty);
                    for (_, confidence) in &mut score.confidences {
                        *confidence = rounded(*confidence * penalty, context.math());
                    }
                    score
                })
            }
            Ending::Spread => {
                Some(LabelScore { label: 0, probabilities: Vec::new(), confidences: Vec::new() })
            }
        };
        let outcome = score.as_ref().map_or(Outcome::Missing, |_| Outcome::Result(0));
        scores.extend(score);
        Ok(outcome)
    })?;
    if labels.len().saturating_mul(scores.len()) > MAX_ELEMENTS {
        let message = format!("{} labels of {} leaves are too many", labels.len(), scores.len());
        return Err(Error::Limit { position: source.position, message });
    }
    let mut distribution = look_up(&mut lowering.builder, context, &labels, &scores, &evaluated);
    if let Some(spread) = evaluated.spread {
        distribution = spread::spread_labels(lowering, context, &source, &mut labels, spread, distribution)?;
    }
    let entity_id = Some(entity_id(&mut lowering.builder, &source, &evaluated));
    classification::classification(lowering, context, distribution, entity_id)
}

/// Evaluates a single tree. `score` is called once for each ending, in order of their numbers, and returns whether the
/// ending has a prediction; the number in its result is ignored. An ending without a prediction gets no number.
fn evaluate<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    source: &TreeSource<'d>,
    mut score: impl FnMut(&mut Lowering<'d>, Ending) -> Result<Outcome>,
) -> Result<Evaluated> {
    let mut forest = ForestBuilder::new();
    let mut endings = Vec::new();
    let always = forest.add_tree(lowering, context.scope, source, |lowering, ending, _| {
        Ok(match score(lowering, ending)? {
            Outcome::Result(_) => {
                endings.push(ending);
                Outcome::Result((endings.len() - 1) as u32)
            }
            outcome => outcome,
        })
    })?;
    let number = forest.finish(lowering, Reduction::Leaf)[0];
    let present = if always {
        None
    } else {
        let zero = lowering.builder.i64(0);
        Some(lowering.builder.binary(Binary::GreaterOrEqual, number, zero))
    };
    let spread = endings.iter().position(|ending| *ending == Ending::Spread).map(|spread| {
        let spread = lowering.builder.i64(spread as i64);
        lowering.builder.binary(Binary::Equal, number, spread)
    });
    Ok(Evaluated { number, present, endings, spread })
}

/// Looks up the distribution of the node in which a tree's evaluation ends.
fn look_up(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    labels: &Labels,
    scores: &[LabelScore],
    evaluated: &Evaluated,
) -> Distribution {
    let math = context.math();
    let Evaluated { number, present, .. } = *evaluated;
    let winners = scores.iter().map(|score| Constant::I64(score.label as i64));
    let winner = builder.lookup(TableData::new(Type::I64, winners), number);
    let mut distribution = Distribution {
        labels: labels.names().to_vec(),
        winner,
        present,
        probabilities: vec![],
        confidences: vec![],
    };
    if scores.iter().all(|score| score.probabilities.is_empty()) {
        return distribution;
    }
    let distributed = if scores.iter().all(|score| !score.probabilities.is_empty()) {
        present
    } else {
        let distributed = scores.iter().map(|score| Constant::Bool(!score.probabilities.is_empty()));
        Some(builder.lookup(TableData::new(Type::Bool, distributed), number))
    };
    let mut by_label = |quantities: fn(&LabelScore) -> &[(u32, f64)]| -> Vec<Operand> {
        let mut columns = vec![vec![0.0; scores.len()]; labels.len()];
        for (row, score) in scores.iter().enumerate() {
            for (label, quantity) in quantities(score) {
                columns[*label as usize][row] = *quantity;
            }
        }
        let operands = columns.into_iter().map(|column| {
            let table =
                TableData::new(type_of(math), column.into_iter().map(|number| constant(number, math)));
            let value = builder.lookup(table, number);
            Operand { value, present: distributed, data_type: math, is_list: false }
        });
        operands.collect()
    };
    distribution.probabilities = by_label(|score| &score.probabilities);
    distribution.confidences = by_label(|score| &score.confidences);
    distribution
}

/// Looks up the id of the node in which a tree's evaluation ends, else its number, counting from 1 in document order.
fn entity_id(builder: &mut Builder, source: &TreeSource<'_>, evaluated: &Evaluated) -> Operand {
    let mut names = Vec::with_capacity(evaluated.endings.len());
    for ending in &evaluated.endings {
        let name = match ending {
            Ending::Node { node, .. } => match &source.tree.nodes()[*node].id {
                Some(id) => builder.intern(id),
                None => builder.intern(&(node + 1).to_string()),
            },
            Ending::Spread => builder.intern(""),
        };
        names.push(Constant::String(name));
    }
    let value = builder.lookup(TableData::new(Type::String, names), evaluated.number);
    let id = Operand { value, present: evaluated.present, data_type: DataType::String, is_list: false };
    match evaluated.spread {
        None => id,
        Some(spread) => {
            let single = builder.not(spread);
            id.only_if(builder, single)
        }
    }
}

/// Returns a number as a constant of a model's arithmetic.
fn constant(number: f64, math: DataType) -> Constant {
    match math {
        DataType::Float => Constant::F32(number as f32),
        _ => Constant::F64(number),
    }
}
