//! What those who run the server ask: is it alive, is it ready, what has it done.

use crate::failure::Failure;
use crate::json;
use crate::registry::Report;
use crate::service::{Phase, Service};
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use std::sync::Arc;

#[derive(Serialize)]
struct Health {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    models: Option<usize>,
    /// Documents that are not served because they could not be loaded.
    #[serde(skip_serializing_if = "Report::is_empty")]
    broken: Report,
    /// What the store has set aside because it is damaged, by path.
    #[serde(rename = "setAside", skip_serializing_if = "Report::is_empty")]
    set_aside: Report,
}

/// `GET /healthz`: the server answers.
pub async fn health() -> Response {
    let health = Health { status: "alive", models: None, broken: Report::new(), set_aside: Report::new() };
    json::respond(StatusCode::OK, &health)
}

/// `GET /readyz`: models are loaded, and the server is not about to stop. A broken document does not make it unready:
/// other models are served.
pub async fn readiness(State(service): State<Arc<Service>>) -> Response {
    let (status, text) = match service.phase() {
        Phase::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
        Phase::Serving => (StatusCode::OK, "ready"),
        Phase::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
    };
    let health = Health {
        status: text,
        models: Some(service.registry.list().len()),
        broken: service.registry.report(),
        set_aside: service.registry.aside(),
    };
    json::respond(status, &health)
}

/// `GET /metrics`
pub async fn metrics(State(service): State<Arc<Service>>) -> Result<Response, Failure> {
    let text = service.metrics.text().map_err(|error| Failure::internal(&error))?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}
