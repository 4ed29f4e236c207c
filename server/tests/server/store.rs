//! What survives a restart.

use crate::common::{LINE, TREE, TestServer, error};
use pmml_server::Configuration;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

fn start(store: &Path) -> TestServer {
    TestServer::start(Configuration { store: Some(store.to_owned()), ..Configuration::default() })
}

fn line(slope: u32) -> String {
    LINE.replacen("coefficient=\"2\"", &format!("coefficient=\"{slope}\""), 1)
}

fn slope(server: &TestServer) -> f64 {
    let response = server.evaluate("line", &json!({"arguments": {"x": 1}}));
    response.json::<Value>().unwrap()["results"]["y"].as_f64().unwrap() - 1.0
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn deployed_models_survive_with_their_versions() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    (1..=6).for_each(|slope| _ = server.deploy("line", &line(slope)));
    server.deploy("tree", TREE);
    server.deploy("gone", TREE);
    server.delete("/model/gone").send().unwrap();
    let model = server.put("/model/steep?modelName=steep").body(LINE).send().unwrap();
    assert_eq!(model.status(), 201);
    let before = server.get("/model").send().unwrap().text().unwrap();
    let versions = server.get("/model/line/versions").send().unwrap().text().unwrap();
    drop(server);
    assert_eq!(files(&folder.path().join("models")), ["line", "steep", "tree"]);
    let kept = ["3.pmml", "4.pmml", "5.pmml", "6.pmml", "manifest.json"];
    assert_eq!(files(&folder.path().join("models/line")), kept);

    let server = start(folder.path());
    assert_eq!(server.get("/model").send().unwrap().text().unwrap(), before);
    assert_eq!(server.get("/model/line/versions").send().unwrap().text().unwrap(), versions);
    assert_eq!(slope(&server), 6.0);
    let steep = server.evaluate("steep", &json!({"arguments": {"x": 1}}));
    assert_eq!(steep.json::<Value>().unwrap()["results"]["y"], 201.0);
    server.post("/model/line/rollback?version=4").send().unwrap();
    drop(server);

    let server = start(folder.path());
    assert_eq!(slope(&server), 4.0);
    server.deploy("line", &line(7));
    let model: Value = server.get("/model/line").send().unwrap().json().unwrap();
    assert_eq!(model["properties"]["deployed.version"], 7);
}

#[test]
fn what_is_left_of_a_crash_is_removed() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    server.deploy("line", &line(3));
    drop(server);
    let models = folder.path().join("models");
    // A document that no manifest names, temporary files, an id without a manifest.
    fs::write(models.join("line/2.pmml"), "<PM").unwrap();
    fs::write(models.join("line/.abc"), "half").unwrap();
    fs::create_dir(models.join("new")).unwrap();
    fs::write(models.join("new/1.pmml"), LINE).unwrap();
    let server = start(folder.path());
    assert_eq!(slope(&server), 3.0);
    assert_eq!(files(&models), ["line"]);
    assert_eq!(files(&models.join("line")), ["1.pmml", "manifest.json"]);
}

#[test]
fn damaged_documents_are_reported_kept_and_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    (1..=2).for_each(|slope| _ = server.deploy("line", &line(slope)));
    server.deploy("tree", TREE);
    server.deploy("odd", TREE);
    drop(server);
    let models = folder.path().join("models");
    fs::write(models.join("line/2.pmml"), line(5)).unwrap();
    fs::write(models.join("odd/manifest.json"), "{").unwrap();

    let server = start(folder.path());
    let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
    assert!(ready["broken"]["line"].as_str().unwrap().contains("checksum"), "{ready}");
    assert!(ready["broken"]["odd"].as_str().unwrap().contains("manifest"), "{ready}");
    let (status, message) = error(server.evaluate("line", &json!({})));
    assert_eq!((status, message.contains("could not be loaded")), (503, true));
    assert_eq!(server.evaluate("tree", &json!({})).status(), 200);
    // The version before it is whole.
    let back: Value = server.post("/model/line/rollback").send().unwrap().json().unwrap();
    assert_eq!(back["properties"]["deployed.version"], 1);
    assert_eq!(slope(&server), 1.0);
    assert_eq!(server.deploy("odd", TREE).status(), 201);
    assert_eq!(server.delete("/model/odd").send().unwrap().status(), 200);
    let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
    assert!(ready.get("broken").is_none(), "{ready}");
    drop(server);
    assert_eq!(files(&models), ["line", "tree"]);
}
