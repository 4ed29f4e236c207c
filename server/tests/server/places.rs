//! Places: one client cannot take all of them, and some are reserved.

use crate::common::{LINE, TestServer, error, metric, send, status, until};
use pmml_server::{AccessRules, Addresses, Configuration, Limits};
use reqwest::blocking::Response;
use serde_json::json;
use std::net::TcpStream;

/// Returns a stream of a client that stalls.
fn stalled(server: &TestServer, client: &str) -> TcpStream {
    let head = format!(
        "POST /openscoring/model/line/csv?stream=true HTTP/1.1\r\nhost: localhost\r\nx-forwarded-for: {client}\r\n\
         content-length: 1000\r\n\r\nid,x\n"
    );
    send(server, head.as_bytes())
}

fn evaluate(server: &TestServer, client: &str) -> Response {
    let request = server.post("/model/line").header("x-forwarded-for", client);
    request.json(&json!({"arguments": {"x": 1}})).send().unwrap()
}

#[test]
fn one_client_takes_half_of_the_places_and_some_are_reserved_for_deployments() {
    let limits = Limits { requests: 4, ..Limits::default() };
    let access = AccessRules { trusted_proxies: vec![Addresses::Local], ..AccessRules::default() };
    let server = TestServer::start(Configuration { limits, access, ..Configuration::default() });
    server.deploy("line", LINE);
    // Addresses of one IPv6 network are one client.
    let one: Vec<_> = ["2001:db8::1", "2001:db8::2"].iter().map(|client| stalled(&server, client)).collect();
    // Otherwise a request that tries whether the places are taken could take one of them. The metrics' request counts too.
    until(|| metric(&server, "pmml_requests_in_flight") == 3.0);
    until(|| evaluate(&server, "2001:db8::3").status() == 503);
    let rejected = evaluate(&server, "2001:db8::3");
    assert_eq!(rejected.headers()["retry-after"], "1");
    assert!(error(rejected).1.contains("of this client"));
    assert_eq!(evaluate(&server, "203.0.113.1").status(), 200);
    let other: Vec<_> = (0..2).map(|_| stalled(&server, "203.0.113.1")).collect();
    until(|| metric(&server, "pmml_requests_in_flight") == 5.0);
    until(|| evaluate(&server, "203.0.113.2").status() == 503);
    assert!(error(evaluate(&server, "203.0.113.2")).1.contains("too many requests at the same time"));
    // Deployments cannot be blocked, and health is reported.
    assert_eq!(server.deploy("line", LINE).status(), 200);
    assert_eq!(server.post("/model/line/rollback").send().unwrap().status(), 200);
    assert_eq!(server.get("/model/line/pmml").send().unwrap().status(), 200);
    assert_eq!(server.get("/healthz").send().unwrap().status(), 200);
    assert_eq!(server.get("/readyz").send().unwrap().status(), 200);
    drop((one, other));
    until(|| evaluate(&server, "2001:db8::3").status() == 200);
}

#[test]
fn one_client_takes_half_of_the_connections() {
    let limits = Limits { connections: 8, ..Limits::default() };
    let server = TestServer::start(Configuration { limits, ..Configuration::default() });
    // The client of the test has one.
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let held: Vec<_> = (0..3)
        .map(|_| {
            let mut stream = send(&server, request);
            assert_eq!(status(&mut stream), Some(200));
            stream
        })
        .collect();
    assert_eq!(status(&mut send(&server, request)), Some(503));
    assert_eq!(server.get("/healthz").send().unwrap().status(), 200);
    drop(held);
    until(|| status(&mut send(&server, request)) == Some(200));
}

#[test]
fn a_share_of_a_hundred_percent_is_all() {
    let limits = Limits { requests: 2, client_share: 100, ..Limits::default() };
    let server = TestServer::start(Configuration { limits, ..Configuration::default() });
    server.deploy("line", LINE);
    let streams: Vec<_> = (0..2).map(|_| stalled(&server, "ignored")).collect();
    until(|| metric(&server, "pmml_requests_in_flight") == 3.0);
    until(|| evaluate(&server, "ignored").status() == 503);
    assert!(error(evaluate(&server, "ignored")).1.contains("too many requests at the same time"));
    drop(streams);
}
