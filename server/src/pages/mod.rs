//! Pages that are built into the server: the description of its API.

use crate::failure::Failure;
use crate::json;
use crate::service::Service;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;

const OPENAPI: &str = include_str!("openapi.json");

/// Handles `GET /openapi.json`: the API description, with the path prefix of this server.
pub async fn openapi(State(service): State<Arc<Service>>) -> Result<Response, Failure> {
    let mut document: serde_json::Value =
        serde_json::from_str(OPENAPI).map_err(|error| Failure::internal(&error))?;
    let path = service.configuration.application_path.trim_end_matches('/');
    document["servers"] = serde_json::json!([{ "url": if path.is_empty() { "/" } else { path } }]);
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    Ok(json::respond(StatusCode::OK, &document))
}
