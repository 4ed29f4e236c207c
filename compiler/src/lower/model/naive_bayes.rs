//! `NaiveBayesModel`: the likelihood of each value of the target, assuming that the inputs are independent.
//!
//! A likelihood is the product of the frequency of the target's value and the probability of each input's value given
//! it. As in JPMML-Evaluator it is computed as a sum of logarithms, the target's first, then the inputs' in document
//! order, and the softmax of the sums gives the probabilities. The logarithms of counts are constants, so that a
//! category is one table lookup.
//!
//! An input that is missing, or whose value the document does not list, contributes nothing. If a listed value has no
//! count for a value of the target, it contributes nothing to that value of the target. A count of zero is replaced by
//! the threshold, and so is any density below it.

use super::context::ModelContext;
use super::prediction::{Distribution, Prediction};
use super::sum::float_constant;
use super::{classification, normalization};
use crate::document::Name;
use crate::document::continuous_distribution::{ContinuousDistribution, ContinuousDistributionKind};
use crate::document::data_dictionary::DataType;
use crate::document::mining_schema::UsageType;
use crate::document::model::MiningFunction;
use crate::document::naive_bayes_model::{
    BayesInput, Evidence, NaiveBayesModel, PairCounts, TargetValueCount, TargetValueStat,
};
use crate::error::{Error, Position, Result};
use crate::ir::{Binary, Builder, Constant, Function, MapData, TableData, Type, Unary, Value};
use crate::lower::build::label::Labels;
use crate::lower::build::numbers;
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::checked;
use crate::lower::convert::{self, rounded};
use crate::lower::state::Lowering;
use pmml_runtime::math;
use std::collections::HashSet;
use std::f64::consts::TAU;

/// Maximum number of elements in the tables of one model: values of inputs times values of the target.
const MAX_ELEMENTS: usize = 1 << 24;

/// The logarithms of the likelihoods, as inputs are added.
struct Likelihoods {
    /// The type in which they are added: `Float` or `Double`.
    math: DataType,
    /// The replacement for a probability of zero, in the model's precision.
    threshold: f64,
    /// The values of the target, in the order of the `BayesOutput`.
    labels: Labels,
    /// One for each label.
    sums: Vec<Value>,
    /// The number of elements of the tables so far.
    elements: usize,
}

/// Lowers a `NaiveBayesModel`.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d NaiveBayesModel,
) -> Result<Prediction> {
    if context.common.function_name != MiningFunction::Classification {
        let message = format!("`NaiveBayesModel` cannot have the function {}", context.common.function_name);
        return Err(Error::invalid(model.position, "NaiveBayesModel", message));
    }
    if !(model.threshold >= 0.0 && model.threshold.is_finite()) {
        let message = format!("the threshold {} is not a probability", model.threshold);
        return Err(Error::invalid(model.position, "NaiveBayesModel", message));
    }
    let context = &context_of_output(lowering, context, model)?;
    let math = context.math();
    let mut likelihoods = Likelihoods {
        math,
        threshold: rounded(model.threshold, math),
        labels: Labels::new(context.label_type()),
        sums: Vec::new(),
        elements: 0,
    };
    for entry in &model.bayes_output.target_value_counts {
        let label = likelihoods.labels.number(&mut lowering.builder, &entry.value) as usize;
        if label < likelihoods.sums.len() {
            return Err(second(entry.position, "TargetValueCount", &entry.value));
        }
        let count = lowering.builder.constant(logarithm(checked_count(entry)?, math));
        likelihoods.sums.push(count);
    }
    for input in &model.bayes_inputs {
        bayes_input(lowering, context, &mut likelihoods, input)?;
    }
    let probabilities = normalization::softmax(&mut lowering.builder, &likelihoods.sums, math);
    let winner = numbers::largest(&mut lowering.builder, &probabilities);
    let probabilities = probabilities.into_iter().map(|value| Operand::present(value, math)).collect();
    let labels = likelihoods.labels.names().to_vec();
    let distribution = Distribution { labels, winner, present: None, probabilities, confidences: Vec::new() };
    classification::classification(lowering, context, distribution, None)
}

/// Returns the context with the target that `BayesOutput` names, if it names one.
fn context_of_output<'d>(
    lowering: &Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d NaiveBayesModel,
) -> Result<ModelContext<'d>> {
    let Some(name) = &model.bayes_output.field_name else { return Ok(*context) };
    let mut targets = context
        .common
        .mining_schema
        .mining_fields
        .iter()
        .filter(|field| field.usage_type == UsageType::Target)
        .peekable();
    let is_target = targets.peek().is_none() || targets.any(|field| field.name == *name);
    match lowering.data_fields.get(name).copied().filter(|_| is_target) {
        Some(target) => Ok(ModelContext { target: Some(target), ..*context }),
        None => {
            let message =
                format!("`BayesOutput` is about the field `{name}`, which is not a target of the model");
            Err(Error::invalid(model.bayes_output.position, "BayesOutput", message))
        }
    }
}

/// Returns the number of a value of the target. Fails if `BayesOutput` does not count it.
fn counted_label(
    builder: &mut Builder,
    likelihoods: &mut Likelihoods,
    value: &Name,
    position: Position,
    element: &str,
) -> Result<usize> {
    let label = likelihoods.labels.number(builder, value) as usize;
    if label < likelihoods.sums.len() {
        Ok(label)
    } else {
        let message = format!("`{element}` is about `{value}`, which `BayesOutput` does not count");
        Err(Error::invalid(position, element, message))
    }
}

/// Adds the evidence of an input.
fn bayes_input<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    likelihoods: &mut Likelihoods,
    input: &'d BayesInput,
) -> Result<()> {
    let (position, element) = (input.position, "BayesInput");
    let mut operand = lowering.field(context.scope, &input.field_name, position, element)?.operand;
    if let Some(derived) = &input.derived_field {
        let computed = lowering.expression(context.scope, &derived.expression, Some(derived.data_type))?;
        operand =
            convert::cast_or_list(lowering, computed, derived.data_type, derived.position, "DerivedField")?;
    }
    operand.refuse_list("uses", position, element)?;
    match &input.evidence {
        Evidence::PairCounts(pairs) => pair_counts(lowering, likelihoods, operand, position, pairs),
        Evidence::TargetValueStats(stats) => {
            target_value_stats(lowering, likelihoods, operand, position, stats)
        }
    }
}

/// Adds the evidence of a categorical input.
fn pair_counts(
    lowering: &mut Lowering<'_>,
    likelihoods: &mut Likelihoods,
    operand: Operand,
    position: Position,
    pairs: &[PairCounts],
) -> Result<()> {
    let (mut keys, mut known) = (Vec::new(), HashSet::new());
    // For each label, its counts with each of the keys, and in total.
    let (mut rows, mut totals) = (Vec::new(), vec![None; likelihoods.sums.len()]);
    for pair in pairs {
        let key =
            checked::sought_category(lowering, operand.data_type, &pair.value, pair.position, "PairCounts")?;
        if let Some(key) = key
            && !known.insert(key)
        {
            let message = format!("there is a second `PairCounts` of `{}`", pair.value);
            return Err(Error::invalid(pair.position, "PairCounts", message));
        }
        let mut counts = Vec::with_capacity(pair.target_value_counts.len());
        let mut counted = HashSet::with_capacity(pair.target_value_counts.len());
        for entry in &pair.target_value_counts {
            let label = counted_label(
                &mut lowering.builder,
                likelihoods,
                &entry.value,
                entry.position,
                "TargetValueCount",
            )?;
            if !counted.insert(label) {
                return Err(second(entry.position, "TargetValueCount", &entry.value));
            }
            let count = checked_count(entry)?;
            totals[label] = Some(totals[label].unwrap_or(0.0) + count);
            counts.push((label, count));
        }
        if let Some(key) = key {
            keys.push(vec![key]);
            rows.push(counts);
        }
    }
    let counted = totals.iter().flatten().count();
    likelihoods.elements = likelihoods.elements.saturating_add(rows.len().saturating_mul(counted));
    if likelihoods.elements > MAX_ELEMENTS {
        let message = format!(
            "`BayesInput` counts {counted} values of the target for {} values of the input, which makes the model's \
                 tables too large",
            rows.len()
        );
        return Err(Error::Limit { position, message });
    }
    let math = likelihoods.math;
    let zero = float_constant(0.0, math);
    let mut columns: Vec<Vec<Constant>> =
        totals.iter().map(|total| vec![zero; if total.is_some() { rows.len() } else { 0 }]).collect();
    for (row, counts) in rows.iter().enumerate() {
        for (label, count) in counts {
            let probability =
                if *count > 0.0 { count / totals[*label].unwrap_or(1.0) } else { likelihoods.threshold };
            columns[*label][row] = logarithm(probability, math);
        }
    }
    let builder = &mut lowering.builder;
    let mut number = builder.find(MapData::new(vec![type_of(operand.data_type)], keys), &[operand.value]);
    if let Some(present) = operand.present {
        let unlisted = builder.i64(-1);
        number = builder.select(present, number, unlisted);
    }
    // A value that is not listed has the number -1, for which a table returns 0: nothing is added.
    for (label, column) in columns.into_iter().enumerate().filter(|(_, column)| !column.is_empty()) {
        let term = lowering.builder.lookup(TableData::new(type_of(math), column), number);
        likelihoods.add(&mut lowering.builder, label, term);
    }
    Ok(())
}

/// Adds the evidence of a continuous input.
fn target_value_stats(
    lowering: &mut Lowering<'_>,
    likelihoods: &mut Likelihoods,
    operand: Operand,
    position: Position,
    stats: &[TargetValueStat],
) -> Result<()> {
    let math = likelihoods.math;
    let value = convert::cast(lowering, operand, DataType::Double, position, "BayesInput")?;
    let is_poisson =
        |stat: &TargetValueStat| matches!(stat.distribution.kind, ContinuousDistributionKind::Poisson { .. });
    if let Some(stat) = stats.iter().find(|stat| is_poisson(stat)) {
        // Rows whose number is not an integer fail.
        convert::cast(
            lowering,
            operand,
            DataType::Integer,
            stat.distribution.position,
            "PoissonDistribution",
        )?;
    }
    let threshold = numbers::constant(&mut lowering.builder, likelihoods.threshold, math);
    let zero = numbers::constant(&mut lowering.builder, 0.0, math);
    let mut known = HashSet::with_capacity(stats.len());
    for stat in stats {
        let label =
            counted_label(&mut lowering.builder, likelihoods, &stat.value, stat.position, "TargetValueStat")?;
        if !known.insert(label) {
            return Err(second(stat.position, "TargetValueStat", &stat.value));
        }
        let density = density(&mut lowering.builder, &stat.distribution, value.value)?;
        let builder = &mut lowering.builder;
        let density = match type_of(math) {
            Type::F32 => builder.unary(Unary::F64ToF32, density),
            _ => density,
        };
        let is_less = builder.binary(Binary::Less, density, threshold);
        let probability = builder.select(is_less, threshold, density);
        let mut term = numbers::to_f64(&mut lowering.builder, probability, math);
        term = lowering.builder.call(Function::Ln, &[term]);
        if type_of(math) == Type::F32 {
            term = lowering.builder.unary(Unary::F64ToF32, term);
        }
        if let Some(present) = value.present {
            term = lowering.builder.select(present, term, zero);
        }
        likelihoods.add(&mut lowering.builder, label, term);
    }
    Ok(())
}

/// Lowers the density of a distribution at a number, as `f64`.
fn density(builder: &mut Builder, distribution: &ContinuousDistribution, x: Value) -> Result<Value> {
    let refused =
        |element: &str, message: String| Err(Error::invalid(distribution.position, element, message));
    match distribution.kind {
        ContinuousDistributionKind::Gaussian { mean, variance } => {
            if !(mean.is_finite() && variance > 0.0 && variance.is_finite()) {
                let message = format!(
                    "there is no normal distribution with the mean {mean} and the variance {variance}"
                );
                return refused("GaussianDistribution", message);
            }
            // exp(-½z² - ln(σ√2π)), with the intermediate roundings of the reference evaluator.
            let deviation = variance.sqrt();
            let scale = builder.f64(math::ln(deviation) + 0.5 * math::ln(TAU));
            let (mean, deviation) = (builder.f64(mean), builder.f64(deviation));
            let minus_half = builder.f64(-0.5);
            let difference = builder.binary(Binary::Subtract, x, mean);
            let z = builder.binary(Binary::Divide, difference, deviation);
            let square = builder.binary(Binary::Multiply, z, z);
            let exponent = builder.binary(Binary::Multiply, minus_half, square);
            let exponent = builder.binary(Binary::Subtract, exponent, scale);
            Ok(builder.call(Function::Exp, &[exponent]))
        }
        ContinuousDistributionKind::Poisson { mean } => {
            if !(mean > 0.0 && mean.is_finite()) {
                let message = format!("there is no Poisson distribution with the mean {mean}");
                return refused("PoissonDistribution", message);
            }
            let mean = builder.f64(mean);
            Ok(builder.call(Function::PoissonDensity, &[x, mean]))
        }
        ContinuousDistributionKind::Uniform { lower, upper } => {
            let density = 1.0 / (upper - lower);
            if !(lower < upper && density > 0.0 && density.is_finite()) {
                let message = format!("there is no uniform distribution from {lower} to {upper}");
                return refused("UniformDistribution", message);
            }
            let (lower, upper) = (builder.f64(lower), builder.f64(upper));
            let is_above = builder.binary(Binary::GreaterOrEqual, x, lower);
            let is_below = builder.binary(Binary::LessOrEqual, x, upper);
            let is_within = both(builder, Some(is_above), Some(is_below)).unwrap_or(is_above);
            let (density, zero) = (builder.f64(density), builder.f64(0.0));
            Ok(builder.select(is_within, density, zero))
        }
        ContinuousDistributionKind::Any { .. } => {
            let message = "`AnyDistribution` does not say which density the values have";
            Err(Error::unsupported(distribution.position, "AnyDistribution", message))
        }
    }
}

impl Likelihoods {
    /// Adds a term to the sum of a label.
    fn add(&mut self, builder: &mut Builder, label: usize, term: Value) {
        self.sums[label] = builder.binary(Binary::Add, self.sums[label], term);
    }
}

/// Returns a count. Fails if it is negative or not finite.
fn checked_count(entry: &TargetValueCount) -> Result<f64> {
    if entry.count >= 0.0 && entry.count.is_finite() {
        Ok(entry.count)
    } else {
        let message = format!("`{}` cannot occur {} times", entry.value, entry.count);
        Err(Error::invalid(entry.position, "TargetValueCount", message))
    }
}

/// Returns the error of a second element about the same value.
fn second(position: Position, element: &str, value: &Name) -> Error {
    Error::invalid(position, element, format!("there is a second `{element}` of `{value}`"))
}

/// Returns the logarithm of a number, which is rounded to the model's precision first.
fn logarithm(number: f64, math: DataType) -> Constant {
    match type_of(math) {
        Type::F32 => Constant::F32(math::single::ln(number as f32)),
        _ => Constant::F64(math::ln(number)),
    }
}
