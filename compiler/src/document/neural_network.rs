//! `NeuralNetwork`: layers of neurons between inputs and outputs.

use super::enumeration::enumeration;
use super::markup::{Markup, lacks};
use super::model_common::{CommonReader, ModelCommon};
use super::transformation::DerivedField;
use super::{Name, Position};
use crate::error::Result;

/// The element `NeuralNetwork`.
#[derive(Clone, Debug)]
pub struct NeuralNetwork {
    /// The element's position.
    pub position: Position,
    /// The parts that all models share.
    pub common: ModelCommon,
    /// The defaults for all layers.
    pub defaults: LayerAttributes,
    /// The inputs.
    pub neural_inputs: Vec<NeuralInput>,
    /// The layers, each computed from those before it.
    pub neural_layers: Vec<NeuralLayer>,
    /// The outputs.
    pub neural_outputs: Vec<NeuralOutput>,
}

/// The attributes that a network has as defaults and a layer for itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct LayerAttributes {
    /// The activation function. A layer or its network must have one.
    pub activation_function: Option<ActivationFunction>,
    /// The normalization of a layer's activations.
    pub normalization_method: Option<NeuralNormalizationMethod>,
    /// The threshold of the activation function `threshold`.
    pub threshold: Option<f64>,
    /// The width of radial bases.
    pub width: Option<f64>,
    /// The altitude of radial bases.
    pub altitude: Option<f64>,
    /// The slope of the activation function `rectifier` below 0 (JPMML's `x-leakage`).
    pub leakage: Option<f64>,
}

enumeration! {
    /// A function of the sum of a neuron's connections.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum ActivationFunction {
        Threshold = "threshold",
        Logistic = "logistic",
        Tanh = "tanh",
        Identity = "identity",
        Exponential = "exponential",
        Reciprocal = "reciprocal",
        Square = "square",
        Gauss = "Gauss",
        Sine = "sine",
        Cosine = "cosine",
        Elliott = "Elliott",
        Arctan = "arctan",
        Rectifier = "rectifier",
        RadialBasis = "radialBasis",
    }
}

enumeration! {
    /// The normalization of a layer's activations.
    #[derive(Default)]
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum NeuralNormalizationMethod {
        #[default]
        None = "none",
        Simplemax = "simplemax",
        Softmax = "softmax",
    }
}

/// The element `NeuralInput`.
#[derive(Clone, Debug)]
pub struct NeuralInput {
    /// The element's position.
    pub position: Position,
    /// The neuron's identifier.
    pub id: Name,
    /// The value of the input.
    pub derived_field: DerivedField,
}

/// The element `NeuralLayer`.
#[derive(Clone, Debug)]
pub struct NeuralLayer {
    /// The element's position.
    pub position: Position,
    /// The attributes that differ from the network's.
    pub attributes: LayerAttributes,
    /// The neurons.
    pub neurons: Vec<Neuron>,
}

/// The element `Neuron`.
#[derive(Clone, Debug)]
pub struct Neuron {
    /// The element's position.
    pub position: Position,
    /// The neuron's identifier.
    pub id: Name,
    /// The constant term of the sum; 0 if absent.
    pub bias: f64,
    /// The width of the radial basis.
    pub width: Option<f64>,
    /// The altitude of the radial basis.
    pub altitude: Option<f64>,
    /// The connections.
    pub connections: Vec<Con>,
}

/// The element `Con`: a connection.
#[derive(Clone, Debug)]
pub struct Con {
    /// The element's position.
    pub position: Position,
    /// The neuron that it comes from.
    pub from: Name,
    /// Its weight.
    pub weight: f64,
}

/// The element `NeuralOutput`: says how a target field is coded as an output neuron's value.
#[derive(Clone, Debug)]
pub struct NeuralOutput {
    /// The element's position.
    pub position: Position,
    /// The neuron's identifier.
    pub output_neuron: Name,
    /// The coding.
    pub derived_field: DerivedField,
}

impl NeuralNetwork {
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let mut common = CommonReader::new(xml)?;
        let defaults = LayerAttributes::read(xml)?;
        let (mut neural_inputs, mut neural_outputs) = (None, None);
        let mut neural_layers = Vec::new();
        while let Some(child) = xml.child()? {
            match &*child {
                "NeuralInputs" => xml.once(&mut neural_inputs, read_inputs)?,
                "NeuralLayer" => neural_layers.push(NeuralLayer::read(xml)?),
                "NeuralOutputs" => xml.once(&mut neural_outputs, read_outputs)?,
                _ => common.read(xml)?,
            }
        }
        let lacking = |what| lacks(position, "NeuralNetwork", what);
        let neural_inputs = neural_inputs.ok_or_else(|| lacking("`NeuralInputs`"))?;
        let neural_outputs = neural_outputs.ok_or_else(|| lacking("`NeuralOutputs`"))?;
        let common = common.finish()?;
        Ok(NeuralNetwork { position, common, defaults, neural_inputs, neural_layers, neural_outputs })
    }
}

impl LayerAttributes {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        Ok(LayerAttributes {
            activation_function: xml.optional("activationFunction")?,
            normalization_method: xml.optional("normalizationMethod")?,
            threshold: xml.optional("threshold")?,
            width: xml.optional("width")?,
            altitude: xml.optional("altitude")?,
            leakage: xml.optional("x-leakage")?,
        })
    }
}

fn read_inputs(xml: &mut Markup<'_>) -> Result<Vec<NeuralInput>> {
    let position = xml.position();
    let mut inputs = Vec::new();
    while let Some(child) = xml.child()? {
        match &*child {
            "NeuralInput" => inputs.push(NeuralInput::read(xml)?),
            _ => return Err(xml.unexpected()),
        }
    }
    if inputs.is_empty() { Err(lacks(position, "NeuralInputs", "a `NeuralInput`")) } else { Ok(inputs) }
}

fn read_outputs(xml: &mut Markup<'_>) -> Result<Vec<NeuralOutput>> {
    let position = xml.position();
    let mut outputs = Vec::new();
    while let Some(child) = xml.child()? {
        match &*child {
            "NeuralOutput" => outputs.push(NeuralOutput::read(xml)?),
            _ => return Err(xml.unexpected()),
        }
    }
    if outputs.is_empty() { Err(lacks(position, "NeuralOutputs", "a `NeuralOutput`")) } else { Ok(outputs) }
}

impl NeuralInput {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let id = xml.required("id")?;
        let derived_field = read_derived_field(xml, position, "NeuralInput")?;
        Ok(NeuralInput { position, id, derived_field })
    }
}

impl NeuralLayer {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let attributes = LayerAttributes::read(xml)?;
        let mut neurons = Vec::new();
        while let Some(child) = xml.child()? {
            match &*child {
                "Neuron" => neurons.push(Neuron::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        if neurons.is_empty() {
            Err(lacks(position, "NeuralLayer", "a `Neuron`"))
        } else {
            Ok(NeuralLayer { position, attributes, neurons })
        }
    }
}

impl Neuron {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let mut neuron = Neuron {
            position: xml.position(),
            id: xml.required("id")?,
            bias: xml.or_default("bias")?,
            width: xml.optional("width")?,
            altitude: xml.optional("altitude")?,
            connections: Vec::new(),
        };
        while let Some(child) = xml.child()? {
            match &*child {
                "Con" => neuron.connections.push(Con::read(xml)?),
                _ => return Err(xml.unexpected()),
            }
        }
        if neuron.connections.is_empty() {
            Err(lacks(neuron.position, "Neuron", "a `Con`"))
        } else {
            Ok(neuron)
        }
    }
}

impl Con {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let con =
            Con { position: xml.position(), from: xml.required("from")?, weight: xml.required("weight")? };
        xml.leaf()?;
        Ok(con)
    }
}

impl NeuralOutput {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let output_neuron = xml.required("outputNeuron")?;
        let derived_field = read_derived_field(xml, position, "NeuralOutput")?;
        Ok(NeuralOutput { position, output_neuron, derived_field })
    }
}

/// Reads the one child of an input or an output.
fn read_derived_field(xml: &mut Markup<'_>, position: Position, element: &str) -> Result<DerivedField> {
    let mut derived_field = None;
    while let Some(child) = xml.child()? {
        match &*child {
            "DerivedField" => xml.once(&mut derived_field, DerivedField::read)?,
            _ => return Err(xml.unexpected()),
        }
    }
    derived_field.ok_or_else(|| lacks(position, element, "a `DerivedField`"))
}
