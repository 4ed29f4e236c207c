//! The model folder.

use crate::common::{LINE, TestServer, error};
use pmml_server::Configuration;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

fn start(folder: &Path) -> TestServer {
    TestServer::start(Configuration { model_folder: Some(folder.to_owned()), ..Configuration::default() })
}

fn line(slope: u32) -> String {
    LINE.replacen("coefficient=\"2\"", &format!("coefficient=\"{slope}\""), 1)
}

fn slope(server: &TestServer, id: &str) -> Option<f64> {
    let response = server.evaluate(id, &json!({"arguments": {"x": 1}}));
    Some(response.json::<Value>().unwrap()["results"]["y"].as_f64()? - 1.0)
}

#[track_caller]
fn until(condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(20), "the condition does not hold in time");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn files_are_added_changed_broken_and_removed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.pmml"), line(1)).unwrap();
    fs::write(path("b.v2.xml"), line(2)).unwrap();
    fs::write(path("notes.txt"), "nothing").unwrap();
    let server = start(folder.path());
    assert_eq!((slope(&server, "a"), slope(&server, "b.v2")), (Some(1.0), Some(2.0)));

    fs::write(path("c.pmml"), line(3)).unwrap();
    until(|| slope(&server, "c") == Some(3.0));
    // By a rename, as careful tools do.
    fs::write(path(".new"), line(4)).unwrap();
    fs::rename(path(".new"), path("a.pmml")).unwrap();
    until(|| slope(&server, "a") == Some(4.0));
    fs::write(path("a.pmml"), "<PMML").unwrap();
    let broken = || {
        let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
        ready["broken"]["a.pmml"].as_str().map(str::to_owned)
    };
    until(|| broken().is_some());
    assert_eq!(slope(&server, "a"), Some(4.0));
    let metrics = server.get("/metrics").send().unwrap().text().unwrap();
    assert!(
        metrics.contains("pmml_broken_documents 1\n") && metrics.contains("pmml_models 3\n"),
        "{metrics}"
    );
    fs::write(path("a.pmml"), line(5)).unwrap();
    until(|| slope(&server, "a") == Some(5.0) && broken().is_none());
    fs::remove_file(path("c.pmml")).unwrap();
    until(|| server.get("/model/c").send().unwrap().status() == 404);

    assert_eq!(error(server.deploy("a", LINE)).0, 409);
    assert_eq!(error(server.delete("/model/a").send().unwrap()).0, 409);
    server.deploy("mine", LINE);
    fs::write(path("mine.pmml"), line(7)).unwrap();
    until(|| server.get("/readyz").send().unwrap().text().unwrap().contains("mine.pmml"));
    assert_eq!(slope(&server, "mine"), Some(2.0));
    fs::write(path("a.xml"), line(8)).unwrap();
    until(|| server.get("/readyz").send().unwrap().text().unwrap().contains("a.xml"));
    assert_eq!(slope(&server, "a"), Some(5.0));
    // The other file with the id is served when the first one is gone.
    fs::remove_file(path("a.pmml")).unwrap();
    until(|| slope(&server, "a") == Some(8.0));
    until(|| !server.get("/readyz").send().unwrap().text().unwrap().contains("a.xml"));
    fs::remove_file(path("a.xml")).unwrap();
    until(|| server.get("/model/a").send().unwrap().status() == 404);
}

fn broken(server: &TestServer) -> Value {
    let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
    ready["broken"].clone()
}

#[test]
fn files_that_cannot_be_served_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let rejected =
        ["my model.pmml", "\u{fc}ber.xml", "_a.pmml", "-.pmml.gz", &format!("{}.pmml", "x".repeat(201))];
    for name in rejected {
        fs::write(path(name), line(1)).unwrap();
    }
    fs::create_dir(path("folder.pmml")).unwrap();
    // Hidden files and those with another extension are not meant to be served.
    for name in [".hidden.pmml", "notes.txt", "pmml"] {
        fs::write(path(name), line(1)).unwrap();
    }
    fs::write(path("UPPER.PMML"), line(2)).unwrap();
    let server = start(folder.path());
    let found = broken(&server);
    for name in rejected {
        assert!(found[name].as_str().unwrap().contains("not an id"), "{name}: {found}");
    }
    assert_eq!(found["folder.pmml"], "it is not a file");
    assert_eq!(found.as_object().unwrap().len(), rejected.len() + 1, "{found}");
    assert_eq!(slope(&server, "UPPER"), Some(2.0));
    // Reports are removed and added with their reasons.
    for name in &rejected[1..] {
        fs::remove_file(path(name)).unwrap();
    }
    fs::remove_dir(path("folder.pmml")).unwrap();
    fs::rename(path("my model.pmml"), path("my-model.pmml")).unwrap();
    until(|| broken(&server).is_null() && slope(&server, "my-model") == Some(1.0));
    fs::write(path("a+b.pmml"), line(1)).unwrap();
    until(|| broken(&server)["a+b.pmml"].is_string());
}

#[cfg(unix)]
#[test]
fn pipes_and_dangling_links_do_not_block() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.pmml"), line(1)).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(path("pipe.pmml")).status().unwrap().success());
    std::os::unix::fs::symlink(path("nowhere"), path("nothing.pmml")).unwrap();
    let server = start(folder.path());
    assert_eq!(slope(&server, "a"), Some(1.0));
    let found = broken(&server);
    assert!(found["pipe.pmml"].is_string() && found["nothing.pmml"].is_string(), "{found}");
}

/// Checks a folder that is mounted as Kubernetes mounts a ConfigMap: each file is a link through a link to a folder, and an
/// update replaces the latter.
#[cfg(unix)]
#[test]
fn links_are_followed_and_updates_of_mounts_are_seen() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let mount = |name: &str, slope: u32| {
        fs::create_dir(path(name)).unwrap();
        fs::write(path(name).join("a.pmml"), line(slope)).unwrap();
    };
    mount("..2026_01_01", 1);
    symlink("..2026_01_01", path("..data")).unwrap();
    symlink("..data/a.pmml", path("a.pmml")).unwrap();
    let server = start(folder.path());
    assert_eq!(slope(&server, "a"), Some(1.0));
    assert!(broken(&server).is_null());
    mount("..2026_01_02", 22);
    symlink("..2026_01_02", path("..data_tmp")).unwrap();
    fs::rename(path("..data_tmp"), path("..data")).unwrap();
    fs::remove_dir_all(path("..2026_01_01")).unwrap();
    until(|| slope(&server, "a") == Some(22.0));
    // The folder itself may be a link too.
    let outside = tempfile::tempdir().unwrap();
    let link = outside.path().join("models");
    symlink(folder.path(), &link).unwrap();
    assert_eq!(slope(&start(&link), "a"), Some(22.0));
}
