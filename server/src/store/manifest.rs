//! Manifests, which list the versions of an id.
//!
//! A manifest is untrusted input: its size, its numbers and its checksums are checked before they are used.

use super::names;
use crate::version::{DeploymentId, LAST_VERSION, Version, is_checksum, rules_text};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::io::{self, ErrorKind};

/// Maximum size of a manifest in bytes, when it is written and when it is read.
pub const LARGEST_MANIFEST: u64 = 16 << 20;
/// The format that this version writes. It also reads the previous one, which had no deployments.
const FORMAT: u32 = 2;

/// The stored form of the versions of an id.
#[derive(Serialize, Deserialize)]
pub struct Manifest {
    format: u32,
    /// The versions, beginning with the one that serves.
    pub versions: Vec<ManifestVersion>,
}

/// The stored form of a version.
#[derive(Serialize, Deserialize)]
pub struct ManifestVersion {
    /// Its number.
    pub number: u64,
    /// The identity of the deployment. Documents of the first format have no identity in their names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deployment: Option<DeploymentId>,
    /// When it was deployed.
    pub created: Timestamp,
    /// The size of its document in bytes.
    pub size: u64,
    /// The checksum of its document.
    pub checksum: String,
    /// The version of the model, as in the document.
    pub model_version: Option<String>,
    /// The model that was selected.
    pub model_name: Option<String>,
    /// The results that were selected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outputs: Vec<String>,
    /// The rules for invalid values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invalid: Option<String>,
}

impl Manifest {
    /// Reads a manifest and checks its contents.
    ///
    /// # Errors
    /// Fails with [`ErrorKind::InvalidData`] if a server cannot have written it.
    pub fn parse(text: &[u8]) -> io::Result<Self> {
        let damaged = |what: String| io::Error::new(ErrorKind::InvalidData, format!("its manifest {what}"));
        let manifest: Manifest =
            serde_json::from_slice(text).map_err(|error| damaged(format!("is damaged: {error}")))?;
        if manifest.format == 0 || manifest.format > FORMAT {
            return Err(damaged(format!("has the unknown format {}", manifest.format)));
        }
        if manifest.versions.is_empty() {
            return Err(damaged("names no version".to_owned()));
        }
        let (mut numbers, mut deployments) = (HashSet::new(), HashSet::new());
        for version in &manifest.versions {
            let number = version.number;
            if number == 0 || number > LAST_VERSION {
                return Err(damaged(format!("has a version {number}, which no deployment has")));
            }
            if !numbers.insert(number) || !version.deployment.is_none_or(|id| deployments.insert(id)) {
                return Err(damaged(format!("has the version {number} twice")));
            }
            if !is_checksum(&version.checksum) {
                return Err(damaged(format!("has no checksum of version {number}")));
            }
        }
        Ok(manifest)
    }

    /// Writes the manifest of some versions, beginning with the one that serves.
    ///
    /// # Errors
    /// Fails with [`ErrorKind::FileTooLarge`] if it would be too large to be read again.
    pub fn write<'v>(versions: impl IntoIterator<Item = &'v Version>) -> io::Result<Vec<u8>> {
        let stored = |version: &'v Version| ManifestVersion {
            number: version.number,
            deployment: Some(version.deployment).filter(|_| !version.is_of_first_format()),
            created: version.created,
            size: version.size,
            checksum: version.checksum.clone(),
            model_version: version.model_version.clone(),
            model_name: version.selection.model_name.clone(),
            outputs: version.selection.outputs.clone(),
            invalid: Some(rules_text(&version.selection.invalid)).filter(|text| !text.is_empty()),
        };
        let manifest = Manifest { format: FORMAT, versions: versions.into_iter().map(stored).collect() };
        let text = serde_json::to_vec_pretty(&manifest)?;
        if text.len() as u64 > LARGEST_MANIFEST {
            let message = "the names and versions of its models are too long to be stored";
            return Err(io::Error::new(ErrorKind::FileTooLarge, message));
        }
        Ok(text)
    }
}

impl ManifestVersion {
    /// Returns the file name of the document.
    pub fn document(&self) -> String {
        names::document(self.number, self.deployment)
    }
}
