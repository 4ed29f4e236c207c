//! `Targets`: what is made of a prediction before it is handed out.
//!
//! A number is clamped, multiplied, shifted and rounded, in this order and in the model's arithmetic; a default value
//! takes the place of a missing one and goes the same way. Where a classification has no answer, the prior probabilities
//! are the answer. Last, a number becomes one of the target field's data type. An integer target keeps a real result,
//! though, unless `castInteger` says how to round it: the document promises a type that its model does not honour.

use super::Lowering;
use super::literal;
use super::model::{Distribution, ModelContext, Prediction};
use super::operand::{Operand, is_numeric, type_of};
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::targets::{CastInteger, Target};
use crate::error::{Error, Result};
use crate::ir::{Binary, Constant, MapData, TableData, Type, Unary, Value};
use std::collections::HashMap;

impl<'d> Lowering<'d> {
    /// Applies the model's `Target` to a prediction.
    pub fn apply_target(&mut self, context: &ModelContext<'d>, prediction: &mut Prediction) -> Result<()> {
        let targets = context.common.targets.as_ref();
        let target = targets.and_then(|targets| {
            targets.targets.iter().find(|target| target.field.as_ref() == prediction.target.as_ref())
        });
        if prediction.distribution.is_some() {
            return match target {
                Some(target) => self.apply_priors(context, target, prediction),
                None => Ok(()),
            };
        }
        let value = prediction.value;
        if value.is_list || !is_numeric(value.data_type) {
            return Ok(());
        }
        if let Some(target) = target {
            prediction.value = self.rescale(context, target, value)?;
            // What multiplies the number multiplies its error.
            if let Some(error) = &mut prediction.features.standard_error
                && target.rescale_factor != 1.0
            {
                let factor = self.builder.f64(target.rescale_factor.abs());
                error.value = self.builder.binary(Binary::Multiply, error.value, factor);
            }
        }
        let field = prediction.target.as_ref().and_then(|name| self.data_fields.get(name)).copied();
        if let Some(field) = field {
            let is_rounded = target.is_some_and(|target| target.cast_integer.is_some());
            let (position, element) = (context.position, context.element);
            prediction.value = match field.data_type {
                DataType::Integer if !is_rounded => prediction.value,
                DataType::Integer
                | DataType::Float
                | DataType::Double
                | DataType::String
                | DataType::Boolean => self.cast(prediction.value, field.data_type, position, element)?,
                _ => prediction.value,
            };
        }
        Ok(())
    }

    fn rescale(&mut self, context: &ModelContext<'d>, target: &Target, value: Operand) -> Result<Operand> {
        let math = context.math();
        let mut operand = self.cast(value, math, target.position, "Target")?;
        if let Some(default) = default_value(target)? {
            let default = Operand::present(self.number_constant(default, math), math);
            operand = operand.or(&mut self.builder, default);
        }
        let bounds = [(target.min, Binary::Less), (target.max, Binary::Greater)];
        for (bound, comparison) in bounds {
            if let Some(bound) = bound {
                let bound = self.number_constant(bound, math);
                let is_outside = self.builder.binary(comparison, operand.value, bound);
                operand.value = self.builder.select(is_outside, bound, operand.value);
            }
        }
        if target.rescale_factor != 1.0 {
            let factor = self.number_constant(target.rescale_factor, math);
            operand.value = self.builder.binary(Binary::Multiply, operand.value, factor);
        }
        if target.rescale_constant != 0.0 {
            let constant = self.number_constant(target.rescale_constant, math);
            operand.value = self.builder.binary(Binary::Add, operand.value, constant);
        }
        operand.value = match target.cast_integer {
            None => operand.value,
            Some(CastInteger::Floor) => self.builder.unary(Unary::Floor, operand.value),
            Some(CastInteger::Ceiling) => self.builder.unary(Unary::Ceil, operand.value),
            Some(CastInteger::Round) => self.round_half_up(operand.value, math),
        };
        Ok(operand)
    }

    /// The nearest integral number; of two, the greater one. The difference to the integral number below is exact
    /// wherever it decides.
    fn round_half_up(&mut self, value: Value, math: DataType) -> Value {
        let (half, one) = (self.number_constant(0.5, math), self.number_constant(1.0, math));
        let builder = &mut self.builder;
        let below = builder.unary(Unary::Floor, value);
        let difference = builder.binary(Binary::Subtract, value, below);
        let above = builder.binary(Binary::Add, below, one);
        let goes_up = builder.binary(Binary::GreaterOrEqual, difference, half);
        builder.select(goes_up, above, below)
    }

    /// Gives the prior probabilities where a classification has no answer.
    fn apply_priors(
        &mut self,
        context: &ModelContext<'d>,
        target: &'d Target,
        prediction: &mut Prediction,
    ) -> Result<()> {
        let Some(distribution) = &prediction.distribution else { return Ok(()) };
        let Some(present) = distribution.present else { return Ok(()) };
        let Some(priors) = self.priors(target) else { return Ok(()) };
        let data_type = prediction.value.data_type;
        let math = distribution.probabilities.first().map_or(context.math(), |operand| operand.data_type);
        let mut labels = distribution.labels.clone();
        let mut prior_of: HashMap<usize, f64> = HashMap::new();
        // The number and prior of the likeliest label; of equals, the first.
        let mut likeliest: Option<(usize, f64)> = None;
        let total: f64 = priors.iter().map(|(_, prior)| prior).sum();
        for (label, prior) in priors {
            let number = match self.label_number(&labels, label, data_type) {
                Some(number) => number,
                None => {
                    labels.push(label.clone());
                    labels.len() - 1
                }
            };
            prior_of.insert(number, prior / total);
            if likeliest.is_none_or(|(_, largest)| prior > largest) {
                likeliest = Some((number, prior));
            }
        }
        let Some((likeliest, _)) = likeliest else { return Ok(()) };
        let mut probabilities = Vec::with_capacity(labels.len());
        let mut confidences = distribution.confidences.clone();
        for number in 0..labels.len() {
            let prior = self.number_constant(prior_of.get(&number).copied().unwrap_or(0.0), math);
            let known = match distribution.probabilities.get(number) {
                Some(operand) => *operand,
                // What the model says of a label that only the priors name.
                None if !distribution.probabilities.is_empty() => {
                    Operand::optional(self.number_constant(0.0, math), present, math)
                }
                None => Operand::missing(&mut self.builder, math),
            };
            let value = self.builder.select(present, known.value, prior);
            let without = self.builder.not(present);
            let known = known.presence(&mut self.builder);
            let is_given = self.builder.or(without, known);
            probabilities.push(Operand::optional(value, is_given, math));
            if !distribution.confidences.is_empty() && number >= confidences.len() {
                confidences.push(Operand::optional(self.number_constant(0.0, math), present, math));
            }
        }
        let likeliest = self.builder.i64(likeliest as i64);
        let winner = self.builder.select(present, distribution.winner, likeliest);
        let distribution = Distribution { labels, winner, present: None, probabilities, confidences };
        prediction.value = self.label_value(context, &distribution)?;
        prediction.distribution = Some(distribution);
        Ok(())
    }

    /// The prior probability of each category, where the target has one for all that it lists.
    fn priors(&mut self, target: &'d Target) -> Option<Vec<(&'d Name, f64)>> {
        let mut priors = Vec::with_capacity(target.target_values.len());
        for value in &target.target_values {
            match (&value.value, value.prior_probability) {
                (Some(label), Some(prior)) => priors.push((label, prior)),
                (_, None) if priors.is_empty() => return None,
                _ => {
                    let message =
                        "only some of the `TargetValue`s have a priorProbability: they are not used";
                    self.warn(value.position, "TargetValue", message);
                    return None;
                }
            }
        }
        (priors.iter().map(|(_, prior)| prior).sum::<f64>() > 0.0).then_some(priors)
    }

    /// The texts to show to people for a prediction's values: the target's, else the field's, else the value's own.
    pub fn display_value(&mut self, context: &ModelContext<'d>, prediction: &Prediction) -> Operand {
        if let Some(display_value) = prediction.features.display_value {
            return display_value;
        }
        let value = prediction.value;
        let mut keys = Vec::new();
        let mut texts = Vec::new();
        let target = context.common.targets.iter().flat_map(|targets| &targets.targets);
        let target = target.filter(|target| target.field.as_ref() == prediction.target.as_ref());
        let of_target = target.flat_map(|target| &target.target_values);
        let of_target =
            of_target.filter_map(|known| Some((known.value.as_ref()?, known.display_value.as_ref()?)));
        let field = prediction.target.as_ref().and_then(|name| self.data_fields.get(name)).copied();
        let of_field = field.into_iter().flat_map(|field| &field.values);
        let of_field = of_field.filter_map(|known| Some((&known.value, known.display_value.as_ref()?)));
        for (label, text) in of_target.chain(of_field) {
            if let Some(key) = literal::parse(&mut self.builder, value.data_type, label) {
                keys.push(vec![key]);
                texts.push(Constant::String(self.builder.intern(text)));
            }
        }
        let mut shown = self.to_text(value.value, value.data_type);
        if !keys.is_empty() {
            let map = MapData::new(vec![type_of(value.data_type)], keys);
            let number = self.builder.find(map, &[value.value]);
            let zero = self.builder.i64(0);
            let is_listed = self.builder.binary(Binary::GreaterOrEqual, number, zero);
            let listed = self.builder.lookup(TableData::new(Type::String, texts), number);
            shown = self.builder.select(is_listed, listed, shown);
        }
        Operand { value: shown, present: value.present, data_type: DataType::String, is_list: false }
    }
}

/// The number that takes the place of a missing one.
fn default_value(target: &Target) -> Result<Option<f64>> {
    let mut defaults = target.target_values.iter().filter(|value| value.default_value.is_some());
    let first = defaults.next();
    if let Some(second) = defaults.next() {
        let message = "there is a second `TargetValue` with a defaultValue";
        return Err(Error::invalid(second.position, "TargetValue", message));
    }
    Ok(first.and_then(|value| value.default_value))
}
