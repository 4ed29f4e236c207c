//! A model that is deployed repeatedly while it is scored: every response is that of one version.

use crate::common::{LINE, TestServer};
use serde_json::{Value, json};
use std::fmt::Write;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;

/// The number of slopes that are deployed, which are so small that results have no exponents.
const SLOPES: u64 = 60;
/// Number of rows of a batch and a table, which are several shares for several threads.
const ROWS: usize = 2000;

fn line(slope: u64) -> String {
    LINE.replacen("coefficient=\"2\"", &format!("coefficient=\"{slope}\""), 1)
}

/// Returns the slope that a request for a single row finds.
fn single(server: &TestServer) -> Vec<f64> {
    let response = server.evaluate("line", &json!({"arguments": {"x": 1}}));
    assert_eq!(response.status(), 200);
    vec![response.json::<Value>().unwrap()["results"]["y"].as_f64().unwrap() - 1.0]
}

fn batch(server: &TestServer) -> Vec<f64> {
    let requests = vec![json!({"arguments": {"x": 1}}); ROWS];
    let response = server.post("/model/line/batch").json(&json!({"requests": requests})).send().unwrap();
    assert_eq!(response.status(), 200);
    let response: Value = response.json().unwrap();
    let responses = response["responses"].as_array().unwrap();
    responses.iter().map(|response| response["results"]["y"].as_f64().unwrap() - 1.0).collect()
}

fn table(server: &TestServer, query: &str) -> Vec<f64> {
    let mut body = "id,x\n".to_owned();
    (0..ROWS).for_each(|row| writeln!(body, "{row},1").unwrap());
    let request = server.post(&format!("/model/line/csv{query}")).header("content-type", "text/csv");
    let response = request.body(body).send().unwrap();
    assert_eq!(response.status(), 200);
    let text = response.text().unwrap();
    text.lines().skip(1).map(|line| line.split(',').nth(1).unwrap().parse::<f64>().unwrap() - 1.0).collect()
}

#[test]
fn every_response_is_that_of_one_version() {
    let server = TestServer::new();
    server.deploy("line", &line(1));
    let acknowledged = AtomicU64::new(1);
    let begun = AtomicU64::new(1);
    let done = AtomicBool::new(false);
    let score = |rows: usize, request: &dyn Fn() -> Vec<f64>| {
        let mut responses = 0;
        while !done.load(Ordering::Acquire) {
            let least = acknowledged.load(Ordering::Acquire);
            let slopes = request();
            let most = begun.load(Ordering::Acquire);
            assert_eq!(slopes.len(), rows);
            assert!(slopes.iter().all(|slope| *slope == slopes[0]), "several versions in one response");
            // A version is served as soon as it was acknowledged.
            assert!((least as f64..=most as f64).contains(&slopes[0]), "{} of {least} to {most}", slopes[0]);
            responses += 1;
        }
        assert!(responses > 0);
    };
    thread::scope(|scope| {
        scope.spawn(|| score(1, &|| single(&server)));
        scope.spawn(|| score(1, &|| single(&server)));
        scope.spawn(|| score(ROWS, &|| batch(&server)));
        scope.spawn(|| score(ROWS, &|| table(&server, "")));
        scope.spawn(|| score(ROWS, &|| table(&server, "?stream=true")));
        let all_deployed = (2..=SLOPES).all(|slope| {
            begun.store(slope, Ordering::Release);
            let status = server.deploy("line", &line(slope)).status();
            acknowledged.store(slope, Ordering::Release);
            status == 200
        });
        done.store(true, Ordering::Release);
        assert!(all_deployed);
    });
}

#[test]
fn concurrent_deployments_of_one_model_are_all_counted() {
    let server = TestServer::new();
    thread::scope(|scope| {
        for slope in 1..=8 {
            let server = &server;
            scope.spawn(move || assert!(server.deploy("line", &line(slope)).status().is_success()));
        }
    });
    let model: Value = server.get("/model/line").send().unwrap().json().unwrap();
    assert_eq!(model["properties"]["deployed.version"], 8);
}
