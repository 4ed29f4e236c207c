//! Requests beyond a limit are rejected with the status of that limit, in JSON, and the server goes on.
//!
//! Limits of bytes and rows are tested in `evaluation` and `models`, places in `faults`, the disk in `disk`.

use crate::common::{LINE, TestServer, error};
use pmml_server::{Configuration, Limits};
use serde_json::json;
use std::time::Duration;

fn start(limits: Limits) -> TestServer {
    TestServer::start(Configuration { limits, ..Configuration::default() })
}

/// Returns the status with which a body is rejected.
fn rejected(
    server: &TestServer,
    path: &str,
    content_type: &str,
    body: impl Into<reqwest::blocking::Body>,
) -> u16 {
    let path = format!("/model/line{path}");
    error(server.post(&path).header("content-type", content_type).body(body).send().unwrap()).0
}

#[test]
fn json_of_any_depth() {
    let server = start(Limits::default());
    server.deploy("line", LINE);
    for depth in [2, 200, 100_000, 10_000_000] {
        let lists = "[".repeat(depth);
        let objects = "{\"a\":".repeat(depth);
        for (path, body) in [
            ("", lists.clone()),
            ("", objects.clone()),
            ("", format!("{{\"arguments\": {{\"x\": {lists}")),
            ("", format!("{{\"arguments\": {objects}")),
            ("", format!("{{\"id\": {lists}")),
            ("/batch", format!("{{\"requests\": {lists}")),
            ("/batch", format!("{{\"requests\": [{objects}")),
        ] {
            // The limit of bytes is checked first.
            let expected = if body.len() > 64 << 20 { 413 } else { 400 };
            assert_eq!(rejected(&server, path, "application/json", body), expected, "{depth} {path}");
        }
    }
    // In a stream of lines, only the line is rejected.
    let lines = format!("{{\"arguments\": {}\n{{}}\n", "{\"x\":".repeat(1000));
    let response = server.post("/model/line/lines").body(lines).send().unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().unwrap();
    assert!(text.starts_with("{\"message\"") && text.lines().count() == 2, "{text}");
}

#[test]
fn documents_of_any_depth() {
    let server = start(Limits::default());
    for depth in [1_000, 1_000_000] {
        let document = format!("<PMML version=\"4.4\">{}", "<Extension>".repeat(depth));
        let (status, message) = error(server.deploy("deep", &document));
        assert_eq!(status, 400, "{message}");
    }
}

#[test]
fn evaluations_that_take_too_long() {
    let server = start(Limits { evaluation_time: Duration::ZERO, ..Limits::default() });
    server.deploy("line", LINE);
    let rows = json!({"requests": vec![json!({"arguments": {"x": 1}}); 100]}).to_string();
    assert_eq!(rejected(&server, "/batch", "application/json", rows), 503);
    assert_eq!(rejected(&server, "/csv", "text/csv", "x\n1\n"), 503);
    // Streams have no time limit.
    let stream = server.post("/model/line/csv?stream=true").header("content-type", "text/csv").body("x\n1\n");
    assert_eq!(stream.send().unwrap().text().unwrap(), "y,error\n3.0,\n");
}

#[test]
fn documents_that_take_too_long() {
    let server = start(Limits { compilation_time: Duration::ZERO, ..Limits::default() });
    // Long enough that compiling does not end before the time is checked.
    let long = format!("<Header>{}</Header>", "<Extension/>".repeat(500_000));
    let (status, message) = error(server.deploy("line", &LINE.replace("<Header/>", &long)));
    assert_eq!((status, message.contains("takes longer")), (503, true), "{message}");
    assert_eq!(error(server.get("/model/line").send().unwrap()).0, 404);
}

#[test]
fn a_server_without_places_says_when_to_retry() {
    let server = start(Limits { requests: 0, ..Limits::default() });
    let response = server.get("/model").send().unwrap();
    assert_eq!(response.headers()["retry-after"], "1");
    assert_eq!(error(response).0, 503);
    assert_eq!(server.get("/healthz").send().unwrap().status(), 200);
}

#[test]
fn a_read_only_server_rejects_changes() {
    let server = TestServer::start(Configuration { read_only: true, ..Configuration::default() });
    assert_eq!(error(server.deploy("line", LINE)).0, 403);
    assert_eq!(error(server.delete("/model/line").send().unwrap()).0, 403);
    assert_eq!(error(server.post("/model/line/rollback").send().unwrap()).0, 403);
    let not_allowed = server.put("/model/line/csv").send().unwrap();
    assert_eq!(not_allowed.headers()["allow"], "POST");
    assert_eq!(error(not_allowed).0, 405);
}

#[test]
fn the_memory_of_models_is_reported() {
    let server = start(Limits::default());
    server.deploy("line", LINE);
    let series = |server: &TestServer| -> Vec<(String, f64)> {
        let text = server.get("/metrics").send().unwrap().text().unwrap();
        let lines =
            text.lines().filter_map(|line| line.strip_prefix("pmml_model_bytes{model=\"line\",part="));
        lines
            .filter_map(|line| line.split_once("} "))
            .map(|(part, bytes)| (part.to_owned(), bytes.parse().unwrap()))
            .collect()
    };
    let parts = series(&server);
    let names: Vec<_> = parts.iter().map(|(part, _)| part.as_str()).collect();
    assert_eq!(names, ["\"code\"", "\"constants\"", "\"program\"", "\"signature\""]);
    // The model of a line has no tables.
    let plausible =
        |(part, bytes): &(String, f64)| *bytes < 100_000.0 && (*bytes > 0.0 || part.contains("constants"));
    assert!(parts.iter().all(plausible), "{parts:?}");
    server.delete("/model/line").send().unwrap();
    assert!(series(&server).is_empty());
}
