//! Models: what they have in common, and the choice among them.
//!
//! [`Lowering::model`] does for every model what the standard asks of all: its schema, its local transformations, then
//! the model itself (a module for each type, which gives a [`Prediction`] for each target), then `Targets` and `Output`.

pub mod anomaly;
pub mod association;
pub mod classification;
pub mod clustering;
pub mod comparison;
pub mod declared;
pub mod feature;
pub mod general_regression;
pub mod mining;
pub mod naive_bayes;
pub mod nearest_neighbor;
pub mod neural_network;
pub mod normalization;
pub mod regression;
pub mod rule_set;
pub mod scorecard;
pub mod sum;
pub mod support_vector_machine;
pub mod tree;

use self::feature::Features;
use super::field::{Domain, Field};
use super::scope::ScopeId;
use super::{Lowering, mining_schema, output, selection, targets};
use crate::document::Name;
use crate::document::data_dictionary::{DataField, DataType, OpType};
use crate::document::mining_schema::UsageType;
use crate::document::model::{MathContext, MiningFunction, Model, ModelCommon};
use crate::error::{Error, Position, Result};
use crate::ir::Value;
use crate::lower::build::operand::Operand;

/// What a model makes of a row.
#[derive(Clone, Debug)]
pub struct ModelResult<'d> {
    /// A prediction for each target; at least one.
    pub predictions: Vec<Prediction>,
    /// The output fields that it hands out: those of segments first (see [`mining`]), then its own. Those that are no
    /// final results are among them, for segments to refer to.
    pub outputs: Vec<OutputResult<'d>>,
    /// What the segments of an ensemble answer, for its own output fields that name one (`segmentId`).
    pub segments: Vec<SegmentResult<'d>>,
}

/// The answer of a segment.
#[derive(Clone, Debug)]
pub struct SegmentResult<'d> {
    /// The segment's identifier: its `id`, or its place, counting from 1.
    pub id: Name,
    /// A bool: whether the segment applies; `None` where it always does. Where it does not, nothing in `result` is
    /// present.
    pub active: Option<Value>,
    /// What its model makes of the row.
    pub result: ModelResult<'d>,
}

/// A model's prediction of one target.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The target field, if the model names one.
    pub target: Option<Name>,
    /// The predicted value: for a classification, the predicted label in the target's data type.
    pub value: Operand,
    /// How sure a classification is of each label; `None` for other predictions.
    pub distribution: Option<Distribution>,
    /// The identifier of the winning entity (a tree's node, a selected segment), a string.
    pub entity_id: Option<Operand>,
    /// What else output fields can ask for.
    pub features: Features,
}

/// What a classification makes of its labels.
#[derive(Clone, Debug)]
pub struct Distribution {
    /// The labels, as the document writes them, in the order in which ties are broken.
    pub labels: Vec<Name>,
    /// The predicted label's number, as `i64`; anything where nothing is predicted.
    pub winner: Value,
    /// Whether a label is predicted; `None`: always.
    pub present: Option<Value>,
    /// The probability of each label, as doubles or, under `x-mathContext="float"`, singles. Empty where the model gives
    /// none (a tree without score distributions).
    pub probabilities: Vec<Operand>,
    /// The confidence in each label, where the model has some. As many as labels, or none.
    pub confidences: Vec<Operand>,
}

/// An output field with its value.
#[derive(Clone, Debug)]
pub struct OutputResult<'d> {
    /// The name.
    pub name: Name,
    /// The name to show to people.
    pub display_name: Option<Name>,
    /// The value.
    pub field: Field<'d>,
    /// Whether the field is one of the results, or only there for others to refer to.
    pub is_final: bool,
}

/// What a model needs to know of its surroundings.
#[derive(Clone, Copy, Debug)]
pub struct ModelContext<'d> {
    /// The model's own scope.
    pub scope: ScopeId,
    /// What it has in common with all models.
    pub common: &'d ModelCommon,
    /// The model's place, for messages.
    pub position: Position,
    /// The model's element, for messages.
    pub element: &'d str,
    /// The field that it predicts, if its schema names one that the DataDictionary has.
    pub target: Option<&'d DataField>,
}

impl ModelContext<'_> {
    /// The type of the model's arithmetic: `Float` or `Double`.
    pub fn math(&self) -> DataType {
        match self.common.math_context {
            MathContext::Float => DataType::Float,
            MathContext::Double => DataType::Double,
        }
    }

    /// The type of predicted labels: the target's, or `String`.
    pub fn label_type(&self) -> DataType {
        self.target.map_or(DataType::String, |target| target.data_type)
    }

    /// Whether the model classifies.
    pub fn classifies(&self) -> bool {
        self.common.function_name == MiningFunction::Classification
    }
}

impl<'d> Lowering<'d> {
    /// Lowers a model in a scope that was opened for it.
    pub fn model(&mut self, scope: ScopeId, model: &'d Model, is_outermost: bool) -> Result<ModelResult<'d>> {
        let (position, element) = (model.position(), model.element());
        let Some(common) = model.common() else {
            let message = format!("the model type `{element}` is not supported");
            return Err(Error::unsupported(position, element, message));
        };
        self.nested(position, element, |lowering| {
            if is_outermost {
                mining_schema::lower(lowering, scope, &common.mining_schema)?;
            } else {
                mining_schema::lower_nested(lowering, scope, &common.mining_schema);
            }
            for derived in common.local_transformations.iter().flat_map(|local| &local.derived_fields) {
                lowering.scopes.declare_derived(scope, derived)?;
            }
            let target = target_field(lowering, common);
            let context = ModelContext { scope, common, position, element, target };
            model_content(lowering, &context, model)
        })
    }
}

fn model_content<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d Model,
) -> Result<ModelResult<'d>> {
    let mut result = match model {
        Model::TreeModel(tree) => ModelResult::of(tree::lower(lowering, context, tree)?),
        Model::RegressionModel(regression) => {
            let predictions = regression::lower(lowering, context, regression)?;
            ModelResult { predictions, outputs: Vec::new(), segments: Vec::new() }
        }
        Model::GeneralRegressionModel(regression) => {
            ModelResult::of(general_regression::lower(lowering, context, regression)?)
        }
        Model::NaiveBayesModel(bayes) => ModelResult::of(naive_bayes::lower(lowering, context, bayes)?),
        Model::RuleSetModel(rules) => ModelResult::of(rule_set::lower(lowering, context, rules)?),
        Model::Scorecard(scorecard) => ModelResult::of(scorecard::lower(lowering, context, scorecard)?),
        Model::SupportVectorMachineModel(machines) => {
            ModelResult::of(support_vector_machine::lower(lowering, context, machines)?)
        }
        Model::NeuralNetwork(network) => {
            let predictions = neural_network::lower(lowering, context, network)?;
            ModelResult { predictions, outputs: Vec::new(), segments: Vec::new() }
        }
        Model::MiningModel(mining) => mining::lower(lowering, context, mining)?,
        Model::AnomalyDetectionModel(anomaly) => anomaly::lower(lowering, context, anomaly)?,
        Model::AssociationModel(association) => {
            ModelResult::of(association::lower(lowering, context, association)?)
        }
        Model::ClusteringModel(clustering) => {
            ModelResult::of(clustering::lower(lowering, context, clustering)?)
        }
        Model::NearestNeighborModel(neighbors) => {
            let predictions = nearest_neighbor::lower(lowering, context, neighbors)?;
            ModelResult { predictions, outputs: Vec::new(), segments: Vec::new() }
        }
        Model::Other(other) => {
            let message = format!("the model type `{}` is not supported", other.element);
            return Err(Error::unsupported(other.position, other.element.as_str(), message));
        }
    };
    // An ensemble that only selects a segment's answer leaves the answer as that segment's targets made it.
    if !mining::only_selects(model) {
        for prediction in &mut result.predictions {
            targets::apply(lowering, context, prediction)?;
        }
    }
    selection::lower_asked_fields(lowering, context, model, &result)?;
    if let Some(output) = &context.common.output {
        let mut outputs = output::lower(lowering, context, output, &result)?;
        result.outputs.append(&mut outputs);
    }
    Ok(result)
}

/// The first target field of a model's schema that the DataDictionary has.
pub fn target_field<'d>(lowering: &Lowering<'d>, common: &'d ModelCommon) -> Option<&'d DataField> {
    common
        .mining_schema
        .mining_fields
        .iter()
        .filter(|field| field.usage_type == UsageType::Target)
        .find_map(|field| lowering.data_fields.get(&field.name).copied())
}

impl<'d> ModelResult<'d> {
    /// The result of a model with one target and no outputs yet.
    pub fn of(prediction: Prediction) -> Self {
        Self { predictions: vec![prediction], outputs: Vec::new(), segments: Vec::new() }
    }

    /// Visits every operand of the result, always in the same order, to read or replace it.
    pub fn visit_operands(&mut self, visit: &mut impl FnMut(&mut Operand)) {
        for prediction in &mut self.predictions {
            prediction.visit_operands(visit);
        }
        for output in &mut self.outputs {
            visit(&mut output.field.operand);
        }
    }
}

impl Prediction {
    /// The prediction of a number.
    pub fn number(target: Option<Name>, value: Operand) -> Self {
        Self { target, value, distribution: None, entity_id: None, features: Features::default() }
    }

    /// Visits every operand of the prediction, always in the same order, to read or replace it.
    pub fn visit_operands(&mut self, visit: &mut impl FnMut(&mut Operand)) {
        visit(&mut self.value);
        if let Some(distribution) = &mut self.distribution {
            let mut winner = Operand {
                value: distribution.winner,
                present: distribution.present,
                data_type: DataType::Integer,
                is_list: false,
            };
            visit(&mut winner);
            (distribution.winner, distribution.present) = (winner.value, winner.present);
            distribution.probabilities.iter_mut().for_each(&mut *visit);
            distribution.confidences.iter_mut().for_each(&mut *visit);
        }
        if let Some(entity_id) = &mut self.entity_id {
            visit(entity_id);
        }
        self.features.visit_operands(visit);
    }
}

/// The domain of a predicted value, as a field that others refer to.
pub fn predicted_domain<'d>(target: Option<&'d DataField>, data_type: DataType) -> Domain<'d> {
    match target {
        Some(target) => {
            Domain { optype: target.optype, values: &target.values, intervals: &target.intervals }
        }
        None => Domain::of_type(data_type, None::<OpType>),
    }
}
