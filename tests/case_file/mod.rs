//! Files of cases: `tests/cases/README.md` describes the format.

// Each test uses some of it.
#![allow(dead_code)]

use serde::Deserialize;
use std::collections::BTreeMap;

/// A file of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub case: Vec<Case>,
}

/// A document with rows and their expected results, or with the expected error.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// The document, or the content of its `PMML` element.
    pub model: String,
    pub model_name: Option<String>,
    /// The selected results: the model then has only these, in this order.
    #[serde(default)]
    pub outputs: Vec<String>,
    #[serde(default)]
    pub nan_is_number: bool,
    /// The rules for invalid values, which override the document.
    #[serde(default)]
    pub invalid: Vec<String>,
    /// The relative tolerance of numbers.
    #[serde(default)]
    pub tolerance: f64,
    #[serde(default)]
    pub rows: Vec<Row>,
    /// Words in the error with which the document must be rejected.
    pub refused: Option<String>,
    /// The line in `model` that the error must point at, from 1.
    pub line: Option<u32>,
    /// Words that one of the warnings must contain.
    pub warning: Option<String>,
}

/// A row of a case.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    #[serde(default)]
    pub input: BTreeMap<String, toml::Value>,
    /// Results by name; those not named are not compared. `"<missing>"` is a missing value.
    pub expect: Option<BTreeMap<String, toml::Value>>,
    /// Words that the row's error must contain.
    pub error: Option<String>,
}

impl Case {
    /// Returns the complete document.
    pub fn document(&self) -> String {
        document(&self.model)
    }
}

/// Returns whether a model is a complete document.
pub fn is_whole(model: &str) -> bool {
    model.contains("<PMML") || model.contains(":PMML")
}

/// Returns the complete document of a model, which may be the content of its `PMML` element.
pub fn document(model: &str) -> String {
    if is_whole(model) {
        return model.to_owned();
    }
    format!(r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>{model}</PMML>"#)
}
