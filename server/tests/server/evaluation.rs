//! The evaluation of single rows and batches.

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
fn values_may_be_strings_missing_or_absent() {
    let server = TestServer::new();
    server.deploy("line", LINE);
    let y = |body: &str| {
        // Without a Content-Type, the body is read as JSON.
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
fn the_responses_to_a_large_batch_are_in_order() {
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
    // If each row is its own group, the rows are unchanged.
    assert_eq!(batch(&[("1", "bread"), ("2", "butter")])[1]["id"], "butter");
    let single =
        server.evaluate("baskets", &json!({"arguments": {"basket": "1", "item": ["bread", "butter"]}}));
    assert_eq!(single.json::<Value>().unwrap()["results"]["best"], "breakfast");
    let scalar = server.evaluate("baskets", &json!({"arguments": {"item": "bread"}}));
    assert_eq!(scalar.json::<Value>().unwrap()["results"]["best"], "spread");
}

#[test]
fn responses_are_compressed_on_request() {
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

/// A document whose fields have long names, and values.
const COLORS: &str = r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/><DataDictionary>
  <DataField name="color" optype="categorical" dataType="string"><Value value="red"/><Value value="blue"/></DataField>
  <DataField name="height" optype="continuous" dataType="double"/>
  <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
  <RegressionModel functionName="regression"><MiningSchema><MiningField name="color"/><MiningField name="height"/>
    <MiningField name="y" usageType="target"/></MiningSchema>
  <RegressionTable intercept="1"><NumericPredictor name="height" coefficient="2"/>
    <CategoricalPredictor name="color" value="red" coefficient="10"/></RegressionTable></RegressionModel></PMML>"#;

#[test]
fn a_misspelled_name_is_an_error() {
    let server = TestServer::new();
    server.deploy("colors", COLORS);
    let (status, message) =
        error(server.evaluate("colors", &json!({"arguments": {"color": "red", "heigth": 2, "id": 7}})));
    assert_eq!(status, 400);
    assert!(
        message.contains("field `height` is not in the row, which has the unknown name `heigth`"),
        "{message}"
    );
    let requests = json!({"requests": [
        {"id": "a", "arguments": {"color": "red", "Height": 2}},
        {"id": "b", "arguments": {"color": "red", "height": 2, "heigth": 3}},
        {"id": "c", "arguments": {"color": "red", "width": 2}},
        {"id": "d", "arguments": {"colour": "red", "height": 1}},
    ]});
    let response: Value = server.post("/model/colors/batch").json(&requests).send().unwrap().json().unwrap();
    let responses = response["responses"].as_array().unwrap();
    assert!(responses[0]["message"].as_str().unwrap().contains("the unknown name `Height`"), "{response}");
    assert_eq!(responses[1]["results"]["y"], 15.0);
    // Names that are not similar to an input are ignored, and inputs that are left out are missing.
    assert!(responses[2]["results"]["y"].is_null(), "{response}");
    assert!(responses[3]["message"].as_str().unwrap().contains("`colour`"), "{response}");
}

#[test]
fn a_deployment_has_rules_for_invalid_values() {
    let server = TestServer::new();
    let deploy = |id: &str, rules: &str| {
        let request = server.put(&format!("/model/{id}")).query(&[("invalid", rules)]);
        request.header("content-type", "application/xml").body(COLORS).send().unwrap()
    };
    let mauve = json!({"arguments": {"color": "mauve", "height": 1}});
    server.deploy("colors", COLORS);
    let (status, message) = error(server.evaluate("colors", &mauve));
    assert_eq!(status, 400);
    assert!(message.contains("the value `mauve` is not one of the 2 declared values"), "{message}");

    let response: Value = deploy("lenient", "error;as-is:color").json().unwrap();
    assert_eq!(response["properties"]["deployed.invalid"], "error;as-is:\"color\"");
    let response: Value = server.evaluate("lenient", &mauve).json().unwrap();
    assert_eq!(response["results"]["y"], 3.0);
    let metrics = server.get("/metrics").send().unwrap().text().unwrap();
    for line in [
        "pmml_invalid_values_total{field=\"color\",model=\"colors\"} 1",
        "pmml_invalid_values_total{field=\"color\",model=\"lenient\"} 1",
        "pmml_rows_without_result_total{model=\"lenient\"} 0",
    ] {
        assert!(metrics.lines().any(|other| other == line), "{line}\n{metrics}");
    }

    let (status, message) = error(deploy("wrong", "as-missing:colr"));
    assert_eq!(status, 400);
    assert!(message.contains("did you mean `color`?"), "{message}");
    let (status, message) = error(deploy("wrong", "ignore"));
    assert_eq!(status, 400);
    assert!(message.contains("The parameter `invalid`: expected `as-is`"), "{message}");

    server.delete("/model/lenient").send().unwrap();
    let metrics = server.get("/metrics").send().unwrap().text().unwrap();
    assert!(!metrics.contains("lenient"), "{metrics}");
}
