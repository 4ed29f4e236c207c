//! The store on a disk that fails: after a failure of any operation, the store has the old state or the new one.

use super::simulated::{Disk, Fault, Odd, Restart};
use super::{ChangeError, Found, Store, StoreError};
use crate::version::{DeploymentId, Selection, Version, checksum};
use jiff::Timestamp;
use std::collections::BTreeMap;
use std::sync::Arc;

const FAULTS: [Fault; 4] = [Fault::Nothing, Fault::Half, Fault::Stop, Fault::HalfAndStop];
/// The states after a power failure, the end of the process, and writes that the file system has reordered.
const RESTARTS: [Restart; 4] = [
    Restart { names: false, contents: false },
    Restart { names: true, contents: true },
    Restart { names: true, contents: false },
    Restart { names: false, contents: true },
];
/// Maximum size of a document, more than those of these tests have.
const LIMIT: u64 = 1 << 20;

/// The versions of each id, beginning with the one that serves, with their documents.
type Models = BTreeMap<String, Vec<(u64, String)>>;

/// A store, and its versions.
struct Used {
    store: Store,
    known: BTreeMap<String, Vec<Arc<Version>>>,
}

impl Used {
    fn open(disk: &Disk) -> Result<Self, StoreError> {
        let store = Store::open_in(&*disk.root())?;
        let mut known = BTreeMap::new();
        for stored in store.load()?.ids {
            if let Found::Versions(versions) = stored.found {
                known.insert(stored.id, versions);
            }
        }
        Ok(Used { store, known })
    }

    fn models(&self) -> Models {
        let document = |version: &Arc<Version>| {
            let document = version.document(LIMIT).unwrap();
            (version.number, String::from_utf8(document).unwrap())
        };
        self.known.iter().map(|(id, known)| (id.clone(), known.iter().map(document).collect())).collect()
    }

    fn of(&self, id: &str) -> Vec<Arc<Version>> {
        self.known.get(id).cloned().unwrap_or_default()
    }

    /// Deploys a document, and keeps one earlier version.
    fn deploy(&mut self, id: &str, document: &str) -> Result<(), ChangeError> {
        let before = self.of(id);
        let number = 1 + before.iter().map(|version| version.number).max().unwrap_or(0);
        let deployment = DeploymentId::random().unwrap();
        let version = Version {
            number,
            deployment,
            created: Timestamp::UNIX_EPOCH,
            size: document.len() as u64,
            checksum: checksum(document.as_bytes()),
            model_version: None,
            selection: Selection::default(),
            source: self.store.document(id, number, deployment),
        };
        let after: Vec<_> = std::iter::once(Arc::new(version)).chain(before.first().cloned()).collect();
        self.store.change(id, &before, &after, Some(document.as_bytes()))?;
        self.known.insert(id.to_owned(), after);
        Ok(())
    }

    fn roll_back(&mut self, id: &str) -> Result<(), ChangeError> {
        let before = self.of(id);
        let after: Vec<_> = before.iter().rev().cloned().collect();
        self.store.change(id, &before, &after, None)?;
        self.known.insert(id.to_owned(), after);
        Ok(())
    }

    fn undeploy(&mut self, id: &str) -> Result<(), ChangeError> {
        self.store.remove(id, &self.of(id))?;
        self.known.remove(id);
        Ok(())
    }
}

/// Makes a disk with a store of two models, of which `line` has two versions, and with foreign files.
fn disk() -> Disk {
    let disk = Disk::new();
    let mut used = Used::open(&disk).unwrap();
    used.deploy("line", "one").unwrap();
    used.deploy("line", "two").unwrap();
    used.deploy("tree", "oak").unwrap();
    let models = disk.root().directory("models").unwrap();
    for (folder, name) in [("line", "notes.txt"), ("line", "1.pmml"), ("tree", ".abc123")] {
        let folder = models.directory(folder).unwrap();
        folder.create(name, b"mine").unwrap();
        folder.sync().unwrap();
    }
    disk
}

/// Returns the foreign files, which are never removed, even if their folders are renamed.
fn foreign(disk: &Disk) -> Vec<(String, Vec<u8>)> {
    let files = disk.files().into_iter().filter(|(_, bytes)| bytes == b"mine");
    let mut foreign: Vec<_> =
        files.map(|(path, bytes)| (path.rsplit('/').next().unwrap().to_owned(), bytes)).collect();
    foreign.iter_mut().for_each(|(name, _)| *name = name.split('~').next().unwrap().to_owned());
    foreign.sort();
    foreign
}

fn models(disk: &Disk) -> Models {
    Used::open(disk).unwrap().models()
}

/// Makes every operation of a change fail, with every fault.
fn every_fault(name: &str, change: impl Fn(&mut Used) -> Result<(), ChangeError>) {
    let (before, strangers) = (models(&disk()), foreign(&disk()));
    let after = {
        let disk = disk();
        change(&mut Used::open(&disk).unwrap()).unwrap();
        models(&disk)
    };
    assert_ne!(before, after);
    for fault in FAULTS {
        for operation in 0.. {
            assert!(operation < 100, "{name} does not end");
            let disk = disk();
            let mut used = Used::open(&disk).unwrap();
            disk.fail(operation, fault);
            let result = change(&mut used);
            let what = format!("{name}, operation {operation}, {fault:?}: {result:?}");
            // A change whose operation fails once is undone.
            let once = matches!(fault, Fault::Nothing | Fault::Half);
            assert!(!once || !matches!(result, Err(ChangeError { undone: false, .. })), "{what}");
            for restart in RESTARTS {
                let restarted = disk.restart(restart);
                let found = models(&restarted);
                match &result {
                    Ok(()) => assert_eq!(found, after, "{what}, {restart:?}"),
                    Err(ChangeError { undone: true, .. }) => assert_eq!(found, before, "{what}, {restart:?}"),
                    Err(_) => assert!(found == before || found == after, "{what}, {restart:?}: {found:?}"),
                }
                assert_eq!(foreign(&restarted), strangers, "{what}, {restart:?}");
                // No files of a change that did not take effect are left.
                let documents = disk_documents(&restarted);
                assert_eq!(documents, found.values().map(Vec::len).sum::<usize>(), "{what}, {restart:?}");
            }
            if !disk.repair() {
                assert!(result.is_ok(), "{what}");
                break;
            }
            // A failed change does not affect the next one.
            let expected = used.models();
            used.deploy("next", "elm").unwrap();
            used.deploy("line", "three").unwrap();
            for restart in RESTARTS {
                let found = models(&disk.restart(restart));
                assert_eq!(found["line"][0].1, "three", "{what}, {restart:?}");
                assert_eq!(found["next"], [(1, "elm".to_owned())], "{what}, {restart:?}");
                if matches!(result, Ok(()) | Err(ChangeError { undone: true, .. })) {
                    assert_eq!(found.get("tree"), expected.get("tree"), "{what}, {restart:?}");
                }
            }
        }
    }
}

/// Returns the number of documents that the store has written.
fn disk_documents(disk: &Disk) -> usize {
    let is_document = |path: &&String| path.ends_with(".pmml") && path.contains('-') && !path.contains('~');
    disk.files().keys().filter(is_document).count()
}

#[test]
fn a_new_model() {
    every_fault("a new model", |used| used.deploy("new", "fir"));
}

#[test]
fn a_new_version() {
    every_fault("a new version", |used| used.deploy("line", "six"));
}

#[test]
fn a_rollback() {
    every_fault("a rollback", |used| used.roll_back("line"));
}

#[test]
fn undeploying() {
    every_fault("undeploying", |used| used.undeploy("tree"));
    every_fault("undeploying several versions", |used| used.undeploy("line"));
}

/// Checks the files that a start removes, sets aside and leaves alone, for a failure of each of its operations.
#[test]
fn loading() {
    let prepare = || {
        let disk = disk();
        let models = disk.root().directory("models").unwrap();
        let create = |folder: &str, name: &str, bytes: &[u8]| {
            let _ = models.create_directory(folder);
            let folder = models.directory(folder).unwrap();
            folder.create(name, bytes).unwrap();
            folder.sync().unwrap();
        };
        let document = super::names::document(9, Some(DeploymentId::random().unwrap()));
        // Files of changes that did not take effect.
        create("line", &document, b"half");
        create("line", &super::names::temporary().unwrap(), b"half");
        create("unborn", &document, b"half");
        // Damage.
        create("odd", "manifest.json", b"{");
        create("stray", "1.pmml", b"mine");
        create("late", "manifest.json", br#"{"format": 9, "versions": []}"#);
        models.sync().unwrap();
        disk.add_odd(&["models"], "elsewhere", Odd::Link);
        disk.add_odd(&["models"], "forbidden", Odd::Forbidden);
        disk
    };
    let (expected, strangers) = (models(&disk()), foreign(&prepare()));
    for fault in FAULTS {
        for operation in 0.. {
            assert!(operation < 200, "loading does not end");
            let disk = prepare();
            disk.fail(operation, fault);
            let result = Used::open(&disk);
            let what = format!("loading, operation {operation}, {fault:?}");
            if let Ok(used) = &result {
                // An id that cannot be read once is missing, the others are present.
                let known: Vec<_> = used.known.keys().collect();
                assert!(!known.is_empty() || fault != Fault::Nothing, "{what}: {known:?}");
            }
            for restart in RESTARTS {
                let restarted = disk.restart(restart);
                assert_eq!(models(&restarted), expected, "{what}, {restart:?}");
                assert_eq!(foreign(&restarted), strangers, "{what}, {restart:?}");
                let files = restarted.files();
                let set_aside = |id: &str| {
                    let start = format!("/models/{id}~damaged-");
                    files.keys().filter(|path| path.starts_with(&start)).count()
                };
                for id in ["odd", "stray", "late", "elsewhere", "forbidden"] {
                    assert_eq!(set_aside(id), 1, "{what}, {restart:?}: {id} of {files:?}");
                }
                assert!(!files.keys().any(|path| path.contains("unborn")), "{what}, {restart:?}");
                assert_eq!(disk_documents(&restarted), 3, "{what}, {restart:?}");
            }
            if !disk.repair() {
                assert!(result.is_ok(), "{what}");
                break;
            }
        }
    }
}

/// Makes a folder a store, or marks a store of an earlier version: after a failure of any operation, the next start succeeds.
#[test]
fn opening() {
    let earlier = || {
        let disk = Disk::new();
        let root = disk.root();
        root.create_directory("models").unwrap();
        root.create("lock", b"").unwrap();
        let models = root.directory("models").unwrap();
        models.create_directory("line").unwrap();
        let line = models.directory("line").unwrap();
        line.create("1.pmml", b"one").unwrap();
        let manifest = serde_json::json!({"format": 1, "versions": [{
            "number": 1, "created": "2026-01-02T03:04:05Z", "size": 3, "checksum": checksum(b"one"),
            "model_version": null, "model_name": null,
        }]});
        line.create("manifest.json", manifest.to_string().as_bytes()).unwrap();
        [root, models, line].iter().for_each(|directory| directory.sync().unwrap());
        disk
    };
    let one: Models = [("line".to_owned(), vec![(1, "one".to_owned())])].into();
    for (prepare, expected) in [(&Disk::new as &dyn Fn() -> Disk, Models::new()), (&earlier, one)] {
        for fault in FAULTS {
            for operation in 0.. {
                assert!(operation < 100, "opening does not end");
                let disk = prepare();
                disk.fail(operation, fault);
                let result = Used::open(&disk);
                for restart in RESTARTS {
                    let restarted = disk.restart(restart);
                    assert_eq!(models(&restarted), expected, "operation {operation}, {fault:?}, {restart:?}");
                    let names: Vec<_> = restarted.root().entries().unwrap();
                    assert_eq!(names.len(), 3, "operation {operation}, {fault:?}, {restart:?}: {names:?}");
                }
                if !disk.repair() {
                    assert!(result.is_ok());
                    break;
                }
            }
        }
    }
}
