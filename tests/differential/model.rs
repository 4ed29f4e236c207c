//! Random documents, with regressions, trees and ensembles, and all parts of a model.

use crate::choices::Choices;
use crate::expression::{Needs, expression};
use crate::fields::{self, Kind, Scope};
use crate::predicate::predicate;

/// The classes of classifications.
const CLASSES: &[&str] = &["yes", "no", "3"];

/// A model's place and purpose.
#[derive(Clone, Copy)]
struct Purpose {
    classifies: bool,
    /// The number of models around it.
    depth: usize,
}

impl Purpose {
    fn function(self) -> &'static str {
        if self.classifies { "classification" } else { "regression" }
    }
}

/// Returns a document.
pub fn document(choices: &mut Choices<'_>) -> String {
    let purpose = Purpose { classifies: choices.one_in(2), depth: 0 };
    let (data_fields, mut dictionary) = fields::data_fields(choices);
    dictionary += &match purpose.classifies {
        true => "  <DataField name=\"y\" optype=\"categorical\" dataType=\"string\"/>\n".to_owned(),
        false => {
            let data_type = choices.pick(&["double", "float", "integer"]);
            format!("  <DataField name=\"y\" optype=\"continuous\" dataType=\"{data_type}\"/>\n")
        }
    };
    let mut scope = Scope { fields: data_fields, functions: Vec::new() };
    let functions = fields::define_functions(choices, &mut scope);
    let inputs = scope.fields.len();
    let derived = fields::derived_fields(choices, &mut scope, "t", 2);
    let model = model(choices, &scope, inputs, purpose);
    format!(
        "<PMML xmlns=\"http://www.dmg.org/PMML-4_4\" version=\"4.4\"><Header/>\n<DataDictionary>\n{dictionary}\
         </DataDictionary>\n<TransformationDictionary>\n{functions}{derived}</TransformationDictionary>\n{model}</PMML>\n"
    )
}

/// Returns a model over the fields of a scope, of which the first `inputs` come from the row.
fn model(choices: &mut Choices<'_>, scope: &Scope, inputs: usize, purpose: Purpose) -> String {
    let mut scope = scope.clone();
    let target = (purpose.depth == 0 || choices.one_in(2)).then_some("y");
    let schema = fields::mining_schema(choices, &scope.fields[..inputs], target);
    let prefix = format!("d{}_", purpose.depth);
    let local = fields::derived_fields(choices, &mut scope, &prefix, if purpose.depth == 0 { 3 } else { 1 });
    let (element, attributes, body) = match choices.below(if purpose.depth < 2 { 3 } else { 2 }) {
        0 => {
            ("RegressionModel", regression_attributes(choices, purpose), regression(choices, &scope, purpose))
        }
        1 => ("TreeModel", tree_attributes(choices), tree(choices, &scope, purpose)),
        _ => ("MiningModel", String::new(), segmentation(choices, &scope, inputs, purpose)),
    };
    let context = match choices.one_in(4) {
        true => " x-mathContext=\"float\"",
        false => "",
    };
    let rest = if purpose.depth == 0 {
        output(choices, &scope, purpose) + &targets(choices, purpose)
    } else {
        String::new()
    };
    format!(
        "<{element} functionName=\"{}\"{context}{attributes}>\n{schema}{rest}<LocalTransformations>\n{local}\
         </LocalTransformations>\n{body}</{element}>\n",
        purpose.function()
    )
}

fn targets(choices: &mut Choices<'_>, purpose: Purpose) -> String {
    if !choices.one_in(3) {
        return String::new();
    }
    let mut attributes = String::new();
    let mut values = String::new();
    if purpose.classifies {
        for class in CLASSES {
            let display = choices.attribute(2, "displayValue", &["Yes", "No"]);
            let prior = choices.attribute(2, "priorProbability", &["0.5", "0.25", "1e-9"]);
            values += &format!("<TargetValue value=\"{class}\"{display}{prior}/>");
        }
    } else {
        attributes += &choices.attribute(2, "rescaleFactor", &["2", "0.1", "-1"]);
        attributes += &choices.attribute(2, "rescaleConstant", &["1", "0.3", "-100"]);
        attributes += &choices.attribute(3, "castInteger", &["round", "ceiling", "floor"]);
        attributes += &choices.attribute(3, "min", &["-1", "0.5"]);
        attributes += &choices.attribute(3, "max", &["3", "1e6"]);
        values += &format!("<TargetValue{}/>", choices.attribute(2, "defaultValue", &["1.5", "0"]));
    }
    format!("<Targets><Target field=\"y\"{attributes}>{values}</Target></Targets>\n")
}

fn output(choices: &mut Choices<'_>, scope: &Scope, purpose: Purpose) -> String {
    if !choices.one_in(2) {
        return String::new();
    }
    let data_type = if purpose.classifies { "string" } else { "double" };
    let optype = if purpose.classifies { "categorical" } else { "continuous" };
    let mut xml = format!(
        "<Output>\n  <OutputField name=\"o\" feature=\"predictedValue\" dataType=\"{data_type}\" optype=\"{optype}\"/>\n"
    );
    if purpose.classifies {
        for class in &CLASSES[..choices.below(3)] {
            xml += &format!(
                "  <OutputField name=\"p_{class}\" feature=\"probability\" value=\"{class}\" dataType=\"double\" \
                 optype=\"continuous\"/>\n"
            );
        }
    }
    for number in 0..choices.below(3) {
        let kind = *choices.pick(&[Kind::Number, Kind::String, Kind::Bool]);
        let data_type = match kind {
            Kind::String => "string",
            Kind::Bool => "boolean",
            _ => *choices.pick(&["double", "float"]),
        };
        let mut inner = scope.clone();
        let result_kind = if purpose.classifies { Kind::String } else { Kind::Number };
        inner.fields.push(fields::Field {
            name: "o".to_owned(),
            kind: result_kind,
            data_type: if purpose.classifies { "string" } else { "double" },
            continuous: !purpose.classifies,
        });
        let body = expression(choices, &inner, Needs::Kind(kind), 2);
        xml += &format!(
            "  <OutputField name=\"e{number}\" feature=\"transformedValue\" dataType=\"{data_type}\" \
             optype=\"categorical\">{body}</OutputField>\n"
        );
    }
    xml + "</Output>\n"
}

fn regression_attributes(choices: &mut Choices<'_>, purpose: Purpose) -> String {
    match purpose.classifies {
        true => choices.attribute(
            2,
            "normalizationMethod",
            &["softmax", "logit", "simplemax", "probit", "cloglog", "loglog", "cauchit", "none"],
        ),
        false => choices.attribute(
            2,
            "normalizationMethod",
            &["exp", "logit", "softmax", "probit", "cloglog", "loglog", "cauchit", "none"],
        ),
    }
}

fn regression(choices: &mut Choices<'_>, scope: &Scope, purpose: Purpose) -> String {
    let classes = if purpose.classifies { 2 + choices.below(2) } else { 1 };
    let mut xml = String::new();
    for class in &CLASSES[..classes] {
        let intercept = *choices.pick(COEFFICIENTS);
        xml += &format!("<RegressionTable intercept=\"{intercept}\"");
        if purpose.classifies {
            xml += &format!(" targetCategory=\"{class}\"");
        }
        xml += ">\n";
        let terms = choices.below(4);
        let mut predictors = [String::new(), String::new(), String::new()];
        for _ in 0..terms {
            let coefficient = *choices.pick(COEFFICIENTS);
            let field = scope.any(choices);
            let name = &field.name;
            if field.kind == Kind::Number && field.continuous && !choices.one_in(4) {
                let exponent = choices.attribute(4, "exponent", &["2", "3", "-1", "0"]);
                predictors[0] += &format!(
                    "  <NumericPredictor name=\"{name}\"{exponent} coefficient=\"{coefficient}\"/>\n"
                );
            } else if choices.one_in(3) {
                let mut term = format!("  <PredictorTerm coefficient=\"{coefficient}\">");
                for _ in 0..1 + choices.below(2) {
                    if let Some(field) = scope.field(choices, Kind::Number) {
                        term += &format!("<FieldRef field=\"{}\"/>", field.name);
                    }
                }
                predictors[2] += &(term + "</PredictorTerm>\n");
            } else {
                let value = crate::choices::escape(choices.pick(field.values()));
                predictors[1] += &format!(
                    "  <CategoricalPredictor name=\"{name}\" value=\"{value}\" coefficient=\"{coefficient}\"/>\n"
                );
            }
        }
        xml += &predictors.concat();
        xml += "</RegressionTable>\n";
    }
    xml
}

const COEFFICIENTS: &[&str] = &["1", "0", "-1", "0.5", "0.1", "2.5", "-1e-3", "100"];

fn tree_attributes(choices: &mut Choices<'_>) -> String {
    let strategies =
        ["none", "lastPrediction", "nullPrediction", "defaultChild", "weightedConfidence", "aggregateNodes"];
    let mut xml = choices.attribute(2, "missingValueStrategy", &strategies);
    xml += &choices.attribute(2, "noTrueChildStrategy", &["returnLastPrediction", "returnNullPrediction"]);
    xml += &choices.attribute(6, "missingValuePenalty", &["0.8", "1"]);
    xml + " splitCharacteristic=\"multiSplit\""
}

fn tree(choices: &mut Choices<'_>, scope: &Scope, purpose: Purpose) -> String {
    let mut nodes = Nodes { choices, scope, purpose, count: 0 };
    let depth = 2 + nodes.choices.below(4);
    nodes.node("<True/>", depth)
}

struct Nodes<'t, 'n> {
    choices: &'t mut Choices<'n>,
    scope: &'t Scope,
    purpose: Purpose,
    count: usize,
}

impl Nodes<'_, '_> {
    fn node(&mut self, predicate: &str, depth: usize) -> String {
        let id = self.count;
        self.count += 1;
        let choices = &mut *self.choices;
        let children = if depth == 0 { 0 } else { [0, 2, 2, 1, 3][choices.below(5)] };
        let mut attributes = format!(" id=\"n{id}\"");
        let mut distribution = String::new();
        let score = match self.purpose.classifies {
            true => *choices.pick(CLASSES),
            false => *choices.pick(fields::NUMBERS),
        };
        if children == 0 || choices.one_in(2) {
            attributes += &format!(" score=\"{score}\"");
        }
        // Either all nodes have a record count or none has, as some strategies require.
        attributes += " recordCount=\"10\"";
        if self.purpose.classifies && !choices.one_in(4) {
            let confidence = choices.one_in(2);
            for class in CLASSES {
                let count = choices.pick(&["1", "0", "3", "6"]);
                let confidence =
                    if confidence { format!(" confidence=\"0.{count}\"") } else { String::new() };
                distribution +=
                    &format!("<ScoreDistribution value=\"{class}\" recordCount=\"{count}\"{confidence}/>");
            }
        }
        let mut inner = String::new();
        let first = self.count;
        let mut ids = Vec::new();
        for child in 0..children {
            let test = match child + 1 == children && self.choices.one_in(2) {
                true => "<True/>".to_owned(),
                false => crate::predicate::predicate(self.choices, self.scope, 1),
            };
            ids.push(self.count);
            inner += &self.node(&test, depth - 1);
        }
        if children > 0 && (first < self.count) {
            let child = self.choices.pick(&ids);
            attributes += &format!(" defaultChild=\"n{child}\"");
        }
        format!("<Node{attributes}>{predicate}\n{distribution}{inner}</Node>\n")
    }
}

fn segmentation(choices: &mut Choices<'_>, scope: &Scope, inputs: usize, purpose: Purpose) -> String {
    let method = match purpose.classifies {
        true => *choices.pick(&[
            "majorityVote",
            "weightedMajorityVote",
            "average",
            "weightedAverage",
            "max",
            "median",
            "selectFirst",
            "modelChain",
        ]),
        false => *choices.pick(&[
            "sum",
            "average",
            "weightedAverage",
            "weightedSum",
            "median",
            "max",
            "weightedMedian",
            "selectFirst",
            "modelChain",
            "selectAll",
        ]),
    };
    if method == "modelChain" {
        return chain(choices, scope, inputs, purpose);
    }
    let treatment =
        choices.attribute(3, "missingPredictionTreatment", &["returnMissing", "skipSegment", "continue"]);
    let threshold = choices.attribute(4, "missingThreshold", &["0.5", "0", "1"]);
    let mut xml = format!("<Segmentation multipleModelMethod=\"{method}\"{treatment}{threshold}>\n");
    // Most ensembles in practice are forests of small trees.
    let is_forest = choices.one_in(2);
    for number in 0..1 + choices.below(if is_forest { 20 } else { 4 }) {
        let predicate = match choices.one_in(3) {
            true => predicate(choices, scope, 1),
            false => "<True/>".to_owned(),
        };
        let weight = choices.attribute(2, "weight", &["2", "0.5", "0", "1e-3"]);
        let inner = Purpose { depth: if is_forest { 2 } else { purpose.depth + 1 }, ..purpose };
        let model = match is_forest {
            true => forest_tree(choices, scope, inputs, inner),
            false => model(choices, scope, inputs, inner),
        };
        xml += &format!("<Segment id=\"s{number}\"{weight}>{predicate}\n{model}</Segment>\n");
    }
    xml + "</Segmentation>\n"
}

fn forest_tree(choices: &mut Choices<'_>, scope: &Scope, inputs: usize, purpose: Purpose) -> String {
    let schema = match scope.fields.len() {
        0 => String::new(),
        _ => fields::mining_schema(&mut Choices::new(&[]), &scope.fields[..inputs], None),
    };
    let attributes = tree_attributes(choices);
    format!(
        "<TreeModel functionName=\"{}\"{attributes}>\n{schema}{}</TreeModel>\n",
        purpose.function(),
        tree(choices, scope, purpose)
    )
}

/// Returns a model chain, in which each link may use the outputs of the links before it.
fn chain(choices: &mut Choices<'_>, scope: &Scope, inputs: usize, purpose: Purpose) -> String {
    let mut scope = Scope { fields: scope.fields[..inputs].to_vec(), functions: scope.functions.clone() };
    let links = 1 + choices.below(3);
    let mut xml = "<Segmentation multipleModelMethod=\"modelChain\">\n".to_owned();
    for link in 0..links {
        let is_last = link + 1 == links;
        let predicate = match choices.one_in(4) {
            true => predicate(choices, &scope, 1),
            false => "<True/>".to_owned(),
        };
        let inner = Purpose {
            classifies: if is_last { purpose.classifies } else { choices.one_in(3) },
            depth: purpose.depth + 1,
        };
        let known = scope.fields.len();
        let model = model(choices, &scope, known, inner);
        let (data_type, kind) =
            if inner.classifies { ("string", Kind::String) } else { ("double", Kind::Number) };
        let name = format!("c{}_{link}", purpose.depth);
        let output = format!(
            "</MiningSchema>\n<Output><OutputField name=\"{name}\" feature=\"predictedValue\" dataType=\"{data_type}\" \
             optype=\"{}\"/></Output>",
            if inner.classifies { "categorical" } else { "continuous" }
        );
        // The link's output follows its own mining schema, which is the first one.
        let model = model.replacen("</MiningSchema>", &output, 1);
        xml += &format!("<Segment id=\"l{link}\">{predicate}\n{model}</Segment>\n");
        scope.fields.push(fields::Field { name, kind, data_type, continuous: !inner.classifies });
    }
    xml + "</Segmentation>\n"
}
