//! Layers: weighted sums of what comes in, activation functions, normalization.
//!
//! A sum is that of the connections in document order, then the bias. Large layers are one kernel, small ones scalar code,
//! with the same roundings. A neuron may refer to one before it in its own layer, to its value before normalization; then
//! the layer is cut there.

use super::Neurons;
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::neural_network::{
    ActivationFunction, LayerAttributes, NeuralLayer, NeuralNormalizationMethod, Neuron,
};
use crate::document::regression_model::RegressionNormalizationMethod as Method;
use crate::error::{Error, Position, Result};
use crate::ir::{Activation, Binary, Dense, Function, KernelData, Unary, Value};
use crate::lower::Lowering;
use crate::lower::model::ModelContext;
use crate::lower::operand::type_of;
use std::collections::{HashMap, HashSet};

/// How many connections are scalar code at most. More are a kernel.
const MAX_SCALAR_CONNECTIONS: usize = 64;

/// What a layer does.
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

impl<'d> Lowering<'d> {
    /// Computes the neurons of a layer.
    pub(super) fn neural_layer(
        &mut self,
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
            let (sums, activated) = self.neuron_sums(&rules, together, neurons)?;
            for (neuron, sum) in together.iter().zip(sums) {
                let value = if activated { sum } else { self.activation(&rules, neuron, sum)? };
                neurons.define(&neuron.id, value, neuron.position, "Neuron")?;
            }
            rest = others;
        }
        let method = own.normalization_method.or(defaults.normalization_method).unwrap_or_default();
        if method != NeuralNormalizationMethod::None {
            let ids = || layer.neurons.iter().map(|neuron| &neuron.id);
            let values: Vec<Value> = ids().filter_map(|id| neurons.values.get(id).copied()).collect();
            let normalized = match method {
                NeuralNormalizationMethod::Softmax => self.softmax(&values, rules.math),
                _ => self.shares(context, &values, neurons.present, rules.math),
            };
            neurons.values.extend(ids().zip(normalized));
        }
        Ok(())
    }

    /// The sums of some neurons, none of which refers to another: of products, or of squared differences. Tells whether the
    /// activation function has been applied to them already.
    fn neuron_sums(
        &mut self,
        rules: &Rules,
        together: &'d [Neuron],
        neurons: &Neurons<'d>,
    ) -> Result<(Vec<Value>, bool)> {
        let of_squares = rules.function == ActivationFunction::RadialBasis;
        // A radial basis has no bias.
        let bias = |neuron: &Neuron| if of_squares { 0.0 } else { neuron.bias + 0.0 };
        let connections: usize = together.iter().map(|neuron| neuron.connections.len()).sum();
        if connections <= MAX_SCALAR_CONNECTIONS {
            let sum = |neuron: &'d Neuron| self.neuron_sum(rules, neuron, bias(neuron), neurons);
            return Ok((together.iter().map(sum).collect::<Result<_>>()?, false));
        }
        // The arguments of the kernel are the neurons that are connected, in the order in which they are first named.
        let mut numbers: HashMap<&'d Name, usize> = HashMap::new();
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
        let mut dense = match of_squares {
            true => Dense::of_squares(type_of(rules.math), arguments.len()),
            false => Dense::new(type_of(rules.math), arguments.len()),
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
        let sums = self.builder.kernel(KernelData::Dense(dense), &arguments);
        Ok((sums, activation != Activation::Identity))
    }

    /// The sum of one neuron. That it starts from the first term and not from zero makes no difference, because the bias,
    /// which is no -0, comes last.
    fn neuron_sum(
        &mut self,
        rules: &Rules,
        neuron: &'d Neuron,
        bias: f64,
        neurons: &Neurons<'d>,
    ) -> Result<Value> {
        let mut sum = None;
        for con in &neuron.connections {
            let value = neurons.get(&con.from, con.position, "Con")?;
            let weight = self.number_constant(con.weight, rules.math);
            let term = if rules.function == ActivationFunction::RadialBasis {
                let difference = self.builder.binary(Binary::Subtract, value, weight);
                self.builder.binary(Binary::Multiply, difference, difference)
            } else {
                self.builder.binary(Binary::Multiply, weight, value)
            };
            sum = Some(match sum {
                None => term,
                Some(sum) => self.builder.binary(Binary::Add, sum, term),
            });
        }
        let bias = self.number_constant(bias, rules.math);
        Ok(match sum {
            None => bias,
            Some(sum) => self.builder.binary(Binary::Add, sum, bias),
        })
    }

    /// What the activation function makes of a neuron's sum.
    fn activation(&mut self, rules: &Rules, neuron: &Neuron, sum: Value) -> Result<Value> {
        let math = rules.math;
        let number = |lowering: &mut Self, number: f64| lowering.number_constant(number, math);
        let (zero, one) = (number(self, 0.0), number(self, 1.0));
        Ok(match rules.function {
            ActivationFunction::Threshold => {
                let threshold = number(self, rules.threshold);
                let above = self.builder.binary(Binary::Greater, sum, threshold);
                self.builder.select(above, one, zero)
            }
            ActivationFunction::Logistic => self.inverse_link(Method::Logit, sum, math),
            ActivationFunction::Tanh => self.rounded_call(Function::Tanh, sum, math),
            ActivationFunction::Identity => sum,
            ActivationFunction::Exponential => self.inverse_link(Method::Exp, sum, math),
            ActivationFunction::Reciprocal => self.builder.binary(Binary::Divide, one, sum),
            ActivationFunction::Square => self.builder.binary(Binary::Multiply, sum, sum),
            ActivationFunction::Gauss => {
                let square = self.builder.binary(Binary::Multiply, sum, sum);
                let negative = self.builder.unary(Unary::Negate, square);
                self.inverse_link(Method::Exp, negative, math)
            }
            ActivationFunction::Sine => self.rounded_call(Function::Sin, sum, math),
            ActivationFunction::Cosine => self.rounded_call(Function::Cos, sum, math),
            ActivationFunction::Elliott => {
                let absolute = self.builder.unary(Unary::Absolute, sum);
                let divisor = self.builder.binary(Binary::Add, one, absolute);
                self.builder.binary(Binary::Divide, sum, divisor)
            }
            ActivationFunction::Arctan => {
                let (two, pi) = (number(self, 2.0), number(self, std::f64::consts::PI));
                let angle = self.rounded_call(Function::Atan, sum, math);
                let twice = self.builder.binary(Binary::Multiply, two, angle);
                self.builder.binary(Binary::Divide, twice, pi)
            }
            ActivationFunction::Rectifier => match rules.leakage {
                None => {
                    // NaN stays.
                    let negative = self.builder.binary(Binary::Less, sum, zero);
                    self.builder.select(negative, zero, sum)
                }
                Some(leakage) => {
                    let leakage = number(self, leakage);
                    let positive = self.builder.binary(Binary::Greater, sum, zero);
                    let leaked = self.builder.binary(Binary::Multiply, leakage, sum);
                    self.builder.select(positive, sum, leaked)
                }
            },
            ActivationFunction::RadialBasis => self.radial_basis(rules, neuron, sum)?,
        })
    }

    /// `exp(connections · ln altitude − distance² ÷ (2 · width²))`.
    fn radial_basis(&mut self, rules: &Rules, neuron: &Neuron, distance: Value) -> Result<Value> {
        let Some(width) = neuron.width.or(rules.width) else {
            let message = format!(
                "`Neuron` is a radial basis without `width`, and neither its layer at {} nor its network has one",
                rules.position
            );
            return Err(Error::invalid(neuron.position, "Neuron", message));
        };
        let math = rules.math;
        let (two, width) = (self.number_constant(2.0, math), self.number_constant(width, math));
        let divisor = self.builder.binary(Binary::Multiply, two, width);
        let divisor = self.builder.binary(Binary::Multiply, divisor, width);
        let altitude = self.number_constant(neuron.altitude.unwrap_or(rules.altitude), math);
        let altitude = self.rounded_call(Function::Ln, altitude, math);
        let connections = self.number_constant(neuron.connections.len() as f64, math);
        let height = self.builder.binary(Binary::Multiply, connections, altitude);
        let fall = self.builder.binary(Binary::Divide, distance, divisor);
        let exponent = self.builder.binary(Binary::Subtract, height, fall);
        Ok(self.inverse_link(Method::Exp, exponent, math))
    }
}

/// How many of some neurons, from the first on, do not refer to each other; at least one.
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
