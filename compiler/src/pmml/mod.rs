//! The document: PMML as typed data.
//!
//! One Rust type per element of the standard, under the standard's name, one module per model type. The document says
//! what is written, with the standard's defaults filled in; what it means is decided when it is lowered. So values
//! (`value=`, `score=` and the like) stay text until the type of their field is known, while quantities
//! (`recordCount=`, `coefficient=`) are numbers.
//!
//! All versions from 3.0 to 4.4.1 become the same document: old spellings are read as what they are called today.
//! Every element has a [`Position`] for messages to point at.

pub mod array;
mod attribute;
pub mod data_dictionary;
pub mod embedded_model;
mod enumeration;
pub mod expression;
pub mod header;
pub mod inline_table;
mod limits;
pub mod matrix;
pub mod mining_model;
pub mod mining_schema;
pub mod model;
pub mod model_verification;
mod name;
pub mod output;
pub mod predicate;
pub mod regression_model;
pub mod targets;
pub mod text_index;
pub mod transformation;
pub mod tree_model;

pub use crate::error::Position;
pub use limits::Limits;
pub use name::Name;

use data_dictionary::DataDictionary;
use header::Header;
use model::Model;
use std::fmt;
use transformation::TransformationDictionary;

/// The element `PMML`: a whole document.
#[derive(Clone, Debug)]
pub struct Document {
    /// The element's place.
    pub position: Position,
    /// The version of the standard: the attribute's, else the namespace's, else the newest.
    pub version: Version,
    /// The version that the document had before JPMML's tools extended it (`x-baseVersion`).
    pub base_version: Option<Name>,
    /// Where the document comes from.
    pub header: Header,
    /// The fields of the data.
    pub data_dictionary: DataDictionary,
    /// Fields and functions that all models may use.
    pub transformation_dictionary: TransformationDictionary,
    /// The models, in document order.
    pub models: Vec<Model>,
    /// What was ignored although it might have meant something.
    pub warnings: Vec<Warning>,
}

/// A version of the standard.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Version {
    /// The number before the point.
    pub major: u32,
    /// The number after it.
    pub minor: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Something in the document that was ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The element's place.
    pub position: Position,
    /// The element's name.
    pub element: Name,
    /// What was ignored.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.position, self.message)
    }
}
