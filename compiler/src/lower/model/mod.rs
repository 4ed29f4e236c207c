//! Models: the dispatch to the module of each type.
//!
//! [`Lowering::model`] does what the standard asks of every model: its schema, its local transformations, then the
//! model itself (a module for each type, which returns a [`Prediction`](prediction::Prediction) for each target), then
//! `Targets` and `Output`.

pub mod anomaly;
pub mod association;
pub mod classification;
pub mod clustering;
pub mod comparison;
pub mod context;
pub mod declared;
pub mod feature;
pub mod general_regression;
pub mod mining;
pub mod naive_bayes;
pub mod nearest_neighbor;
pub mod neural_network;
pub mod normalization;
pub mod prediction;
pub mod regression;
pub mod rule_set;
pub mod scorecard;
pub mod sum;
pub mod support_vector_machine;
pub mod tree;

use self::context::{ModelContext, target_field};
use self::prediction::ModelResult;
use super::scope::ScopeId;
use super::state::Lowering;
use super::{mining_schema, output, selection, targets};
use crate::document::model::Model;
use crate::error::{Error, Result};

impl<'d> Lowering<'d> {
    /// Lowers a model in a scope that the caller opened for it. `is_outermost` says whether it is the document's model,
    /// whose schema treats the inputs.
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

/// Lowers the content of a model by its type, then its `Targets` and `Output`.
fn model_content<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d Model,
) -> Result<ModelResult<'d>> {
    let mut result = match model {
        Model::TreeModel(tree) => ModelResult::of(tree::lower(lowering, context, tree)?),
        Model::RegressionModel(regression) => {
            ModelResult::of_all(regression::lower(lowering, context, regression)?)
        }
        Model::GeneralRegressionModel(regression) => {
            ModelResult::of(general_regression::lower(lowering, context, regression)?)
        }
        Model::NaiveBayesModel(bayes) => ModelResult::of(naive_bayes::lower(lowering, context, bayes)?),
        Model::RuleSetModel(rules) => ModelResult::of(rule_set::lower(lowering, context, rules)?),
        Model::Scorecard(scorecard) => ModelResult::of(scorecard::lower(lowering, context, scorecard)?),
        Model::SupportVectorMachineModel(svm) => {
            ModelResult::of(support_vector_machine::lower(lowering, context, svm)?)
        }
        Model::NeuralNetwork(network) => {
            ModelResult::of_all(neural_network::lower(lowering, context, network)?)
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
            ModelResult::of_all(nearest_neighbor::lower(lowering, context, neighbors)?)
        }
        Model::Other(other) => {
            let message = format!("the model type `{}` is not supported", other.element);
            return Err(Error::unsupported(other.position, other.element.as_str(), message));
        }
    };
    // If an ensemble only selects a segment's prediction, that segment's targets have already been applied.
    if !mining::only_selects(model) {
        for prediction in &mut result.predictions {
            targets::apply(lowering, context, prediction)?;
        }
    }
    selection::lower_selected_fields(lowering, context, model, &result)?;
    if let Some(output) = &context.common.output {
        let mut outputs = output::lower(lowering, context, output, &result)?;
        result.outputs.append(&mut outputs);
    }
    Ok(result)
}
