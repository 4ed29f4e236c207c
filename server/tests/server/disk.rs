//! A store whose disk is full.

use crate::common::{LINE, TREE, TestServer, error};
use pmml_server::Configuration;
use serde_json::{Value, json};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A small disk, in memory.
struct SmallDisk {
    folder: TempDir,
}

impl SmallDisk {
    /// Mounts a small disk. Returns `None` if the test may not mount one.
    fn mount() -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=128k", "tmpfs"]).arg(folder.path());
        match mount.output() {
            Ok(output) if output.status.success() => Some(SmallDisk { folder }),
            _ => None,
        }
    }

    fn filler(&self) -> PathBuf {
        self.folder.path().join("filler")
    }

    /// Fills it to the last byte.
    fn fill(&self) {
        let mut filler = fs::File::create(self.filler()).unwrap();
        while filler.write_all(&[0; 512]).is_ok() {}
    }

    fn empty(&self) {
        fs::remove_file(self.filler()).unwrap();
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("--lazy").arg(self.folder.path()).status();
    }
}

fn start(disk: &SmallDisk) -> TestServer {
    let store = Some(disk.folder.path().join("store"));
    TestServer::start(Configuration { store, ..Configuration::default() })
}

fn line(slope: u32) -> String {
    LINE.replacen("coefficient=\"2\"", &format!("coefficient=\"{slope}\""), 1)
}

fn slope(server: &TestServer) -> f64 {
    let response = server.evaluate("line", &json!({"arguments": {"x": 1}}));
    response.json::<Value>().unwrap()["results"]["y"].as_f64().unwrap() - 1.0
}

/// Returns all files below a folder with their contents.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => all.extend(content(&path)),
            false => all.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    all.sort();
    all
}

#[test]
fn a_full_disk_changes_nothing() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: no file system can be mounted here");
        return;
    };
    let models = disk.folder.path().join("store/models");
    let server = start(&disk);
    server.deploy("line", &line(1));
    server.deploy("line", &line(2));
    let before = content(&models);
    let versions = server.get("/model/line/versions").send().unwrap().text().unwrap();
    let unchanged = || {
        assert_eq!(slope(&server), 2.0);
        assert_eq!(content(&models), before);
        assert_eq!(server.get("/model/line/versions").send().unwrap().text().unwrap(), versions);
        assert_eq!(error(server.get("/model/tree").send().unwrap()).0, 404);
    };

    // A document that does not fit.
    let large = line(3).replace("<Header/>", &format!("<Header description=\"{}\"/>", "x".repeat(200_000)));
    let (status, message) = error(server.deploy("line", &large));
    assert_eq!((status, message.contains("full")), (507, true), "{message}");
    unchanged();

    // No space at all.
    disk.fill();
    assert_eq!(error(server.deploy("line", &line(3))).0, 507);
    assert_eq!(error(server.deploy("tree", TREE)).0, 507);
    assert_eq!(error(server.post("/model/line/rollback").send().unwrap()).0, 507);
    unchanged();

    // Undeploying needs no space, and frees some.
    disk.empty();
    assert_eq!(server.deploy("tree", TREE).status(), 201);
    disk.fill();
    assert_eq!(server.delete("/model/tree").send().unwrap().status(), 200);
    unchanged();

    disk.empty();
    assert_eq!(server.deploy("line", &line(4)).status(), 200);
    assert_eq!(slope(&server), 4.0);
    drop(server);
    let server = start(&disk);
    assert_eq!(slope(&server), 4.0);
    let back: Value = server.post("/model/line/rollback").send().unwrap().json().unwrap();
    assert_eq!(back["properties"]["deployed.version"], 2);
    assert_eq!(slope(&server), 2.0);
}
