//! The summary of a model, for `check`.

use pmml_compiler::document::embedded_model::EmbeddedModel;
use pmml_compiler::document::model::Model;
use pmml_compiler::document::tree_model::Tree;

/// A summary of a model.
#[derive(Clone, Debug)]
pub struct Summary {
    /// The model's element.
    pub element: String,
    /// The model's function.
    pub function: Option<&'static str>,
    /// The number of nested models, at any depth.
    pub models_inside: usize,
    /// The number of tree nodes, at any depth.
    pub nodes: usize,
}

impl Summary {
    /// Returns the summary of a model.
    pub fn new(model: &Model) -> Self {
        let mut summary = Summary {
            element: model.element().to_owned(),
            function: model.common().map(|common| common.function_name.as_str()),
            models_inside: 0,
            nodes: 0,
        };
        let mut models = vec![model];
        while let Some(model) = models.pop() {
            match model {
                Model::TreeModel(model) => summary.add_tree(&model.tree),
                Model::MiningModel(model) => {
                    for embedded in &model.embedded_models {
                        summary.add_embedded(embedded);
                    }
                }
                _ => {}
            }
            let inside = model.models_inside();
            summary.models_inside += inside.len();
            models.extend(inside);
        }
        summary
    }

    /// Counts embedded models, which are nested no deeper than the reader's limit.
    fn add_embedded(&mut self, model: &EmbeddedModel) {
        self.models_inside += 1;
        if let EmbeddedModel::DecisionTree(model) = model {
            self.add_tree(&model.tree);
        }
    }

    fn add_tree(&mut self, tree: &Tree) {
        self.nodes += tree.nodes().len();
        for embedded in tree.nodes().iter().filter_map(|node| node.embedded_model.as_deref()) {
            self.add_embedded(embedded);
        }
    }
}
