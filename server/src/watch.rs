//! Watching folders: says when it is time to look at them again.
//!
//! Whatever happens in a folder, whoever waits looks at all that concerns him, so that no event needs to be understood and
//! none must be missed.

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{sleep, timeout};

/// How long to wait for more to happen, before somebody looks.
const SETTLING: Duration = Duration::from_millis(200);
/// How often to look though nothing is heard of the folders: some file systems report nothing.
const PERIOD: Duration = Duration::from_secs(30);

/// Some folders that are watched.
#[derive(Debug)]
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    events: Receiver<()>,
}

impl Watch {
    /// Watches folders. If the system does not report what happens in them, it is time to look every 30 seconds.
    pub fn new(folders: &[PathBuf]) -> Self {
        match listen(folders) {
            Ok((watcher, events)) => Watch { watcher: Some(watcher), events },
            Err(error) => {
                tracing::warn!(%error, ?folders, "folders cannot be watched: they are looked at every 30 seconds");
                Watch { watcher: None, events: channel(1).1 }
            }
        }
    }

    /// Waits until it is time to look.
    pub async fn time_to_look(&mut self) {
        if self.watcher.is_none() {
            sleep(PERIOD).await;
        } else if let Ok(Some(())) = timeout(PERIOD, self.events.recv()).await {
            sleep(SETTLING).await;
            while self.events.try_recv().is_ok() {}
        }
    }
}

fn listen(folders: &[PathBuf]) -> notify::Result<(RecommendedWatcher, Receiver<()>)> {
    let (sender, receiver) = channel(1);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // Reading a file, as this program does, is nothing that happened to it. Where an event waits already, one more says
        // nothing new.
        if !event.is_ok_and(|event| event.kind.is_access()) {
            let _ = sender.try_send(());
        }
    })?;
    for folder in folders {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok((watcher, receiver))
}

/// Returns the folder that a file is in.
pub fn folder(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
