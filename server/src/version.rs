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

/// The largest number of a version: programs that read numbers of JSON as `f64` tell it from the others.
pub const LAST_VERSION: u64 = (1 << 53) - 1;

/// The identity of a deployment.
///
/// A number of a version comes again after its model was undeployed. This one never does, on no server: it is random.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct DeploymentId(u128);

impl DeploymentId {
    /// Returns an id that was never used before.
    ///
    /// # Errors
    /// Fails if the system gives no random numbers.
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

    /// Reads an id as it is written, and nothing else.
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

/// What of a document is served.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// The model that was asked for, of several in the document.
    pub model_name: Option<String>,
    /// The results that were asked for; if empty, those that the document names.
    pub outputs: Vec<String>,
    /// What becomes of invalid values, in place of what the document says.
    pub invalid: Vec<InvalidRule>,
}

/// Reads rules for invalid values, which `;` separates.
///
/// # Errors
/// Fails if one of them is no rule.
pub fn parse_rules(text: &str) -> Result<Vec<InvalidRule>, InvalidRuleError> {
    // A name in quotation marks may hold what separates rules.
    let mut is_quoted = false;
    let rules = text.split(|character| {
        is_quoted ^= character == '"';
        character == ';' && !is_quoted
    });
    rules.map(str::parse).collect()
}

/// Writes rules so that [`parse_rules`] reads them.
pub fn rules_text(rules: &[InvalidRule]) -> String {
    rules.iter().map(InvalidRule::to_string).collect::<Vec<_>>().join(";")
}

/// A document that was deployed.
#[derive(Clone, Debug)]
pub struct Version {
    /// The number, from 1. It comes again where the id is undeployed and deployed anew.
    pub number: u64,
    /// The identity, which never comes again.
    pub deployment: DeploymentId,
    /// When it was deployed.
    pub created: Timestamp,
    /// Its bytes.
    pub size: u64,
    /// The SHA-256 digest of its bytes, in hexadecimal.
    pub checksum: String,
    /// The version of the model, as its author calls it.
    pub model_version: Option<String>,
    /// What of it was asked for.
    pub selection: Selection,
    /// Where its bytes are.
    pub source: Source,
}

/// Where the bytes of a document are.
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
        // Memory takes whatever is written.
        let _ = encoder.write_all(document);
        Source::Memory(encoder.finish().unwrap_or_default().into())
    }
}

/// Why a document that was deployed is not to be had.
#[derive(Debug, Error)]
pub enum DocumentError {
    /// It cannot be read.
    #[error("its document cannot be read: {0}")]
    Read(#[from] io::Error),
    /// It is not the one that was deployed.
    #[error("its document was changed or is damaged: the checksum differs")]
    Changed,
    /// It is larger than documents may be by now.
    #[error("its document has {size} bytes, more than the limit of {limit}")]
    TooLarge {
        /// Its bytes.
        size: u64,
        /// The limit.
        limit: u64,
    },
}

impl DocumentError {
    /// Tells whether the document is gone, as it is where its version was removed meanwhile.
    pub fn is_gone(&self) -> bool {
        matches!(self, DocumentError::Read(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

impl Version {
    /// Tells whether this is the same deployment as another.
    pub fn is(&self, other: &Version) -> bool {
        self.deployment == other.deployment && self.checksum == other.checksum
    }

    /// Tells whether its document is stored under the number alone, as servers before this one did it.
    pub fn is_of_first_format(&self) -> bool {
        matches!(&self.source, Source::Stored(document) if document.is_of_first_format(self.number))
    }

    /// Returns the document, which is the one that was deployed to the last byte.
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

    /// Returns the properties that responses have of it, with `accessed` if that is given, even if there was no access yet.
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

/// Tells whether a text can be a checksum.
pub fn is_checksum(text: &str) -> bool {
    text.len() == 64 && is_hexadecimal(text)
}

fn is_hexadecimal(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}
