//! Failures: what a client reads when a request cannot be served.

use crate::json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use std::fmt;

/// How long clients are asked to wait, in seconds: places become free all the time.
const SECOND: HeaderValue = HeaderValue::from_static("1");

/// Why a request failed: a status and a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The status.
    pub status: StatusCode,
    /// What is wrong.
    pub message: String,
    /// Whether the same request may succeed soon.
    passes: bool,
}

impl Failure {
    /// A failure of any status.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Failure { status, message: message.into(), passes: false }
    }

    /// The request cannot be understood, or the model refuses its values.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// There is no such model or page.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// There is no model of this id.
    pub fn no_model(id: &str) -> Self {
        Self::not_found(format!("Model \"{id}\" not found"))
    }

    /// The client has not the right.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// The state of the model does not allow it.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// The body, or what it holds, is larger than a limit.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// The server cannot serve it now.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// The server cannot serve it now, and may soon: clients are told to try again.
    pub fn busy(message: impl Into<String>) -> Self {
        Failure { passes: true, ..Self::unavailable(message) }
    }

    /// The server's own fault. What it is, is logged.
    pub fn internal(cause: &dyn fmt::Display) -> Self {
        tracing::error!(%cause, "request failed by the server's fault");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = json::message(self.status, &self.message);
        if self.passes {
            response.headers_mut().insert(RETRY_AFTER, SECOND);
        }
        response
    }
}
