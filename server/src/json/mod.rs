//! JSON, laid out as Openscoring does: in the manner of Java's Jackson.
//!
//! Members stand in the order of declaration, empty ones are left out, and the text is indented.

mod evaluation;
mod layout;
mod request;
mod response;

pub use evaluation::{Evaluations, Nesting};
pub use request::{Arguments, BatchEvaluationRequest, EvaluationRequest, parse};
pub use response::{BatchModelResponse, ModelResponse, Properties, Schema, SimpleResponse, VersionsResponse};

use axum::body::Body;
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use layout::Layout;
use serde::Serialize;

/// The content type. Clients compare it to the letter, so it has no parameters.
pub const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// The text of a value.
pub fn text(value: &impl Serialize) -> Vec<u8> {
    let mut text = Vec::with_capacity(256);
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, Layout::default());
    // Memory takes whatever is written, and no type here refuses to be.
    let _ = value.serialize(&mut serializer);
    text
}

/// A response with a value.
pub fn respond(status: StatusCode, value: &impl Serialize) -> Response {
    respond_text(status, text(value))
}

/// A response with text that is JSON already.
pub fn respond_text(status: StatusCode, text: Vec<u8>) -> Response {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// A response with nothing but a message; without text, with the phrase of its status.
pub fn message(status: StatusCode, message: &str) -> Response {
    let message = match message {
        "" => status.canonical_reason().unwrap_or("Error"),
        message => message,
    };
    respond(status, &SimpleResponse { message: Some(message.to_owned()) })
}

/// The text of the response to a batch, of the texts of responses to its rows, some in a piece.
pub fn batch_text(id: Option<&str>, pieces: &[Vec<u8>]) -> Vec<u8> {
    let id = id.filter(|id| !id.is_empty());
    let mut text = Vec::with_capacity(pieces.iter().map(|piece| piece.len() + 2).sum::<usize>() + 64);
    text.push(b'{');
    if let Some(id) = id {
        text.extend_from_slice(b"\n  \"id\" : ");
        // Memory takes whatever is written.
        let _ = serde_json::to_writer(&mut text, id);
    }
    let mut filled = pieces.iter().filter(|piece| !piece.is_empty());
    if let Some(first) = filled.next() {
        text.extend_from_slice(if id.is_some() {
            b",\n  \"responses\" : [ "
        } else {
            b"\n  \"responses\" : [ "
        });
        text.extend_from_slice(first);
        for piece in filled {
            text.extend_from_slice(b", ");
            text.extend_from_slice(piece);
        }
        text.extend_from_slice(b" ]");
        text.extend_from_slice(b"\n}");
    } else {
        text.extend_from_slice(if id.is_some() { b"\n}" } else { b" }" });
    }
    text
}
