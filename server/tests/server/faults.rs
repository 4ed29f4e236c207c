//! Faulty clients: slow ones, ones that disconnect, and ones that do not use HTTP. None of them blocks others.

use crate::common::{LINE, TestServer, error, metric, until};
use pmml_server::{Configuration, Limits};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

const ROW: &str = r#"{"arguments": {"x": 1}}"#;

/// Starts a server with few places.
fn start() -> TestServer {
    let limits = Limits { requests: 4, client_share: 100, ..Limits::default() };
    let server = TestServer::start(Configuration { limits, ..Configuration::default() });
    server.deploy("line", LINE);
    server
}

fn connect(server: &TestServer) -> TcpStream {
    let stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Returns the head of the only request of a connection, with the length of its body.
fn head(path: &str, length: usize) -> String {
    format!("{}content-length: {length}\r\n\r\n", beginning(path))
}

fn beginning(path: &str) -> String {
    format!("POST /openscoring/model/line{path} HTTP/1.1\r\nhost: test\r\nconnection: close\r\n")
}

/// Waits until as many evaluations succeed at the same time as there are places. Work whose client has disconnected ends
/// soon, but not immediately.
#[track_caller]
fn all_places_are_free(server: &TestServer) {
    let evaluate = || server.evaluate("line", &json!({"arguments": {"x": 1}})).status() == 200;
    until(|| {
        thread::scope(|scope| {
            let evaluations: Vec<_> = (0..4).map(|_| scope.spawn(evaluate)).collect();
            evaluations.into_iter().all(|evaluation| evaluation.join().unwrap())
        })
    });
}

#[test]
fn slow_clients_do_not_block_others() {
    let server = start();
    let bodies =
        [("", ROW), ("/batch", r#"{"requests": [{"arguments": {"x": 1}}]}"#), ("/csv", "id,x\n1,1\n")];
    // Some clients are slow with their heads, others with their bodies. All of them wait for a response.
    thread::scope(|scope| {
        let slow: Vec<_> = (0..30)
            .map(|number| {
                let (path, body) = bodies[number % bodies.len()];
                let (immediate, slow) = match number % 2 {
                    0 => (String::new(), head(path, body.len()) + body),
                    _ => (head(path, body.len()), body.to_owned()),
                };
                let mut stream = connect(&server);
                scope.spawn(move || {
                    stream.write_all(immediate.as_bytes()).unwrap();
                    for byte in slow.as_bytes() {
                        stream.write_all(&[*byte]).unwrap();
                        thread::sleep(Duration::from_millis(20));
                    }
                    let mut response = String::new();
                    stream.read_to_string(&mut response).unwrap();
                    response
                })
            })
            .collect();
        let mut served = 0;
        while slow.iter().any(|client| !client.is_finished()) {
            let response = server.evaluate("line", &json!({"arguments": {"x": 1}}));
            // Slow clients that end at the same time may need all places for a moment.
            served += usize::from(response.status() == 200);
            assert!(matches!(response.status().as_u16(), 200 | 503));
        }
        assert!(served > 20, "{served}");
        for client in slow {
            let response = client.join().unwrap();
            assert!(
                response.starts_with("HTTP/1.1 200") || response.starts_with("HTTP/1.1 503"),
                "{response}"
            );
        }
    });
    all_places_are_free(&server);
}

/// Checks that clients that stall are disconnected.
#[test]
#[ignore = "takes more than half a minute"]
fn clients_that_stall_are_disconnected() {
    let server = start();
    let stalled: Vec<_> = ["", "/batch", "/csv?stream=true"]
        .iter()
        .map(|path| {
            let mut stream = connect(&server);
            stream.write_all(head(path, 1000).as_bytes()).unwrap();
            stream.write_all(b"{").unwrap();
            stream
        })
        .collect();
    let start = Instant::now();
    for mut stream in stalled {
        let mut response = [0; 12];
        stream.read_exact(&mut response).unwrap();
        assert_eq!(&response, b"HTTP/1.1 408");
    }
    assert!(start.elapsed() > Duration::from_secs(25));
    all_places_are_free(&server);
}

#[test]
fn clients_that_disconnect_release_their_places() {
    let server = start();
    let before = metric(&server, "pmml_connections");
    let table = format!("id,x\n{}", "1,1\n".repeat(50_000));
    for number in 0..200 {
        let mut stream = connect(&server);
        // A body that breaks off, a response that is not read, a stream of which only the beginning is read.
        let (head, body) = match number % 4 {
            0 => (head("", 1000), ROW.to_owned()),
            1 => (head("", ROW.len()), ROW.to_owned()),
            2 => (head("/csv?stream=true", table.len()), table.clone()),
            _ => (head("/csv?stream=true", 2 * table.len()), table.clone()),
        };
        // The server may close a connection first.
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
        if number % 4 == 2 {
            let _ = stream.read(&mut [0; 100]);
        }
    }
    // The request for metrics is itself in flight.
    until(|| metric(&server, "pmml_requests_in_flight") == 1.0);
    until(|| metric(&server, "pmml_connections") <= before + 1.0);
    all_places_are_free(&server);
}

/// Returns the status of the response to a request, if there is one. If `ended`, the client closes its side of the
/// connection.
fn exchange(server: &TestServer, request: &[u8], ended: bool) -> Option<u16> {
    let mut stream = connect(server);
    // The server may close the connection before the end.
    let _ = stream.write_all(request);
    if ended {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut line = [0; 12];
    stream.read_exact(&mut line).ok()?;
    std::str::from_utf8(&line).unwrap().strip_prefix("HTTP/1.1 ").unwrap().parse().ok()
}

#[test]
fn malformed_http_is_rejected() {
    let server = start();
    let post = |headers: &str, body: &str| {
        exchange(&server, format!("{}{headers}\r\n{body}", beginning("")).as_bytes(), false)
    };
    assert_eq!(post("content-length: 23\r\n", ROW), Some(200));
    assert_eq!(post("transfer-encoding: chunked\r\n", &format!("17\r\n{ROW}\r\n0\r\n\r\n")), Some(200));
    // Lengths that are malformed or contradict each other.
    for length in ["-1", "x", "99999999999999999999999", "23\r\ncontent-length: 24"] {
        assert_eq!(post(&format!("content-length: {length}\r\n"), ROW), Some(400), "{length}");
    }
    // More than the limit.
    assert_eq!(post("content-length: 9999999999999\r\n", ROW), Some(413));
    // Malformed chunks.
    for chunks in ["x\r\n", "-1\r\n{}\r\n0\r\n\r\n", "ffffffffffffffffff\r\n{}"] {
        assert_eq!(post("transfer-encoding: chunked\r\n", chunks), Some(400), "{chunks:?}");
    }
    // Bodies that do not have their declared encoding.
    for encoding in ["gzip", "deflate"] {
        let headers = format!("content-encoding: {encoding}\r\ncontent-length: 23\r\n");
        assert_eq!(post(&headers, ROW), Some(400), "{encoding}");
    }
    for request in [
        &b"\r\n\r\n\r\n"[..],
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /openscoring/model/line HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n17\r\n{}",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET /model\0 HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno colon\r\n\r\n",
    ] {
        let status = exchange(&server, request, true);
        assert!(matches!(status, None | Some(400)), "{status:?}: {request:?}");
    }
    // Paths and heads that are too long.
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(1 << 20));
    let status = exchange(&server, long.as_bytes(), true);
    assert!(matches!(status, None | Some(400 | 414 | 431)), "{status:?}");
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(10_000));
    let status = exchange(&server, many.as_bytes(), true);
    assert!(matches!(status, None | Some(400 | 431)), "{status:?}");
    all_places_are_free(&server);
}

#[test]
fn more_requests_than_places_are_rejected() {
    let server = start();
    // Streams hold their places until they end.
    let streams: Vec<_> = (0..4)
        .map(|_| {
            let mut stream = connect(&server);
            stream.write_all(head("/csv?stream=true", 1000).as_bytes()).unwrap();
            stream.write_all(b"id,x\n").unwrap();
            stream
        })
        .collect();
    until(|| server.post("/model/line").body(ROW).send().unwrap().status() == 503);
    let (status, message) = error(server.post("/model/line").body(ROW).send().unwrap());
    assert_eq!((status, message.contains("too many requests")), (503, true), "{message}");
    // Liveness and readiness are reported all the same.
    assert_eq!(server.get("/healthz").send().unwrap().status(), 200);
    assert_eq!(server.get("/readyz").send().unwrap().json::<Value>().unwrap()["status"], "ready");
    drop(streams);
    until(|| server.post("/model/line").body(ROW).send().unwrap().status() == 200);
    until(|| metric(&server, "pmml_requests_in_flight") == 1.0);
    all_places_are_free(&server);
}
