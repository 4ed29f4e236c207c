//! The contract about evaluation: one row, a batch.

use crate::common::{BASKETS, LINE, TREE, TestServer, error};
use pmml_server::{Configuration, Limits};
use serde_json::{Value, json};

#[test]
fn a_row() {
    let server = TestServer::new();
    server.deploy("tree", TREE);
    let body = json!({"id": "record-001", "arguments": {"length": 5.1, "width": 1.5, "height": 3}});
    let response = server.evaluate("tree", &body);
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/json");
    let expected = r#"{
  "id" : "record-001",
  "results" : {
    "species" : "versicolor",
    "probability(setosa)" : 0.0,
    "probability(versicolor)" : 0.9074074074074074,
    "node" : "3"
  }
}"#;
    assert_eq!(response.text().unwrap(), expected);
}

#[test]
fn values_may_be_texts_missing_or_absent() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let y = |body: &str| {
        // No Content-Type: it is JSON all the same.
        let response = server.post("/model/line").body(body.to_owned()).send().unwrap();
        assert_eq!(response.status(), 200, "{body}");
        let response: Value = response.json().unwrap();
        assert!(response.get("id").is_none());
        response["results"]["y"].as_f64().unwrap()
    };
    assert_eq!(y(r#"{"id": null, "arguments": {"x": 1}}"#), 3.0);
    assert_eq!(y(r#"{"arguments": {"x": "1"}}"#), 3.0);
    assert_eq!(y(r#"{"arguments": {"x": 1, "x": 2}}"#), 5.0);
    assert_eq!(y(r#"{"arguments": {"x": 0.1}}"#), 1.2);
    for missing in [r#"{"arguments": {"x": null}}"#, r#"{"arguments": {}}"#, r#"{"arguments": null}"#, "{}"] {
        assert_eq!(y(missing), 1.5);
    }
}

#[test]
fn rows_that_fail() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let (status, message) = error(server.evaluate("line", &json!({"arguments": {"x": 11}})));
    assert_eq!(status, 400);
    assert!(message.contains("field `x`: the value `11` is outside of the interval `"), "{message}");
    let (status, message) = error(server.evaluate("line", &json!({"arguments": {"x": "many"}})));
    assert_eq!(status, 400);
    assert!(message.contains("`many`"), "{message}");
    assert_eq!(error(server.evaluate("nothing", &json!({"arguments": {}}))).0, 404);
    for body in [
        "",
        "{",
        "[]",
        "null",
        "{\"arguments\": []}",
        "{\"arguments\": {\"x\": {}}}",
        "{\"argument\": {}}",
        "\u{0}",
    ] {
        assert_eq!(error(server.post("/model/line").body(body).send().unwrap()).0, 400, "{body}");
    }
    let deep = format!("{{\"arguments\": {{\"x\": {}", "[".repeat(1 << 20));
    assert_eq!(error(server.post("/model/line").body(deep).send().unwrap()).0, 400);
}

#[test]
fn a_batch_keeps_order_and_rows_fail_one_by_one() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let body = json!({"id": "batch", "requests": [
        {"id": "a", "arguments": {"x": 1}},
        {"id": "b", "arguments": {"x": 11}},
        {"id": null, "arguments": {"x": "2"}},
    ]});
    let response = server.post("/model/line/batch").json(&body).send().unwrap();
    assert_eq!(response.status(), 200);
    let expected = r#"{
  "id" : "batch",
  "responses" : [ {
    "id" : "a",
    "results" : {
      "y" : 3.0
    }
  }, {
    "message" : "MESSAGE",
    "id" : "b"
  }, {
    "results" : {
      "y" : 5.0
    }
  } ]
}"#;
    let text = response.text().unwrap();
    let parsed: Value = serde_json::from_str(&text).unwrap();
    let message = parsed["responses"][1]["message"].as_str().unwrap();
    assert!(message.contains("field `x`: the value `11` is outside of the interval `"), "{message}");
    assert_eq!(text, expected.replace("MESSAGE", message));

    let empty = server.post("/model/line/batch").json(&json!({"requests": []})).send().unwrap();
    assert_eq!(empty.text().unwrap(), "{ }");
    let empty = server.post("/model/line/batch").json(&json!({"id": "e"})).send().unwrap();
    assert_eq!(empty.text().unwrap(), "{\n  \"id\" : \"e\"\n}");
}

#[test]
fn a_large_batch_is_spread_and_comes_in_order() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let requests: Vec<_> =
        (0..5000).map(|row| json!({"id": row.to_string(), "arguments": {"x": row % 12}})).collect();
    let response = server.post("/model/line/batch").json(&json!({"requests": requests})).send().unwrap();
    let response: Value = response.json().unwrap();
    let responses = response["responses"].as_array().unwrap();
    assert_eq!(responses.len(), 5000);
    for (row, response) in responses.iter().enumerate() {
        assert_eq!(response["id"], row.to_string());
        match row % 12 {
            11 => assert!(response["message"].is_string()),
            x => assert_eq!(response["results"]["y"], 1.0 + 2.0 * x as f64),
        }
    }
}

#[test]
fn rows_of_a_group_are_scored_together() {
    let server = TestServer::new();
    server.deploy("baskets", BASKETS);
    let batch = |rows: &[(&str, &str)]| -> Value {
        let requests: Vec<_> = rows
            .iter()
            .map(|(basket, item)| json!({"id": item, "arguments": {"basket": basket, "item": item}}))
            .collect();
        let response =
            server.post("/model/baskets/batch").json(&json!({"requests": requests})).send().unwrap();
        assert_eq!(response.status(), 200);
        response.json::<Value>().unwrap()["responses"].clone()
    };
    let grouped = batch(&[("1", "bread"), ("2", "bread"), ("1", "butter")]);
    assert_eq!(
        grouped,
        json!([
            {"results": {"best": "breakfast", "all": ["breakfast", "spread"]}},
            {"results": {"best": "spread", "all": ["spread"]}},
        ])
    );
    // Each row a group: they stay as they are.
    assert_eq!(batch(&[("1", "bread"), ("2", "butter")])[1]["id"], "butter");
    let single =
        server.evaluate("baskets", &json!({"arguments": {"basket": "1", "item": ["bread", "butter"]}}));
    assert_eq!(single.json::<Value>().unwrap()["results"]["best"], "breakfast");
    let scalar = server.evaluate("baskets", &json!({"arguments": {"item": "bread"}}));
    assert_eq!(scalar.json::<Value>().unwrap()["results"]["best"], "spread");
}

#[test]
fn responses_are_compressed_on_demand() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let requests: Vec<_> = (0..500).map(|_| json!({"arguments": {"x": 1}})).collect();
    let body = json!({"requests": requests});
    let plain = server.post("/model/line/batch").json(&body).send().unwrap().text().unwrap();
    let client = reqwest::blocking::Client::builder().tls_certs_only([]).build().unwrap();
    for (encoding, gzip) in [("gzip", true), ("deflate", false)] {
        let client = if gzip {
            reqwest::blocking::Client::builder().tls_certs_only([]).no_deflate().build().unwrap()
        } else {
            reqwest::blocking::Client::builder().tls_certs_only([]).no_gzip().build().unwrap()
        };
        let response = client.post(server.url("/model/line/batch")).json(&body).send().unwrap();
        assert_eq!(response.text().unwrap(), plain, "{encoding}");
        let raw =
            server.post("/model/line/batch").header("accept-encoding", encoding).json(&body).send().unwrap();
        assert_eq!(raw.headers()["content-encoding"], encoding);
        assert!(raw.bytes().unwrap().len() * 5 < plain.len());
    }
    drop(client);
}

#[test]
fn limits_of_rows_and_bodies() {
    let limits = Limits { rows: 2, body_bytes: 1000, ..Limits::default() };
    let server = TestServer::start(Configuration { limits, ..Configuration::default() });
    server.deploy("line", LINE);
    let batch = |rows: usize| {
        let requests: Vec<_> = (0..rows).map(|_| json!({"arguments": {"x": 1}})).collect();
        server.post("/model/line/batch").json(&json!({"requests": requests})).send().unwrap()
    };
    assert_eq!(batch(2).status(), 200);
    assert_eq!(error(batch(3)).0, 413);
    assert_eq!(error(batch(100)).0, 413);
    assert_eq!(server.csv("line", "x\n1\n2\n").status(), 200);
    assert_eq!(error(server.csv("line", "x\n1\n2\n3\n")).0, 413);
    assert_eq!(error(server.csv("line", "x\n".repeat(1000))).0, 413);
}
