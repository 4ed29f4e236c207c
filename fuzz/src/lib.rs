//! The common part of the targets: a server without sockets, and checks of its responses.

#![forbid(unsafe_code)]

use pmml_server::fuzzing::{Answer, Subject};
use pmml_server::{Configuration, Limits};
use std::sync::LazyLock;

/// The ids of the models that are served: a regression, a tree, association rules over grouped rows, and a regression with an
/// input of each type.
pub const MODELS: [&str; 4] = ["line", "tree", "baskets", "types"];

/// The server. Its limits are small, so that short inputs exceed them.
pub static SUBJECT: LazyLock<Subject> = LazyLock::new(|| {
    let limits = Limits { document_bytes: 256 << 10, body_bytes: 64 << 10, rows: 1_000, ..Limits::default() };
    let documents = [
        include_str!("../../server/tests/server/common/line.pmml"),
        include_str!("../../server/tests/server/common/tree.pmml"),
        include_str!("../../server/tests/server/common/baskets.pmml"),
        include_str!("../models/types.pmml"),
    ];
    let models: Vec<_> = MODELS.into_iter().zip(documents).collect();
    Subject::new(Configuration { limits, ..Configuration::default() }, &models).expect("the models are good")
});

/// Checks a response in JSON: it is valid JSON, or an error of the client.
pub fn check_json(answer: &Answer) {
    match answer {
        Ok(text) => assert!(serde_json::from_slice::<serde_json::Value>(text).is_ok(), "not JSON"),
        Err(refusal) => check_refusal(refusal),
    }
}

/// Checks that an error is one of the client and has a message.
pub fn check_refusal((status, message): &(u16, String)) {
    assert!((400..500).contains(status), "status {status}: {message}");
    assert!(!message.is_empty(), "no message");
}

/// Sends a request, and checks that the server does not fail.
pub fn send(method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]) {
    if let Some((status, text)) = SUBJECT.request(method, path, headers, body) {
        assert!(status < 500, "status {status}: {}", String::from_utf8_lossy(&text));
    }
}
