//! The description of the API, which is compared with real responses.

use crate::common::{BASKETS, LINE, TREE, TestServer};
use reqwest::blocking::Response;
use serde_json::{Map, Value, json};

/// Checks a value against a schema, in the subset that the description uses. Fails with a message.
fn check(document: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    if let Some(reference) = schema["$ref"].as_str() {
        let schema = document
            .pointer(reference.trim_start_matches('#'))
            .ok_or(format!("{reference} does not exist"))?;
        return check(document, schema, value, at);
    }
    if value.is_null() {
        return if schema["nullable"] == true { Ok(()) } else { Err(format!("{at} is null")) };
    }
    if let Some(choices) = schema["anyOf"].as_array() {
        let fits = choices.iter().any(|choice| check(document, choice, value, at).is_ok());
        return if fits { Ok(()) } else { Err(format!("{at} has none of its types: {value}")) };
    }
    let fits = match schema["type"].as_str() {
        Some("string") => value.is_string(),
        Some("integer") => value.is_u64() || value.is_i64(),
        Some("number") => value.is_number(),
        Some("boolean") => value.is_boolean(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        other => return Err(format!("{at}: the type {other:?}")),
    };
    if !fits {
        return Err(format!("{at} is not a {}: {value}", schema["type"]));
    }
    if schema["enum"].as_array().is_some_and(|all| !all.contains(value)) {
        return Err(format!("{at} is {value}"));
    }
    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
        check(document, &schema["items"], item, &format!("{at}[{index}]"))?;
    }
    let none = Map::new();
    let properties = schema["properties"].as_object().unwrap_or(&none);
    for (name, item) in value.as_object().into_iter().flatten() {
        let inner = match (properties.get(name), &schema["additionalProperties"]) {
            (Some(inner), _) => inner,
            (None, inner @ Value::Object(_)) => inner,
            (None, _) => return Err(format!("{at}.{name} is not described")),
        };
        check(document, inner, item, &format!("{at}.{name}"))?;
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none() {
            return Err(format!("{at}.{name} is missing"));
        }
    }
    Ok(())
}

#[test]
fn real_responses_are_as_described() {
    let server = TestServer::new();
    let document: Value = server.get("/openapi.json").send().unwrap().json().unwrap();
    assert_eq!(document["servers"][0]["url"], "/openscoring");
    let holds = |method: &str, path: &str, response: Response| {
        let status = response.status().as_u16().to_string();
        let described = &document["paths"][path][method]["responses"][&status];
        assert!(described.is_object(), "{method} {path} answers {status}, which is not described");
        let content_type = response.headers()["content-type"].to_str().unwrap().to_owned();
        let essence = content_type.split(';').next().unwrap();
        let content = &described["content"][essence];
        assert!(content.is_object(), "{method} {path} {status} is {essence}");
        if essence == "application/json" {
            let value: Value = response.json().unwrap();
            check(&document, &content["schema"], &value, "response").unwrap();
        }
    };
    let rows = json!({"id": "b", "requests": [{"id": "1", "arguments": {"x": 1}}, {"arguments": {"x": 11}}]});
    holds("get", "/model", server.get("/model").send().unwrap());
    for (id, model) in [("line", LINE), ("tree", TREE), ("baskets", BASKETS), ("line", LINE)] {
        holds("put", "/model/{id}", server.deploy(id, model));
        holds("get", "/model/{id}", server.get(&format!("/model/{id}")).send().unwrap());
        holds(
            "post",
            "/model/{id}",
            server.evaluate(id, &json!({"id": "1", "arguments": {"item": ["bread"]}})),
        );
    }
    holds("put", "/model/{id}", server.deploy("line", "<PMML"));
    holds("get", "/model", server.get("/model").send().unwrap());
    holds("post", "/model/{id}", server.evaluate("line", &json!({"arguments": {"x": 11}})));
    holds("post", "/model/{id}", server.evaluate("nothing", &json!({})));
    holds("post", "/model/{id}/batch", server.post("/model/line/batch").json(&rows).send().unwrap());
    holds("post", "/model/{id}/csv", server.csv("line", "x\n1\n"));
    holds("post", "/model/{id}/csv", server.csv("line", "z\n1\n"));
    holds("post", "/model/{id}/lines", server.post("/model/line/lines").body("{}\n").send().unwrap());
    let stream = {
        let x: arrow_array::ArrayRef = std::sync::Arc::new(arrow_array::Float64Array::from(vec![1.0]));
        let batch = arrow_array::RecordBatch::try_from_iter([("x", x)]).unwrap();
        let mut writer = arrow_ipc::writer::StreamWriter::try_new(Vec::new(), batch.schema_ref()).unwrap();
        writer.write(&batch).unwrap();
        writer.into_inner().unwrap()
    };
    holds("post", "/model/{id}/arrow", server.post("/model/line/arrow").body(stream).send().unwrap());
    holds("post", "/model/{id}/arrow", server.post("/model/line/arrow").body("x").send().unwrap());
    holds("get", "/model/{id}/pmml", server.get("/model/line/pmml").send().unwrap());
    holds("get", "/model/{id}/versions", server.get("/model/line/versions").send().unwrap());
    holds("post", "/model/{id}/rollback", server.post("/model/line/rollback").send().unwrap());
    holds("post", "/model/{id}/rollback", server.post("/model/line/rollback?version=99").send().unwrap());
    holds("delete", "/model/{id}", server.delete("/model/line").send().unwrap());
    holds("delete", "/model/{id}", server.delete("/model/line").send().unwrap());
    for path in ["/healthz", "/readyz", "/metrics"] {
        holds("get", path, server.get(path).send().unwrap());
    }
}
