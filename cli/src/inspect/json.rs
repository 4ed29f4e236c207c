//! The contents of a document, as JSON.
//!
//! Attributes keep their names. Attributes that are numbers, counts or booleans in the standard have that type here too,
//! unless they are malformed; all others are strings. Some attributes have their defaults filled in.

use super::{
    Inspection, NO_EXPRESSIONS, NO_PREDICATES, Verdict, expression, fields_of_schema, is_scorable,
    local_fields, method, models_inside, sizes, usage_type, verification_rows,
};
use pmml_compiler::document::Name;
use pmml_compiler::document::outline::Element;
use pmml_compiler::lower::ResultKind;
use pmml_compiler::signature::Field;
use serde_json::{Map, Value, json};

/// Attributes that are numbers.
const NUMBERS: &[&str] = &[
    "defaultValue",
    "highValue",
    "importance",
    "leftMargin",
    "lowValue",
    "max",
    "min",
    "missingThreshold",
    "precision",
    "priorProbability",
    "rescaleConstant",
    "rescaleFactor",
    "rightMargin",
    "weight",
    "zeroThreshold",
];
/// Attributes that are counts.
const COUNTS: &[&str] = &["fieldCount", "rank", "recordCount"];
/// Attributes that are booleans.
const BOOLEANS: &[&str] = &["isFinalResult", "isMultiValued", "isScorable"];

/// Returns the contents of a document.
pub fn document(inspection: &Inspection<'_>) -> Value {
    let root = &inspection.outline.root;
    let header = root.child("Header");
    let dictionary = root.children("TransformationDictionary");
    let derived: Vec<&Element> = dictionary.clone().flat_map(|it| it.children("DerivedField")).collect();
    let functions = dictionary.flat_map(|it| it.children("DefineFunction"));
    let fields = root.children("DataDictionary").flat_map(|it| it.children("DataField"));
    let mut object = attributes(root);
    object.insert("version".to_owned(), json!(root.attribute("version")));
    object.insert("header".to_owned(), header.map_or(Value::Null, |header| Value::Object(of_header(header))));
    object.insert(
        "application".to_owned(),
        header
            .and_then(|header| header.child("Application"))
            .map_or(Value::Null, |application| Value::Object(attributes(application))),
    );
    object.insert("fields".to_owned(), fields.map(|field| data_field(inspection, field)).collect());
    object.insert("derivedFields".to_owned(), json!(derived.len()));
    object.insert(
        "transformations".to_owned(),
        json!({
            "functions": functions.map(function).collect::<Vec<_>>(),
            "derivedFields": derived.iter().map(|field| derived_field(field)).collect::<Vec<_>>(),
        }),
    );
    object.insert("models".to_owned(), root.models().map(model).collect());
    object.insert("elements".to_owned(), counts(&root.counts));
    object.insert("omittedElements".to_owned(), json!(inspection.outline.omitted));
    verdict(inspection, &mut object);
    Value::Object(object)
}

fn verdict(inspection: &Inspection<'_>, object: &mut Map<String, Value>) {
    let is_scored = matches!(inspection.verdict, Verdict::Scored { .. });
    object.insert("supported".to_owned(), json!(is_scored));
    object.insert(
        "selectedModel".to_owned(),
        json!(inspection.model.map(|model| json!({
            "modelName": model.attribute("modelName"),
            "line": model.position.line,
        }))),
    );
    match &inspection.verdict {
        Verdict::Scored { signature, selectable, warnings } => {
            let results = signature.results.iter().enumerate().map(|(number, field)| {
                let mut result = signature_field(field);
                result["isTarget"] = json!(number < signature.targets);
                result
            });
            object.insert("results".to_owned(), results.collect());
            object.insert("inputs".to_owned(), signature.inputs.iter().map(signature_field).collect());
            object.insert("group".to_owned(), json!(signature.group));
            let selectable = selectable
                .iter()
                .map(|selectable| json!({ "name": selectable.name.as_str(), "kind": kind(selectable.kind) }));
            object.insert("selectable".to_owned(), selectable.collect());
            object.insert("warnings".to_owned(), json!(warnings));
        }
        Verdict::Refused(error) => {
            let place = error.position();
            let refusal = json!({
                "message": error.message(),
                "element": error.element(),
                "line": place.map(|place| place.line),
                "column": place.map(|place| place.column),
            });
            object.insert("refusal".to_owned(), refusal);
        }
    }
}

/// Returns the name of a kind of result.
fn kind(kind: ResultKind) -> &'static str {
    match kind {
        ResultKind::Target => "target",
        ResultKind::Output => "output",
        ResultKind::InnerOutput => "innerOutput",
        ResultKind::Derived => "derivedField",
    }
}

fn signature_field(field: &Field) -> Value {
    json!({
        "name": field.name,
        "displayName": field.display_name,
        "dataType": field.data_type.as_str(),
        "optype": field.optype.as_str(),
        "isList": field.is_list,
    })
}

fn of_header(header: &Element) -> Map<String, Value> {
    let mut object = attributes(header);
    let text = |element: &Element| json!(element.text.trim());
    if let Some(timestamp) = header.child("Timestamp") {
        object.insert("timestamp".to_owned(), text(timestamp));
    }
    let annotations: Vec<Value> = header.children("Annotation").map(text).collect();
    if !annotations.is_empty() {
        object.insert("annotations".to_owned(), annotations.into());
    }
    object
}

fn data_field(inspection: &Inspection<'_>, field: &Element) -> Value {
    let mut object = described(field);
    // Keys that are always present.
    for key in ["displayName", "dataType", "optype"] {
        object.entry(key).or_insert(Value::Null);
    }
    let usage = field.attribute("name").and_then(|name| inspection.usage.get(name));
    object.insert("usageType".to_owned(), json!(usage));
    object.insert("values".to_owned(), field.children("Value").map(value).collect());
    let intervals = field.children("Interval").map(|interval| Value::Object(attributes(interval)));
    object.insert("intervals".to_owned(), intervals.collect());
    Value::Object(object)
}

fn value(value: &Element) -> Value {
    let mut object = attributes(value);
    object.entry("property").or_insert_with(|| json!("valid"));
    object.entry("displayValue").or_insert(Value::Null);
    Value::Object(object)
}

fn function(function: &Element) -> Value {
    let mut object = described(function);
    let parameters =
        function.children("ParameterField").map(|parameter| Value::Object(attributes(parameter)));
    object.insert("parameters".to_owned(), parameters.collect());
    add_expression(&mut object, function);
    Value::Object(object)
}

fn derived_field(field: &Element) -> Value {
    let mut object = described(field);
    add_expression(&mut object, field);
    Value::Object(object)
}

/// Adds the expression of a field, with the fields that it reads.
fn add_expression(object: &mut Map<String, Value>, field: &Element) {
    let Some(found) = expression(field, NO_EXPRESSIONS) else { return };
    let mut summary = attributes(found);
    summary.insert("element".to_owned(), json!(found.name.as_str()));
    summary.insert("fields".to_owned(), found.fields.iter().map(Name::as_str).collect());
    if !found.text.trim().is_empty() {
        summary.insert("text".to_owned(), json!(found.text));
    }
    object.insert("expression".to_owned(), Value::Object(summary));
}

fn model(model: &Element) -> Value {
    let mut object = attributes(model);
    let mut add = |key: &str, value: Value| _ = object.insert(key.to_owned(), value);
    add("element", json!(model.name.as_str()));
    add("line", json!(model.position.line));
    add("isScorable", json!(is_scorable(model)));
    if let Some(method) = method(model) {
        add("method", json!(method));
    }
    for (name, size) in sizes(model) {
        add(name, json!(size));
    }
    add("elements", counts(&model.counts));
    let schema = fields_of_schema(model).map(|field| {
        let mut object = described(field);
        object.insert("usageType".to_owned(), json!(usage_type(field)));
        Value::Object(object)
    });
    add("miningSchema", schema.collect());
    let targets = model.children("Targets").flat_map(|targets| targets.children("Target"));
    add("targets", targets.map(target).collect());
    let outputs = model.children("Output").flat_map(|output| output.children("OutputField"));
    add("outputs", outputs.map(output_field).collect());
    let local = local_fields(model);
    add("derivedFields", json!(local.len()));
    add("localTransformations", local.into_iter().map(derived_field).collect());
    let verification = verification_rows(model).map(|rows| {
        let verification = model.children("ModelVerification");
        let fields = verification.flat_map(|it| it.children("VerificationFields"));
        let fields = fields.flat_map(|fields| fields.children("VerificationField"));
        let fields: Vec<Value> = fields.map(|field| Value::Object(described(field))).collect();
        json!({ "rows": rows, "fields": fields })
    });
    add("verification", json!(verification));
    let models: Vec<Value> = models_inside(model)
        .map(|(segment, inside)| {
            let mut inside = self::model(inside);
            if let Some(segment) = segment {
                inside["segment"] = json!(segment.name);
                let weight = segment.element.attribute("weight");
                inside["weight"] = weight.map_or(Value::Null, |weight| typed("weight", weight));
                if let Some(predicate) = expression(segment.element, NO_PREDICATES) {
                    let mut summary = attributes(predicate);
                    summary.insert("element".to_owned(), json!(predicate.name.as_str()));
                    summary.insert("fields".to_owned(), predicate.fields.iter().map(Name::as_str).collect());
                    inside["predicate"] = Value::Object(summary);
                }
            }
            inside
        })
        .collect();
    if !models.is_empty() {
        add("models", models.into());
    }
    Value::Object(object)
}

fn target(target: &Element) -> Value {
    let mut object = described(target);
    let values = target.children("TargetValue").map(|value| Value::Object(attributes(value)));
    object.insert("values".to_owned(), values.collect());
    Value::Object(object)
}

fn output_field(output: &Element) -> Value {
    let mut object = described(output);
    object.entry("feature").or_insert_with(|| json!("predictedValue"));
    object.entry("isFinalResult").or_insert_with(|| json!(true));
    let values: Vec<Value> = output.children("Value").map(value).collect();
    if !values.is_empty() {
        object.insert("values".to_owned(), values.into());
    }
    if let Some(decisions) = output.child("Decisions") {
        let decisions = decisions.children("Decision").map(|decision| Value::Object(attributes(decision)));
        object.insert("decisions".to_owned(), decisions.collect());
    }
    add_expression(&mut object, output);
    Value::Object(object)
}

/// Returns the attributes of an element and its line.
fn described(element: &Element) -> Map<String, Value> {
    let mut object = attributes(element);
    object.insert("line".to_owned(), json!(element.position.line));
    object
}

fn attributes(element: &Element) -> Map<String, Value> {
    let attributes = element.attributes.iter();
    attributes.map(|(name, value)| (name.to_string(), typed(name, value))).collect()
}

/// Returns the value of an attribute with the type that it has in the standard.
fn typed(name: &str, value: &str) -> Value {
    let text = value.trim_ascii();
    let typed = if NUMBERS.contains(&name) {
        text.parse::<f64>().ok().filter(|number| number.is_finite()).map(Value::from)
    } else if COUNTS.contains(&name) {
        text.parse::<i64>().ok().map(Value::from)
    } else if BOOLEANS.contains(&name) {
        match text {
            "true" | "1" => Some(json!(true)),
            "false" | "0" => Some(json!(false)),
            _ => None,
        }
    } else {
        None
    };
    typed.unwrap_or_else(|| json!(value))
}

fn counts(counts: &[(Name, u64)]) -> Value {
    Value::Object(counts.iter().map(|(name, count)| (name.to_string(), json!(count))).collect())
}
