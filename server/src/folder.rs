//! The model folder: its documents are served, and it is watched.
//!
//! A file `NAME.pmml` or `NAME.xml`, which may be compressed (`.gz`), is the model of the id `NAME`. Whenever something
//! happens in the folder, all of it is looked at: files that have changed are compiled aside and take the place of the old
//! model, models of files that are gone are undeployed. A file that cannot be loaded is reported, and what was served before
//! goes on.

use crate::registry::Registry;
use crate::routes::is_id;
use crate::watch::Watch;
use crate::{decompress, deployed};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

const ENDINGS: &[&str] = &[".pmml", ".xml", ".pmml.gz", ".xml.gz"];

/// What tells whether a file has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    size: u64,
}

/// A folder of documents.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    limit: u64,
    registry: Arc<Registry>,
    /// The files that were seen, with the ids that they are served under.
    seen: BTreeMap<PathBuf, (Stamp, String)>,
}

impl Folder {
    /// A folder of documents of so many bytes at most. Nothing was looked at yet.
    pub fn new(path: PathBuf, limit: u64, registry: Arc<Registry>) -> Self {
        Folder { path, limit, registry, seen: BTreeMap::new() }
    }

    /// Makes what is served what is in the folder. Blocks.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn look(&mut self) -> io::Result<()> {
        let mut found = BTreeMap::new();
        for entry in fs::read_dir(&self.path)? {
            let path = entry?.path();
            // What a link points at counts. A file may be gone again.
            let (Some(id), Ok(metadata)) = (id(&path), fs::metadata(&path)) else { continue };
            if metadata.is_file() {
                let stamp = Stamp { modified: metadata.modified().ok(), size: metadata.len() };
                found.insert(path, (stamp, id));
            }
        }
        let gone: Vec<_> = self.seen.keys().filter(|path| !found.contains_key(*path)).cloned().collect();
        for path in gone {
            self.registry.report_file(&name(&path), None);
            if let Some((_, id)) = self.seen.remove(&path) {
                // Another file of the same id was refused before, and has its turn now.
                self.seen.retain(|_, (_, other)| *other != id);
                if !found.values().any(|(_, other)| *other == id) {
                    tracing::info!(id, "its file is gone: undeployed");
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
                Some((other, _)) => Err(format!("the id `{id}` is that of `{}` already", name(other))),
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

    fn load(&self, path: &Path, id: &str) -> Result<(), String> {
        let document = fs::read(path).map_err(|error| error.to_string())?;
        let document =
            decompress::document(document.into(), self.limit).map_err(|failure| failure.message)?;
        let compiled = deployed::compile(&document, None)?;
        self.registry.deploy_file(id, compiled, &document)
    }

    /// Goes on looking whenever something happens, for ever.
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

/// The id of a file's model. Hidden files have none: tools write under such names before they rename.
fn id(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let id = ENDINGS.iter().find_map(|ending| name.strip_suffix(ending))?;
    is_id(id).then(|| id.to_owned())
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
