//! What a document holds, in brief: for `inspect` and `check`.

use pmml_compiler::pmml::embedded_model::EmbeddedModel;
use pmml_compiler::pmml::mining_model::MiningModel;
use pmml_compiler::pmml::model::{Model, ModelCommon};
use pmml_compiler::pmml::regression_model::RegressionTable;
use pmml_compiler::pmml::tree_model::Tree;
use serde_json::{Map, Value, json};
use std::fmt::Write;

/// How many segments of one model the text names; the rest is counted.
const SHOWN: usize = 12;

/// A model, and the models inside.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// The model's element.
    pub element: String,
    /// What the model is for.
    pub function: Option<&'static str>,
    name: Option<String>,
    algorithm: Option<String>,
    line: u32,
    segment: Option<String>,
    /// How the answers of segments become one, and how terms become an answer.
    method: Option<&'static str>,
    nodes: Option<usize>,
    terms: Option<usize>,
    rules: Option<usize>,
    derived_fields: usize,
    models: Vec<Summary>,
}

impl Summary {
    /// The summary of a model. Models lie inside one another no deeper than the reader's limit.
    pub fn new(model: &Model) -> Self {
        let mut summary = Summary {
            element: model.element().to_owned(),
            name: model.model_name().map(ToString::to_string),
            line: model.position().line,
            ..Summary::default()
        };
        if let Some(common) = model.common() {
            summary.add_common(common);
        }
        match model {
            Model::TreeModel(model) => summary.add_tree(&model.tree),
            Model::RegressionModel(model) => {
                summary.method = Some(model.normalization_method.as_str());
                summary.terms = Some(terms(&model.regression_tables));
            }
            Model::MiningModel(model) => summary.add_segments(model),
            Model::AssociationModel(model) => summary.rules = Some(model.association_rules.len()),
            _ => {}
        }
        summary
    }

    fn embedded(model: &EmbeddedModel) -> Self {
        let mut summary = Summary {
            element: model.element().to_owned(),
            line: model.position().line,
            ..Summary::default()
        };
        match model {
            EmbeddedModel::Regression(model) => {
                summary.add_common(&model.common);
                summary.method = Some(model.normalization_method.as_str());
                summary.terms = Some(terms(&model.regression_tables));
            }
            EmbeddedModel::DecisionTree(model) => {
                summary.add_common(&model.common);
                summary.add_tree(&model.tree);
            }
        }
        summary
    }

    fn add_common(&mut self, common: &ModelCommon) {
        self.function = Some(common.function_name.as_str());
        self.algorithm = common.algorithm_name.as_ref().map(ToString::to_string);
        self.derived_fields =
            common.local_transformations.as_ref().map_or(0, |local| local.derived_fields.len());
    }

    fn add_tree(&mut self, tree: &Tree) {
        self.nodes = Some(tree.nodes().len());
        let embedded = tree.nodes().iter().filter_map(|node| node.embedded_model.as_deref());
        self.models.extend(embedded.map(Summary::embedded));
    }

    fn add_segments(&mut self, model: &MiningModel) {
        self.models.extend(model.embedded_models.iter().map(Summary::embedded));
        let Some(segmentation) = &model.segmentation else { return };
        self.method = Some(segmentation.multiple_model_method.as_str());
        for (index, segment) in segmentation.segments.iter().enumerate() {
            let name = segment.id.as_ref().map_or_else(|| (index + 1).to_string(), ToString::to_string);
            self.models.push(Summary { segment: Some(name), ..Summary::new(&segment.model) });
        }
    }

    /// The number of models inside, at any depth.
    pub fn models_inside(&self) -> usize {
        self.models.iter().map(|model| 1 + model.models_inside()).sum()
    }

    /// The number of tree nodes, at any depth.
    pub fn all_nodes(&self) -> usize {
        self.nodes.unwrap_or(0) + self.models.iter().map(Summary::all_nodes).sum::<usize>()
    }

    /// Writes one line for each model, indented as they lie inside one another.
    pub fn write_text(&self, out: &mut String, indent: usize) {
        let mut facts = Vec::new();
        facts.extend(self.method.map(str::to_owned));
        facts.extend(self.nodes.map(|nodes| format!("{nodes} nodes")));
        facts.extend(self.terms.map(|terms| format!("{terms} terms")));
        facts.extend(self.rules.map(|rules| format!("{rules} rules")));
        if !self.models.is_empty() {
            facts.push(format!("{} models", self.models.len()));
        }
        if self.derived_fields > 0 {
            facts.push(format!("{} derived fields", self.derived_fields));
        }
        let segment = self.segment.as_ref().map(|id| format!("segment {id}: ")).unwrap_or_default();
        let name = self.name.as_ref().map(|name| format!(" `{name}`")).unwrap_or_default();
        let function = self.function.map(|function| format!(" ({function})")).unwrap_or_default();
        let facts = if facts.is_empty() { String::new() } else { format!(": {}", facts.join(", ")) };
        let (blank, element, line) = ("", &self.element, self.line);
        // Strings take whatever is written.
        let _ = writeln!(out, "{blank:indent$}{segment}{element}{name}{function}, line {line}{facts}");
        // Of one model more than the limit are shown rather than counted.
        let shown = if self.models.len() <= SHOWN + 1 { self.models.len() } else { SHOWN };
        for model in self.models.iter().take(shown) {
            model.write_text(out, indent + 2);
        }
        let rest = self.models.get(shown..).unwrap_or_default();
        if !rest.is_empty() {
            let nodes: usize = rest.iter().map(Summary::all_nodes).sum();
            let inner = indent + 2;
            let _ = writeln!(out, "{blank:inner$}… {} more, with {nodes} nodes", rest.len());
        }
    }

    /// The same as JSON, with all models.
    pub fn json(&self) -> Value {
        let mut object = Map::new();
        let mut put = |key: &str, value: Option<Value>| {
            if let Some(value) = value {
                object.insert(key.to_owned(), value);
            }
        };
        put("segment", self.segment.as_ref().map(|id| json!(id)));
        put("element", Some(json!(self.element)));
        put("modelName", self.name.as_ref().map(|name| json!(name)));
        put("functionName", self.function.map(|function| json!(function)));
        put("algorithmName", self.algorithm.as_ref().map(|name| json!(name)));
        put("line", Some(json!(self.line)));
        put("method", self.method.map(|method| json!(method)));
        put("nodes", self.nodes.map(|nodes| json!(nodes)));
        put("terms", self.terms.map(|terms| json!(terms)));
        put("rules", self.rules.map(|rules| json!(rules)));
        put("derivedFields", Some(json!(self.derived_fields)));
        let models = self.models.iter().map(Summary::json).collect();
        put("models", Some(Value::Array(models)).filter(|_| !self.models.is_empty()));
        Value::Object(object)
    }
}

fn terms(tables: &[RegressionTable]) -> usize {
    let of = |table: &RegressionTable| {
        table.numeric_predictors.len() + table.categorical_predictors.len() + table.predictor_terms.len()
    };
    tables.iter().map(of).sum()
}
