//! The store: deployments that survive a restart, and damaged stores.

use crate::common::{LINE, TREE, TestServer, error};
use pmml_server::{Configuration, Server};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
#[cfg(unix)]
use std::process::Command;

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
    assert_eq!(files(folder.path()), ["lock", "models", "pmml-store.json"]);
    assert_eq!(files(&folder.path().join("models")), ["line", "steep", "tree"]);
    let kept = files(&folder.path().join("models/line"));
    let numbers: Vec<_> = kept.iter().map(|name| name.split(['-', '.']).next().unwrap()).collect();
    assert_eq!(numbers, ["3", "4", "5", "6", "manifest"]);

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
fn only_files_of_interrupted_changes_are_removed() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    server.deploy("line", &line(3));
    drop(server);
    let models = folder.path().join("models");
    let document = files(&models.join("line"))[0].clone();
    // A document that no manifest names, a temporary file, an id without a manifest, all with names that the store gives.
    let unborn = document.replace("1-", "2-");
    fs::write(models.join("line").join(&unborn), "<PM").unwrap();
    fs::write(models.join("line/.0123456789abcdef0123456789abcdef.tmp"), "half").unwrap();
    fs::create_dir(models.join("new")).unwrap();
    fs::write(models.join("new").join(&document), LINE).unwrap();
    fs::create_dir(models.join("empty")).unwrap();
    // Foreign files.
    for name in ["2.pmml", ".abc123", "notes.txt"] {
        fs::write(models.join("line").join(name), "mine").unwrap();
    }
    fs::create_dir(models.join("line/.git")).unwrap();
    let server = start(folder.path());
    assert_eq!(slope(&server), 3.0);
    assert_eq!(files(&models), ["line"]);
    let kept = [".abc123", ".git", &document, "2.pmml", "manifest.json", "notes.txt"];
    assert_eq!(files(&models.join("line")), kept);
    // Neither a change nor undeploying touches them.
    server.deploy("line", &line(4));
    assert_eq!(server.delete("/model/line").send().unwrap().status(), 200);
    assert_eq!(files(&models.join("line")), [".abc123", ".git", "2.pmml", "notes.txt"]);
    assert_eq!(server.deploy("line", &line(5)).status(), 201);
    assert_eq!(slope(&server), 5.0);
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
    let second = files(&models.join("line")).into_iter().find(|name| name.starts_with("2-")).unwrap();
    fs::write(models.join("line").join(second), line(5)).unwrap();
    fs::write(models.join("odd/manifest.json"), "{").unwrap();

    let server = start(folder.path());
    let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
    assert!(ready["broken"]["line"].as_str().unwrap().contains("checksum"), "{ready}");
    assert!(ready["broken"]["odd"].as_str().unwrap().contains("manifest"), "{ready}");
    let (status, message) = error(server.evaluate("line", &json!({})));
    assert_eq!((status, message.contains("could not be loaded")), (503, true));
    assert_eq!(server.evaluate("tree", &json!({})).status(), 200);
    // The version before it is undamaged.
    let back: Value = server.post("/model/line/rollback").send().unwrap().json().unwrap();
    assert_eq!(back["properties"]["deployed.version"], 1);
    assert_eq!(slope(&server), 1.0);
    assert_eq!(server.deploy("odd", TREE).status(), 201);
    assert_eq!(server.delete("/model/odd").send().unwrap().status(), 200);
    let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
    assert!(ready.get("broken").is_none(), "{ready}");
    // Later starts also report what was set aside, until it is removed.
    let path = ready["setAside"].as_object().unwrap().keys().next().unwrap().clone();
    drop(server);
    let aside = folder.path().join(&path);
    assert_eq!(files(&models), ["line", path.strip_prefix("models/").unwrap(), "tree"]);
    assert_eq!(fs::read_to_string(aside.join("manifest.json")).unwrap(), "{");
    let server = start(folder.path());
    let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
    assert!(ready["setAside"][&path].is_string(), "{ready}");
    fs::remove_dir_all(&aside).unwrap();
    drop(server);
    let server = start(folder.path());
    let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
    assert!(ready.get("setAside").is_none(), "{ready}");
}

/// Returns the error of a server that cannot start with a folder as its store.
fn refusal(store: &Path) -> String {
    let configuration = Configuration {
        host: "127.0.0.1".to_owned(),
        port: 0,
        store: Some(store.to_owned()),
        ..Configuration::default()
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let run = async { Server::bind(configuration).await.unwrap().run(std::future::pending()).await };
    runtime.block_on(run).unwrap_err().to_string()
}

/// Returns all entries below a folder, with the contents of files. Links are not followed.
fn content(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, kind) = (entry.path(), entry.file_type().unwrap());
        if kind.is_dir() {
            all.extend(content(&path));
        }
        let bytes = if kind.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
        all.push((path, bytes));
    }
    all.sort();
    all
}

#[test]
fn a_folder_that_is_not_a_store_is_rejected_and_unchanged() {
    let manifest = "models/iris/manifest.json";
    for (files, found) in [
        (&["README.md"] as &[&str], "`README.md`"),
        (&["models/iris/model.pmml"], "`models`"),
        (&["lock", "models/iris/model.pmml"], "`models/iris` has no `manifest.json`"),
        (&["lock", "models/notes.txt"], "`notes.txt`"),
        (&["lock", manifest], "no `manifest.json` below `models` was written by this server"),
        (&["lock", "src/main.rs"], "`src`"),
        (&[manifest], "`models`"),
        (&["a", "b", "c", "d", "e", "f", "g"], "`a`, `b`, `c`, `d`, `e` and 2 more"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, if *file == "lock" { "" } else { "mine" }).unwrap();
        }
        let before = content(folder.path());
        let message = refusal(folder.path());
        assert!(message.contains("it is not a store and not empty") && message.contains(found), "{message}");
        assert_eq!(content(folder.path()), before);
    }
    // A file called `lock` is not emptied.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("lock"), "mine").unwrap();
    assert!(refusal(folder.path()).contains("`lock`"));
    assert_eq!(fs::read_to_string(folder.path().join("lock")).unwrap(), "mine");
}

#[test]
fn folders_that_become_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("new/below");
    drop(start(&empty));
    assert_eq!(files(&empty), ["lock", "models", "pmml-store.json"]);
    // The root of a file system.
    let mounted = folder.path().join("mounted");
    fs::create_dir_all(mounted.join("lost+found")).unwrap();
    drop(start(&mounted));
    assert_eq!(files(&mounted), ["lock", "lost+found", "models", "pmml-store.json"]);
    // An interrupted start.
    let begun = folder.path().join("begun");
    fs::create_dir(&begun).unwrap();
    fs::write(begun.join("lock"), "").unwrap();
    fs::write(begun.join(".0123456789abcdef0123456789abcdef.tmp"), "{\"for").unwrap();
    drop(start(&begun));
    assert_eq!(files(&begun), ["lock", "models", "pmml-store.json"]);
}

#[test]
fn stores_of_other_versions_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(folder.path()));
    let marker = folder.path().join("pmml-store.json");
    for (text, part) in [
        (r#"{"format": 2}"#, "format 2"),
        (r#"{"format": 0}"#, "format 0"),
        (r#"{"format": -1}"#, "is damaged"),
        ("", "is damaged"),
        (&"x".repeat(5000), "larger than 4096 bytes"),
    ] {
        fs::write(&marker, text).unwrap();
        let message = refusal(folder.path());
        assert!(message.contains(part), "{message}");
    }
}

/// Writes a store exactly as servers before the marker did.
fn earlier_store(folder: &Path) {
    let models = folder.join("models");
    fs::create_dir_all(models.join("line")).unwrap();
    fs::write(folder.join("lock"), "").unwrap();
    let checksum = |document: &str| -> String {
        let digest = Sha256::digest(document.as_bytes());
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    };
    let version = |number: u32, document: &str| {
        fs::write(models.join("line").join(format!("{number}.pmml")), document).unwrap();
        let (size, checksum) = (document.len(), checksum(document));
        format!(
            r#"    {{
      "number": {number},
      "created": "2026-11-29T10:11:12.131415161Z",
      "size": {size},
      "checksum": "{checksum}",
      "model_version": null,
      "model_name": null
    }}"#
        )
    };
    let (second, first) = (version(2, &line(2)), version(1, &line(1)));
    let manifest = format!("{{\n  \"format\": 1,\n  \"versions\": [\n{second},\n{first}\n  ]\n}}");
    fs::write(models.join("line/manifest.json"), manifest).unwrap();
}

#[test]
fn the_store_of_an_earlier_server_is_marked_and_used() {
    let folder = tempfile::tempdir().unwrap();
    earlier_store(folder.path());
    let line_folder = folder.path().join("models/line");
    let server = start(folder.path());
    assert_eq!(files(folder.path()), ["lock", "models", "pmml-store.json"]);
    assert_eq!(files(&line_folder), ["1.pmml", "2.pmml", "manifest.json"]);
    assert_eq!(slope(&server), 2.0);
    let back: Value = server.post("/model/line/rollback").send().unwrap().json().unwrap();
    assert_eq!(back["properties"]["deployed.version"], 1);
    assert_eq!(server.get("/model/line/pmml").send().unwrap().text().unwrap(), line(1));
    drop(server);
    // The documents keep their names as long as they are needed.
    let server = start(folder.path());
    assert_eq!(slope(&server), 1.0);
    (3..=5).for_each(|slope| _ = server.deploy("line", &line(slope)));
    let names = files(&line_folder);
    assert!(names.contains(&"2.pmml".to_owned()) && !names.contains(&"1.pmml".to_owned()), "{names:?}");
    drop(server);
    let server = start(folder.path());
    assert_eq!(slope(&server), 5.0);
    assert_eq!(server.delete("/model/line").send().unwrap().status(), 200);
    assert_eq!(files(&folder.path().join("models")), [""; 0]);
    drop(server);
    // A damaged id is set aside, as in a marked store.
    let folder = tempfile::tempdir().unwrap();
    earlier_store(folder.path());
    fs::create_dir(folder.path().join("models/odd")).unwrap();
    fs::write(folder.path().join("models/odd/manifest.json"), "{").unwrap();
    let server = start(folder.path());
    assert_eq!(slope(&server), 2.0);
    assert_eq!(error(server.evaluate("odd", &json!({}))).0, 503);
}

/// Checks that any damage in the place of an id affects only that id.
#[test]
fn damaged_ids_are_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    server.deploy("line", &line(3));
    drop(server);
    let models = folder.path().join("models");
    let good = fs::read_to_string(models.join("line/manifest.json")).unwrap();
    let damaged = |id: &str, manifest: &[u8]| {
        fs::create_dir(models.join(id)).unwrap();
        fs::write(models.join(id).join("manifest.json"), manifest).unwrap();
    };
    damaged("last-number", good.replace("\"number\": 1", "\"number\": 18446744073709551615").as_bytes());
    damaged("no-number", good.replace("\"number\": 1", "\"number\": 0").as_bytes());
    damaged("beyond-numbers", good.replace("\"number\": 1", "\"number\": 1e400").as_bytes());
    damaged("no-checksum", good.replace("\"checksum\": \"", "\"checksum\": \"../").as_bytes());
    damaged("odd-deployment", good.replace("\"deployment\": \"", "\"deployment\": \"/").as_bytes());
    damaged("none", br#"{"format": 2, "versions": []}"#);
    damaged("later", good.replace("\"format\": 2", "\"format\": 3").as_bytes());
    damaged("nested", "[".repeat(1 << 20).as_bytes());
    damaged("large", &vec![b' '; 17 << 20]);
    damaged("no-text", b"\xFF\xFE");
    fs::create_dir(models.join("stray")).unwrap();
    fs::write(models.join("stray/1.pmml"), "mine").unwrap();
    fs::write(models.join("file"), "mine").unwrap();
    fs::create_dir_all(models.join("folder/manifest.json")).unwrap();
    let mut ids: Vec<_> = files(&models).into_iter().filter(|id| id != "line").collect();
    #[cfg(unix)]
    {
        fs::create_dir(models.join("pipe-inside")).unwrap();
        for pipe in ["pipe", "pipe-inside/manifest.json"] {
            assert!(Command::new("mkfifo").arg(models.join(pipe)).status().unwrap().success());
        }
        ids.extend(["pipe".to_owned(), "pipe-inside".to_owned()]);
    }
    // Entries without the name of an id are left alone.
    fs::create_dir(models.join(".git")).unwrap();
    fs::write(models.join("my notes"), "mine").unwrap();

    let server = start(folder.path());
    assert_eq!(slope(&server), 3.0);
    let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
    let now = files(&models);
    assert_eq!(now.len(), ids.len() + 3);
    assert!([".git", "line", "my notes"].iter().all(|name| now.iter().any(|other| other == name)), "{now:?}");
    for id in ids {
        let name = now.iter().find(|name| name.starts_with(&format!("{id}~damaged-"))).unwrap();
        assert!(ready["broken"][&id].as_str().unwrap().contains(name.as_str()), "{id}: {ready}");
        assert!(ready["setAside"][format!("models/{name}")].is_string(), "{id}: {ready}");
        // The id is free.
        assert_eq!(error(server.evaluate(&id, &json!({}))).0, 503, "{id}");
        assert_eq!(server.deploy(&id, &line(4)).status(), 201, "{id}");
        assert_eq!(server.delete(&format!("/model/{id}")).send().unwrap().status(), 200, "{id}");
    }
    let kept = now.iter().find(|name| name.starts_with("stray~")).unwrap();
    assert_eq!(fs::read_to_string(models.join(kept).join("1.pmml")).unwrap(), "mine");
    let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
    assert!(ready.get("broken").is_none(), "{ready}");
}

/// Checks documents that are not those that were deployed: the id is kept, and can be rolled back to an earlier version.
#[test]
fn replaced_documents() {
    let folder = tempfile::tempdir().unwrap();
    let server = start(folder.path());
    let models = folder.path().join("models");
    let ids = ["gone", "longer", "folder", "claimed", "pipe", "linked"];
    for id in ids {
        (1..=2).for_each(|slope| _ = server.deploy(id, &line(slope)));
    }
    drop(server);
    let second = |id: &str| {
        let name = files(&models.join(id)).into_iter().find(|name| name.starts_with("2-")).unwrap();
        models.join(id).join(name)
    };
    let outside = folder.path().join("outside.pmml");
    fs::write(&outside, line(2)).unwrap();
    fs::write(second("longer"), line(2) + " ".repeat(1 << 20).as_str()).unwrap();
    for id in ["gone", "folder", "pipe", "linked"] {
        let path = second(id);
        fs::remove_file(&path).unwrap();
        match id {
            "folder" => fs::create_dir(path).unwrap(),
            #[cfg(unix)]
            "pipe" => assert!(Command::new("mkfifo").arg(path).status().unwrap().success()),
            #[cfg(unix)]
            "linked" => std::os::unix::fs::symlink(&outside, path).unwrap(),
            _ => {}
        }
    }
    let manifest = models.join("claimed/manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let size = format!("\"size\": {}", line(2).len());
    fs::write(&manifest, text.replacen(&size, "\"size\": 18446744073709551615", 1)).unwrap();

    let server = start(folder.path());
    let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
    for id in ids {
        assert!(ready["broken"][id].is_string(), "{id}: {ready}");
        assert_eq!(
            error(server.post(&format!("/model/{id}/rollback?version=2")).send().unwrap()).0,
            match id {
                "folder" | "pipe" | "linked" => 500,
                _ => 409,
            }
        );
        let back: Value = server.post(&format!("/model/{id}/rollback")).send().unwrap().json().unwrap();
        assert_eq!(back["properties"]["deployed.version"], 1, "{id}");
    }
    assert!(ready.get("setAside").is_none(), "{ready}");
}

#[cfg(unix)]
mod links {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_store_may_be_a_link_but_its_entries_may_not() {
        let folder = tempfile::tempdir().unwrap();
        let (real, link) = (folder.path().join("real"), folder.path().join("link"));
        fs::create_dir(&real).unwrap();
        symlink(&real, &link).unwrap();
        let server = start(&link);
        server.deploy("line", &line(3));
        drop(server);
        assert_eq!(files(&real.join("models")), ["line"]);
        let elsewhere = folder.path().join("elsewhere");
        for name in ["models", "lock", "pmml-store.json"] {
            fs::rename(real.join(name), &elsewhere).unwrap();
            symlink(&elsewhere, real.join(name)).unwrap();
            let message = refusal(&link);
            assert!(message.contains(&format!("`{name}` is a link")), "{message}");
            fs::remove_file(real.join(name)).unwrap();
            fs::rename(&elsewhere, real.join(name)).unwrap();
        }
        assert_eq!(slope(&start(&link)), 3.0);
    }

    #[test]
    fn a_link_in_the_place_of_an_id_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let server = start(&folder.path().join("store"));
        server.deploy("line", &line(3));
        drop(server);
        // The folder elsewhere looks as if the store had written it.
        let (models, elsewhere) = (folder.path().join("store/models"), folder.path().join("elsewhere"));
        fs::create_dir(&elsewhere).unwrap();
        for name in files(&models.join("line")) {
            fs::copy(models.join("line").join(&name), elsewhere.join(name)).unwrap();
        }
        fs::write(elsewhere.join(".0123456789abcdef0123456789abcdef.tmp"), "mine").unwrap();
        fs::create_dir(folder.path().join("empty")).unwrap();
        symlink(&elsewhere, models.join("m0")).unwrap();
        symlink(folder.path().join("empty"), models.join("m1")).unwrap();
        let before = content(&elsewhere);
        let server = start(&folder.path().join("store"));
        assert_eq!(slope(&server), 3.0);
        let ready: Value = server.get("/readyz").send().unwrap().json().unwrap();
        for id in ["m0", "m1"] {
            assert!(ready["broken"][id].as_str().unwrap().contains("is a link"), "{ready}");
            assert_eq!(server.deploy(id, &line(4)).status(), 201);
            assert_eq!(server.delete(&format!("/model/{id}")).send().unwrap().status(), 200);
        }
        // A link that takes the place of an id while the server runs.
        fs::rename(models.join("line"), models.join("moved")).unwrap();
        symlink(&elsewhere, models.join("line")).unwrap();
        assert_eq!(error(server.deploy("line", &line(5))).0, 500);
        assert_eq!(error(server.delete("/model/line").send().unwrap()).0, 500);
        assert_eq!(error(server.get("/model/line/pmml").send().unwrap()).0, 500);
        assert_eq!(slope(&server), 3.0);
        assert_eq!(content(&elsewhere), before);
        assert!(folder.path().join("empty").is_dir());
    }
}
