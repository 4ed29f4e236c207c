//! The model folder, whose documents are served. It is watched for changes.
//!
//! A file `NAME.pmml` or `NAME.xml`, which may be compressed (`.gz`), is the model with the id `NAME`. Whenever the folder
//! changes, all of it is examined: files that have changed are compiled while the old model serves, and then replace it;
//! models of files that are gone are undeployed. A file that cannot be loaded is reported, and the model that was served
//! before is kept. A file with the extension of a document whose name is not a valid id is reported too: its owner would
//! otherwise not learn why it is not served.
//!
//! Links are followed, because folders that are mounted in containers often consist of links.

use crate::decompress;
use crate::deployed::Compiler;
use crate::registry::Registry;
use crate::routes::{ID_RULE, is_id};
use crate::version::Selection;
use crate::watch::Watch;
use cap_fs_ext::OpenOptionsSyncExt;
use cap_std::ambient_authority;
use cap_std::fs::{File, OpenOptions};
use pmml::Interrupt;
use std::collections::BTreeMap;
use std::fs;
use std::io::{self, ErrorKind, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

const ENDINGS: &[&str] = &[".pmml", ".xml", ".pmml.gz", ".xml.gz"];

/// The properties of a file that show whether it has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
}

/// A folder of documents.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    compiler: Compiler,
    registry: Arc<Registry>,
    /// The files that were seen, with the ids under which they are served.
    seen: BTreeMap<PathBuf, (Stamp, String)>,
    /// The paths that are not files or have no valid id, with the reasons that were reported.
    rejected: BTreeMap<PathBuf, String>,
}

impl Folder {
    /// Makes a folder of documents, without reading it yet.
    pub fn new(path: PathBuf, compiler: Compiler, registry: Arc<Registry>) -> Self {
        Folder { path, compiler, registry, seen: BTreeMap::new(), rejected: BTreeMap::new() }
    }

    /// Updates the registry to the contents of the folder. Blocks.
    ///
    /// # Errors
    /// Fails if the folder cannot be read.
    pub fn look(&mut self) -> io::Result<()> {
        let (mut found, mut rejected) = (BTreeMap::new(), BTreeMap::new());
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            match examine(&path) {
                Ok(Some((id, stamp))) => _ = found.insert(path, (stamp, id)),
                Ok(None) => {}
                Err(message) => _ = rejected.insert(path, message),
            }
        }
        self.report_rejected(rejected);
        let gone: Vec<_> = self.seen.keys().filter(|path| !found.contains_key(*path)).cloned().collect();
        for path in gone {
            self.registry.report_file(&name(&path), None);
            if let Some((_, id)) = self.seen.remove(&path) {
                // Another file with the same id was rejected before, and is loaded now.
                self.seen.retain(|_, (_, other)| *other != id);
                if !found.values().any(|(_, other)| *other == id) {
                    tracing::info!(id, "undeployed because its file is gone");
                    self.registry.undeploy_file(&id);
                }
            }
        }
        for (path, (stamp, id)) in found {
            if self.seen.get(&path).is_some_and(|(known, _)| *known == stamp) {
                continue;
            }
            let twin = self.seen.iter().find(|(other, (_, known))| **other != path && *known == id);
            let loaded = match twin {
                Some((other, _)) => Err(format!("the id `{id}` is already used by `{}`", name(other))),
                None => self.load(&path, &id),
            };
            match &loaded {
                Ok(()) => tracing::info!(id, file = name(&path), "deployed"),
                Err(message) => {
                    tracing::error!(id, file = name(&path), message, "a document could not be loaded")
                }
            }
            self.registry.report_file(&name(&path), loaded.err());
            self.seen.insert(path, (stamp, id));
        }
        Ok(())
    }

    /// Reports files that are rejected, and clears the reports of those that no longer are.
    fn report_rejected(&mut self, rejected: BTreeMap<PathBuf, String>) {
        for path in self.rejected.keys().filter(|path| !rejected.contains_key(*path)) {
            self.registry.report_file(&name(path), None);
        }
        for (path, message) in &rejected {
            if self.rejected.get(path) != Some(message) {
                tracing::error!(file = name(path), message, "a document is not served");
                self.registry.report_file(&name(path), Some(message.clone()));
            }
        }
        self.rejected = rejected;
    }

    fn load(&self, path: &Path, id: &str) -> Result<(), String> {
        let limit = self.compiler.document_bytes;
        let document = read(path, limit).map_err(|error| error.to_string())?;
        let document = decompress::document(document.into(), limit).map_err(|failure| failure.message)?;
        let compiled = self.compiler.compile(&document, &Selection::default(), Interrupt::new())?;
        self.registry.deploy_file(id, compiled, &document)
    }

    /// Updates the registry whenever the folder changes, forever.
    pub async fn watch(mut self) {
        let mut watch = Watch::new(std::slice::from_ref(&self.path));
        loop {
            watch.time_to_look().await;
            let looked = tokio::task::spawn_blocking(move || {
                let result = self.look();
                (self, result)
            });
            match looked.await {
                Ok((folder, result)) => {
                    self = folder;
                    if let Err(error) = result {
                        tracing::error!(%error, "the model folder cannot be read");
                    }
                }
                Err(error) => {
                    tracing::error!(%error, "the model folder is no longer watched");
                    return;
                }
            }
        }
    }
}

/// Returns the id of a file's model and its stamp, or `None` if the file is not meant to be served.
fn examine(path: &Path) -> Result<Option<(String, Stamp)>, String> {
    let name = path.file_name().unwrap_or_default().as_encoded_bytes().to_ascii_lowercase();
    let ending = ENDINGS.iter().find(|ending| name.ends_with(ending.as_bytes()));
    // Tools write to hidden files before they rename them.
    let Some(ending) = ending.filter(|_| !name.starts_with(b".")) else { return Ok(None) };
    // Links are followed.
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        // The file has been removed meanwhile, unless it is a dangling link.
        Err(error) if error.kind() == ErrorKind::NotFound && fs::symlink_metadata(path).is_err() => {
            return Ok(None);
        }
        Err(error) => return Err(error.to_string()),
    };
    if !metadata.is_file() {
        return Err("it is not a file".to_owned());
    }
    let id = path.file_name().and_then(|name| name.to_str()).map(|name| &name[..name.len() - ending.len()]);
    match id.filter(|id| is_id(id)) {
        Some(id) => {
            let stamp = Stamp { modified: metadata.modified().ok(), size: metadata.len() };
            Ok(Some((id.to_owned(), stamp)))
        }
        None => Err(format!("its name without the extension is not an id: {ID_RULE}")),
    }
}

/// Reads a file up to a limited size. Never blocks on a pipe without a writer.
fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut options = OpenOptions::new();
    options.read(true).nonblock(true);
    let file = File::open_ambient_with(path, &options, ambient_authority())?;
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidData, "it is not a file"));
    }
    let mut bytes = Vec::new();
    file.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit {
        let message = format!("it has more bytes than the limit of {limit}");
        return Err(io::Error::new(ErrorKind::FileTooLarge, message));
    }
    Ok(bytes)
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
