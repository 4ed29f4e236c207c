//! The marker, which identifies a folder as a store, so that other folders are never changed.

use super::StoreError;
use super::directory::{Directory, Entry, Kind, unexpected};
use super::manifest::{self, LARGEST_MANIFEST};
use super::names::{self, MANIFEST};
use crate::routes::is_id;
use serde::{Deserialize, Serialize};
use std::io::{self, ErrorKind};

/// The file that marks a store.
pub const MARKER: &str = "pmml-store.json";
/// The file that is locked by the server that uses the store.
pub const LOCK: &str = "lock";
/// The folder of the ids.
pub const MODELS: &str = "models";
/// The format of stores that this version reads and writes.
const FORMAT: u32 = 1;
/// Maximum size of a marker in bytes.
const LARGEST_MARKER: u64 = 4096;
/// Maximum number of names in a message.
const LISTED: usize = 5;

#[derive(Serialize, Deserialize)]
struct Marker {
    format: u32,
}

/// The state of a folder that can be a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Identity {
    /// It has a marker.
    Marked,
    /// It is empty, except for the files of an interrupted start.
    Empty,
    /// It is a store from before there were markers.
    Unmarked,
}

/// Determines the state of a folder, without changing it.
///
/// # Errors
/// Fails if it is neither a store nor empty, was written by a newer version, or cannot be read.
pub fn identify(root: &dyn Directory) -> Result<Identity, StoreError> {
    let entries = root.entries()?;
    let find = |name: &str| entries.iter().find(|entry| entry.name == name);
    if find(MARKER).is_some() {
        check(root)?;
        for (name, expected) in [(LOCK, Kind::File), (MODELS, Kind::Directory)] {
            match find(name) {
                Some(entry) if entry.kind != expected => {
                    return Err(unexpected(name, entry.kind, expected).into());
                }
                _ => {}
            }
        }
        return Ok(Identity::Marked);
    }
    let mut strangers: Vec<_> = entries.iter().filter(|entry| !is_nothing(entry)).collect();
    strangers.sort();
    let lock = match find(LOCK) {
        Some(lock) => lock.kind == Kind::File && root.read(LOCK, 0).is_ok(),
        None => false,
    };
    if strangers.iter().all(|entry| lock && entry.name == LOCK) {
        return Ok(Identity::Empty);
    }
    let models = find(MODELS).filter(|entry| entry.kind == Kind::Directory);
    let found = match models {
        Some(_) if lock => match check_models(&*root.directory(MODELS)?)? {
            None => return Ok(Identity::Unmarked),
            Some(found) => found,
        },
        _ => {
            let listed: Vec<_> = strangers.iter().take(LISTED).map(|entry| quoted(entry)).collect();
            let more = strangers.len().saturating_sub(LISTED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            format!("it holds {}{more}", listed.join(", "))
        }
    };
    Err(StoreError::NotAStore { found })
}

/// Marks a folder as a store.
///
/// # Errors
/// Fails if the folder cannot be written. It is then unchanged, except for a temporary file.
pub fn mark(root: &dyn Directory) -> io::Result<()> {
    for entry in root.entries()? {
        if let Some(name) = entry.name.to_str().filter(|name| names::is_temporary(name))
            && entry.kind == Kind::File
        {
            root.remove_file(name)?;
        }
    }
    let temporary = names::temporary()?;
    root.create(&temporary, &serde_json::to_vec(&Marker { format: FORMAT })?)?;
    root.rename(&temporary, MARKER)?;
    root.sync()
}

/// Checks that this version can read the format of the marker.
fn check(root: &dyn Directory) -> Result<(), StoreError> {
    let text = root.read(MARKER, LARGEST_MARKER)?;
    let marker: Marker = serde_json::from_slice(&text).map_err(|error| {
        io::Error::new(ErrorKind::InvalidData, format!("its `{MARKER}` is damaged: {error}"))
    })?;
    match marker.format {
        FORMAT => Ok(()),
        format => Err(StoreError::OtherFormat { format }),
    }
}

/// Returns whether an empty folder may have an entry: one of the system, or of an interrupted start.
fn is_nothing(entry: &Entry) -> bool {
    let temporary = entry.name.to_str().is_some_and(names::is_temporary);
    (entry.name == "lost+found" && entry.kind == Kind::Directory) || (temporary && entry.kind == Kind::File)
}

/// Returns a message about an entry below `models` that an older server would not have written, or `None` if there is none.
fn check_models(models: &dyn Directory) -> io::Result<Option<String>> {
    let mut entries = models.entries()?;
    entries.sort();
    let mut readable = entries.is_empty();
    for entry in &entries {
        let id = entry.name.to_str().filter(|id| is_id(id) && entry.kind == Kind::Directory);
        let Some(id) = id else {
            return Ok(Some(format!("`{MODELS}` holds {}, which is not a model", quoted(entry))));
        };
        let folder = models.directory(id)?;
        if !folder.entries()?.iter().any(|entry| entry.name == MANIFEST && entry.kind == Kind::File) {
            return Ok(Some(format!("`{MODELS}/{id}` has no `{MANIFEST}`")));
        }
        readable |= folder
            .read(MANIFEST, LARGEST_MANIFEST)
            .is_ok_and(|text| manifest::Manifest::parse(&text).is_ok());
    }
    // A damaged manifest must not prevent the others from being served, but one must be readable as proof that this is a
    // store.
    Ok((!readable).then(|| format!("no `{MANIFEST}` below `{MODELS}` was written by this server")))
}

fn quoted(entry: &Entry) -> String {
    let name: String = entry.name.to_string_lossy().escape_debug().take(100).collect();
    format!("`{name}`")
}
