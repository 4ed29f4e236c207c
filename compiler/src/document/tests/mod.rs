//! Tests of whole documents: parsing as its users see it.

mod corpus;
mod envelope;
mod expressions;
mod fields;
mod hostile;
mod models;
mod predicates;

use super::model::Model;
use super::tree_model::TreeModel;
use super::{Document, Name, read_str};
use crate::error::{Error, Position};

/// Returns a document with one model, or whatever comes after the dictionary.
fn pmml(content: &str) -> String {
    format!(
        "<PMML xmlns=\"http://www.dmg.org/PMML-4_4\" version=\"4.4\"><Header/><DataDictionary/>\n{content}\n</PMML>"
    )
}

fn document(content: &str) -> Document {
    read_str(&pmml(content)).expect("the document is correct")
}

fn model(content: &str) -> Model {
    document(content).models.pop().expect("there is a model")
}

fn error(content: &str) -> Error {
    read_str(&pmml(content)).expect_err("the document is wrong")
}

fn at(line: u32, column: u32) -> Position {
    Position { line, column }
}

fn tree(nodes: &str) -> TreeModel {
    let text = format!("<TreeModel functionName='classification'><MiningSchema/>{nodes}</TreeModel>");
    match model(&text) {
        Model::TreeModel(model) => *model,
        other => panic!("a tree was expected, not {other:?}"),
    }
}

fn text(name: &Option<Name>) -> Option<&str> {
    name.as_deref()
}

/// Returns the content of a variant.
macro_rules! variant {
    ($value:expr, $pattern:path) => {
        match $value {
            $pattern(inner) => inner,
            other => panic!("{} was expected, not {other:?}", stringify!($pattern)),
        }
    };
}
use variant;
