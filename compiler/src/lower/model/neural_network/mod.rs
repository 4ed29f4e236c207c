//! `NeuralNetwork`: inputs, layers, outputs.
//!
//! Every neuron becomes a value, known by its identifier. [`layer`] computes them; [`output`] inverts the codings of
//! the target fields. The prediction is missing if any input is missing, even one that no neuron uses.

mod layer;
mod output;

use super::context::ModelContext;
use super::prediction::Prediction;
use crate::document::Name;
use crate::document::neural_network::NeuralNetwork;
use crate::error::{Error, Position, Result};
use crate::ir::Value;
use crate::lower::build::operand::all_present;
use crate::lower::convert;
use crate::lower::state::Lowering;
use std::collections::HashMap;

/// Maximum number of neurons of a network, including its inputs: each takes a column of memory.
const MAX_NEURONS: usize = 262_144;

/// The values of a network's neurons so far.
#[derive(Default)]
struct Neurons<'d> {
    values: HashMap<&'d Name, Value>,
    /// Whether all inputs are present; if not, no value is meaningful. `None`: always.
    present: Option<Value>,
}

impl<'d> Neurons<'d> {
    /// Returns the value of the neuron that an element refers to. Fails if it is not defined yet.
    fn get(&self, id: &Name, position: Position, element: &str) -> Result<Value> {
        self.values.get(id).copied().ok_or_else(|| {
            let message = format!("`{element}` refers to the neuron `{id}`, which is not defined before it");
            Error::invalid(position, element, message)
        })
    }

    /// Defines the value of a neuron. Fails if it has one already.
    fn define(&mut self, id: &'d Name, value: Value, position: Position, element: &str) -> Result<()> {
        if self.values.insert(id, value).is_some() {
            let message = format!("the neuron `{id}` is defined twice");
            return Err(Error::invalid(position, element, message));
        }
        if self.values.len() > MAX_NEURONS {
            let message = format!("the network has more than {MAX_NEURONS} neurons, which is the limit");
            return Err(Error::Limit { position, message });
        }
        Ok(())
    }
}

/// Lowers a `NeuralNetwork`: a prediction for each target, in the order in which outputs first name them.
pub fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    network: &'d NeuralNetwork,
) -> Result<Vec<Prediction>> {
    let mut neurons = Neurons::default();
    let mut inputs = Vec::with_capacity(network.neural_inputs.len());
    for input in &network.neural_inputs {
        let operand = lowering.derived_value(context.scope, &input.derived_field)?;
        let number = convert::cast(lowering, operand, context.math(), input.position, "NeuralInput")?;
        neurons.define(&input.id, number.value, input.position, "NeuralInput")?;
        inputs.push(number);
    }
    neurons.present = all_present(&mut lowering.builder, &inputs);
    for layer in &network.neural_layers {
        layer::lower(lowering, context, &network.defaults, layer, &mut neurons)?;
    }
    output::lower(lowering, context, &network.neural_outputs, &neurons)
}
