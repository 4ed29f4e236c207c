//! Versions: the documents that were deployed under an id, one after another.

use crate::json::Properties;
use crate::store::StoredDocument;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use pmml::{InvalidRule, InvalidRuleError};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fmt;
use std::io::{self, Read, Write};
use std::str::FromStr;
use thiserror::Error;

/// Maximum number of a version, which programs that read JSON numbers as `f64` represent exactly.
pub const LAST_VERSION: u64 = (1 << 53) - 1;

/// The identity of a deployment.
///
/// The number of a version is reused after its model was undeployed. An identity is random, and is never reused by any
/// server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DeploymentId(u128);

impl DeploymentId {
    /// Returns a new random identity.
    ///
    /// # Errors
    /// Fails if the system does not provide random numbers.
    pub fn random() -> io::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(io::Error::from)?;
        Ok(DeploymentId(u128::from_le_bytes(bytes)))
    }
}

impl fmt::Display for DeploymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl From<DeploymentId> for String {
    fn from(id: DeploymentId) -> Self {
        id.to_string()
    }
}

impl FromStr for DeploymentId {
    type Err = &'static str;

    /// Parses an identity, in exactly the form in which it is displayed.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() != 32 || !is_hexadecimal(text) {
            return Err("32 hexadecimal digits are expected");
        }
        u128::from_str_radix(text, 16).map(DeploymentId).map_err(|_| "a hexadecimal number is expected")
    }
}

impl TryFrom<String> for DeploymentId {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// The selection of a document's contents to serve.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The model that was selected, of several in the document.
    pub model_name: Option<String>,
    /// The results that were selected. If empty, those that the document declares.
    pub outputs: Vec<String>,
    /// The rules for invalid values, which override the document.
    pub invalid: Vec<InvalidRule>,
}

/// Parses rules for invalid values, separated by `;`.
///
/// # Errors
/// Fails if one of them is not a rule.
pub fn parse_rules(text: &str) -> Result<Vec<InvalidRule>, InvalidRuleError> {
    // A quoted name may contain the separator.
    let mut is_quoted = false;
    let rules = text.split(|character| {
        is_quoted ^= character == '"';
        character == ';' && !is_quoted
    });
    rules.map(str::parse).collect()
}

/// Formats rules for [`parse_rules`].
pub fn rules_text(rules: &[InvalidRule]) -> String {
    rules.iter().map(InvalidRule::to_string).collect::<Vec<_>>().join(";")
}

/// A document that was deployed.
#[derive(Clone, Debug)]
pub struct Version {
    /// The number, from 1. It is reused if the id is undeployed and deployed again.
    pub number: u64,
    /// The identity, which is never reused.
    pub deployment: DeploymentId,
    /// When it was deployed.
    pub created: Timestamp,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 digest of its bytes, in hexadecimal.
    pub checksum: String,
    /// The version of the model, as in the document.
    pub model_version: Option<String>,
    /// The selection of its contents.
    pub selection: Selection,
    /// The source of its bytes.
    pub source: Source,
}

/// The source of a document's bytes.
#[derive(Clone, Debug)]
pub enum Source {
    /// In memory, compressed.
    Memory(Bytes),
    /// In the store.
    Stored(StoredDocument),
}

impl Source {
    /// Keeps a document in memory.
    pub fn memory(document: &[u8]) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        // Writing to memory cannot fail.
        let _ = encoder.write_all(document);
        Source::Memory(encoder.finish().unwrap_or_default().into())
    }
}

/// Why a deployed document is not available.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// It cannot be read.
    #[error("its document cannot be read: {0}")]
    Read(#[from] io::Error),
    /// It is not the one that was deployed.
    #[error("its document was changed or is damaged: the checksum differs")]
    Changed,
    /// It is larger than the current limit.
    #[error("its document has {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit.
        limit: u64,
    },
}

impl DocumentError {
    /// Returns whether the document does not exist any more, because its version was removed.
    pub fn is_gone(&self) -> bool {
        matches!(self, DocumentError::Read(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl Version {
    /// Returns whether this is the same deployment as another.
    pub fn is(&self, other: &Version) -> bool {
        self.deployment == other.deployment && self.checksum == other.checksum
    }

    /// Returns whether its document is stored under a name with only the number, as by earlier servers.
    pub fn is_of_first_format(&self) -> bool {
        matches!(&self.source, Source::Stored(document) if document.is_of_first_format(self.number))
    }

    /// Returns the document, after a check that it is exactly the one that was deployed.
    ///
    /// # Errors
    /// Fails if it is not, or has more bytes than the limit.
    pub fn document(&self, limit: u64) -> Result<Vec<u8>, DocumentError> {
        if self.size > limit {
            return Err(DocumentError::TooLarge { size: self.size, limit });
        }
        let document = match &self.source {
            Source::Memory(compressed) => {
                let mut document = Vec::new();
                GzDecoder::new(&**compressed).take(limit).read_to_end(&mut document)?;
                document
            }
            Source::Stored(document) => match document.read(self.size) {
                Err(error) if error.kind() == io::ErrorKind::FileTooLarge => {
                    return Err(DocumentError::Changed);
                }
                document => document?,
            },
        };
        if checksum(&document) != self.checksum {
            return Err(DocumentError::Changed);
        }
        Ok(document)
    }

    /// Returns the properties of the version for responses, with the time of the last access if `accessed` is given.
    pub fn properties(&self, accessed: Option<Option<Timestamp>>) -> Properties {
        let mut properties = Properties::default();
        properties.put_time("created.timestamp", Some(self.created));
        if let Some(accessed) = accessed {
            properties.put_time("accessed.timestamp", accessed);
        }
        properties.put("file.size", self.size);
        properties.put("file.checksum", self.checksum.as_str());
        properties.put("model.version", self.model_version.clone());
        properties
    }
}

/// Returns the SHA-256 digest of some bytes, in hexadecimal.
pub fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Returns whether a string can be a checksum.
pub fn is_checksum(text: &str) -> bool {
    text.len() == 64 && is_hexadecimal(text)
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
