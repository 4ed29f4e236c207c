//! Models: what they have in common, and the choice among them.
//!
//! A further type of model takes a module with a struct that holds a [`ModelCommon`] and a function `read`, as in
//! `regression_model`, and a variant of [`Model`].

use super::anomaly_detection_model::AnomalyDetectionModel;
use super::association_model::AssociationModel;
use super::clustering_model::ClusteringModel;
use super::enumeration::enumeration;
use super::general_regression_model::GeneralRegressionModel;
use super::markup::{Markup, lacks};
use super::mining_model::MiningModel;
use super::mining_schema::MiningSchema;
use super::model_verification::ModelVerification;
use super::naive_bayes_model::NaiveBayesModel;
use super::nearest_neighbor_model::NearestNeighborModel;
use super::neural_network::NeuralNetwork;
use super::output::Output;
use super::regression_model::RegressionModel;
use super::rule_set_model::RuleSetModel;
use super::scorecard::Scorecard;
use super::support_vector_machine_model::SupportVectorMachineModel;
use super::targets::Targets;
use super::transformation::LocalTransformations;
use super::tree_model::TreeModel;
use super::{Name, Position};
use crate::error::Result;

/// An element of the standard's group `MODEL-ELEMENT`.
#[derive(Clone, Debug)]
pub enum Model {
    /// A decision tree.
    TreeModel(Box<TreeModel>),
    /// A linear or logistic regression.
    RegressionModel(Box<RegressionModel>),
    /// A linear model of one of many kinds.
    GeneralRegressionModel(Box<GeneralRegressionModel>),
    /// Counts and distributions of each input under each value of the target.
    NaiveBayesModel(Box<NaiveBayesModel>),
    /// Rules that predict a category where their predicates are true.
    RuleSetModel(Box<RuleSetModel>),
    /// Points for each characteristic, added up.
    Scorecard(Box<Scorecard>),
    /// One or more support vector machines.
    SupportVectorMachineModel(Box<SupportVectorMachineModel>),
    /// A neural network.
    NeuralNetwork(Box<NeuralNetwork>),
    /// Several models.
    MiningModel(Box<MiningModel>),
    /// A model whose result tells how unusual a row is.
    AnomalyDetectionModel(Box<AnomalyDetectionModel>),
    /// Association rules.
    AssociationModel(Box<AssociationModel>),
    /// Clusters.
    ClusteringModel(Box<ClusteringModel>),
    /// Nearest neighbors.
    NearestNeighborModel(Box<NearestNeighborModel>),
    /// A model of a type that this compiler does not know yet.
    Other(Box<OtherModel>),
}

/// A model whose content was skipped. It does no harm unless it is used.
#[derive(Clone, Debug)]
pub struct OtherModel {
    /// The element's place.
    pub position: Position,
    /// The element's name.
    pub element: Name,
    /// The attribute `modelName`.
    pub model_name: Option<Name>,
    /// The attribute `isScorable`.
    pub is_scorable: bool,
}

impl Model {
    /// The place of the model's element.
    pub fn position(&self) -> Position {
        match self {
            Model::TreeModel(model) => model.position,
            Model::RegressionModel(model) => model.position,
            Model::GeneralRegressionModel(model) => model.position,
            Model::NaiveBayesModel(model) => model.position,
            Model::RuleSetModel(model) => model.position,
            Model::Scorecard(model) => model.position,
            Model::SupportVectorMachineModel(model) => model.position,
            Model::NeuralNetwork(model) => model.position,
            Model::MiningModel(model) => model.position,
            Model::AnomalyDetectionModel(model) => model.position,
            Model::AssociationModel(model) => model.position,
            Model::ClusteringModel(model) => model.position,
            Model::NearestNeighborModel(model) => model.position,
            Model::Other(model) => model.position,
        }
    }

    /// The name of the model's element.
    pub fn element(&self) -> &str {
        match self {
            Model::TreeModel(_) => "TreeModel",
            Model::RegressionModel(_) => "RegressionModel",
            Model::GeneralRegressionModel(_) => "GeneralRegressionModel",
            Model::NaiveBayesModel(_) => "NaiveBayesModel",
            Model::RuleSetModel(_) => "RuleSetModel",
            Model::Scorecard(_) => "Scorecard",
            Model::SupportVectorMachineModel(_) => "SupportVectorMachineModel",
            Model::NeuralNetwork(_) => "NeuralNetwork",
            Model::MiningModel(_) => "MiningModel",
            Model::AnomalyDetectionModel(_) => "AnomalyDetectionModel",
            Model::AssociationModel(_) => "AssociationModel",
            Model::ClusteringModel(_) => "ClusteringModel",
            Model::NearestNeighborModel(_) => "NearestNeighborModel",
            Model::Other(model) => &model.element,
        }
    }

    /// The models directly inside: those of segments, and the one that an anomaly detection model is about.
    pub fn models_inside(&self) -> Vec<&Model> {
        match self {
            Model::MiningModel(mining) => {
                let segments = mining.segmentation.iter().flat_map(|segmentation| &segmentation.segments);
                segments.map(|segment| &segment.model).collect()
            }
            Model::AnomalyDetectionModel(anomaly) => vec![&anomaly.model],
            _ => Vec::new(),
        }
    }

    /// What the model has in common with all others, unless its content was skipped.
    pub fn common(&self) -> Option<&ModelCommon> {
        match self {
            Model::TreeModel(model) => Some(&model.common),
            Model::RegressionModel(model) => Some(&model.common),
            Model::GeneralRegressionModel(model) => Some(&model.common),
            Model::NaiveBayesModel(model) => Some(&model.common),
            Model::RuleSetModel(model) => Some(&model.common),
            Model::Scorecard(model) => Some(&model.common),
            Model::SupportVectorMachineModel(model) => Some(&model.common),
            Model::NeuralNetwork(model) => Some(&model.common),
            Model::MiningModel(model) => Some(&model.common),
            Model::AnomalyDetectionModel(model) => Some(&model.common),
            Model::AssociationModel(model) => Some(&model.common),
            Model::ClusteringModel(model) => Some(&model.common),
            Model::NearestNeighborModel(model) => Some(&model.common),
            Model::Other(_) => None,
        }
    }

    /// The attribute `modelName`.
    pub fn model_name(&self) -> Option<&Name> {
        match self {
            Model::Other(model) => model.model_name.as_ref(),
            _ => self.common().and_then(|common| common.model_name.as_ref()),
        }
    }

    /// Whether the model is meant to be scored.
    pub fn is_scorable(&self) -> bool {
        match self {
            Model::Other(model) => model.is_scorable,
            _ => self.common().is_none_or(|common| common.is_scorable),
        }
    }
}

/// The attributes and elements that all models share.
#[derive(Clone, Debug)]
pub struct ModelCommon {
    /// The model's name.
    pub model_name: Option<Name>,
    /// What the model is for.
    pub function_name: MiningFunction,
    /// The algorithm that trained it.
    pub algorithm_name: Option<Name>,
    /// Whether the model is meant to be scored.
    pub is_scorable: bool,
    /// The precision of the model's arithmetic (JPMML's `x-mathContext`).
    pub math_context: MathContext,
    /// The model's fields. Empty in the embedded models, which share those of the model around them.
    pub mining_schema: MiningSchema,
    /// What the model hands out.
    pub output: Option<Output>,
    /// What is made of its predictions.
    pub targets: Option<Targets>,
    /// The fields that it computes for itself.
    pub local_transformations: Option<LocalTransformations>,
    /// Rows to check it with.
    pub model_verification: Option<ModelVerification>,
}

enumeration! {
    /// What a model is for.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum MiningFunction {
        AssociationRules = "associationRules",
        Sequences = "sequences",
        Classification = "classification",
        Regression = "regression",
        Clustering = "clustering",
        TimeSeries = "timeSeries",
        Mixed = "mixed",
    }
}

impl MiningFunction {
    /// The function of the models that have but one.
    fn natural(element: &str) -> Option<Self> {
        Some(match element {
            "AnomalyDetectionModel" | "Scorecard" => MiningFunction::Regression,
            "AssociationModel" => MiningFunction::AssociationRules,
            "ClusteringModel" => MiningFunction::Clustering,
            "NaiveBayesModel" => MiningFunction::Classification,
            _ => return None,
        })
    }
}

enumeration! {
    /// The precision of a model's arithmetic.
    #[derive(Default)]
    pub enum MathContext {
        /// Single.
        Float = "float",
        /// Double.
        #[default]
        Double = "double",
    }
}

impl Model {
    /// Whether an element of this name is a model: of a type that is read, or of one that is skipped.
    pub(super) fn is(element: &str) -> bool {
        element.ends_with("Model") || matches!(element, "NeuralNetwork" | "Scorecard")
    }

    /// Reads the model whose start tag has been read.
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        xml.nested_model(|xml| {
            Ok(match &*xml.element() {
                "TreeModel" => Model::TreeModel(Box::new(TreeModel::read(xml)?)),
                "RegressionModel" => Model::RegressionModel(Box::new(RegressionModel::read(xml)?)),
                "GeneralRegressionModel" => {
                    Model::GeneralRegressionModel(Box::new(GeneralRegressionModel::read(xml)?))
                }
                "NaiveBayesModel" => Model::NaiveBayesModel(Box::new(NaiveBayesModel::read(xml)?)),
                "RuleSetModel" => Model::RuleSetModel(Box::new(RuleSetModel::read(xml)?)),
                "Scorecard" => Model::Scorecard(Box::new(Scorecard::read(xml)?)),
                "SupportVectorMachineModel" => {
                    Model::SupportVectorMachineModel(Box::new(SupportVectorMachineModel::read(xml)?))
                }
                "NeuralNetwork" => Model::NeuralNetwork(Box::new(NeuralNetwork::read(xml)?)),
                "MiningModel" => Model::MiningModel(Box::new(MiningModel::read(xml)?)),
                "AnomalyDetectionModel" => {
                    Model::AnomalyDetectionModel(Box::new(AnomalyDetectionModel::read(xml)?))
                }
                "ClusteringModel" => Model::ClusteringModel(Box::new(ClusteringModel::read(xml)?)),
                "NearestNeighborModel" => {
                    Model::NearestNeighborModel(Box::new(NearestNeighborModel::read(xml)?))
                }
                "AssociationModel" => Model::AssociationModel(Box::new(AssociationModel::read(xml)?)),
                _ => Model::Other(Box::new(OtherModel::read(xml)?)),
            })
        })
    }
}

impl OtherModel {
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let model = OtherModel {
            position: xml.position(),
            element: xml.element(),
            model_name: xml.optional("modelName")?,
            is_scorable: xml.optional("isScorable")?.unwrap_or(true),
        };
        xml.skip()?;
        Ok(model)
    }
}

/// Collects what all models share while a model is read.
pub(super) struct CommonReader {
    common: ModelCommon,
    mining_schema: Option<MiningSchema>,
    position: Position,
    element: Name,
}

impl CommonReader {
    /// Takes the attributes.
    pub(super) fn new(xml: &mut Markup<'_>) -> Result<Self> {
        let common = ModelCommon {
            model_name: xml.optional("modelName")?,
            function_name: match MiningFunction::natural(&xml.element()) {
                Some(natural) => xml.or_natural("functionName", natural)?,
                None => xml.required("functionName")?,
            },
            algorithm_name: xml.optional("algorithmName")?,
            is_scorable: xml.optional("isScorable")?.unwrap_or(true),
            math_context: xml.or_default("x-mathContext")?,
            mining_schema: MiningSchema::default(),
            output: None,
            targets: None,
            local_transformations: None,
            model_verification: None,
        };
        Ok(CommonReader { common, mining_schema: None, position: xml.position(), element: xml.element() })
    }

    /// Reads the child whose start tag has been read, which is one that all models share.
    pub(super) fn read(&mut self, xml: &mut Markup<'_>) -> Result<()> {
        match &*xml.element() {
            "MiningSchema" => xml.once(&mut self.mining_schema, MiningSchema::read),
            "Output" => xml.once(&mut self.common.output, Output::read),
            "Targets" => xml.once(&mut self.common.targets, Targets::read),
            "LocalTransformations" => {
                xml.once(&mut self.common.local_transformations, LocalTransformations::read)
            }
            "ModelVerification" => {
                xml.dispensable(&mut self.common.model_verification, ModelVerification::read)
            }
            "ModelStats" | "ModelExplanation" => xml.skip(),
            _ => Err(xml.unexpected()),
        }
    }

    /// What was collected, of a model with a schema of its own.
    pub(super) fn finish(self) -> Result<ModelCommon> {
        let schema =
            self.mining_schema.ok_or_else(|| lacks(self.position, &self.element, "a `MiningSchema`"))?;
        Ok(ModelCommon { mining_schema: schema, ..self.common })
    }

    /// What was collected, of a model inside another one.
    pub(super) fn finish_embedded(self) -> ModelCommon {
        ModelCommon { mining_schema: self.mining_schema.unwrap_or_default(), ..self.common }
    }
}
