//! Handlers for operators: liveness, readiness, metrics.

use crate::budget::Held;
use crate::failure::Failure;
use crate::json;
use crate::registry::Report;
use crate::service::{Phase, Service, caller};
use axum::extract::{Request, State};
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
    /// The damaged paths that the store has set aside.
    #[serde(rename = "setAside", skip_serializing_if = "Report::is_empty")]
    set_aside: Report,
}

/// Handles `GET /healthz`: reports that the server is alive.
pub async fn health() -> Response {
    let health = Health { status: "alive", models: None, broken: Report::new(), set_aside: Report::new() };
    json::respond(StatusCode::OK, &health)
}

/// Handles `GET /readyz`: reports whether models are loaded and the server is not stopping. A broken document does not make
/// the server unready, since other models are served. Models are reported only to observers.
pub async fn readiness(State(service): State<Arc<Service>>, request: Request) -> Response {
    let is_observer = caller(request.extensions()).is_ok_and(|caller| caller.roles.observer);
    let (status, text) = match service.phase() {
        Phase::Starting => (StatusCode::SERVICE_UNAVAILABLE, "starting"),
        Phase::Serving => (StatusCode::OK, "ready"),
        Phase::Stopping => (StatusCode::SERVICE_UNAVAILABLE, "stopping"),
    };
    let health = Health {
        status: text,
        models: is_observer.then(|| service.registry.list().len()),
        broken: if is_observer { service.registry.report() } else { Report::new() },
        set_aside: if is_observer { service.registry.aside() } else { Report::new() },
    };
    json::respond(status, &health)
}

/// Handles `GET /metrics`.
pub async fn metrics(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Failure> {
    let caller = caller(request.extensions())?;
    if !caller.roles.observer {
        return Err(Failure::forbidden(format!("Forbidden: {}", service.gate.observer_needs(&caller))));
    }
    service.metrics.memory(&service.budget);
    let text = service.metrics.text().map_err(|error| Failure::internal(&error))?;
    let text = Held::new(text, service.admin_account().memory())?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text.into_bytes()).into_response())
}
