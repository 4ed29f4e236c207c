//! The document: PMML as typed data.
//!
//! There is one Rust type for each element of the standard, under the standard's name, and one module for each model
//! type. The document holds what is written, with the standard's defaults filled in; lowering decides what it means. So
//! values (`value=`, `score=` and the like) stay strings until the type of their field is known, while quantities
//! (`recordCount=`, `coefficient=`) are numbers.
//!
//! All versions from 3.0 to 4.4.1 become the same document: old spellings are read as their current names. Every
//! element has a [`Position`] for messages.

pub mod anomaly_detection_model;
pub mod array;
pub mod association_model;
mod attribute;
mod attributes;
pub mod clustering_model;
pub mod comparison_measure;
mod content;
pub mod continuous_distribution;
pub mod data_dictionary;
pub mod embedded_model;
mod enumeration;
pub mod expression;
pub mod general_regression_model;
pub mod header;
pub mod inline_table;
mod likeness;
mod limits;
mod markup;
pub mod matrix;
pub mod mining_model;
pub mod mining_schema;
pub mod model;
mod model_common;
mod model_type;
pub mod model_verification;
pub mod naive_bayes_model;
mod name;
pub mod nearest_neighbor_model;
pub mod neural_network;
pub mod outline;
pub mod output;
pub mod predicate;
mod quoted;
mod reference;
pub mod regression_model;
pub mod result_field;
pub mod rule_set_model;
mod schema;
pub mod scorecard;
mod source;
pub mod statistics;
pub mod support_vector_machine_model;
pub mod targets;
#[cfg(test)]
mod tests;
pub mod text_index;
pub mod transformation;
pub mod tree_model;
pub mod vector_dictionary;
mod warnings;

pub use crate::error::Position;
pub(crate) use attribute::odd_number;
pub use limits::Limits;
pub use name::Name;
pub use warnings::Warning;
pub(crate) use warnings::Warnings;

use crate::error::{Error, Result};
use data_dictionary::DataDictionary;
use header::Header;
use markup::{Markup, lacks};
use model::Model;
use source::Source;
use std::fmt;
use std::io::Read;
use transformation::TransformationDictionary;

/// The element `PMML`: a whole document.
#[derive(Clone, Debug)]
pub struct Document {
    /// The element's position.
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
    /// Warnings about what was ignored although it might have mattered.
    pub warnings: Vec<Warning>,
    /// The size of the document in bytes.
    pub bytes: u64,
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

/// Reads a document from bytes, which may be compressed with gzip. Fails if it is malformed, exceeds a limit, or has an
/// element that is not supported.
pub fn read(reader: impl Read, limits: &Limits) -> Result<Document> {
    Document::read(Markup::new(Source::new(reader, *limits)?, *limits))
}

/// Reads a document from a string, within the default limits. An encoding that it declares is ignored.
pub fn read_str(text: &str) -> Result<Document> {
    let limits = Limits::default();
    Document::read(Markup::new(Source::from_str(text, limits), limits))
}

impl Document {
    fn read(mut markup: Markup<'_>) -> Result<Self> {
        let xml = &mut markup;
        let root = xml.root()?;
        let position = xml.position();
        if root != "PMML" {
            let message =
                format!("this is not a PMML document: its root element is `{}`", quoted::quoted(&root));
            return Err(Error::invalid(position, &*root, message));
        }
        let version = Version::read(xml)?;
        let base_version = xml.optional("x-baseVersion")?;
        let (mut header, mut data_dictionary, mut transformation_dictionary) = (None, None, None);
        let mut models = Vec::new();
        while let Some(child) = xml.child()? {
            match &*child {
                "Header" => xml.once(&mut header, Header::read)?,
                "MiningBuildTask" => xml.skip()?,
                "DataDictionary" => xml.once(&mut data_dictionary, DataDictionary::read)?,
                "TransformationDictionary" => {
                    xml.once(&mut transformation_dictionary, TransformationDictionary::read)?;
                }
                name if Model::is(name) => models.push(Model::read(xml)?),
                _ => xml.ignore()?,
            }
        }
        Ok(Document {
            position,
            version,
            base_version,
            header: header.unwrap_or_default(),
            data_dictionary: data_dictionary.ok_or_else(|| lacks(position, "PMML", "a `DataDictionary`"))?,
            transformation_dictionary: transformation_dictionary.unwrap_or_default(),
            models,
            bytes: markup.bytes(),
            warnings: markup.finish()?,
        })
    }
}

impl Version {
    const OLDEST: Version = Version { major: 2, minor: 0 };
    const NEWEST: Version = Version { major: 4, minor: 4 };

    /// Reads the version from the root element's attribute or, without one, from the namespace. Fails if it is not
    /// supported.
    fn read(xml: &mut Markup<'_>) -> Result<Self> {
        let position = xml.position();
        let text: Option<Name> = xml.optional("version")?;
        let version = match &text {
            Some(text) => Version::parse(text, '.').ok_or_else(|| {
                let message =
                    format!("`PMML` has `version=\"{}\"`, which is not a version", quoted::quoted(text));
                Error::invalid(position, "PMML", message)
            })?,
            None => {
                let suffix = |namespace: &str| Version::parse(namespace.rsplit_once("/PMML-")?.1, '_');
                xml.namespaces().find_map(suffix).unwrap_or(Version::NEWEST)
            }
        };
        if version < Version::OLDEST || version > Version::NEWEST {
            let message = format!("PMML {version} is not supported: only versions 2.0 to 4.4 are");
            return Err(Error::unsupported(position, "PMML", message));
        }
        if version.major < 3 {
            let message = format!("PMML {version} is read as PMML 3.0, from which it differs little");
            xml.warn_of(position, "PMML", message);
        }
        Ok(version)
    }

    /// Parses the first two numbers of a version.
    fn parse(text: &str, separator: char) -> Option<Self> {
        let mut numbers = text.trim_ascii().split(separator).map(str::parse);
        Some(Version {
            major: numbers.next()?.ok()?,
            minor: numbers.next().map_or(Ok(0), |number| number).ok()?,
        })
    }
}
