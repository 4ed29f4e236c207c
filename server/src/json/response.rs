//! Responses about models.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use pmml::{Category, DataType, Field, OpType, Range, Signature};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Value;

/// A response with only a message.
#[derive(serde::Serialize, Debug, Default)]
pub struct SimpleResponse {
    /// The message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A model.
#[derive(serde::Serialize, Debug)]
pub struct ModelResponse {
    /// Its id.
    pub id: String,
    /// Its function.
    #[serde(rename = "miningFunction")]
    pub mining_function: &'static str,
    /// The title of its type.
    pub summary: &'static str,
    /// Its properties.
    pub properties: Properties,
    /// Its fields.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schema: Option<Schema>,
}

/// All models.
#[derive(serde::Serialize, Debug)]
pub struct BatchModelResponse {
    /// The models, by id.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub responses: Vec<ModelResponse>,
}

/// The versions of a model.
#[derive(serde::Serialize, Debug)]
pub struct VersionsResponse {
    /// The model's id.
    pub id: String,
    /// The versions that are kept: first the one that serves, then the earlier ones, the latest first.
    pub versions: Vec<Properties>,
}

/// Names and values, in the order of insertion.
#[derive(Clone, Debug, Default)]
pub struct Properties(Vec<(&'static str, Value)>);

impl Properties {
    /// Adds a property.
    pub fn put(&mut self, name: &'static str, value: impl Into<Value>) {
        self.0.push((name, value.into()));
    }

    /// Adds a property whose value is a time.
    pub fn put_time(&mut self, name: &'static str, time: Option<Timestamp>) {
        let text =
            time.map(|time| time.to_zoned(TimeZone::UTC).strftime("%Y-%m-%dT%H:%M:%S.%3f%:z").to_string());
        self.put(name, text);
    }
}

impl Serialize for Properties {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// The fields of a model, by their roles.
#[derive(Clone, Debug)]
pub struct Schema(Vec<(&'static str, Vec<FieldResponse>)>);

/// A field.
#[derive(serde::Serialize, Clone, Debug)]
struct FieldResponse {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(rename = "dataType", skip_serializing_if = "Option::is_none")]
    data_type: Option<&'static str>,
    #[serde(rename = "opType", skip_serializing_if = "Option::is_none")]
    op_type: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    values: Vec<String>,
}

impl Schema {
    /// Makes the schema of a signature.
    ///
    /// The signature has only the name of the field that groups rows; `group` is its type in the data dictionary.
    pub fn new(signature: &Signature, group: Option<(DataType, OpType)>) -> Self {
        let fields = |fields: &[Field]| fields.iter().map(FieldResponse::new).collect::<Vec<_>>();
        let (targets, outputs) = signature.results.split_at(signature.targets.min(signature.results.len()));
        let group = signature.group.iter().map(|name| FieldResponse {
            id: name.clone(),
            name: None,
            data_type: group.map(|(data_type, _)| data_type.as_str()),
            op_type: group.map(|(_, optype)| optype.as_str()),
            values: Vec::new(),
        });
        Schema(vec![
            ("inputFields", fields(&signature.inputs)),
            ("groupFields", group.collect()),
            ("targetFields", fields(targets)),
            ("outputFields", fields(outputs)),
        ])
    }
}

impl Serialize for Schema {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (role, fields) in self.0.iter().filter(|(_, fields)| !fields.is_empty()) {
            map.serialize_entry(role, fields)?;
        }
        map.end()
    }
}

impl FieldResponse {
    fn new(field: &Field) -> Self {
        let values = match field.optype {
            OpType::Continuous => field.intervals.iter().map(interval).collect(),
            _ => field.values.iter().map(|Category { value, .. }| value.clone()).collect(),
        };
        FieldResponse {
            id: field.name.clone(),
            name: field.display_name.clone().filter(|name| !name.is_empty()),
            data_type: Some(field.data_type.as_str()),
            op_type: Some(field.optype.as_str()),
            values,
        }
    }
}

/// Returns a range as a string: `[4.3, 7.9]`.
fn interval(range: &Range) -> String {
    let margin = |margin: Option<f64>, open: f64| pmml::Value::Double(margin.unwrap_or(open)).to_string();
    let left = if range.left_closed { '[' } else { '(' };
    let right = if range.right_closed { ']' } else { ')' };
    format!("{left}{}, {}{right}", margin(range.left, f64::NEG_INFINITY), margin(range.right, f64::INFINITY))
}
