//! `MiningModel`: several models whose predictions are combined.
//!
//! Each segment is lowered in a scope inside that of the ensemble, in a region of its own if its predicate can be false
//! ([`segment`]). The segments' predictions are then
//! - selected ([`select`]): `selectFirst`, `modelChain`, `multiModelChain`, `selectAll`;
//! - or aggregated: numbers ([`number`]) by `sum`, `average`, `median` and the like, labels by votes or average
//!   probabilities ([`label`]) or by those of chosen segments ([`chosen`]).
//!
//! An ensemble of plain trees becomes one forest instead ([`forest`]), a single instruction with the same results.
//!
//! `missingPredictionTreatment` decides what happens to segments without a prediction, see [`Missing`].

mod chosen;
mod distribution;
mod embedded;
mod forest;
mod label;
mod number;
mod segment;
mod select;

use super::context::ModelContext;
use super::prediction::ModelResult;
use crate::document::mining_model::{
    MiningModel, MissingPredictionTreatment, MultipleModelMethod, Segmentation,
};
use crate::document::model::{MiningFunction, Model};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Value};
use crate::lower::build::operand::type_of;
use crate::lower::state::Lowering;
use segment::EvaluatedSegment;

/// Returns whether a model is an ensemble that returns the prediction of one of its segments.
pub fn only_selects(model: &Model) -> bool {
    let Model::MiningModel(mining) = model else { return false };
    mining.segmentation.as_ref().is_none_or(|segmentation| {
        matches!(
            segmentation.multiple_model_method,
            MultipleModelMethod::SelectFirst
                | MultipleModelMethod::ModelChain
                | MultipleModelMethod::MultiModelChain
        )
    })
}

/// Lowers a `MiningModel`.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    mining: &'d MiningModel,
) -> Result<ModelResult<'d>> {
    let Some(segmentation) = &mining.segmentation else {
        return embedded::lower(lowering, context, &mining.embedded_models);
    };
    if let Some(embedded) = mining.embedded_models.first() {
        let message =
            format!("`MiningModel` has both a Segmentation and the embedded model `{}`", embedded.element());
        return Err(Error::invalid(embedded.position(), embedded.element(), message));
    }
    if segmentation.segments.is_empty() {
        return Err(Error::invalid(segmentation.position, "Segmentation", "`Segmentation` has no segments"));
    }
    check_weights(segmentation)?;
    use MultipleModelMethod::*;
    match segmentation.multiple_model_method {
        SelectFirst => select::select_first(lowering, context, segmentation),
        ModelChain => select::model_chain(lowering, context, segmentation),
        MultiModelChain => select::multi_model_chain(lowering, context, segmentation),
        SelectAll => select::select_all(lowering, context, segmentation),
        method => {
            if let Some(result) = forest::lower(lowering, context, segmentation)? {
                return Ok(result);
            }
            let answers = segment::lower_segments(lowering, context, segmentation)?;
            let mut result = match context.common.function_name {
                // Clusters are labels without probabilities; only votes can combine them.
                MiningFunction::Classification | MiningFunction::Clustering => {
                    label::aggregate_labels(lowering, context, segmentation, &answers)?
                }
                MiningFunction::Regression => {
                    number::aggregate_numbers(lowering, context, segmentation, &answers)?
                }
                function => {
                    let message =
                        format!("the method {method} cannot combine the segments of a model for {function}");
                    return Err(Error::unsupported(segmentation.position, "Segmentation", message));
                }
            };
            result.segments = answers.into_iter().map(EvaluatedSegment::into_segment).collect();
            Ok(result)
        }
    }
}

/// Fails if a weight is negative and weights are used; `missingThreshold` uses them with any method.
fn check_weights(segmentation: &Segmentation) -> Result<()> {
    use MultipleModelMethod::*;
    let weighs = matches!(
        segmentation.multiple_model_method,
        WeightedMajorityVote | WeightedAverage | WeightedMedian | WeightedSum
    );
    if !weighs && segmentation.missing_threshold >= 1.0 {
        return Ok(());
    }
    for segment in &segmentation.segments {
        if segment.weight.is_nan() || segment.weight < 0.0 {
            let message = format!("`Segment` has the weight {}", segment.weight);
            return Err(Error::invalid(segment.position, "Segment", message));
        }
    }
    Ok(())
}

/// How an aggregate treats segments without a prediction (section "MultipleModels", `missingPredictionTreatment`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Missing {
    /// The aggregate is missing if a segment that applies has no prediction. Both `returnMissing` and `continue` mean
    /// this: an operation on a missing number gives a missing one.
    Spoils,
    /// The segment is left out. If the weights of the segments left out exceed this share of the weights of those that
    /// apply, the aggregate is missing.
    Skipped {
        /// The attribute `missingThreshold`.
        threshold: f64,
    },
}

impl Missing {
    fn of(segmentation: &Segmentation) -> Self {
        match segmentation.missing_prediction_treatment {
            MissingPredictionTreatment::Continue | MissingPredictionTreatment::ReturnMissing => {
                Missing::Spoils
            }
            MissingPredictionTreatment::SkipSegment => {
                Missing::Skipped { threshold: segmentation.missing_threshold }
            }
        }
    }

    /// Returns a bool: whether the aggregate has a result. `needs_answer` says whether it is missing if every segment
    /// is left out.
    fn result_present<'d>(
        self,
        builder: &mut Builder,
        answers: &[EvaluatedSegment<'d>],
        needs_answer: bool,
    ) -> Result<Value> {
        let mut some_applies = None;
        let mut some_answers = None;
        let mut some_missing = None;
        for answer in answers {
            let applies = answer.applies(builder);
            let present = answer.value_presence(builder);
            let contributes = builder.and(applies, present);
            let absent = builder.not(present);
            let missing = builder.and(applies, absent);
            some_applies = Some(either(builder, some_applies, applies));
            some_answers = Some(either(builder, some_answers, contributes));
            some_missing = Some(either(builder, some_missing, missing));
        }
        let nothing = builder.bool(false);
        let (some_applies, some_answers, some_missing) = (
            some_applies.unwrap_or(nothing),
            some_answers.unwrap_or(nothing),
            some_missing.unwrap_or(nothing),
        );
        match self {
            Missing::Spoils => {
                let complete = builder.not(some_missing);
                Ok(builder.and(some_applies, complete))
            }
            Missing::Skipped { threshold } => {
                let present = if needs_answer { some_answers } else { some_applies };
                if threshold >= 1.0 {
                    return Ok(present);
                }
                let within = missing_share_within(builder, answers, threshold);
                Ok(builder.and(present, within))
            }
        }
    }
}

/// Returns a bool: whether `any` or `this` is true.
fn either(builder: &mut Builder, any: Option<Value>, this: Value) -> Value {
    match any {
        None => this,
        Some(any) => builder.or(any, this),
    }
}

/// Maximum number of shares of labels (labels times segments) that all ensembles of a document combine one by one. If
/// segments have labels of their own, this number grows with the square of the document.
const MAX_SHARES: usize = 1 << 17;

/// Counts the shares of labels that an ensemble is about to combine. Fails if there are more than `MAX_SHARES`.
pub(super) fn count_shares<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    shares: usize,
) -> Result<()> {
    lowering.combined_shares = lowering.combined_shares.saturating_add(shares);
    if lowering.combined_shares > MAX_SHARES {
        let message =
            format!("the labels of the segments are more than {MAX_SHARES}, counted once for each segment");
        return Err(Error::Limit { position: context.position, message });
    }
    Ok(())
}

/// Returns a bool: whether the segments without a prediction have at most the share `threshold` of the weights of those
/// that apply.
fn missing_share_within(builder: &mut Builder, answers: &[EvaluatedSegment<'_>], threshold: f64) -> Value {
    let zero = builder.f64(0.0);
    let (mut all, mut missing) = (zero, zero);
    for answer in answers {
        let applies = answer.applies(builder);
        let weight = builder.select(applies, answer.weight, zero);
        all = builder.binary(Binary::Add, all, weight);
        let present = answer.value_presence(builder);
        let lost = builder.select(present, zero, weight);
        missing = builder.binary(Binary::Add, missing, lost);
    }
    let share = builder.binary(Binary::Divide, missing, all);
    let threshold = builder.f64(threshold);
    let exceeds = builder.binary(Binary::Greater, share, threshold);
    builder.not(exceeds)
}

/// Converts a weight to the model's arithmetic.
pub(super) fn weight_in(builder: &mut Builder, context: &ModelContext<'_>, weight: Value) -> Value {
    match type_of(context.math()) {
        crate::ir::Type::F32 => builder.unary(crate::ir::Unary::F64ToF32, weight),
        _ => weight,
    }
}
