//! The store: deployed documents on disk, so that they survive a restart.
//!
//! ```text
//! DIRECTORY/lock                    held by the server that uses the store
//! DIRECTORY/models/ID/1.pmml        a document, as it was sent
//! DIRECTORY/models/ID/manifest.json the versions of the id; the first one serves
//! ```
//!
//! A change is complete when its manifest is: a document is there before the manifest that names it, and the manifest
//! takes its place by a rename. Files are written under a temporary name, and they and their folder are synchronized
//! before the change is acknowledged. So a crash at any instant leaves the old state or the new one, and what no manifest
//! names is the rest of a change that did not happen; the next start removes it.

use crate::version::{Source, Version};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::NamedTempFile;

const MANIFEST: &str = "manifest.json";
/// The form of manifests that this version writes, and the only one that it reads.
const FORMAT: u32 = 1;

/// A folder of deployed documents.
#[derive(Debug)]
pub struct Store {
    models: PathBuf,
    /// Held as long as the store is in use.
    _lock: File,
}

/// What the store knows of an id.
#[derive(Debug)]
pub struct Stored {
    /// The id.
    pub id: String,
    /// Its versions, the one that serves first.
    pub versions: Result<Vec<Arc<Version>>, String>,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    versions: Vec<ManifestVersion>,
}

#[derive(Serialize, Deserialize)]
struct ManifestVersion {
    number: u64,
    created: Timestamp,
    size: u64,
    checksum: String,
    model_version: Option<String>,
    model_name: Option<String>,
}

impl Store {
    /// Opens a store, or makes it.
    ///
    /// # Errors
    /// If the folder cannot be written, or another server uses it.
    pub fn open(directory: &Path) -> io::Result<Self> {
        let models = directory.join("models");
        fs::create_dir_all(&models)?;
        synchronize(directory)?;
        let lock = File::create(directory.join("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => io::Error::new(ErrorKind::ResourceBusy, "another server uses it"),
            TryLockError::Error(error) => error,
        })?;
        Ok(Store { models, _lock: lock })
    }

    /// Everything that was deployed. Removes what is left of changes that did not happen.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn load(&self) -> io::Result<Vec<Stored>> {
        let mut all = Vec::new();
        for entry in fs::read_dir(&self.models)? {
            let entry = entry?;
            let Ok(id) = entry.file_name().into_string() else { continue };
            if !entry.file_type()?.is_dir() {
                continue;
            }
            match fs::read(entry.path().join(MANIFEST)) {
                Ok(text) => {
                    let versions = self.versions(&id, &text);
                    if let Ok(versions) = &versions {
                        self.sweep(&id, versions)?;
                    }
                    all.push(Stored { id, versions });
                }
                Err(error) if error.kind() == ErrorKind::NotFound => fs::remove_dir_all(entry.path())?,
                Err(error) => all.push(Stored { id, versions: Err(error.to_string()) }),
            }
        }
        Ok(all)
    }

    fn versions(&self, id: &str, manifest: &[u8]) -> Result<Vec<Arc<Version>>, String> {
        let manifest: Manifest =
            serde_json::from_slice(manifest).map_err(|error| format!("its manifest is damaged: {error}"))?;
        if manifest.format != FORMAT || manifest.versions.is_empty() {
            return Err("its manifest was written by another version of the server".to_owned());
        }
        let version = |version: ManifestVersion| {
            Arc::new(Version {
                number: version.number,
                created: version.created,
                size: version.size,
                checksum: version.checksum,
                model_version: version.model_version,
                model_name: version.model_name,
                source: Source::File(self.document(id, version.number)),
            })
        };
        Ok(manifest.versions.into_iter().map(version).collect())
    }

    /// The path of a document.
    pub fn document(&self, id: &str, number: u64) -> PathBuf {
        self.models.join(id).join(format!("{number}.pmml"))
    }

    /// Writes a document, which counts for nothing until a manifest names it.
    ///
    /// # Errors
    /// If it cannot be written, for example because the disk is full.
    pub fn put_document(&self, id: &str, number: u64, bytes: &[u8]) -> io::Result<()> {
        let folder = self.models.join(id);
        match fs::create_dir(&folder) {
            Ok(()) => synchronize(&self.models)?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        write(&folder, &self.document(id, number), bytes)
    }

    /// Says which versions an id has, the one that serves first. With this a change has happened.
    ///
    /// # Errors
    /// If it cannot be written: then nothing has changed.
    pub fn put_manifest(&self, id: &str, versions: &[Arc<Version>]) -> io::Result<()> {
        let of = |version: &Arc<Version>| ManifestVersion {
            number: version.number,
            created: version.created,
            size: version.size,
            checksum: version.checksum.clone(),
            model_version: version.model_version.clone(),
            model_name: version.model_name.clone(),
        };
        let manifest = Manifest { format: FORMAT, versions: versions.iter().map(of).collect() };
        let folder = self.models.join(id);
        write(&folder, &folder.join(MANIFEST), &serde_json::to_vec_pretty(&manifest)?)
    }

    /// Removes an id.
    ///
    /// # Errors
    /// If it cannot be removed.
    pub fn remove(&self, id: &str) -> io::Result<()> {
        let folder = self.models.join(id);
        fs::remove_file(folder.join(MANIFEST))?;
        synchronize(&folder)?;
        // The rest counts for nothing; the next start would remove it too.
        if let Err(error) = fs::remove_dir_all(&folder) {
            tracing::warn!(id, %error, "documents of an undeployed model are left in the store");
        }
        Ok(())
    }

    /// Removes the files of an id that none of these versions need.
    ///
    /// # Errors
    /// If the folder cannot be read or a file not be removed.
    pub fn sweep(&self, id: &str, versions: &[Arc<Version>]) -> io::Result<()> {
        let mut needed: HashSet<PathBuf> =
            versions.iter().map(|version| self.document(id, version.number)).collect();
        needed.insert(self.models.join(id).join(MANIFEST));
        self.remove_others(id, &needed)
    }

    /// Removes what a failed deployment has left behind. What was known before stays, and so does what the manifest on
    /// disk names: it may be the new one.
    ///
    /// # Errors
    /// As [`Self::sweep`].
    pub fn recover(&self, id: &str, before: &[Arc<Version>]) -> io::Result<()> {
        let folder = self.models.join(id);
        let manifest = match fs::read(folder.join(MANIFEST)) {
            Ok(manifest) => manifest,
            Err(error) if error.kind() == ErrorKind::NotFound => return fs::remove_dir_all(folder),
            Err(error) => return Err(error),
        };
        let mut versions = self.versions(id, &manifest).map_err(io::Error::other)?;
        versions.extend_from_slice(before);
        self.sweep(id, &versions)
    }

    fn remove_others(&self, id: &str, needed: &HashSet<PathBuf>) -> io::Result<()> {
        for entry in fs::read_dir(self.models.join(id))? {
            let path = entry?.path();
            if !needed.contains(&path) {
                fs::remove_file(path)?;
            }
        }
        Ok(())
    }
}

/// Writes a file that is there as a whole or not at all.
fn write(folder: &Path, path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = NamedTempFile::with_prefix_in(".", folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    synchronize(folder)
}

/// Makes the names in a folder durable.
fn synchronize(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = folder;
    Ok(())
}
