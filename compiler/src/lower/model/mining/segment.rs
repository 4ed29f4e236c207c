//! Segments: the models of an ensemble, each applied if its predicate is true.

use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::mining_model::{Segment, Segmentation};
use crate::document::model::Model;
use crate::error::{Error, Result};
use crate::ir::{Builder, Constant, Value};
use crate::lower::build::operand::Operand;
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::{ModelResult, SegmentResult};
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;
use crate::lower::{convert, results};

/// The result of a segment.
#[derive(Clone, Debug)]
pub(crate) struct EvaluatedSegment<'d> {
    /// The segment's identifier: its `id`, or its place, counting from 1.
    pub id: Name,
    /// A bool: whether the segment applies; `None`: always. If it does not, nothing in `result` is present.
    pub active: Option<Value>,
    /// The weight, an `f64`.
    pub weight: Value,
    /// The result of its model.
    pub result: ModelResult<'d>,
}

impl<'d> EvaluatedSegment<'d> {
    /// Returns a bool: whether the segment applies.
    pub fn applies(&self, builder: &mut Builder) -> Value {
        match self.active {
            Some(active) => active,
            None => builder.bool(true),
        }
    }

    /// Returns the predicted value.
    pub fn value(&self) -> Operand {
        self.result.predictions[0].value
    }

    /// Returns a bool: whether the segment has a prediction.
    pub fn value_presence(&self, builder: &mut Builder) -> Value {
        self.value().presence(builder)
    }

    /// Returns a bool: whether the segment applies and has a prediction.
    pub fn contributes(&self, builder: &mut Builder) -> Value {
        let (applies, present) = (self.applies(builder), self.value_presence(builder));
        builder.and(applies, present)
    }

    /// Returns the result in the form that outputs refer to.
    pub fn into_segment(self) -> SegmentResult<'d> {
        SegmentResult { id: self.id, active: self.active, result: self.result }
    }
}

/// Lowers all segments of an ensemble. Fails if one predicts a list.
pub(crate) fn lower_segments<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &'d Segmentation,
) -> Result<Vec<EvaluatedSegment<'d>>> {
    let mut answers = Vec::with_capacity(segmentation.segments.len());
    for (number, segment) in segmentation.segments.iter().enumerate() {
        let answer = lower_segment(lowering, context, segment, number, None)?;
        if answer.value().is_list {
            let message =
                format!("the result of `Segment` `{}` is a list, which cannot be aggregated", answer.id);
            return Err(Error::unsupported(segment.position, "Segment", message));
        }
        answers.push(answer);
    }
    Ok(answers)
}

/// Lowers a segment, which applies if its predicate is true and `excluded` is not.
pub(crate) fn lower_segment<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segment: &'d Segment,
    number: usize,
    excluded: Option<Value>,
) -> Result<EvaluatedSegment<'d>> {
    let id = segment.id.clone().unwrap_or_else(|| (number + 1).to_string().into());
    let active = segment_applies(lowering, context.scope, segment, excluded)?;
    let inner = lowering.scopes.open(Some(context.scope));
    let mut result = match active {
        None => lowering.model(inner, &segment.model, false)?,
        Some(active) => {
            where_true(lowering, active, |lowering| lowering.model(inner, &segment.model, false))?
        }
    };
    answer_for_target(lowering, &mut result, &segment.model);
    // Only the segment's own outputs could refer to its segments.
    result.segments.clear();
    let weight = segment_weight(lowering, context.scope, segment, &result)?;
    Ok(EvaluatedSegment { id, active, weight, result })
}

/// Replaces the first prediction of a chain, if it has no target, by that of the model's own target, for the ensemble
/// around it.
fn answer_for_target<'d>(lowering: &Lowering<'d>, result: &mut ModelResult<'d>, model: &'d Model) {
    let Some(target) = results::target_fields(lowering, model).into_iter().next() else { return };
    let Some((first, others)) = result.predictions.split_first_mut() else { return };
    let own = others.iter().find(|prediction| prediction.target.as_ref() == Some(&target.name));
    if let (None, Some(own)) = (&first.target, own) {
        first.target = own.target.clone();
        first.value = own.value;
    }
}

/// Returns a bool: whether a segment applies; `None`: always.
fn segment_applies<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    segment: &'d Segment,
    excluded: Option<Value>,
) -> Result<Option<Value>> {
    let applies = match excluded {
        None => lowering.predicate(scope, &segment.predicate)?.is_true,
        Some(excluded) => {
            // The predicate of an excluded segment is not evaluated.
            let then = lowering.builder.open();
            let never = lowering.builder.bool(false);
            lowering.builder.close(vec![never]);
            let otherwise = lowering.builder.open();
            let applies = lowering.predicate(scope, &segment.predicate)?.is_true;
            lowering.builder.close(vec![applies]);
            lowering.builder.end_branch(excluded, then, otherwise)[0]
        }
    };
    Ok(match lowering.builder.program().constant(applies) {
        Some(Constant::Bool(true)) => None,
        _ => Some(applies),
    })
}

/// Returns the weight of a segment, an `f64`: the field that `VariableWeight` names (an output field of the segment's
/// model, or a field of the ensemble), else the attribute.
fn segment_weight<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    segment: &'d Segment,
    result: &ModelResult<'d>,
) -> Result<Value> {
    let Some(variable) = &segment.variable_weight else { return Ok(lowering.builder.f64(segment.weight)) };
    let own = result.outputs.iter().find(|output| output.name == variable.field);
    let field = match own {
        Some(output) => output.field,
        None => lowering.field(scope, &variable.field, variable.position, "VariableWeight")?,
    };
    let operand =
        convert::cast(lowering, field.operand, DataType::Double, variable.position, "VariableWeight")?;
    // If the field is missing, the attribute is the weight.
    let otherwise = lowering.builder.f64(segment.weight);
    Ok(operand.or(&mut lowering.builder, Operand::present(otherwise, DataType::Double)).value)
}

/// Lowers a model in a region that runs if a condition is true; otherwise its whole result is missing.
pub(crate) fn where_true<'d>(
    lowering: &mut Lowering<'d>,
    condition: Value,
    lower: impl FnOnce(&mut Lowering<'d>) -> Result<ModelResult<'d>>,
) -> Result<ModelResult<'d>> {
    let then = lowering.builder.open();
    let mut result = lower(lowering)?;
    let mut yields = Vec::new();
    result.visit_operands(&mut |operand| {
        yields.push(operand.value);
        yields.push(operand.presence(&mut lowering.builder));
    });
    let types: Vec<_> = yields.iter().map(|value| lowering.builder.program().ty(*value)).collect();
    lowering.builder.close(yields);
    let otherwise = lowering.builder.open();
    let zeros = types.into_iter().map(|ty| lowering.builder.zero(ty)).collect();
    lowering.builder.close(zeros);
    let mut results = lowering.builder.end_branch(condition, then, otherwise).into_iter();
    result.visit_operands(&mut |operand| {
        // The branch yields a value and its presence for each operand, in the order of the visit.
        if let (Some(value), Some(present)) = (results.next(), results.next()) {
            operand.value = value;
            operand.present = Some(present);
        }
    });
    Ok(result)
}
