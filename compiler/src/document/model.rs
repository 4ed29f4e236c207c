//! Models: an enum of all model types, and the dispatch to the reader of each.
//!
//! [`model_type`](super::model_type) lists the types, and the enum is generated from that list.
//! `docs/adding-a-model-type.md` says how to add one.

use super::anomaly_detection_model::AnomalyDetectionModel;
use super::association_model::AssociationModel;
use super::clustering_model::ClusteringModel;
use super::general_regression_model::GeneralRegressionModel;
use super::markup::Markup;
use super::mining_model::MiningModel;
pub use super::model_common::{MathContext, ModelCommon};
use super::model_type::models;
pub use super::model_type::{MiningFunction, ModelType};
use super::naive_bayes_model::NaiveBayesModel;
use super::nearest_neighbor_model::NearestNeighborModel;
use super::neural_network::NeuralNetwork;
use super::regression_model::RegressionModel;
use super::rule_set_model::RuleSetModel;
use super::scorecard::Scorecard;
use super::support_vector_machine_model::SupportVectorMachineModel;
use super::tree_model::TreeModel;
use super::{Name, Position};
use crate::error::Result;

macro_rules! model_enum {
    (
        read { $($(#[$meta:meta])* $name:ident: $title:literal $(only $function:ident)? $(holds $inside:ident)?;)* }
        skipped { $($(#[$skipped_meta:meta])* $skipped:ident;)* }
    ) => {
        /// An element of the standard's group `MODEL-ELEMENT`.
        #[derive(Clone, Debug)]
        pub enum Model {
            $($(#[$meta])* $name(Box<$name>),)*
            /// A model of a type that cannot be scored.
            Other(Box<OtherModel>),
        }

        impl Model {
            /// Returns the position of the model's element.
            pub fn position(&self) -> Position {
                match self {
                    $(Model::$name(model) => model.position,)*
                    Model::Other(model) => model.position,
                }
            }

            /// Returns the name of the model's element.
            pub fn element(&self) -> &str {
                match self {
                    $(Model::$name(_) => ModelType::$name.element(),)*
                    Model::Other(model) => &model.element,
                }
            }

            /// Returns the parts that all models share, or `None` if the model's content was skipped.
            pub fn common(&self) -> Option<&ModelCommon> {
                match self {
                    $(Model::$name(model) => Some(&model.common),)*
                    Model::Other(_) => None,
                }
            }

            /// Returns the models directly inside: those of segments, and that of an anomaly detection model.
            pub fn models_inside(&self) -> Vec<&Model> {
                match self {
                    $($(Model::$name(model) => model.$inside(),)?)*
                    _ => Vec::new(),
                }
            }

            /// Reads the model whose start tag has been read.
            pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
                xml.nested_model(|xml| {
                    Ok(match ModelType::of(&xml.element()) {
                        $(Some(ModelType::$name) => Model::$name(Box::new($name::read(xml)?)),)*
                        $(Some(ModelType::$skipped))|* | None => Model::Other(Box::new(OtherModel::read(xml)?)),
                    })
                })
            }
        }
    };
}
models!(model_enum);

impl Model {
    /// Returns whether an element with this name is a model, whether it is read or skipped.
    pub(super) fn is(element: &str) -> bool {
        element.ends_with("Model") || ModelType::of(element).is_some()
    }

    /// Returns the attribute `modelName`.
    pub fn model_name(&self) -> Option<&Name> {
        match self {
            Model::Other(model) => model.model_name.as_ref(),
            _ => self.common().and_then(|common| common.model_name.as_ref()),
        }
    }

    /// Returns whether the model is meant to be scored.
    pub fn is_scorable(&self) -> bool {
        match self {
            Model::Other(model) => model.is_scorable,
            _ => self.common().is_none_or(|common| common.is_scorable),
        }
    }
}

/// A model whose content was skipped. It only causes an error if it is used.
#[derive(Clone, Debug)]
pub struct OtherModel {
    /// The element's position.
    pub position: Position,
    /// The element's name.
    pub element: Name,
    /// The attribute `modelName`.
    pub model_name: Option<Name>,
    /// The attribute `isScorable`.
    pub is_scorable: bool,
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
