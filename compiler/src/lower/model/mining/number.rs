//! Aggregates of numbers.
//!
//! Sums run over the segments in document order, in the precision of the model's arithmetic. A segment that does not
//! contribute adds zero, which changes no sum, as none is -0.

use super::segment::EvaluatedSegment;
use super::{Missing, MultipleModelMethod};
use crate::document::data_dictionary::DataType;
use crate::document::mining_model::Segmentation;
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Constant, Function, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::Operand;
use crate::lower::convert;
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::{ModelResult, Prediction};
use crate::lower::state::Lowering;

/// A segment's part in an aggregate.
struct Part {
    /// The value, in the model's arithmetic.
    value: Value,
    /// The weight, in the model's arithmetic.
    weight: Value,
    /// A bool: whether the segment contributes.
    contributes: Value,
}

/// Aggregates the numbers that segments predict.
pub(crate) fn aggregate_numbers<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    segmentation: &Segmentation,
    answers: &[EvaluatedSegment<'d>],
) -> Result<ModelResult<'d>> {
    use MultipleModelMethod::*;
    let method = segmentation.multiple_model_method;
    let mut parts = Vec::with_capacity(answers.len());
    for answer in answers {
        let operand =
            convert::cast(lowering, answer.value(), context.math(), segmentation.position, "Segmentation")?;
        let weight = super::weight_in(&mut lowering.builder, context, answer.weight);
        let applies = answer.applies(&mut lowering.builder);
        let present = operand.presence(&mut lowering.builder);
        let contributes = lowering.builder.and(applies, present);
        parts.push(Part { value: operand.value, weight, contributes });
    }
    let is_sum = matches!(method, Sum | WeightedSum);
    let mut present = Missing::of(segmentation).result_present(&mut lowering.builder, answers, !is_sum)?;
    let value = match method {
        Sum => sum_parts(lowering, context, &parts, |_, part| part.value),
        WeightedSum => weighted_sum(lowering, context, &parts),
        Average => {
            let sum = sum_parts(lowering, context, &parts, |_, part| part.value);
            let one = numbers::constant(&mut lowering.builder, 1.0, context.math());
            let count = sum_parts(lowering, context, &parts, |_, _| one);
            lowering.builder.binary(Binary::Divide, sum, count)
        }
        WeightedAverage => {
            let sum = weighted_sum(lowering, context, &parts);
            let weights = sum_parts(lowering, context, &parts, |_, part| part.weight);
            let zero = numbers::constant(&mut lowering.builder, 0.0, context.math());
            let weighs = lowering.builder.binary(Binary::NotEqual, weights, zero);
            present = lowering.builder.and(present, weighs);
            lowering.builder.binary(Binary::Divide, sum, weights)
        }
        Max => maximum_of_parts(&mut lowering.builder, context, &parts),
        Median | WeightedMedian => {
            median_of_parts(&mut lowering.builder, context, &parts, method == WeightedMedian)
        }
        method => {
            let message = format!("the method {method} cannot combine numbers");
            return Err(Error::invalid(segmentation.position, "Segmentation", message));
        }
    };
    let target = context.target.map(|target| target.name.clone());
    let operand = Operand {
        value,
        present: unless_constant(&lowering.builder, present),
        data_type: context.math(),
        is_list: false,
    };
    Ok(ModelResult::of(Prediction::number(target, operand)))
}

/// Returns the presence as an operand holds it: `None` for the constant true.
pub(crate) fn unless_constant(builder: &Builder, present: Value) -> Option<Value> {
    match builder.program().constant(present) {
        Some(Constant::Bool(true)) => None,
        _ => Some(present),
    }
}

/// Sums an addend of each part that contributes.
fn sum_parts<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    parts: &[Part],
    mut addend: impl FnMut(&mut Lowering<'d>, &Part) -> Value,
) -> Value {
    let zero = numbers::constant(&mut lowering.builder, 0.0, context.math());
    let mut sum = zero;
    for part in parts {
        let addend = addend(lowering, part);
        let addend = lowering.builder.select(part.contributes, addend, zero);
        sum = lowering.builder.binary(Binary::Add, sum, addend);
    }
    sum
}

fn weighted_sum<'d>(lowering: &mut Lowering<'d>, context: &ModelContext<'d>, parts: &[Part]) -> Value {
    sum_parts(lowering, context, parts, |lowering, part| {
        lowering.builder.binary(Binary::Multiply, part.weight, part.value)
    })
}

/// Returns the largest value of the parts that contribute.
fn maximum_of_parts(builder: &mut Builder, context: &ModelContext<'_>, parts: &[Part]) -> Value {
    let mut found = builder.bool(false);
    let mut maximum = numbers::constant(builder, 0.0, context.math());
    for part in parts {
        let greater = builder.binary(Binary::Greater, part.value, maximum);
        let first = builder.not(found);
        let better = builder.or(first, greater);
        let better = builder.and(part.contributes, better);
        maximum = builder.select(better, part.value, maximum);
        found = builder.or(found, part.contributes);
    }
    maximum
}

/// Returns the median of the parts that contribute.
fn median_of_parts(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    parts: &[Part],
    weighted: bool,
) -> Value {
    let mut values = Vec::with_capacity(parts.len());
    let mut weights = Vec::with_capacity(parts.len());
    for part in parts {
        values.push((numbers::to_f64(builder, part.value, context.math()), part.contributes));
        weights.push((numbers::to_f64(builder, part.weight, context.math()), part.contributes));
    }
    let values = builder.list(&values);
    let median = if weighted {
        let weights = builder.list(&weights);
        builder.call(Function::WeightedMedian, &[values, weights])
    } else {
        builder.call(Function::Median, &[values])
    };
    match context.math() {
        DataType::Float => builder.unary(crate::ir::Unary::F64ToF32, median),
        _ => median,
    }
}
