//! Models inside of models, as in PMML 3: `Regression` and `DecisionTree`, which have neither a schema nor a name of
//! their own.

use super::Position;
use super::markup::Markup;
use super::model_common::ModelCommon;
use super::regression_model::Regression;
use super::result_field::ResultField;
use super::tree_model::DecisionTree;
use crate::error::Result;

/// An element of the standard's group `EmbeddedModel`.
#[derive(Clone, Debug)]
pub enum EmbeddedModel {
    /// A regression.
    Regression(Regression),
    /// A tree.
    DecisionTree(DecisionTree),
}

impl EmbeddedModel {
    /// Returns the position of the model's element.
    pub fn position(&self) -> Position {
        match self {
            EmbeddedModel::Regression(model) => model.position,
            EmbeddedModel::DecisionTree(model) => model.position,
        }
    }

    /// Returns the parts that all models share.
    pub fn common(&self) -> &ModelCommon {
        match self {
            EmbeddedModel::Regression(model) => &model.common,
            EmbeddedModel::DecisionTree(model) => &model.common,
        }
    }

    /// Returns the results that the model around it can use as fields.
    pub fn result_fields(&self) -> &[ResultField] {
        match self {
            EmbeddedModel::Regression(model) => &model.result_fields,
            EmbeddedModel::DecisionTree(model) => &model.result_fields,
        }
    }

    /// Returns the name of the model's element.
    pub fn element(&self) -> &'static str {
        match self {
            EmbeddedModel::Regression(_) => "Regression",
            EmbeddedModel::DecisionTree(_) => "DecisionTree",
        }
    }
}

impl EmbeddedModel {
    /// Reads the `Regression` or `DecisionTree` whose start tag has been read.
    pub(super) fn read(xml: &mut Markup<'_>) -> Result<Self> {
        xml.nested_model(|xml| match &*xml.element() {
            "Regression" => Ok(EmbeddedModel::Regression(Regression::read(xml)?)),
            "DecisionTree" => Ok(EmbeddedModel::DecisionTree(DecisionTree::read(xml)?)),
            _ => Err(xml.unexpected()),
        })
    }
}
