//! The memory budget, which counts decoded bodies, and responses to slow clients.

use crate::common::{LINE, TestServer, error, metric, send, status, until};
use pmml_server::{Configuration, Limits};
use serde_json::json;
use std::io::{Read, Write};

fn start(megabytes: u64) -> TestServer {
    let limits = Limits { memory: megabytes << 20, ..Limits::default() };
    let server = TestServer::start(Configuration { limits, ..Configuration::default() });
    assert_eq!(server.deploy("line", LINE).status(), 201);
    server
}

/// Waits until memory is held only by the request for metrics.
fn nothing_is_held(server: &TestServer) {
    until(|| metric(server, "pmml_memory_bytes") < 65_536.0);
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    gzip.write_all(text).unwrap();
    gzip.finish().unwrap()
}

#[test]
fn batches_of_many_small_rows_are_answered_in_chunks() {
    let server = start(12);
    let rows = 300_000;
    let body = gzip(format!("{{\"requests\": [{}{{}}]}}", "{},".repeat(rows - 1)).as_bytes());
    assert!(body.len() < 10_000);
    let request = server.post("/model/line/batch").header("content-type", "application/json");
    let response = request.header("content-encoding", "gzip").body(body).send().unwrap();
    assert_eq!(response.status(), 200);
    // The response is larger than the memory budget.
    let text = response.bytes().unwrap();
    assert!(text.len() > 12 << 20, "{}", text.len());
    let answer: serde_json::Value = serde_json::from_slice(&text).unwrap();
    assert_eq!(answer["responses"].as_array().unwrap().len(), rows);
    nothing_is_held(&server);
}

#[test]
fn large_batches_are_read_to_the_end_before_they_are_answered() {
    let server = start(64);
    let batch = |last: &str| {
        let rows = r#"{"id": "a", "arguments": {"x": 1}},"#.repeat(50_000);
        let body = format!("{{\"requests\": [{rows}{last}], \"id\": \"all\"}}");
        server.post("/model/line/batch").header("content-type", "application/json").body(body).send().unwrap()
    };
    let answer: serde_json::Value = batch(r#"{"id": "z", "arguments": {"x": 11}}"#).json().unwrap();
    let responses = answer["responses"].as_array().unwrap();
    assert_eq!((&answer["id"], responses.len()), (&json!("all"), 50_001));
    assert_eq!(responses[49_999], json!({"id": "a", "results": {"y": 3.0}}));
    assert!(responses[50_000]["message"].as_str().unwrap().contains("`x`"));
    for wrong in ["[]", "{\"argument\": 1}", "{\"arguments\": {\"x\": {}}}", "{}}", "{"] {
        assert_eq!(error(batch(wrong)).0, 400, "{wrong}");
    }
    nothing_is_held(&server);
}

#[test]
fn requests_that_never_fit_are_too_large() {
    let server = start(4);
    // Lists, columns and lines that are small as text and large as values.
    let list = format!("[{}1]", "1,".repeat(100_000));
    let row = format!("{{\"arguments\": {{\"x\": {list}}}}}");
    let columns =
        format!("x{}\n1{}\n", (0..60_000).map(|n| format!(",{n}")).collect::<String>(), ",".repeat(60_000));
    for (path, kind, body) in [
        ("", "application/json", row.clone()),
        ("/batch", "application/json", format!("{{\"requests\": [{row}]}}")),
        ("/lines", "application/x-ndjson", row),
        ("/csv?delimiterChar=,", "text/csv", columns.clone()),
        ("/csv", "text/csv", columns),
        ("/csv", "text/csv", "1".repeat(5 << 20)),
    ] {
        // The memory of the previous request may not have been released yet, which is answered with 503.
        let answer = || {
            let request = server.post(&format!("/model/line{path}")).header("content-type", kind);
            error(request.body(body.clone()).send().unwrap())
        };
        let (status, message) = (0..100).map(|_| answer()).find(|(status, _)| *status != 503).unwrap();
        assert_eq!((status, message.contains("--max-memory")), (413, true), "{path}: {message}");
    }
    let document = LINE.replace("<Header/>", &format!("<Header>{}</Header>", " ".repeat(5 << 20)));
    assert_eq!(error(server.deploy("large", &document)).0, 413);
    let request = server.put("/model/large").body(gzip(document.as_bytes()));
    assert_eq!(error(request.send().unwrap()).0, 413);
    nothing_is_held(&server);
    assert!(metric(&server, "pmml_memory_refusals") >= 8.0);
    assert_eq!(server.csv("line", "x\n1\n").status(), 200);
}

#[test]
fn wide_rows_without_values_count() {
    let server = start(16);
    // The ends of many empty cells take memory.
    let wide = (0..2_000).map(|number| format!("c{number},")).collect::<String>();
    let table = format!("{wide}x\n{}", format!("{}1\n", ",".repeat(2_000)).repeat(4_000));
    let response = server.csv("line", table);
    assert_eq!(response.status(), 200);
    assert_eq!(response.text().unwrap().lines().count(), 4_001);
    nothing_is_held(&server);
}

#[test]
fn large_requests_leave_memory_for_small_ones_and_for_deployments() {
    let server = start(64);
    let length = 40 << 20;
    let head = format!(
        "POST /openscoring/model/line/batch HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n"
    );
    let mut holder = send(&server, head.as_bytes());
    holder.write_all(&vec![b' '; length - 1]).unwrap();
    until(|| metric(&server, "pmml_memory_bytes") >= (length - 1) as f64);
    let large = " ".repeat(20 << 20);
    let rejected = server.post("/model/line/batch").json(&json!(large)).send().unwrap();
    assert_eq!(rejected.headers()["retry-after"], "1");
    assert_eq!(error(rejected).0, 503);
    assert_eq!(server.evaluate("line", &json!({"arguments": {"x": 1}})).status(), 200);
    assert_eq!(server.deploy("line", LINE).status(), 200);
    drop(holder);
    nothing_is_held(&server);
    assert_eq!(error(server.post("/model/line/batch").json(&json!(large)).send().unwrap()).0, 400);
}

#[test]
fn responses_are_counted_until_they_are_read() {
    let server = start(64);
    let table = format!("id,x\n{}", format!("{},1\n", "i".repeat(500)).repeat(30_000));
    let mut stream = send(&server, (head_of(table.len()) + &table).as_bytes());
    assert_eq!(status(&mut stream), Some(200));
    // The part that does not fit into the system's buffers is still in memory.
    assert!(metric(&server, "pmml_memory_bytes") > 1e6);
    let mut rest = Vec::new();
    stream.read_to_end(&mut rest).unwrap();
    assert!(rest.len() > table.len());
    nothing_is_held(&server);
    let mut gone = send(&server, (head_of(table.len()) + &table).as_bytes());
    assert_eq!(status(&mut gone), Some(200));
    drop(gone);
    nothing_is_held(&server);
}

fn head_of(length: usize) -> String {
    format!(
        "POST /openscoring/model/line/csv HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
         content-type: text/csv\r\ncontent-length: {length}\r\n\r\n"
    )
}

#[test]
fn rows_times_results_have_a_limit() {
    let limits = Limits { cells: 3, ..Limits::default() };
    let server = TestServer::start(Configuration { limits, ..Configuration::default() });
    server.deploy("line", LINE);
    assert_eq!(server.csv("line", "x\n1\n2\n3\n").status(), 200);
    let (status, message) = error(server.csv("line", "x\n1\n2\n3\n4\n"));
    assert_eq!((status, message.contains("--max-cells")), (413, true));
    let batch = json!({"requests": vec![json!({}); 4]});
    assert_eq!(error(server.post("/model/line/batch").json(&batch).send().unwrap()).0, 413);
}
