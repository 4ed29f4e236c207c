//! Files of cases: `tests/cases/README.md` describes the format.

// Each test that reads them looks at other parts.
#![allow(dead_code)]

use serde::Deserialize;
use std::collections::BTreeMap;

/// A file of cases.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    pub case: Vec<Case>,
}

/// A document, and what its rows must give, or the error that it must be refused with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    pub name: String,
    /// The document, or what stands inside its `PMML` element.
    pub model: String,
    pub model_name: Option<String>,
    /// The results that are asked for; the model then has these and no others, in this order.
    #[serde(default)]
    pub outputs: Vec<String>,
    #[serde(default)]
    pub nan_is_number: bool,
    /// What becomes of invalid values, in place of what the document says.
    #[serde(default)]
    pub invalid: Vec<String>,
    /// How far numbers may be off, relatively; 0: not at all.
    #[serde(default)]
    pub tolerance: f64,
    #[serde(default)]
    pub rows: Vec<Row>,
    /// Words that the error must contain with which the document is refused.
    pub refused: Option<String>,
    /// The line that it must point at, from 1, in `model`.
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
    /// Returns the whole document.
    pub fn document(&self) -> String {
        document(&self.model)
    }
}

/// Returns whether a model is a whole document.
pub fn is_whole(model: &str) -> bool {
    model.contains("<PMML") || model.contains(":PMML")
}

/// Returns the whole document of a model, which may be what stands inside its `PMML` element.
pub fn document(model: &str) -> String {
    if is_whole(model) {
        return model.to_owned();
    }
    format!(r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>{model}</PMML>"#)
}
