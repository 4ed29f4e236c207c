//! Work that takes too long, or whose client has disconnected, ends.

use crate::common::{LINE, TestServer, error, metric, send, until};
use pmml_server::{Configuration, Limits};
use serde_json::json;
use std::cell::RefCell;
use std::net::TcpStream;
use std::time::Duration;

/// Returns a document that counts words similar to a term, which takes long for long strings.
fn fuzzy() -> String {
    let terms: String =
        (0..200).map(|number| format!("<NumericPredictor name=\"t{number}\" coefficient=\"1\"/>")).collect();
    let fields: String = (0..200)
        .map(|number| {
            format!(
                "<DerivedField name=\"t{number}\" optype=\"continuous\" dataType=\"double\"><TextIndex textField=\"text\" \
                 maxLevenshteinDistance=\"2\" localTermWeights=\"termFrequency\"><Constant>term{number} words {number} of \
                 many</Constant></TextIndex></DerivedField>"
            )
        })
        .collect();
    format!(
        "<PMML version=\"4.4\"><Header/><DataDictionary><DataField name=\"text\" optype=\"categorical\" \
         dataType=\"string\"/><DataField name=\"y\" optype=\"continuous\" dataType=\"double\"/></DataDictionary>\
         <RegressionModel functionName=\"regression\"><MiningSchema><MiningField name=\"text\"/><MiningField name=\"y\" \
         usageType=\"target\"/></MiningSchema><LocalTransformations>{fields}</LocalTransformations>\
         <RegressionTable intercept=\"0\">{terms}</RegressionTable></RegressionModel></PMML>"
    )
}

fn row() -> String {
    json!({"arguments": {"text": "some words of many terms ".repeat(80_000)}}).to_string()
}

#[test]
fn a_row_that_takes_too_long_ends_its_request() {
    let limits = Limits { evaluation_time: Duration::from_millis(300), requests: 1, ..Limits::default() };
    let server = TestServer::start(Configuration { limits, ..Configuration::default() });
    assert_eq!(server.deploy("fuzzy", &fuzzy()).status(), 201);
    let lines = format!("text\n{}\n", "some words of many terms ".repeat(80_000));
    let batch = format!("{{\"requests\": [{}]}}", row());
    for (path, kind, body) in
        [("", "application/json", row()), ("/batch", "application/json", batch), ("/csv", "text/csv", lines)]
    {
        let path = format!("/model/fuzzy{path}");
        let (status, message) =
            error(server.post(&path).header("content-type", kind).body(body).send().unwrap());
        assert_eq!((status, message.contains("--evaluation-time")), (503, true), "{path}: {message}");
        // The only place is free again because the work has ended.
        let small = json!({"arguments": {"text": "a"}});
        until(|| server.evaluate("fuzzy", &small).status() == 200);
    }
}

/// Returns whether a response has arrived, without reading it.
fn is_answered(stream: &TcpStream) -> bool {
    stream.set_nonblocking(true).unwrap();
    let is_answered = stream.peek(&mut [0]).is_ok();
    stream.set_nonblocking(false).unwrap();
    is_answered
}

#[test]
fn work_ends_when_its_client_disconnects() {
    let limits = Limits { evaluation_time: Duration::from_secs(3600), requests: 1, ..Limits::default() };
    let server = TestServer::start(Configuration { limits, ..Configuration::default() });
    assert_eq!(server.deploy("fuzzy", &fuzzy()).status(), 201);
    let small = json!({"arguments": {"text": "a"}});
    let lines = format!("{}\n", row());
    for (path, body) in [("", row()), ("/lines", lines)] {
        let head = format!(
            "POST /openscoring/model/fuzzy{path} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let request = head + &body;
        let stream = RefCell::new(send(&server, request.as_bytes()));
        until(|| {
            // The small row may have had the only place when the request arrived, so that it was rejected.
            if is_answered(&stream.borrow()) {
                stream.replace(send(&server, request.as_bytes()));
            }
            server.evaluate("fuzzy", &small).status() == 503
        });
        drop(stream);
        until(|| server.evaluate("fuzzy", &small).status() == 200);
    }
    until(|| metric(&server, "pmml_requests_in_flight") == 1.0);
}

/// Returns a document with functions that call one another twice, which expand to more additions than can be compiled.
fn endless() -> String {
    let functions: String = (0..60)
        .map(|number| {
            let call = |constant: usize| match number {
                0 => "<FieldRef field=\"a\"/>".to_owned(),
                _ => format!(
                    "<Apply function=\"f{}\"><Apply function=\"*\"><FieldRef field=\"a\"/><Constant>{constant}\
                     </Constant></Apply></Apply>",
                    number - 1
                ),
            };
            format!(
                "<DefineFunction name=\"f{number}\" optype=\"continuous\" dataType=\"double\"><ParameterField \
                 name=\"a\" optype=\"continuous\" dataType=\"double\"/><Apply function=\"+\">{}{}</Apply>\
                 </DefineFunction>",
                call(2 * number),
                call(2 * number + 1)
            )
        })
        .collect();
    format!(
        "<PMML version=\"4.4\"><Header/><DataDictionary><DataField name=\"x\" optype=\"continuous\" \
         dataType=\"double\"/><DataField name=\"y\" optype=\"continuous\" dataType=\"double\"/></DataDictionary>\
         <TransformationDictionary>{functions}<DerivedField name=\"d\" optype=\"continuous\" dataType=\"double\">\
         <Apply function=\"f59\"><FieldRef field=\"x\"/></Apply></DerivedField></TransformationDictionary>\
         <RegressionModel functionName=\"regression\"><MiningSchema><MiningField name=\"x\"/><MiningField name=\"y\" \
         usageType=\"target\"/></MiningSchema><RegressionTable intercept=\"0\"><NumericPredictor name=\"d\" \
         coefficient=\"1\"/></RegressionTable></RegressionModel></PMML>"
    )
}

#[test]
fn a_compilation_that_takes_too_long_ends() {
    // Only the time limit ends it.
    let limits =
        Limits { compilation_time: Duration::from_secs(1), expansion: u64::MAX, ..Limits::default() };
    let server = TestServer::start(Configuration { limits, ..Configuration::default() });
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    // A compilation that went on would occupy one of the permits, of which there are as many as cores.
    for _ in 0..=cores.min(8) {
        let (status, message) = error(server.deploy("endless", &endless()));
        assert_eq!((status, message.contains("--compilation-time")), (503, true), "{message}");
    }
    until(|| server.deploy("line", LINE).status() == 201);
}
