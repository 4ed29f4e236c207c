//! Layers: weighted sums of the connected neurons, activation functions, normalization.
//!
//! A sum adds the connections in document order, then the bias. Large layers are one kernel, small ones scalar code,
//! with the same roundings. A neuron may refer to an earlier one of its own layer, meaning that neuron's value before
//! normalization; the layer is then split there.

use super::Neurons;
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::neural_network::{
    ActivationFunction, LayerAttributes, NeuralLayer, NeuralNormalizationMethod, Neuron,
};
use crate::document::regression_model::RegressionNormalizationMethod as Method;
use crate::error::{Error, Position, Result};
use crate::ir::{Activation, Binary, Builder, Dense, Function, KernelData, Unary, Value};
use crate::lower::build::numbers;
use crate::lower::build::operand::type_of;
use crate::lower::model::context::ModelContext;
use crate::lower::model::normalization;
use crate::lower::state::Lowering;
use std::collections::{HashMap, HashSet};

/// Maximum number of connections in scalar code. More become a kernel.
const MAX_SCALAR_CONNECTIONS: usize = 64;

/// The parameters of a layer's neurons.
#[derive(Clone, Copy)]
struct Rules {
    position: Position,
    math: DataType,
    function: ActivationFunction,
    threshold: f64,
    width: Option<f64>,
    altitude: f64,
    leakage: Option<f64>,
}

/// Lowers the neurons of a layer.
pub(super) fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    defaults: &LayerAttributes,
    layer: &'d NeuralLayer,
    neurons: &mut Neurons<'d>,
) -> Result<()> {
    let own = &layer.attributes;
    let Some(function) = own.activation_function.or(defaults.activation_function) else {
        let message = "`NeuralLayer` has no activationFunction, nor has its network";
        return Err(Error::invalid(layer.position, "NeuralLayer", message));
    };
    let rules = Rules {
        position: layer.position,
        math: context.math(),
        function,
        threshold: own.threshold.or(defaults.threshold).unwrap_or(0.0),
        width: own.width.or(defaults.width),
        altitude: own.altitude.or(defaults.altitude).unwrap_or(1.0),
        leakage: own.leakage.or(defaults.leakage),
    };
    let mut rest = layer.neurons.as_slice();
    while !rest.is_empty() {
        let (together, others) = rest.split_at(independent(rest));
        let (sums, activated) = neuron_sums(&mut lowering.builder, &rules, together, neurons)?;
        for (neuron, sum) in together.iter().zip(sums) {
            let value = if activated { sum } else { activate(lowering, &rules, neuron, sum)? };
            neurons.define(&neuron.id, value, neuron.position, "Neuron")?;
        }
        rest = others;
    }
    let method = own.normalization_method.or(defaults.normalization_method).unwrap_or_default();
    if method != NeuralNormalizationMethod::None {
        let ids = || layer.neurons.iter().map(|neuron| &neuron.id);
        let values: Vec<Value> = ids().filter_map(|id| neurons.values.get(id).copied()).collect();
        let normalized = match method {
            NeuralNormalizationMethod::Softmax => {
                normalization::softmax(&mut lowering.builder, &values, rules.math)
            }
            _ => normalization::shares(lowering, context, &values, neurons.present, rules.math),
        };
        neurons.values.extend(ids().zip(normalized));
    }
    Ok(())
}

/// Lowers the sums of some neurons, none of which refers to another: sums of products, or of squared differences. Also
/// returns whether the activation function has already been applied to them.
fn neuron_sums(
    builder: &mut Builder,
    rules: &Rules,
    together: &[Neuron],
    neurons: &Neurons<'_>,
) -> Result<(Vec<Value>, bool)> {
    let of_squares = rules.function == ActivationFunction::RadialBasis;
    // A radial basis has no bias.
    let bias = |neuron: &Neuron| if of_squares { 0.0 } else { neuron.bias + 0.0 };
    let connections: usize = together.iter().map(|neuron| neuron.connections.len()).sum();
    if connections <= MAX_SCALAR_CONNECTIONS {
        let sum = |neuron: &Neuron| neuron_sum(builder, rules, neuron, bias(neuron), neurons);
        return Ok((together.iter().map(sum).collect::<Result<_>>()?, false));
    }
    // The arguments of the kernel are the connected neurons, in order of first appearance.
    let mut numbers: HashMap<&Name, usize> = HashMap::new();
    let mut arguments = Vec::new();
    let mut terms: Vec<Vec<(usize, f64)>> = Vec::with_capacity(together.len());
    for neuron in together {
        let mut of_neuron = Vec::with_capacity(neuron.connections.len());
        for con in &neuron.connections {
            let number = match numbers.get(&con.from) {
                Some(number) => *number,
                None => {
                    arguments.push(neurons.get(&con.from, con.position, "Con")?);
                    numbers.insert(&con.from, arguments.len() - 1);
                    arguments.len() - 1
                }
            };
            of_neuron.push((number, con.weight));
        }
        terms.push(of_neuron);
    }
    let mut dense = if of_squares {
        Dense::of_squares(type_of(rules.math), arguments.len())
    } else {
        Dense::new(type_of(rules.math), arguments.len())
    };
    for (neuron, terms) in together.iter().zip(terms) {
        dense.sum(terms, bias(neuron));
    }
    let activation = match rules.function {
        ActivationFunction::Logistic => Activation::Logistic,
        ActivationFunction::Tanh => Activation::Tanh,
        ActivationFunction::Rectifier if rules.leakage.is_none() => Activation::Rectifier,
        _ => Activation::Identity,
    };
    dense.activate(activation);
    let sums = builder.kernel(KernelData::Dense(dense), &arguments);
    Ok((sums, activation != Activation::Identity))
}

/// Lowers the sum of one neuron. Starting from the first term instead of zero makes no difference, because the bias,
/// which is never -0, comes last.
fn neuron_sum(
    builder: &mut Builder,
    rules: &Rules,
    neuron: &Neuron,
    bias: f64,
    neurons: &Neurons<'_>,
) -> Result<Value> {
    let mut sum = None;
    for con in &neuron.connections {
        let value = neurons.get(&con.from, con.position, "Con")?;
        let weight = numbers::constant(builder, con.weight, rules.math);
        let term = if rules.function == ActivationFunction::RadialBasis {
            let difference = builder.binary(Binary::Subtract, value, weight);
            builder.binary(Binary::Multiply, difference, difference)
        } else {
            builder.binary(Binary::Multiply, weight, value)
        };
        sum = Some(match sum {
            None => term,
            Some(sum) => builder.binary(Binary::Add, sum, term),
        });
    }
    let bias = numbers::constant(builder, bias, rules.math);
    Ok(match sum {
        None => bias,
        Some(sum) => builder.binary(Binary::Add, sum, bias),
    })
}

/// Applies the activation function to a neuron's sum.
fn activate(lowering: &mut Lowering<'_>, rules: &Rules, neuron: &Neuron, sum: Value) -> Result<Value> {
    let math = rules.math;
    let number =
        |lowering: &mut Lowering<'_>, number: f64| numbers::constant(&mut lowering.builder, number, math);
    let (zero, one) = (number(lowering, 0.0), number(lowering, 1.0));
    Ok(match rules.function {
        ActivationFunction::Threshold => {
            let threshold = number(lowering, rules.threshold);
            let above = lowering.builder.binary(Binary::Greater, sum, threshold);
            lowering.builder.select(above, one, zero)
        }
        ActivationFunction::Logistic => {
            normalization::inverse_link(&mut lowering.builder, Method::Logit, sum, math)
        }
        ActivationFunction::Tanh => numbers::rounded_call(&mut lowering.builder, Function::Tanh, sum, math),
        ActivationFunction::Identity => sum,
        ActivationFunction::Exponential => {
            normalization::inverse_link(&mut lowering.builder, Method::Exp, sum, math)
        }
        ActivationFunction::Reciprocal => lowering.builder.binary(Binary::Divide, one, sum),
        ActivationFunction::Square => lowering.builder.binary(Binary::Multiply, sum, sum),
        ActivationFunction::Gauss => {
            let square = lowering.builder.binary(Binary::Multiply, sum, sum);
            let negative = lowering.builder.unary(Unary::Negate, square);
            normalization::inverse_link(&mut lowering.builder, Method::Exp, negative, math)
        }
        ActivationFunction::Sine => numbers::rounded_call(&mut lowering.builder, Function::Sin, sum, math),
        ActivationFunction::Cosine => numbers::rounded_call(&mut lowering.builder, Function::Cos, sum, math),
        ActivationFunction::Elliott => {
            let absolute = lowering.builder.unary(Unary::Absolute, sum);
            let divisor = lowering.builder.binary(Binary::Add, one, absolute);
            lowering.builder.binary(Binary::Divide, sum, divisor)
        }
        ActivationFunction::Arctan => {
            let (two, pi) = (number(lowering, 2.0), number(lowering, std::f64::consts::PI));
            let angle = numbers::rounded_call(&mut lowering.builder, Function::Atan, sum, math);
            let twice = lowering.builder.binary(Binary::Multiply, two, angle);
            lowering.builder.binary(Binary::Divide, twice, pi)
        }
        ActivationFunction::Rectifier => match rules.leakage {
            None => {
                // NaN stays NaN.
                let negative = lowering.builder.binary(Binary::Less, sum, zero);
                lowering.builder.select(negative, zero, sum)
            }
            Some(leakage) => {
                let leakage = number(lowering, leakage);
                let positive = lowering.builder.binary(Binary::Greater, sum, zero);
                let leaked = lowering.builder.binary(Binary::Multiply, leakage, sum);
                lowering.builder.select(positive, sum, leaked)
            }
        },
        ActivationFunction::RadialBasis => radial_basis(&mut lowering.builder, rules, neuron, sum)?,
    })
}

/// Computes `exp(connections · ln altitude − distance² ÷ (2 · width²))`.
fn radial_basis(builder: &mut Builder, rules: &Rules, neuron: &Neuron, distance: Value) -> Result<Value> {
    let Some(width) = neuron.width.or(rules.width) else {
        let message = format!(
            "`Neuron` is a radial basis without `width`, and neither its layer at {} nor its network has one",
            rules.position
        );
        return Err(Error::invalid(neuron.position, "Neuron", message));
    };
    let math = rules.math;
    let (two, width) = (numbers::constant(builder, 2.0, math), numbers::constant(builder, width, math));
    let divisor = builder.binary(Binary::Multiply, two, width);
    let divisor = builder.binary(Binary::Multiply, divisor, width);
    let altitude = numbers::constant(builder, neuron.altitude.unwrap_or(rules.altitude), math);
    let altitude = numbers::rounded_call(builder, Function::Ln, altitude, math);
    let connections = numbers::constant(builder, neuron.connections.len() as f64, math);
    let height = builder.binary(Binary::Multiply, connections, altitude);
    let fall = builder.binary(Binary::Divide, distance, divisor);
    let exponent = builder.binary(Binary::Subtract, height, fall);
    Ok(normalization::inverse_link(builder, Method::Exp, exponent, math))
}

/// Returns the number of leading neurons that do not refer to each other; at least one.
fn independent(neurons: &[Neuron]) -> usize {
    let mut ids = HashSet::new();
    let refers = |neuron: &Neuron, ids: &HashSet<&Name>| {
        !ids.is_empty() && neuron.connections.iter().any(|con| ids.contains(&con.from))
    };
    for (number, neuron) in neurons.iter().enumerate() {
        if refers(neuron, &ids) {
            return number;
        }
        ids.insert(&neuron.id);
    }
    neurons.len()
}
