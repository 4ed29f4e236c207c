//! Watches folders for changes.
//!
//! After any event in a folder, the waiting task examines all that it needs, so that events need not be interpreted, and none
//! must be caught.

use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::{sleep, timeout};

/// Time to wait for further events after the first one.
const SETTLING: Duration = Duration::from_millis(200);
/// Time between examinations without events, since some file systems report none.
const PERIOD: Duration = Duration::from_secs(30);

/// A set of folders that are watched.
#[derive(Debug)]
pub struct Watch {
    watcher: Option<RecommendedWatcher>,
    events: Receiver<()>,
}

impl Watch {
    /// Watches folders. If the system cannot report events, the folders are examined every 30 seconds.
    pub fn new(folders: &[PathBuf]) -> Self {
        match listen(folders) {
            Ok((watcher, events)) => Watch { watcher: Some(watcher), events },
            Err(error) => {
                tracing::warn!(%error, ?folders, "folders cannot be watched: they are examined every 30 seconds");
                Watch { watcher: None, events: channel(1).1 }
            }
        }
    }

    /// Waits until the folders should be examined.
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
        // Read accesses, such as those of this program, are not changes. If an event is already waiting, another one adds
        // nothing.
        if !event.is_ok_and(|event| event.kind.is_access()) {
            let _ = sender.try_send(());
        }
    })?;
    for folder in folders {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok((watcher, receiver))
}

/// Returns the folder of a file.
pub fn folder(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if parent != Path::new("") => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}
