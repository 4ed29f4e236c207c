//! JSON in the layout of Openscoring, which is that of Java's Jackson.
//!
//! Members are in the order of declaration, empty ones are left out, and the text is indented.

mod evaluation;
mod layout;
mod request;
mod response;

pub use evaluation::{Evaluations, Nesting};
pub use request::{Arguments, EvaluationRequest, decoded_bytes, parse, parse_row, read_batch};
pub use response::{BatchModelResponse, ModelResponse, Properties, Schema, SimpleResponse, VersionsResponse};

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use layout::Layout;
use serde::Serialize;

/// The content type. It has no parameters because clients compare it literally.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Returns the JSON of a value.
pub fn text(value: &impl Serialize) -> Vec<u8> {
    let mut text = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, Layout::default());
    // Writing to memory cannot fail, nor does serializing these types.
    let _ = value.serialize(&mut serializer);
    text
}

/// Makes a response with a value.
pub fn respond(status: StatusCode, value: &impl Serialize) -> Response {
    respond_text(status, text(value))
}

/// Makes a response with a body that is JSON already.
pub fn respond_text(status: StatusCode, text: impl Into<Body>) -> Response {
    let mut response = Response::new(text.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// Makes a response with only a message, which is the phrase of its status if the given one is empty.
pub fn message(status: StatusCode, message: &str) -> Response {
    let message = match message {
        "" => status.canonical_reason().unwrap_or("Error"),
        message => message,
    };
    respond(status, &SimpleResponse { message: Some(message.to_owned()) })
}

/// Returns the beginning of the response to a batch, up to the first of the responses to its rows.
pub fn batch_head(id: Option<&str>, has_rows: bool) -> Vec<u8> {
    let id = id.filter(|id| !id.is_empty());
    let mut text = b"{".to_vec();
    if let Some(id) = id {
        text.extend_from_slice(b"\n  \"id\" : ");
        // Writing to memory cannot fail.
        let _ = serde_json::to_writer(&mut text, id);
    }
    if has_rows {
        text.extend_from_slice(if id.is_some() { b",\n" } else { b"\n" });
        text.extend_from_slice(b"  \"responses\" : [ ");
    }
    text
}

/// Returns the end of the response to a batch.
pub fn batch_tail(id: Option<&str>, has_rows: bool) -> &'static [u8] {
    match (id.is_some_and(|id| !id.is_empty()), has_rows) {
        (_, true) => b" ]\n}",
        (true, false) => b"\n}",
        (false, false) => b" }",
    }
}
