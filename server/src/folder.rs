//! The model folder: its documents are served, and it is watched.
//!
//! A file `NAME.pmml` or `NAME.xml`, which may be compressed (`.gz`), is the model of the id `NAME`. Whenever something
//! happens in the folder, all of it is looked at, so that no event needs to be understood and none must be missed: files
//! that have changed are compiled aside and take the place of the old model, models of files that are gone are undeployed.
//! A file that cannot be loaded is reported, and what was served before goes on.

use crate::registry::Registry;
use crate::routes::is_id;
use crate::{decompress, deployed};
use notify::{RecursiveMode, Watcher};
use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{sleep, timeout};

/// How long to wait for more to happen, before the folder is looked at.
const SETTLING: Duration = Duration::from_millis(200);
/// How often the folder is looked at though nothing is heard of it: some file systems tell nothing.
const PERIOD: Duration = Duration::from_secs(30);
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
        let (watcher, mut events) = match listen(&self.path) {
            Ok((watcher, events)) => (Some(watcher), events),
            Err(error) => {
                tracing::warn!(%error, "the model folder cannot be watched: it is looked at every 30 seconds");
                (None, channel(1).1)
            }
        };
        loop {
            if watcher.is_none() {
                sleep(PERIOD).await;
            } else if let Ok(Some(())) = timeout(PERIOD, events.recv()).await {
                sleep(SETTLING).await;
                while events.try_recv().is_ok() {}
            }
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

/// Tells when something happens in a folder.
fn listen(path: &Path) -> notify::Result<(notify::RecommendedWatcher, Receiver<()>)> {
    let (sender, receiver) = channel(1);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a file, as this program does, is nothing that happened to it. Where an event waits already, one more says
        // nothing new.
        if !event.is_ok_and(|event| event.kind.is_access()) {
            let _ = sender.try_send(());
        }
    })?;
    watcher.watch(path, RecursiveMode::NonRecursive)?;
    Ok((watcher, receiver))
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
