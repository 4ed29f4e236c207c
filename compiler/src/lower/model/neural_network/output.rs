//! Outputs: from the values of output neurons to predictions.
//!
//! A `NeuralOutput` says how a target field is coded as the neuron's value: as it is, by a piecewise linear function,
//! or as 1 if it has a given value. Here the coding is inverted. The outputs of a target that is coded by values are
//! the probabilities of a classification.

use super::Neurons;
use crate::document::Name;
use crate::document::data_dictionary::DataType;
use crate::document::expression::{Expression, NormContinuous, NormDiscrete, NormDiscreteMethod};
use crate::document::mining_schema::UsageType;
use crate::document::model::MiningFunction;
use crate::document::neural_network::NeuralOutput;
use crate::error::{Error, Result};
use crate::ir::{Builder, Constant, TableData, Type, Value};
use crate::lower::build::operand::Operand;
use crate::lower::build::{label, numbers};
use crate::lower::expression::norm;
use crate::lower::model::classification;
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::{Distribution, Prediction};
use crate::lower::state::{Lowering, MAX_NESTING};

/// How a neuron's value codes a target field.
#[derive(Clone, Copy)]
enum Coding<'d> {
    /// As it is.
    Same,
    /// Piecewise linear.
    Continuous(&'d NormContinuous),
    /// As 1 if the field has a value.
    Discrete(&'d NormDiscrete),
}

/// An output with its coding.
type Coded<'d> = (&'d NeuralOutput, Coding<'d>);

/// Lowers a prediction for each target, in the order in which outputs first name them.
pub(super) fn lower<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    outputs: &'d [NeuralOutput],
    neurons: &Neurons<'d>,
) -> Result<Vec<Prediction>> {
    let mut targets: Vec<(&'d Name, Vec<Coded<'d>>)> = Vec::new();
    for output in outputs {
        let (field, coding) = coding(lowering, context, output)?;
        match targets.iter_mut().find(|(known, _)| *known == field) {
            Some((_, coded)) => coded.push((output, coding)),
            None => targets.push((field, vec![(output, coding)])),
        }
    }
    check_targets(context, &targets)?;
    let mut predictions = Vec::with_capacity(targets.len());
    for (field, coded) in targets {
        let context = ModelContext { target: lowering.data_fields.get(field).copied(), ..*context };
        let classifies = coded.iter().any(|(_, coding)| matches!(coding, Coding::Discrete(_)));
        let fits = match context.common.function_name {
            MiningFunction::Classification => classifies,
            MiningFunction::Regression => !classifies,
            MiningFunction::Mixed => true,
            other => {
                let message = format!("`{}` cannot have the function {other}", context.element);
                return Err(Error::invalid(context.position, context.element, message));
            }
        };
        let [(first, _), ..] = coded.as_slice() else { continue };
        if !fits {
            let (function, coding) = if classifies {
                ("regression", "coded by values")
            } else {
                ("classification", "coded as a number")
            };
            let message = format!(
                "the function of the model is {function}, but the `NeuralOutput`s of `{field}` are {coding}"
            );
            return Err(Error::invalid(first.position, "NeuralOutput", message));
        }
        predictions.push(if classifies {
            coded_by_values(lowering, &context, &coded, neurons)?
        } else {
            coded_as_number(&mut lowering.builder, &context, &coded, neurons)?
        });
    }
    Ok(predictions)
}

/// Returns the field that an output codes, and its coding.
fn coding<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    output: &'d NeuralOutput,
) -> Result<(&'d Name, Coding<'d>)> {
    let mut expression = &output.derived_field.expression;
    // The reference may be to a derived field that does the coding.
    for _ in 0..MAX_NESTING {
        let (field, coding, map_missing_to) = match expression {
            Expression::FieldRef(field_ref) => {
                if let Some(derived) = lowering.declared_derived(context.scope, &field_ref.field) {
                    expression = &derived.expression;
                    continue;
                }
                (&field_ref.field, Coding::Same, field_ref.map_missing_to.is_some())
            }
            Expression::NormContinuous(norm) => {
                (&norm.field, Coding::Continuous(norm), norm.map_missing_to.is_some())
            }
            Expression::NormDiscrete(norm) => {
                if norm.method == NormDiscreteMethod::Thermometer {
                    let message = "`NormDiscrete` with the method `thermometer` is not supported";
                    return Err(Error::unsupported(norm.position, "NormDiscrete", message));
                }
                (&norm.field, Coding::Discrete(norm), norm.map_missing_to.is_some())
            }
            other => {
                let message = format!(
                    "`NeuralOutput` codes its field by `{}`, which cannot be inverted",
                    other.element()
                );
                return Err(Error::unsupported(other.position(), other.element(), message));
            }
        };
        if map_missing_to {
            let message = "mapMissingTo is ignored: it is about missing targets, which are not predicted";
            lowering.warn(expression.position(), expression.element(), message);
        }
        if !lowering.data_fields.contains_key(field) {
            let message =
                format!("`NeuralOutput` is about the field `{field}`, which the DataDictionary lacks");
            return Err(Error::invalid(output.position, "NeuralOutput", message));
        }
        return Ok((field, coding));
    }
    let message = format!(
        "`NeuralOutput` refers to its field through more than {MAX_NESTING} derived fields, or in a circle"
    );
    Err(Error::Limit { position: output.position, message })
}

/// Checks that outputs are about targets and that each target has an output, if the schema names any.
fn check_targets(context: &ModelContext<'_>, targets: &[(&Name, Vec<Coded<'_>>)]) -> Result<()> {
    let fields = &context.common.mining_schema.mining_fields;
    let named: Vec<_> = fields.iter().filter(|field| field.usage_type == UsageType::Target).collect();
    if named.is_empty() {
        return Ok(());
    }
    for (field, coded) in targets {
        if !named.iter().any(|target| target.name == **field) {
            let message =
                format!("`NeuralOutput` is about the field `{field}`, which is not a target of the model");
            return Err(Error::invalid(coded[0].0.position, "NeuralOutput", message));
        }
    }
    match named.iter().find(|target| !targets.iter().any(|(field, _)| **field == target.name)) {
        Some(target) => {
            let message = format!("no `NeuralOutput` is about the target `{}`", target.name);
            Err(Error::invalid(context.position, context.element, message))
        }
        None => Ok(()),
    }
}

/// Lowers the prediction of a number.
fn coded_as_number(
    builder: &mut Builder,
    context: &ModelContext<'_>,
    coded: &[Coded<'_>],
    neurons: &Neurons<'_>,
) -> Result<Prediction> {
    let [(output, coding)] = coded else {
        let message = "there is a second `NeuralOutput` about the same number";
        return Err(Error::invalid(coded[1].0.position, "NeuralOutput", message));
    };
    let value = neurons.get(&output.output_neuron, output.position, "NeuralOutput")?;
    let neuron = Operand { value, present: neurons.present, data_type: context.math(), is_list: false };
    let number = match coding {
        Coding::Continuous(norm) => inverse_norm(builder, norm, neuron)?,
        Coding::Same | Coding::Discrete(_) => neuron,
    };
    Ok(Prediction::number(context.target.map(|target| target.name.clone()), number))
}

/// Inverts a `NormContinuous`: returns the number that it maps to the neuron's value.
fn inverse_norm(builder: &mut Builder, norm: &NormContinuous, neuron: Operand) -> Result<Operand> {
    let (position, element) = (norm.position, "NormContinuous");
    let mut points: Vec<(f64, f64)> =
        norm.linear_norms.iter().map(|point| (point.norm, point.orig)).collect();
    if points.len() < 2 {
        let message = "`NormContinuous` needs at least two `LinearNorm` elements";
        return Err(Error::invalid(position, element, message));
    }
    if points.first() > points.last() {
        points.reverse();
    }
    if points.windows(2).any(|pair| !matches!(pair, [left, right] if left.0 < right.0)) {
        let message = "the `NormContinuous` of an output cannot be inverted: its `norm`s neither increase nor decrease \
                           throughout";
        return Err(Error::invalid(position, element, message));
    }
    Ok(norm::piecewise_linear(builder, &points, neuron, norm.outliers))
}

/// Lowers the prediction of a label. Its entity is the output neuron of the label.
fn coded_by_values<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    coded: &[Coded<'d>],
    neurons: &Neurons<'d>,
) -> Result<Prediction> {
    let (mut labels, mut values, mut ids): (Vec<Name>, Vec<Value>, Vec<Constant>) = Default::default();
    for (output, coding) in coded {
        let Coding::Discrete(norm) = coding else {
            let message = "some `NeuralOutput`s of one field are coded by values, others are not";
            return Err(Error::invalid(output.position, "NeuralOutput", message));
        };
        if label::label_number(&mut lowering.builder, &labels, &norm.value, context.label_type()).is_some() {
            let message = format!("there is a second `NeuralOutput` about `{}`", norm.value);
            return Err(Error::invalid(output.position, "NeuralOutput", message));
        }
        labels.push(norm.value.clone());
        values.push(neurons.get(&output.output_neuron, output.position, "NeuralOutput")?);
        ids.push(Constant::String(lowering.builder.intern(&output.output_neuron)));
    }
    let present = neurons.present;
    let winner = numbers::largest(&mut lowering.builder, &values);
    let operand = |value: Value, data_type: DataType| Operand { value, present, data_type, is_list: false };
    let probabilities: Vec<Operand> =
        values.into_iter().map(|value| operand(value, context.math())).collect();
    let entity_id = lowering.builder.lookup(TableData::new(Type::String, ids), winner);
    let entity_id = operand(entity_id, DataType::String);
    let distribution = Distribution { labels, winner, present, probabilities, confidences: Vec::new() };
    classification::classification(lowering, context, distribution, Some(entity_id))
}
