//! `pmmlc serve`: the process, its signals, and the official client.

#![cfg(all(unix, feature = "serve"))]

mod common;

use common::corpus;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

/// Starts a server in a separate process. Returns the process and its address.
fn serve(arguments: &[&str]) -> (Child, String) {
    let mut child = Command::new(env!("CARGO_BIN_EXE_pmmlc"))
        .args(["serve", "--host", "127.0.0.1", "--port", "0"])
        .args(arguments)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    let address = loop {
        line.clear();
        assert!(lines.read_line(&mut line).unwrap() > 0, "the server has ended");
        if let Some((_, address)) = line.split_once("address=") {
            break address.trim().to_owned();
        }
    };
    // The log must be read on, so that the server does not block.
    thread::spawn(move || lines.read_to_string(&mut line));
    (child, address)
}

#[test]
fn the_official_python_client_works_unchanged() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/scripts/official_client.py");
    let models = [
        "sklearn/DecisionTreeIris",
        "sklearn/LinearRegressionDiabetes",
        "sklearn/GaussianNBIris",
        "sklearn/KMeansIris",
        "sklearn/KNeighborsWine",
        "sklearn/CountVectorizerSentences",
        "lightgbm/LightGBMWine",
    ];
    let Some(models) = models.into_iter().map(corpus).collect::<Option<Vec<_>>>() else { return };
    let python = std::env::var("PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let mut command = Command::new(python);
    command.arg(script).arg("--pmmlc").arg(env!("CARGO_BIN_EXE_pmmlc"));
    command.args(models);
    match command.output() {
        Ok(output) if output.status.code() == Some(77) => {
            eprintln!("skipped: {}", String::from_utf8_lossy(&output.stdout));
        }
        Ok(output) => assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout)),
        Err(error) => eprintln!("skipped: no Python: {error}"),
    }
}

#[test]
fn it_stops_on_sigterm() {
    let (mut child, _) = serve(&[]);
    Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().unwrap();
    assert!(child.wait().unwrap().success());
}

/// Checks that the first line says who can reach the server, and which option opens it to others.
#[test]
fn by_default_it_listens_for_this_machine_and_logs_that() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pmmlc"));
    let mut child = command.args(["serve", "--port", "0"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(line.contains("only for clients on this machine") && line.contains("--host"), "{line}");
    assert!(line.contains("127.0.0.1:"), "{line}");
}

#[test]
fn invalid_tokens_are_rejected() {
    common::pmmlc(["serve", "--port", "0", "--admin-token", ""]).fails(&["`--admin-token`", "empty"]);
    common::pmmlc(["serve", "--port", "0", "--user-token", "a b"]).fails(&["`--user-token`", "visible"]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_pmmlc"));
    let output = command.args(["serve", "--port", "0"]).env("PMMLC_ADMIN_TOKEN", "").output().unwrap();
    assert!(!output.status.success() && String::from_utf8_lossy(&output.stderr).contains("a token is empty"));
}

/// Checks that nothing in a document or an argument reaches the terminal as a control character.
#[test]
fn errors_are_legible() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.pmml");
    let hostile = format!("\u{9b}2J\u{202e}{}", "x".repeat(100_000));
    std::fs::write(&path, common::LINE.replace("coefficient=\"2\"", &format!("coefficient=\"{hostile}\"")))
        .unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_pmmlc")).arg("check").arg(&path).output().unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && text.len() < 5000, "{}", text.len());
    assert!(!text.contains('\u{9b}') && !text.contains('\u{202e}'), "{text}");
}

#[test]
fn addresses_and_stores_that_are_in_use() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().to_str().unwrap();
    let (mut child, address) = serve(&["--store", store]);
    let port = address.rsplit(':').next().unwrap();
    common::pmmlc(["serve", "--host", "127.0.0.1", "--port", port]).fails(&["cannot listen on", "`--port`"]);
    common::pmmlc(["serve", "--host", "127.0.0.1", "--port", "0", "--store", store])
        .fails(&["another server uses it"]);
    common::pmmlc(["serve", "--port", "0", "--model-dir", "nowhere"]).fails(&["the model folder `nowhere`"]);
    let project = tempfile::tempdir().unwrap();
    let foreign = project.path();
    std::fs::create_dir_all(foreign.join("models/mine")).unwrap();
    common::pmmlc(["serve", "--host", "127.0.0.1", "--port", "0", "--store", foreign.to_str().unwrap()])
        .fails(&["it is not a store and not empty", "`models`", "`--store`"]);
    assert!(foreign.join("models/mine").is_dir() && std::fs::read_dir(foreign).unwrap().count() == 1);
    for filter in ["infoo", "info,pmml_servr=debug", "pmml_server=inf"] {
        common::pmmlc(["serve", "--port", "0", "--log", filter]).fails(&["--log", "levels are off, error"]);
    }
    let tls = ["serve", "--port", "0", "--tls-certificate", "nowhere.pem"];
    common::pmmlc(tls).fails(&["--tls-key"]);
    common::pmmlc(tls.iter().chain(&["--tls-key", "key.pem"]))
        .fails(&["`nowhere.pem` cannot be read", "`--tls-certificate` takes"]);
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Checks that damage in a store is logged, and that the server still starts.
#[test]
fn models_that_are_set_aside_are_logged() {
    let folder = tempfile::tempdir().unwrap();
    let store = folder.path().join("store");
    let (mut child, _) = serve(&["--store", store.to_str().unwrap()]);
    while !store.join("models").is_dir() {
        thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::create_dir(store.join("models/stray")).unwrap();
    std::fs::write(store.join("models/stray/mine"), "").unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_pmmlc"))
        .args(["serve", "--host", "127.0.0.1", "--port", "0", "--log-format", "json", "--store"])
        .arg(&store)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let log: Vec<_> = lines.take_while(|line| !line.contains("\"ready\"")).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let line = log.iter().find(|line| line.contains("a damaged model is set aside in the store")).unwrap();
    assert!(line.contains("\"id\":\"stray\"") && line.contains("models/stray~damaged-"), "{line}");
}

/// Sends a request. Returns the status and body of the response, or `None` if the server is gone.
fn request(address: &str, method: &str, path: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    let head = format!(
        "{method} {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).ok()?;
    let mut response = String::new();
    stream.read_to_string(&mut response).ok()?;
    let (head, body) = response.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1)?.parse().ok()?, body.to_owned()))
}

/// Kills the server repeatedly while models are deployed and undeployed. Changes that were acknowledged must persist; a
/// change that was not may have happened or not. `KILLS=n` sets the number of kills.
#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let kills = std::env::var("KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(20);
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["--store", folder.path().to_str().unwrap(), "--log", "error,pmml_server::process=info"];
    let document = |slope: u64| {
        common::LINE.replace(
            "NumericPredictor name=\"x\" coefficient=\"2\"",
            &format!("NumericPredictor name=\"x\" coefficient=\"{slope}\""),
        )
    };
    // For each of two ids, the slope that was acknowledged last, or 0 if the model is undeployed.
    let mut acknowledged = [0u64, 0];
    // The change that was in flight when the server was killed: the id and the new slope.
    let mut in_flight: Option<(usize, u64)> = None;
    let (mut next, mut changes, mut seed) = (1u64, 0, 1u64);
    for kill in 0..kills {
        let (mut child, address) = serve(&arguments);
        while request(&address, "GET", "/readyz", "").is_none_or(|(status, _)| status != 200) {}
        for (id, acknowledged) in acknowledged.iter_mut().enumerate() {
            let path = format!("/openscoring/model/{}", ["a", "b"][id]);
            let found = match request(&address, "POST", &path, r#"{"arguments": {"x": 1000000}}"#).unwrap() {
                (404, _) => 0,
                (200, body) => {
                    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
                    (body["results"]["y"].as_f64().unwrap() / 1e6) as u64
                }
                other => panic!("{other:?}"),
            };
            let as_in_flight = in_flight == Some((id, found));
            assert!(
                found == *acknowledged || as_in_flight,
                "kill {kill}: {id} is {found}, was {acknowledged}"
            );
            *acknowledged = found;
        }
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        let pause = Duration::from_micros((seed >> 33) % 120_000);
        let killer = thread::spawn(move || {
            thread::sleep(pause);
            child.kill().unwrap();
            child.wait().unwrap();
        });
        for change in kill.. {
            let id = usize::from(change % 3 == 0);
            let path = format!("/openscoring/model/{}", ["a", "b"][id]);
            let slope = next;
            next += 1;
            let undeploy = change % 5 == 4;
            let done = match undeploy {
                true => request(&address, "DELETE", &path, ""),
                false => request(&address, "PUT", &path, &document(slope)),
            };
            match done {
                None => {
                    in_flight = Some((id, if undeploy { 0 } else { slope }));
                    break;
                }
                Some((200 | 201, _)) => acknowledged[id] = if undeploy { 0 } else { slope },
                Some((404, _)) if undeploy => assert_eq!(acknowledged[id], 0),
                other => panic!("{other:?}"),
            }
            changes += 1;
        }
        killer.join().unwrap();
    }
    assert!(changes > kills / 10, "the server was killed too early to change anything: {changes}");
    eprintln!("{kills} kills, {changes} changes acknowledged");
}
