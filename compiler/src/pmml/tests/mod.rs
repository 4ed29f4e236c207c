//! Tests of the whole document: parsing as its users see it.

mod constructs;
mod corpus;
mod envelope;
mod hostile;

use super::model::Model;
use super::{Document, read_str};
use crate::error::{Error, Position};

/// A document around one model or whatever else stands after the dictionary.
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
