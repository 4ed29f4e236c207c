//! Ensembles of plain trees, as one forest.
//!
//! If all segments always apply, and each is a tree that predicts the score of one of its nodes, the forest instruction
//! computes what [`number`](super::number) and [`label`](super::label) would: the same terms, added in the same order.
//! They handle everything else (weighted medians, weights from fields, models inside of nodes, targets of segments).

use super::{Missing, distribution};
use crate::document::data_dictionary::DataType;
use crate::document::mining_model::{MissingPredictionTreatment, MultipleModelMethod, Segment, Segmentation};
use crate::document::model::{Model, ModelCommon};
use crate::document::predicate::Predicate;
use crate::document::tree_model::TreeModel;
use crate::error::Result;
use crate::ir::{Binary, Builder, Reduction, Term, Type, Unary, Value};
use crate::lower::build::label::Labels;
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, type_of};
use crate::lower::convert::rounded;
use crate::lower::mining_schema;
use crate::lower::model::classification;
use crate::lower::model::context::{self, ModelContext};
use crate::lower::model::prediction::{Distribution, ModelResult, Prediction};
use crate::lower::model::tree::{Ending, ForestBuilder, Outcome, TreeSource, score};
use crate::lower::state::Lowering;

/// The results of the forest instruction.
struct Evaluated {
    /// The sums (or medians, or maxima), one for each accumulator.
    accumulators: Vec<Value>,
    /// The number of trees without a result, as `i64`; `None` if every tree always has one.
    missing: Option<Value>,
    /// The winner of a vote.
    winner: Option<Value>,
}

/// Lowers an ensemble of plain trees to a forest. Returns `None` if the ensemble does not fit into one.
pub(crate) fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &'d Segmentation,
) -> Result<Option<ModelResult<'d>>> {
    let classifies = context.classifies();
    let trees: Option<Vec<(&Segment, &TreeModel)>> = segmentation
        .segments
        .iter()
        .map(|segment| Some((segment, plain_tree(lowering, context, segment)?)))
        .collect();
    let Some(trees) = trees else { return Ok(None) };
    let names_segments = context
        .common
        .output
        .iter()
        .flat_map(|output| &output.output_fields)
        .any(|field| field.segment_id.is_some());
    if names_segments {
        return Ok(None);
    }
    use MultipleModelMethod::*;
    match segmentation.multiple_model_method {
        Sum | WeightedSum | Average | WeightedAverage | Median | Max if !classifies => {
            forest_of_numbers(lowering, context, segmentation, &trees)
        }
        Average | WeightedAverage | MajorityVote | WeightedMajorityVote if classifies => {
            forest_of_labels(lowering, context, segmentation, &trees)
        }
        _ => Ok(None),
    }
}

/// Returns the tree of a segment that always applies and predicts the scores of its nodes; else `None`.
fn plain_tree<'d>(
    lowering: &Lowering<'d>,
    context: &ModelContext<'d>,
    segment: &'d Segment,
) -> Option<&'d TreeModel> {
    let (Predicate::True(_), None, Model::TreeModel(tree)) =
        (&segment.predicate, &segment.variable_weight, &segment.model)
    else {
        return None;
    };
    let target = context::target_field(lowering, &tree.common);
    let is_plain = TreeSource::from(&**tree).is_plain()
        && tree.common.function_name == context.common.function_name
        && tree.common.targets.is_none()
        && (context.classifies() || target.is_none_or(|target| target.data_type == DataType::Double));
    is_plain.then_some(tree)
}

/// Opens the scope of a segment's model and returns its context.
fn tree_context<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    tree: &'d TreeModel,
) -> Result<ModelContext<'d>> {
    let common: &'d ModelCommon = &tree.common;
    let scope = lowering.scopes.open(Some(context.scope));
    mining_schema::lower_nested(lowering, scope, &common.mining_schema);
    for derived in common.local_transformations.iter().flat_map(|local| &local.derived_fields) {
        lowering.scopes.declare_derived(scope, derived)?;
    }
    let target = context::target_field(lowering, common);
    Ok(ModelContext { scope, common, position: tree.position, element: "TreeModel", target })
}

/// Lowers an ensemble that predicts a number, or returns `None` if it does not fit.
fn forest_of_numbers<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &Segmentation,
    trees: &[(&'d Segment, &'d TreeModel)],
) -> Result<Option<ModelResult<'d>>> {
    use MultipleModelMethod::*;
    let method = segmentation.multiple_model_method;
    let weighted = matches!(method, WeightedSum | WeightedAverage);
    let math = context.math();
    let mut forest = ForestBuilder::new();
    let mut always = true;
    for (segment, tree) in trees {
        let own = tree_context(lowering, context, tree)?;
        let weight = rounded(segment.weight, math);
        always &=
            forest.add_tree(lowering, own.scope, &TreeSource::from(*tree), |lowering, ending, terms| {
                let Ending::Node { node, .. } = ending else { return Ok(Outcome::Missing) };
                let score = match score::numeric_score(lowering, &own, &tree.tree.nodes()[node])? {
                    Ok(Some(score)) => score,
                    Ok(None) => return Ok(Outcome::Missing),
                    Err(reason) => return Ok(Outcome::Fault(reason)),
                };
                let score = rounded(score, math);
                let value = if weighted { rounded(weight * score, math) } else { score };
                terms.push(Term { accumulator: 0, value });
                if method == WeightedAverage {
                    terms.push(Term { accumulator: 1, value: weight });
                }
                Ok(Outcome::Result(0))
            })?;
    }
    let missing = Missing::of(segmentation);
    if !always && matches!(missing, Missing::Skipped { threshold } if threshold < 1.0) {
        return Ok(None);
    }
    let accumulators = if method == WeightedAverage { 2 } else { 1 };
    let precision = type_of(math);
    let reduction = match method {
        Median => Reduction::Median { accumulators, precision },
        Max => Reduction::Maximum { accumulators, precision },
        _ => Reduction::Sum { accumulators, precision },
    };
    let evaluated = finish_forest(lowering, forest, reduction, always);
    let mut present = forest_presence(
        &mut lowering.builder,
        &evaluated,
        missing,
        trees.len(),
        !matches!(method, Sum | WeightedSum),
    );
    let sum = evaluated.accumulators[0];
    let value = match method {
        Average => {
            let count = answering(&mut lowering.builder, &evaluated, trees.len(), math);
            lowering.builder.binary(Binary::Divide, sum, count)
        }
        WeightedAverage => {
            let weights = evaluated.accumulators[1];
            let zero = numbers::constant(&mut lowering.builder, 0.0, math);
            let weighs = lowering.builder.binary(Binary::NotEqual, weights, zero);
            present = Some(match present {
                Some(present) => lowering.builder.and(present, weighs),
                None => weighs,
            });
            lowering.builder.binary(Binary::Divide, sum, weights)
        }
        _ => sum,
    };
    let target = context.target.map(|target| target.name.clone());
    let operand = Operand { value, present, data_type: math, is_list: false };
    Ok(Some(ModelResult::of(Prediction::number(target, operand))))
}

/// Lowers an ensemble that predicts a label, or returns `None` if it does not fit.
fn forest_of_labels<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &Segmentation,
    trees: &[(&'d Segment, &'d TreeModel)],
) -> Result<Option<ModelResult<'d>>> {
    use MultipleModelMethod::*;
    let method = segmentation.multiple_model_method;
    let votes = matches!(method, MajorityVote | WeightedMajorityVote);
    let weighted = matches!(method, WeightedMajorityVote | WeightedAverage);
    let math = if votes { DataType::Double } else { context.math() };
    let mut labels = Labels::new(context.label_type());
    for (_, tree) in trees {
        labels.add_tree(&mut lowering.builder, &tree.tree);
    }
    let count = labels.len() as u32;
    let mut forest = ForestBuilder::new();
    let mut always = true;
    let mut fits = true;
    for (segment, tree) in trees {
        let own = tree_context(lowering, context, tree)?;
        let weight = if weighted { rounded(segment.weight, math) } else { 1.0 };
        always &=
            forest.add_tree(lowering, own.scope, &TreeSource::from(*tree), |lowering, ending, terms| {
                let Ending::Node { node, .. } = ending else { return Ok(Outcome::Missing) };
                let Some(score) =
                    score::label_score(&mut lowering.builder, &own, &mut labels, &tree.tree.nodes()[node])?
                else {
                    return Ok(Outcome::Missing);
                };
                if votes {
                    terms.push(Term { accumulator: score.label, value: weight });
                    return Ok(Outcome::Result(0));
                }
                fits &= !score.probabilities.is_empty();
                for (label, probability) in score.probabilities {
                    let probability = rounded(probability, math);
                    let value = if weighted { rounded(weight * probability, math) } else { probability };
                    // Adding zero changes no sum, as none is -0.
                    if value != 0.0 {
                        terms.push(Term { accumulator: label, value });
                    }
                }
                if weighted {
                    terms.push(Term { accumulator: count, value: weight });
                }
                Ok(Outcome::Result(0))
            })?;
    }
    let missing = Missing::of(segmentation);
    let by_share = matches!(missing, Missing::Skipped { threshold } if threshold < 1.0);
    // A missing result is a candidate of a vote; its weight is only known if all trees weigh the same.
    let by_weight = votes && weighted;
    if !fits || (!always && (by_share || by_weight)) {
        return Ok(None);
    }
    let precision = type_of(math);
    let distribution = if votes {
        let evaluated =
            finish_forest(lowering, forest, Reduction::Vote { accumulators: count, precision }, always);
        distribution_of_votes(&mut lowering.builder, segmentation, &evaluated, labels)
    } else {
        let accumulators = if weighted { count + 1 } else { count };
        let evaluated = finish_forest(lowering, forest, Reduction::Sum { accumulators, precision }, always);
        let divisor = if weighted {
            evaluated.accumulators[count as usize]
        } else {
            answering(&mut lowering.builder, &evaluated, trees.len(), math)
        };
        let present = forest_presence(&mut lowering.builder, &evaluated, missing, trees.len(), true);
        let mut present = match present {
            Some(present) => present,
            None => lowering.builder.bool(true),
        };
        if weighted {
            let zero = numbers::constant(&mut lowering.builder, 0.0, math);
            let weighs = lowering.builder.binary(Binary::NotEqual, divisor, zero);
            present = lowering.builder.and(present, weighs);
        }
        let values = evaluated.accumulators[..count as usize]
            .iter()
            .map(|sum| lowering.builder.binary(Binary::Divide, *sum, divisor))
            .collect();
        distribution::distribution(&mut lowering.builder, context, labels.names().to_vec(), values, present)
    };
    Ok(Some(ModelResult::of(classification::classification(lowering, context, distribution, None)?)))
}

/// Adds the forest instruction and names its results.
fn finish_forest<'d>(
    lowering: &mut Lowering<'d>,
    forest: ForestBuilder<'d>,
    reduction: Reduction,
    always: bool,
) -> Evaluated {
    let mut results = forest.finish(lowering, reduction);
    let winner = match reduction {
        Reduction::Vote { .. } => results.pop(),
        _ => None,
    };
    let missing = results.pop().filter(|_| !always);
    Evaluated { accumulators: results, missing, winner }
}

/// Returns whether the ensemble has a result; `None`: always.
fn forest_presence(
    builder: &mut Builder,
    evaluated: &Evaluated,
    missing: Missing,
    trees: usize,
    needs_answer: bool,
) -> Option<Value> {
    let count = evaluated.missing?;
    match missing {
        Missing::Spoils => {
            let zero = builder.i64(0);
            Some(builder.binary(Binary::Equal, count, zero))
        }
        Missing::Skipped { .. } if needs_answer => {
            let all = builder.i64(trees as i64);
            Some(builder.binary(Binary::Less, count, all))
        }
        Missing::Skipped { .. } => None,
    }
}

/// Returns the number of trees that have a result, in the ensemble's arithmetic.
fn answering(builder: &mut Builder, evaluated: &Evaluated, trees: usize, math: DataType) -> Value {
    let Some(missing) = evaluated.missing else { return numbers::constant(builder, trees as f64, math) };
    let all = builder.i64(trees as i64);
    let count = builder.binary(Binary::Subtract, all, missing);
    let to_float = if type_of(math) == Type::F32 { Unary::I64ToF32 } else { Unary::I64ToF64 };
    builder.unary(to_float, count)
}

/// Builds the distribution of a vote, in which probabilities are shares of the votes.
fn distribution_of_votes(
    builder: &mut Builder,
    segmentation: &Segmentation,
    evaluated: &Evaluated,
    labels: Labels,
) -> Distribution {
    let trees = segmentation.segments.len();
    let zero = builder.f64(0.0);
    let mut best = zero;
    for sum in &evaluated.accumulators {
        let more = builder.binary(Binary::Greater, *sum, best);
        best = builder.select(more, *sum, best);
    }
    let all = distribution::total_of_votes(builder, &evaluated.accumulators);
    let mut present = builder.binary(Binary::Greater, all, zero);
    if let Some(missing) = evaluated.missing {
        let allowed = match segmentation.missing_prediction_treatment {
            MissingPredictionTreatment::Continue => {
                let missing = builder.unary(Unary::I64ToF64, missing);
                Some(builder.binary(Binary::LessOrEqual, missing, best))
            }
            _ => forest_presence(builder, evaluated, Missing::of(segmentation), trees, true),
        };
        if let Some(allowed) = allowed {
            present = builder.and(present, allowed);
        }
    }
    let probabilities = evaluated
        .accumulators
        .iter()
        .map(|sum| {
            let share = builder.binary(Binary::Divide, *sum, all);
            Operand::optional(share, present, DataType::Double)
        })
        .collect();
    let winner = match evaluated.winner {
        Some(winner) => winner,
        None => distribution::first_highest(builder, &evaluated.accumulators),
    };
    Distribution {
        labels: labels.names().to_vec(),
        winner,
        present: Some(present),
        probabilities,
        confidences: Vec::new(),
    }
}
