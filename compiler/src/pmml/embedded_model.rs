//! Models inside models, as PMML 3 has them: `Regression` and `DecisionTree`, with neither schema nor name of their own.

use super::Position;
use super::regression_model::Regression;
use super::tree_model::DecisionTree;

/// An element of the standard's group `EmbeddedModel`.
#[derive(Clone, Debug)]
pub enum EmbeddedModel {
    /// A regression.
    Regression(Regression),
    /// A tree.
    DecisionTree(DecisionTree),
}

impl EmbeddedModel {
    /// The place of the model's element.
    pub fn position(&self) -> Position {
        match self {
            EmbeddedModel::Regression(model) => model.position,
            EmbeddedModel::DecisionTree(model) => model.position,
        }
    }

    /// The name of the model's element.
    pub fn element(&self) -> &'static str {
        match self {
            EmbeddedModel::Regression(_) => "Regression",
            EmbeddedModel::DecisionTree(_) => "DecisionTree",
        }
    }
}
