//! The store: deployed documents on disk, so that they survive a restart.
//!
//! ```text
//! DIRECTORY/pmml-store.json                   marks the folder as a store, with its format
//! DIRECTORY/lock                              held by the server that uses the store
//! DIRECTORY/models/ID/manifest.json           the versions of the id; the first one serves
//! DIRECTORY/models/ID/NUMBER-DEPLOYMENT.pmml  a document, as it was sent
//! DIRECTORY/models/ID~damaged-RANDOM          what was found in the place of an id and is no such folder
//! ```
//!
//! A change is complete when its manifest is: a document is there before the manifest that names it, and the manifest
//! takes its place by a rename. Files and their folder are synchronized before the change is acknowledged. A document's
//! name never comes again, so that no file is written twice. So a crash at any instant leaves the old state or the new
//! one, and what no manifest names is the rest of a change that did not happen; the next start removes it.
//!
//! The store removes nothing but files of names that it wrote ([`names`]), and follows no link below its folder
//! ([`directory`]). A folder without a marker is a store only if it is empty, or if a server from before there were markers
//! wrote it ([`marker`]). An id whose folder or manifest is damaged is set aside: it is renamed, and everything in it stays.

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
    /// It is a store of a format that this version does not know.
    #[error("its `{MARKER}` says format {format}, so another version of the server wrote it")]
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
    /// What went wrong.
    pub error: io::Error,
    /// Whether the store is certainly what it was before. Otherwise it is that or what it was to become, as a whole.
    pub undone: bool,
}

/// A folder of deployed documents.
#[derive(Debug)]
pub struct Store {
    models: Arc<dyn Directory>,
    /// Held as long as the store is in use.
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

    /// Tells whether its name is the number of its version alone.
    pub fn is_of_first_format(&self, number: u64) -> bool {
        self.name == names::document(number, None)
    }
}

/// What a store holds.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The ids.
    pub ids: Vec<Stored>,
    /// What was set aside, now or at an earlier start: its path, and why.
    pub aside: BTreeMap<String, String>,
}

/// An id of a store.
#[derive(Debug)]
pub struct Stored {
    /// The id.
    pub id: String,
    /// What was found.
    pub found: Found,
}

/// What is found under an id.
#[derive(Debug)]
pub enum Found {
    /// Versions, the one that serves first.
    Versions(Vec<Arc<Version>>),
    /// Damage, which was set aside: the id is free.
    SetAside(String),
    /// Something that cannot be read and is still in its place.
    Unreadable(String),
}

impl Store {
    /// Opens a store, or makes an empty or new folder one. The folder itself may be a link.
    ///
    /// # Errors
    /// Fails if the folder is something else, cannot be written, or another server uses it.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_in(&System::open(path)?)
    }

    /// Opens a store in an open directory.
    pub(crate) fn open_in(root: &dyn Directory) -> Result<Self, StoreError> {
        // Nothing is written before it is known whose folder it is.
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

    /// Returns everything that was deployed. Removes what is left of changes that did not happen, and sets damage aside.
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

    /// Skips entries whose names are not ids.
    fn pass_over(&self, entry: &Entry, loaded: &mut Loaded) {
        match entry.name.to_str().filter(|name| names::is_damaged(name)) {
            Some(name) => {
                loaded.aside.insert(format!("{MODELS}/{name}"), "set aside at an earlier start".to_owned());
            }
            None => {
                tracing::warn!(name = ?entry.name, "something that is no model is left alone in the store")
            }
        }
    }

    /// Returns the versions of an id; none, if there was only the rest of a change that did not happen.
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
        let swept = sweep(&*folder, &versions, &[]);
        if !versions.is_empty() {
            if let Err(error) = swept {
                tracing::warn!(id, %error, "the rest of a change is left in the store");
            }
        } else {
            swept?;
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
                // What has none was deployed before this start, and no change that is under way has seen it.
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

    /// Renames what is in the place of an id, so that nothing in it is lost and the id is free.
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

    /// Returns where the document of a deployment is to be.
    pub fn document(&self, id: &str, number: u64, deployment: DeploymentId) -> Source {
        self.source(id, names::document(number, Some(deployment)))
    }

    fn source(&self, id: &str, name: String) -> Source {
        Source::Stored(StoredDocument { models: Arc::clone(&self.models), id: id.to_owned(), name })
    }

    /// Gives an id other versions than it has, the one that serves first, with the document of that one if it is new.
    /// Then removes documents that are no longer needed.
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
                // Nothing names it.
                let _ = folder.remove_file(name);
            }
            if before.is_empty() {
                // It succeeds if nothing else is in it.
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
        if let Err(error) = sweep(&*folder, after, before) {
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
        let swept = sweep(&*folder, &[], before);
        drop(folder);
        // The rest counts for nothing; the next start would remove it too.
        if let Err(error) = swept.and_then(|()| self.models.remove_directory(id)) {
            tracing::warn!(id, %error, "files of an undeployed model, or of somebody else, are left in the store");
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

/// Writes a manifest in the place of the one there is.
fn replace_manifest(folder: &dyn Directory, manifest: &[u8]) -> Result<(), ChangeError> {
    let unchanged = |error| ChangeError { error, undone: true };
    let temporary = names::temporary().map_err(unchanged)?;
    let written = folder.create(&temporary, manifest).and_then(|()| folder.sync());
    if let Err(error) = written {
        // Nothing names it.
        let _ = folder.remove_file(&temporary);
        return Err(unchanged(error));
    }
    let renamed = folder.rename(&temporary, MANIFEST);
    if renamed.is_err() {
        let _ = folder.remove_file(&temporary);
    }
    renamed.and_then(|()| folder.sync()).map_err(|error| ChangeError { error, undone: false })
}

/// Puts the manifest of some versions back; none, if there were none.
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

/// Removes the files of an id that the store wrote and none of these versions need: those with names that only it gives,
/// and those of other versions that are known.
fn sweep(folder: &dyn Directory, needed: &[Arc<Version>], known: &[Arc<Version>]) -> io::Result<()> {
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

/// Tells whether an id cannot be read because of what is there, and not because the system has a bad moment.
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
