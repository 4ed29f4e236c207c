//! Aggregates of numbers.
//!
//! Sums run over the segments in document order, in the precision of the model's arithmetic. A segment that does not
//! contribute adds zero, which changes no sum: none of them can be -0.

use super::segment::Answer;
use super::{Missing, MultipleModelMethod};
use crate::document::data_dictionary::DataType;
use crate::document::mining_model::Segmentation;
use crate::error::{Error, Result};
use crate::ir::{Binary, Constant, Function, Value};
use crate::lower::Lowering;
use crate::lower::model::{ModelContext, ModelResult, Prediction};
use crate::lower::operand::Operand;

/// A segment's part in an aggregate.
struct Part {
    /// The value, in the model's arithmetic.
    value: Value,
    /// The weight, in the model's arithmetic.
    weight: Value,
    /// A bool: whether the segment takes part.
    contributes: Value,
}

impl<'d> Lowering<'d> {
    /// Aggregates the numbers that segments predict.
    pub(crate) fn aggregate_numbers(
        &mut self,
        context: &ModelContext<'d>,
        segmentation: &Segmentation,
        answers: &[Answer<'d>],
    ) -> Result<ModelResult<'d>> {
        use MultipleModelMethod::*;
        let method = segmentation.multiple_model_method;
        let mut parts = Vec::with_capacity(answers.len());
        for answer in answers {
            let operand = self.cast(answer.value(), context.math(), segmentation.position, "Segmentation")?;
            let weight = self.weight_in(context, answer.weight);
            let applies = answer.applies(&mut self.builder);
            let present = operand.presence(&mut self.builder);
            let contributes = self.builder.and(applies, present);
            parts.push(Part { value: operand.value, weight, contributes });
        }
        let is_sum = matches!(method, Sum | WeightedSum);
        let mut present = Missing::of(segmentation).result_present(self, answers, !is_sum)?;
        let value = match method {
            Sum => self.sum_parts(context, &parts, |_, part| part.value),
            WeightedSum => self.weighted_sum(context, &parts),
            Average => {
                let sum = self.sum_parts(context, &parts, |_, part| part.value);
                let one = self.number_constant(1.0, context.math());
                let count = self.sum_parts(context, &parts, |_, _| one);
                self.builder.binary(Binary::Divide, sum, count)
            }
            WeightedAverage => {
                let sum = self.weighted_sum(context, &parts);
                let weights = self.sum_parts(context, &parts, |_, part| part.weight);
                let zero = self.number_constant(0.0, context.math());
                let weighs = self.builder.binary(Binary::NotEqual, weights, zero);
                present = self.builder.and(present, weighs);
                self.builder.binary(Binary::Divide, sum, weights)
            }
            Max => self.maximum(context, &parts),
            Median | WeightedMedian => self.median_of_parts(context, &parts, method == WeightedMedian),
            method => {
                let message = format!("the method {method} cannot combine numbers");
                return Err(Error::invalid(segmentation.position, "Segmentation", message));
            }
        };
        let target = context.target.map(|target| target.name.clone());
        let operand = Operand {
            value,
            present: self.unless_constant(present),
            data_type: context.math(),
            is_list: false,
        };
        Ok(ModelResult::of(Prediction::number(target, operand)))
    }

    /// A presence: `None` for the constant true.
    pub(crate) fn unless_constant(&self, present: Value) -> Option<Value> {
        match self.builder.program().constant(present) {
            Some(Constant::Bool(true)) => None,
            _ => Some(present),
        }
    }

    fn sum_parts(
        &mut self,
        context: &ModelContext<'d>,
        parts: &[Part],
        mut addend: impl FnMut(&mut Self, &Part) -> Value,
    ) -> Value {
        let zero = self.number_constant(0.0, context.math());
        let mut sum = zero;
        for part in parts {
            let addend = addend(self, part);
            let addend = self.builder.select(part.contributes, addend, zero);
            sum = self.builder.binary(Binary::Add, sum, addend);
        }
        sum
    }

    fn weighted_sum(&mut self, context: &ModelContext<'d>, parts: &[Part]) -> Value {
        self.sum_parts(context, parts, |lowering, part| {
            lowering.builder.binary(Binary::Multiply, part.weight, part.value)
        })
    }

    fn maximum(&mut self, context: &ModelContext<'d>, parts: &[Part]) -> Value {
        let mut found = self.builder.bool(false);
        let mut maximum = self.number_constant(0.0, context.math());
        for part in parts {
            let builder = &mut self.builder;
            let greater = builder.binary(Binary::Greater, part.value, maximum);
            let first = builder.not(found);
            let better = builder.or(first, greater);
            let better = builder.and(part.contributes, better);
            maximum = builder.select(better, part.value, maximum);
            found = builder.or(found, part.contributes);
        }
        maximum
    }

    fn median_of_parts(&mut self, context: &ModelContext<'d>, parts: &[Part], weighted: bool) -> Value {
        let mut values = Vec::with_capacity(parts.len());
        let mut weights = Vec::with_capacity(parts.len());
        for part in parts {
            values.push((self.to_f64(part.value, context.math()), part.contributes));
            weights.push((self.to_f64(part.weight, context.math()), part.contributes));
        }
        let values = self.builder.list(&values);
        let median = match weighted {
            true => {
                let weights = self.builder.list(&weights);
                self.builder.call(Function::WeightedMedian, &[values, weights])
            }
            false => self.builder.call(Function::Median, &[values]),
        };
        match context.math() {
            DataType::Float => self.builder.unary(crate::ir::Unary::F64ToF32, median),
            _ => median,
        }
    }
}
