//! `Targets`: the transformation of a prediction before it is returned.
//!
//! A number is clamped, multiplied, shifted and rounded, in this order and in the model's arithmetic; a default value
//! replaces a missing one first. If a classification is missing, the prior probabilities are the result. Last, a number
//! is converted to the target field's data type. An integer target keeps a real result, though, unless `castInteger`
//! says how to round it: the document declares a type that its model does not respect.

use super::build::{label, literal, numbers, strings};
use super::convert;
use super::model::classification;
use super::state::Lowering;
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::targets::{CastInteger, Target};
use crate::error::{Error, Result};
use crate::ir::{Binary, Constant, MapData, TableData, Type, Unary};
use crate::lower::build::operand::{Operand, is_numeric, type_of};
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::{Distribution, Prediction};
use std::collections::HashMap;

/// Applies the model's `Target` to a prediction.
pub fn apply<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    prediction: &mut Prediction,
) -> Result<()> {
    let targets = context.common.targets.as_ref();
    let target = targets.and_then(|targets| {
        targets.targets.iter().find(|target| target.field.as_ref() == prediction.target.as_ref())
    });
    if prediction.distribution.is_some() {
        return match target {
            Some(target) => apply_priors(lowering, context, target, prediction),
            None => Ok(()),
        };
    }
    let value = prediction.value;
    if value.is_list || !is_numeric(value.data_type) {
        return Ok(());
    }
    if let Some(target) = target {
        prediction.value = rescale(lowering, context, target, value)?;
        // The factor applies to the number and to its error.
        if let Some(error) = &mut prediction.features.standard_error
            && target.rescale_factor != 1.0
        {
            let factor = lowering.builder.f64(target.rescale_factor.abs());
            error.value = lowering.builder.binary(Binary::Multiply, error.value, factor);
        }
    }
    let field = prediction.target.as_ref().and_then(|name| lowering.data_fields.get(name)).copied();
    if let Some(field) = field {
        let is_rounded = target.is_some_and(|target| target.cast_integer.is_some());
        let (position, element) = (context.position, context.element);
        prediction.value = match field.data_type {
            DataType::Integer if !is_rounded => prediction.value,
            DataType::Integer | DataType::Float | DataType::Double | DataType::String | DataType::Boolean => {
                convert::cast(lowering, prediction.value, field.data_type, position, element)?
            }
            _ => prediction.value,
        };
    }
    Ok(())
}

/// Replaces a missing number, clamps, multiplies, shifts and rounds it.
fn rescale<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    target: &Target,
    value: Operand,
) -> Result<Operand> {
    let math = context.math();
    let mut operand = convert::cast(lowering, value, math, target.position, "Target")?;
    if let Some(default) = default_value(target)? {
        let default = Operand::present(numbers::constant(&mut lowering.builder, default, math), math);
        operand = operand.or(&mut lowering.builder, default);
    }
    let bounds = [(target.min, Binary::Less), (target.max, Binary::Greater)];
    for (bound, comparison) in bounds {
        if let Some(bound) = bound {
            let bound = numbers::constant(&mut lowering.builder, bound, math);
            let is_outside = lowering.builder.binary(comparison, operand.value, bound);
            operand.value = lowering.builder.select(is_outside, bound, operand.value);
        }
    }
    if target.rescale_factor != 1.0 {
        let factor = numbers::constant(&mut lowering.builder, target.rescale_factor, math);
        operand.value = lowering.builder.binary(Binary::Multiply, operand.value, factor);
    }
    if target.rescale_constant != 0.0 {
        let constant = numbers::constant(&mut lowering.builder, target.rescale_constant, math);
        operand.value = lowering.builder.binary(Binary::Add, operand.value, constant);
    }
    operand.value = match target.cast_integer {
        None => operand.value,
        Some(CastInteger::Floor) => lowering.builder.unary(Unary::Floor, operand.value),
        Some(CastInteger::Ceiling) => lowering.builder.unary(Unary::Ceil, operand.value),
        Some(CastInteger::Round) => numbers::round_half_up(&mut lowering.builder, operand.value, math),
    };
    Ok(operand)
}

/// Replaces a missing classification by the prior probabilities.
fn apply_priors<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    target: &'d Target,
    prediction: &mut Prediction,
) -> Result<()> {
    let Some(distribution) = &prediction.distribution else { return Ok(()) };
    let Some(present) = distribution.present else { return Ok(()) };
    let Some(priors) = priors(lowering, target) else { return Ok(()) };
    let data_type = prediction.value.data_type;
    let math = distribution.probabilities.first().map_or(context.math(), |operand| operand.data_type);
    let mut labels = distribution.labels.clone();
    let mut prior_of: HashMap<usize, f64> = HashMap::new();
    // The number and prior of the most probable label; on a tie, the first.
    let mut likeliest: Option<(usize, f64)> = None;
    let total: f64 = priors.iter().map(|(_, prior)| prior).sum();
    for (label, prior) in priors {
        let number = match label::label_number(&mut lowering.builder, &labels, label, data_type) {
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
        let prior =
            numbers::constant(&mut lowering.builder, prior_of.get(&number).copied().unwrap_or(0.0), math);
        let known = match distribution.probabilities.get(number) {
            Some(operand) => *operand,
            // The model gives 0 to a label that only the priors name.
            None if !distribution.probabilities.is_empty() => {
                Operand::optional(numbers::constant(&mut lowering.builder, 0.0, math), present, math)
            }
            None => Operand::missing(&mut lowering.builder, math),
        };
        let value = lowering.builder.select(present, known.value, prior);
        let without = lowering.builder.not(present);
        let known = known.presence(&mut lowering.builder);
        let is_given = lowering.builder.or(without, known);
        probabilities.push(Operand::optional(value, is_given, math));
        if !distribution.confidences.is_empty() && number >= confidences.len() {
            confidences.push(Operand::optional(
                numbers::constant(&mut lowering.builder, 0.0, math),
                present,
                math,
            ));
        }
    }
    let likeliest = lowering.builder.i64(likeliest as i64);
    let winner = lowering.builder.select(present, distribution.winner, likeliest);
    let distribution = Distribution { labels, winner, present: None, probabilities, confidences };
    prediction.value = classification::label_value(lowering, context, &distribution)?;
    prediction.distribution = Some(distribution);
    Ok(())
}

/// Returns the prior probability of each category, if the target has one for all that it lists. Otherwise returns
/// `None`, with a warning if some have one.
fn priors<'d>(lowering: &mut Lowering<'d>, target: &'d Target) -> Option<Vec<(&'d Name, f64)>> {
    let mut priors = Vec::with_capacity(target.target_values.len());
    for value in &target.target_values {
        match (&value.value, value.prior_probability) {
            (Some(label), Some(prior)) => priors.push((label, prior)),
            (_, None) if priors.is_empty() => return None,
            _ => {
                let message = "only some of the `TargetValue`s have a priorProbability: they are not used";
                lowering.warn(value.position, "TargetValue", message);
                return None;
            }
        }
    }
    (priors.iter().map(|(_, prior)| prior).sum::<f64>() > 0.0).then_some(priors)
}

/// Lowers the display value of a prediction: the target's, else the field's, else the value itself as a string.
pub fn display_value<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    prediction: &Prediction,
) -> Operand {
    if let Some(display_value) = prediction.features.display_value {
        return display_value;
    }
    let value = prediction.value;
    let mut keys = Vec::new();
    let mut display_values = Vec::new();
    let target = context.common.targets.iter().flat_map(|targets| &targets.targets);
    let target = target.filter(|target| target.field.as_ref() == prediction.target.as_ref());
    let of_target = target.flat_map(|target| &target.target_values);
    let of_target =
        of_target.filter_map(|known| Some((known.value.as_ref()?, known.display_value.as_ref()?)));
    let field = prediction.target.as_ref().and_then(|name| lowering.data_fields.get(name)).copied();
    let of_field = field.into_iter().flat_map(|field| &field.values);
    let of_field = of_field.filter_map(|known| Some((&known.value, known.display_value.as_ref()?)));
    for (label, text) in of_target.chain(of_field) {
        if let Some(key) = literal::parse(&mut lowering.builder, value.data_type, label) {
            keys.push(vec![key]);
            display_values.push(Constant::String(lowering.builder.intern(text)));
        }
    }
    let mut shown = strings::from_value(&mut lowering.builder, value.value, value.data_type);
    if !keys.is_empty() {
        let map = MapData::new(vec![type_of(value.data_type)], keys);
        let number = lowering.builder.find(map, &[value.value]);
        let zero = lowering.builder.i64(0);
        let is_listed = lowering.builder.binary(Binary::GreaterOrEqual, number, zero);
        let listed = lowering.builder.lookup(TableData::new(Type::String, display_values), number);
        shown = lowering.builder.select(is_listed, listed, shown);
    }
    Operand { value: shown, present: value.present, data_type: DataType::String, is_list: false }
}

/// Returns the number that replaces a missing one. Fails if there are two.
fn default_value(target: &Target) -> Result<Option<f64>> {
    let mut defaults = target.target_values.iter().filter(|value| value.default_value.is_some());
    let first = defaults.next();
    if let Some(second) = defaults.next() {
        let message = "there is a second `TargetValue` with a defaultValue";
        return Err(Error::invalid(second.position, "TargetValue", message));
    }
    Ok(first.and_then(|value| value.default_value))
}
