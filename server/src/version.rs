//! Versions: the documents that were deployed under an id, one after another.

use crate::json::Properties;
use bytes::Bytes;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::io::{self, Read, Write};
use std::path::PathBuf;

/// A document that was deployed.
#[derive(Clone, Debug)]
pub struct Version {
    /// The number, from 1; an id never has one twice.
    pub number: u64,
    /// When it was deployed.
    pub created: Timestamp,
    /// Its bytes.
    pub size: u64,
    /// The SHA-256 digest of its bytes, in hexadecimal.
    pub checksum: String,
    /// The version of the model, as its author calls it.
    pub model_version: Option<String>,
    /// The model that was asked for, of several in the document.
    pub model_name: Option<String>,
    /// Where its bytes are.
    pub source: Source,
}

/// Where the bytes of a document are.
#[derive(Clone, Debug)]
pub enum Source {
    /// In memory, compressed.
    Memory(Bytes),
    /// In a file.
    File(PathBuf),
}

impl Source {
    /// Keeps a document in memory.
    pub fn memory(document: &[u8]) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        // Memory takes whatever is written.
        let _ = encoder.write_all(document);
        Source::Memory(encoder.finish().unwrap_or_default().into())
    }

    /// The document.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn read(&self) -> io::Result<Vec<u8>> {
        match self {
            Source::Memory(compressed) => {
                let mut document = Vec::new();
                GzDecoder::new(&**compressed).read_to_end(&mut document)?;
                Ok(document)
            }
            Source::File(path) => std::fs::read(path),
        }
    }
}

impl Version {
    /// What is told about it. `accessed` is told where it is given, even if there was no access yet.
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

/// The SHA-256 digest of some bytes, in hexadecimal.
pub fn checksum(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
