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
fn until(what: impl Fn() -> bool) {
    let start = Instant::now();
    while !what() {
        assert!(start.elapsed() < Duration::from_secs(20), "it does not happen");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn files_come_change_break_and_go() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.pmml"), line(1)).unwrap();
    fs::write(path("b.v2.xml"), line(2)).unwrap();
    fs::write(path("notes.txt"), "nothing").unwrap();
    let server = start(folder.path());
    assert_eq!((slope(&server, "a"), slope(&server, "b.v2")), (Some(1.0), Some(2.0)));

    fs::write(path("c.pmml"), line(3)).unwrap();
    until(|| slope(&server, "c") == Some(3.0));
    // By a rename, as careful tools do it.
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
    // The other file of the id has its turn when the first one is gone.
    fs::remove_file(path("a.pmml")).unwrap();
    until(|| slope(&server, "a") == Some(8.0));
    until(|| !server.get("/readyz").send().unwrap().text().unwrap().contains("a.xml"));
    fs::remove_file(path("a.xml")).unwrap();
    until(|| server.get("/model/a").send().unwrap().status() == 404);
}
