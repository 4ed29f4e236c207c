//! Rows that are scored while they arrive.

use crate::common::{LINE, TestServer, error};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

#[test]
fn json_lines() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let lines = "{\"id\": \"a\", \"arguments\": {\"x\": 1}}\n\n{\"arguments\": {\"x\": 11}}\nnonsense\r\n{\"id\": \"d\"}";
    let request = server.post("/model/line/lines").header("content-type", "application/x-ndjson");
    let response = request.body(lines).send().unwrap();
    assert_eq!(response.headers()["content-type"], "application/x-ndjson");
    let text = response.text().unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!((lines.len(), lines[0]), (4, r#"{"id":"a","results":{"y":3.0}}"#));
    assert!(serde_json::from_str::<Value>(lines[1]).unwrap()["message"].as_str().unwrap().contains("`x`"));
    assert!(serde_json::from_str::<Value>(lines[2]).unwrap()["message"].as_str().unwrap().contains("JSON"));
    assert_eq!(lines[3], r#"{"id":"d","results":{"y":1.5}}"#);
    assert_eq!(error(server.post("/model/nothing/lines").body("{}").send().unwrap()).0, 404);
    let wrong = server.post("/model/line/lines").header("content-type", "text/plain").body("{}");
    assert_eq!(error(wrong.send().unwrap()).0, 415);
}

#[test]
fn a_stream_of_rows_is_larger_than_any_body_may_be() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let chunks = 80;
    let chunk = format!("{},2\n", "1".repeat(61)).repeat(1 << 14);
    let mut writer = TcpStream::connect(server.address).unwrap();
    let reader = writer.try_clone().unwrap();
    let length = "id,x\n".len() + chunks * chunk.len();
    let head = format!(
        "POST /openscoring/model/line/csv?stream=true HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\
         content-length: {length}\r\n\r\nid,x\n"
    );
    // Rows and results are sent at the same time: a client that only wrote would block forever.
    let rows = std::thread::spawn(move || {
        writer.write_all(head.as_bytes()).unwrap();
        (0..chunks).for_each(|_| writer.write_all(chunk.as_bytes()).unwrap());
    });
    let mut reader = BufReader::new(reader);
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        reader.read_line(&mut line).unwrap();
    }
    // Each line has two commas, and the chunked encoding adds none.
    let (mut commas, mut buffer) = (0, vec![0; 1 << 16]);
    loop {
        match reader.read(&mut buffer).unwrap() {
            0 => break,
            read => commas += buffer[..read].iter().filter(|byte| **byte == b',').count(),
        }
    }
    rows.join().unwrap();
    assert_eq!(commas, 2 * (1 + (chunks << 14)));
}

#[test]
fn a_stream_is_compressed_on_request() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let mut table = "id,x\n".to_owned();
    (0..1000).for_each(|row| table.push_str(&format!("{row},1\n")));
    let request = server.post("/model/line/csv?stream=true").header("content-type", "text/csv");
    let response = request.header("accept-encoding", "gzip").body(table).send().unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let mut text = String::new();
    flate2::read::GzDecoder::new(response).read_to_string(&mut text).unwrap();
    assert_eq!(text.lines().count(), 1001);
}

#[test]
fn a_stream_that_breaks_off_is_not_taken_for_complete() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let mut body = "id,x\n".to_owned();
    (0..100_000).for_each(|row| body.push_str(&format!("{row},1\n")));
    body.push_str("1,2,3\n");
    let request = server.post("/model/line/csv?stream=true").header("content-type", "text/csv");
    let response = request.body(body).send().unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.text().is_err());
    // An error before the first chunk has its own response.
    let request = server.post("/model/line/csv?stream=true").body("no table");
    assert_eq!(error(request.send().unwrap()).0, 400);
}

#[test]
fn streams_end_when_their_clients_disconnect() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    for length in [0, 10, 100_000] {
        let mut stream = TcpStream::connect(server.address).unwrap();
        let head = "POST /openscoring/model/line/csv?stream=true HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all("id,x\n1,2\n".repeat(length / 5).as_bytes()).unwrap();
    }
    let in_flight = || {
        let metrics = server.get("/metrics").send().unwrap().text().unwrap();
        let line = metrics.lines().find(|line| line.starts_with("pmml_requests_in_flight ")).unwrap();
        line.rsplit(' ').next().unwrap().parse::<u32>().unwrap()
    };
    let start = std::time::Instant::now();
    // The request for metrics is itself in flight.
    while in_flight() > 1 {
        assert!(start.elapsed().as_secs() < 20);
    }
    assert_eq!(server.csv("line", "x\n1\n").status(), 200);
}
