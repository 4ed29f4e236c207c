//! Pages that the server carries: the description of its API, and the console.

use crate::failure::Failure;
use crate::json;
use crate::service::Service;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS};
use axum::response::{IntoResponse, Response};
use std::sync::Arc;

const OPENAPI: &str = include_str!("openapi.json");
const PAGE: &str = include_str!("console.html");
const STYLE: &str = include_str!("console.css");
const SCRIPT: &str = include_str!("console.js");

/// `GET /openapi.json`: the paths, as they lie on this server.
pub async fn openapi(State(service): State<Arc<Service>>) -> Result<Response, Failure> {
    let mut document: serde_json::Value =
        serde_json::from_str(OPENAPI).map_err(|error| Failure::internal(&error))?;
    let path = service.configuration.application_path.trim_end_matches('/');
    document["servers"] = serde_json::json!([{ "url": if path.is_empty() { "/" } else { path } }]);
    document["info"]["version"] = env!("CARGO_PKG_VERSION").into();
    Ok(json::respond(StatusCode::OK, &document))
}

/// `GET /console`: a page on which people see models and try them.
pub async fn console(State(service): State<Arc<Service>>) -> Response {
    let path = service.configuration.application_path.trim_end_matches('/');
    text("text/html; charset=utf-8", PAGE.replace("APPLICATION_PATH", path))
}

/// `GET /console/console.css`
pub async fn style() -> Response {
    text("text/css; charset=utf-8", STYLE.to_owned())
}

/// `GET /console/console.js`
pub async fn script() -> Response {
    text("text/javascript; charset=utf-8", SCRIPT.to_owned())
}

fn text(content_type: &'static str, text: String) -> Response {
    let policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
                  form-action 'none'; frame-ancestors 'none'";
    let headers = [
        (CONTENT_TYPE, content_type),
        // Nothing that a document or a table holds can run here.
        (CONTENT_SECURITY_POLICY, policy),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
    ];
    (headers, text).into_response()
}
