//! Failures of requests, which become responses with a message.

use crate::json;
use axum::http::header::RETRY_AFTER;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use std::fmt;
use std::io;

/// Time in seconds that clients are asked to wait. It is short because places and memory become free all the time.
const SOON: u32 = 1;

/// Why a request failed: a status and a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The status.
    pub status: StatusCode,
    /// What is wrong.
    pub message: String,
    /// The time in seconds after which the same request may succeed.
    retry_after: Option<u32>,
}

impl Failure {
    /// Makes a failure with any status. Values in the message are truncated and escaped.
    pub fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Failure { status, message: pmml::into_legible(message.into()), retry_after: None }
    }

    /// Sets the time in seconds after which the same request may succeed.
    pub fn retry_after(self, seconds: u32) -> Self {
        Failure { retry_after: Some(seconds), ..self }
    }

    /// Makes a failure: the request cannot be understood, or the model rejects its values.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, message)
    }

    /// Makes a failure: there is no such model or page.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, message)
    }

    /// Makes a failure: there is no model with this id.
    pub fn no_model(id: &str) -> Self {
        Self::not_found(format!("Model \"{id}\" not found"))
    }

    /// Makes a failure: the client lacks the right.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, message)
    }

    /// Makes a failure: the state of the model does not allow it.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, message)
    }

    /// Makes a failure: the body, or its content, is larger than a limit.
    pub fn too_large(message: impl Into<String>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, message)
    }

    /// Makes a failure: the server cannot serve the request now.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, message)
    }

    /// Makes a failure: the server cannot serve the request now, but may do so soon. Clients are asked to try again.
    pub fn busy(message: impl Into<String>) -> Self {
        Self::unavailable(message).retry_after(SOON)
    }

    /// Makes a failure: the body cannot be read. If the cause is already a failure, returns that.
    pub fn unreadable(error: &io::Error) -> Self {
        let failure = error.get_ref().and_then(|inner| inner.downcast_ref::<Failure>());
        failure.cloned().unwrap_or_else(|| Self::bad_request(format!("The body cannot be read: {error}")))
    }

    /// Makes a failure: an internal error, whose cause is logged.
    pub fn internal(cause: &dyn fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed because of an internal error");
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
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}
