//! The store: deployed documents on disk, which survive a restart.
//!
//! ```text
//! DIRECTORY/pmml-store.json                   marks the folder as a store, with its format
//! DIRECTORY/lock                              held by the server that uses the store
//! DIRECTORY/models/ID/manifest.json           the versions of the id; the first one serves
//! DIRECTORY/models/ID/NUMBER-DEPLOYMENT.pmml  a document, as it was sent
//! DIRECTORY/models/ID~damaged-RANDOM          a damaged entry that was found in the place of an id
//! ```
//!
//! A change takes effect with its manifest: a document is written before the manifest that names it, and the manifest is
//! replaced by a rename. Files and their folder are synchronized before the change is acknowledged. Names of documents are
//! never reused, so that no file is written twice. A crash at any instant therefore leaves the old state or the new one.
//! Files that no manifest names are left over from a change that did not take effect, and are removed at the next start.
//!
//! The store removes only files with names that it gave ([`names`]), and follows no link below its folder ([`directory`]). A
//! folder without a marker is accepted only if it is empty, or if a server without markers wrote it ([`marker`]). An id whose
//! folder or manifest is damaged is set aside: it is renamed, and its contents are kept.

mod directory;
mod manifest;
mod marker;
mod names;
#[cfg(test)]
pub mod simulated;
#[cfg(test)]
mod tests;

use crate::routes::is_id;
use crate::version::{DeploymentId, Selection, Source, Version, parse_rules};
use directory::{Directory, Entry, Kind, Lock, System, unexpected};
use manifest::{LARGEST_MANIFEST, Manifest};
use marker::{Identity, LOCK, MARKER, MODELS};
use names::MANIFEST;
use std::collections::{BTreeMap, HashSet};
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::Arc;
use thiserror::Error;

/// Why a folder cannot be used as a store.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// It is neither a store nor empty.
    #[error("it is not a store and not empty: {found}")]
    NotAStore {
        /// What was found in it.
        found: String,
    },
    /// It is a store in a format that is unknown to this version.
    #[error("its `{MARKER}` has the format {format}: another version of the server wrote it")]
    OtherFormat {
        /// The format.
        format: u32,
    },
    /// Another server uses it.
    #[error("another server uses it")]
    InUse,
    /// It cannot be read or written.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// Why a change was not made.
#[derive(Debug, Error)]
#[error("{error}")]
pub struct ChangeError {
    /// The error.
    pub error: io::Error,
    /// Whether the store is certainly unchanged. Otherwise it has either the old state or the new one.
    pub undone: bool,
}

/// A folder of deployed documents.
#[derive(Debug)]
pub struct Store {
    models: Arc<dyn Directory>,
    /// The lock, held as long as the store is in use.
    _lock: Box<dyn Lock>,
}

/// A document in a store.
#[derive(Clone, Debug)]
pub struct StoredDocument {
    models: Arc<dyn Directory>,
    id: String,
    name: String,
}

impl StoredDocument {
    /// Reads the document.
    ///
    /// # Errors
    /// Fails if it cannot be read, or has more bytes than the limit.
    pub fn read(&self, limit: u64) -> io::Result<Vec<u8>> {
        self.models.directory(&self.id)?.read(&self.name, limit)
    }

    /// Returns whether its name has only the number of its version.
    pub fn is_of_first_format(&self, number: u64) -> bool {
        self.name == names::document(number, None)
    }
}

/// The contents of a store.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The ids.
    pub ids: Vec<Stored>,
    /// The paths that were set aside, now or at an earlier start, and why.
    pub aside: BTreeMap<String, String>,
}

/// An id of a store.
#[derive(Debug)]
pub struct Stored {
    /// The id.
    pub id: String,
    /// Its state.
    pub found: Found,
}

/// The state of an id.
#[derive(Debug)]
pub enum Found {
    /// Its versions, beginning with the one that serves.
    Versions(Vec<Arc<Version>>),
    /// It was damaged and was set aside: the id is free.
    SetAside(String),
    /// It cannot be read, and is still in its place.
    Unreadable(String),
}

impl Store {
    /// Opens a store, or makes a store of a new or empty folder. The folder itself may be a link.
    ///
    /// # Errors
    /// Fails if the folder is something else, cannot be written, or another server uses it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_in(&System::open(path)?)
    }

    /// Opens a store in an open directory.
    pub(crate) fn open_in(root: &dyn Directory) -> Result<Self, StoreError> {
        // Nothing is written before the folder is identified.
        marker::identify(root)?;
        let lock = root.lock(LOCK).map_err(|error| match error.kind() {
            ErrorKind::ResourceBusy => StoreError::InUse,
            _ => StoreError::Io(error),
        })?;
        match marker::identify(root)? {
            Identity::Marked => {}
            Identity::Empty => marker::mark(root)?,
            Identity::Unmarked => {
                marker::mark(root)?;
                tracing::info!("the store was written by an earlier version: it is marked now");
            }
        }
        match root.create_directory(MODELS) {
            Ok(()) => root.sync()?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error.into()),
        }
        Ok(Store { models: root.directory(MODELS)?, _lock: lock })
    }

    /// Returns the contents of the store. Removes files of changes that did not take effect, and sets damaged ids aside.
    ///
    /// # Errors
    /// Fails if the folder cannot be read.
    pub fn load(&self) -> io::Result<Loaded> {
        let mut loaded = Loaded::default();
        let mut entries = self.models.entries()?;
        entries.sort();
        for entry in entries {
            let Some(id) = entry.name.to_str().filter(|name| is_id(name)) else {
                self.pass_over(&entry, &mut loaded);
                continue;
            };
            let found = match self.look(id, entry.kind) {
                Ok(versions) if versions.is_empty() => continue,
                Ok(versions) => Found::Versions(versions),
                Err(error) if is_damage(&error) => self.set_aside(id, &error, &mut loaded),
                Err(error) => Found::Unreadable(error.to_string()),
            };
            loaded.ids.push(Stored { id: id.to_owned(), found });
        }
        Ok(loaded)
    }

    /// Reports an entry whose name is not an id, and leaves it alone.
    fn pass_over(&self, entry: &Entry, loaded: &mut Loaded) {
        match entry.name.to_str().filter(|name| names::is_damaged(name)) {
            Some(name) => {
                loaded.aside.insert(format!("{MODELS}/{name}"), "set aside at an earlier start".to_owned());
            }
            None => {
                tracing::warn!(name = ?entry.name, "an entry of the store that is not a model is ignored")
            }
        }
    }

    /// Returns the versions of an id, or none if there were only files of a change that did not take effect.
    fn look(&self, id: &str, kind: Kind) -> io::Result<Vec<Arc<Version>>> {
        if kind != Kind::Directory {
            return Err(unexpected(id, kind, Kind::Directory));
        }
        let folder = self.models.directory(id)?;
        let versions = match folder.read(MANIFEST, LARGEST_MANIFEST) {
            Ok(text) => self.versions(id, &Manifest::parse(&text)?)?,
            Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
            Err(error) => return Err(error),
        };
        let cleaned = remove_unneeded(&*folder, &versions, &[]);
        if !versions.is_empty() {
            if let Err(error) = cleaned {
                tracing::warn!(id, %error, "files of an interrupted change are left in the store");
            }
        } else {
            cleaned?;
            if !folder.entries()?.is_empty() {
                let message = format!("it has no `{MANIFEST}`");
                return Err(io::Error::new(ErrorKind::InvalidData, message));
            }
            drop(folder);
            if let Err(error) = self.models.remove_directory(id) {
                tracing::warn!(id, %error, "an empty folder is left in the store");
            }
        }
        Ok(versions)
    }

    fn versions(&self, id: &str, manifest: &Manifest) -> io::Result<Vec<Arc<Version>>> {
        let version = |version: &manifest::ManifestVersion| {
            Ok(Arc::new(Version {
                number: version.number,
                // A version without an identity was deployed before this start, so that no change in progress refers to it.
                deployment: version.deployment.map_or_else(DeploymentId::random, Ok)?,
                created: version.created,
                size: version.size,
                checksum: version.checksum.clone(),
                model_version: version.model_version.clone(),
                selection: Selection {
                    model_name: version.model_name.clone(),
                    outputs: version.outputs.clone(),
                    invalid: version.invalid.as_deref().map_or(Ok(Vec::new()), |text| {
                        parse_rules(text).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))
                    })?,
                },
                source: self.source(id, version.document()),
            }))
        };
        manifest.versions.iter().map(version).collect()
    }

    /// Renames the entry in the place of an id, so that its contents are kept and the id is free.
    fn set_aside(&self, id: &str, why: &io::Error, loaded: &mut Loaded) -> Found {
        let renamed = names::damaged(id).and_then(|name| {
            self.models.rename(id, &name)?;
            self.models.sync()?;
            Ok(name)
        });
        match renamed {
            Ok(name) => {
                let path = format!("{MODELS}/{name}");
                tracing::error!(id, %why, path, "a damaged model is set aside in the store");
                let message = format!("{why}; set aside as `{path}`");
                loaded.aside.insert(path, why.to_string());
                Found::SetAside(message)
            }
            Err(error) => Found::Unreadable(format!("{why}; it cannot be set aside: {error}")),
        }
    }

    /// Returns the source of a new deployment's document.
    pub fn document(&self, id: &str, number: u64, deployment: DeploymentId) -> Source {
        self.source(id, names::document(number, Some(deployment)))
    }

    fn source(&self, id: &str, name: String) -> Source {
        Source::Stored(StoredDocument { models: Arc::clone(&self.models), id: id.to_owned(), name })
    }

    /// Replaces the versions of an id, beginning with the one that serves, whose document is given if it is new. Then
    /// removes documents that are no longer needed.
    ///
    /// # Errors
    /// Fails if it cannot be written, for example because the disk is full.
    pub fn change(
        &self,
        id: &str,
        before: &[Arc<Version>],
        after: &[Arc<Version>],
        document: Option<&[u8]>,
    ) -> Result<(), ChangeError> {
        let unchanged = |error| ChangeError { error, undone: true };
        let manifest = Manifest::write(after.iter().map(|version| &**version)).map_err(unchanged)?;
        let folder = self.folder(id).map_err(unchanged)?;
        let document = document.zip(after.first().and_then(|version| name(version)));
        let discard = || {
            if let Some((_, name)) = document {
                // No manifest names it.
                let _ = folder.remove_file(name);
            }
            if before.is_empty() {
                // This succeeds only if the folder is empty.
                let _ = self.models.remove_directory(id);
            }
        };
        let written = match document {
            Some((bytes, name)) => folder.create(name, bytes),
            None => Ok(()),
        };
        let replaced = match written {
            Ok(()) => replace_manifest(&*folder, &manifest),
            Err(error) => Err(unchanged(error)),
        };
        if let Err(ChangeError { error, undone }) = replaced {
            let undone = undone || restore(&*folder, before).is_ok();
            if undone {
                discard();
            }
            return Err(ChangeError { error, undone });
        }
        if let Err(error) = remove_unneeded(&*folder, after, before) {
            tracing::warn!(id, %error, "old documents are left in the store");
        }
        Ok(())
    }

    /// Removes an id.
    ///
    /// # Errors
    /// Fails if it cannot be removed.
    pub fn remove(&self, id: &str, before: &[Arc<Version>]) -> Result<(), ChangeError> {
        let folder = match self.models.directory(id) {
            // It was set aside.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            folder => folder.map_err(|error| ChangeError { error, undone: true })?,
        };
        let removed = remove_if_there(&*folder, MANIFEST).and_then(|()| folder.sync());
        removed.map_err(|error| ChangeError { error, undone: restore(&*folder, before).is_ok() })?;
        let cleaned = remove_unneeded(&*folder, &[], before);
        drop(folder);
        // Remaining files have no effect, and the next start would remove them too.
        if let Err(error) = cleaned.and_then(|()| self.models.remove_directory(id)) {
            tracing::warn!(id, %error, "files of an undeployed model, or foreign ones, are left in the store");
        }
        Ok(())
    }

    /// Opens the folder of an id, and creates it if it does not exist.
    fn folder(&self, id: &str) -> io::Result<Arc<dyn Directory>> {
        match self.models.create_directory(id) {
            Ok(()) => {
                if let Err(error) = self.models.sync() {
                    let _ = self.models.remove_directory(id);
                    return Err(error);
                }
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
        self.models.directory(id)
    }
}

/// Replaces the manifest.
fn replace_manifest(folder: &dyn Directory, manifest: &[u8]) -> Result<(), ChangeError> {
    let unchanged = |error| ChangeError { error, undone: true };
    let temporary = names::temporary().map_err(unchanged)?;
    let written = folder.create(&temporary, manifest).and_then(|()| folder.sync());
    if let Err(error) = written {
        // The temporary file has no effect.
        let _ = folder.remove_file(&temporary);
        return Err(unchanged(error));
    }
    let renamed = folder.rename(&temporary, MANIFEST);
    if renamed.is_err() {
        let _ = folder.remove_file(&temporary);
    }
    renamed.and_then(|()| folder.sync()).map_err(|error| ChangeError { error, undone: false })
}

/// Restores the manifest of some versions, or removes it if there were none.
fn restore(folder: &dyn Directory, before: &[Arc<Version>]) -> Result<(), ChangeError> {
    let unknown = |error| ChangeError { error, undone: false };
    if before.is_empty() {
        return remove_if_there(folder, MANIFEST).and_then(|()| folder.sync()).map_err(unknown);
    }
    let manifest = Manifest::write(before.iter().map(|version| &**version)).map_err(unknown)?;
    replace_manifest(folder, &manifest)
}

fn remove_if_there(folder: &dyn Directory, name: &str) -> io::Result<()> {
    match folder.remove_file(name) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Removes the files of an id that the store wrote and that no needed version refers to: files with names that only the store
/// gives, and documents of other known versions.
fn remove_unneeded(
    folder: &dyn Directory,
    needed: &[Arc<Version>],
    known: &[Arc<Version>],
) -> io::Result<()> {
    let names_of = |versions: &'_ [Arc<Version>]| -> HashSet<String> {
        versions.iter().filter_map(|version| name(version)).map(str::to_owned).collect()
    };
    let (needed, known) = (names_of(needed), names_of(known));
    for entry in folder.entries()? {
        if let Some(name) = entry.name.to_str()
            && entry.kind == Kind::File
            && !needed.contains(name)
            && (names::is_own(name) || known.contains(name))
        {
            folder.remove_file(name)?;
        }
    }
    Ok(())
}

/// Returns the name of a version's document in the store.
fn name(version: &Version) -> Option<&str> {
    match &version.source {
        Source::Stored(document) => Some(&document.name),
        Source::Memory(_) => None,
    }
}

/// Returns whether an id cannot be read because it is damaged, and not because of a temporary error of the system.
fn is_damage(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::InvalidData
            | ErrorKind::NotFound
            | ErrorKind::NotADirectory
            | ErrorKind::IsADirectory
            | ErrorKind::PermissionDenied
            | ErrorKind::FileTooLarge
    )
}
