//! The routes: the handlers of all paths.

mod arrow;
mod console;
mod csv;
mod evaluate;
mod extract;
mod lines;
mod models;
mod operations;

use crate::failure::Failure;
use crate::pages;
use crate::service::Service;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post};
use std::sync::Arc;

/// Maximum length of an id, which is a file name in the store.
const LONGEST_ID: usize = 200;
/// The rule for ids, for messages.
pub const ID_RULE: &str = "an id begins with a letter or digit, followed by letters, digits, `-`, `.` and `_`, and has at most 200 characters";

/// Returns the routes of all paths.
pub fn router(service: &Arc<Service>) -> Router {
    let api = Router::new()
        .route("/model", get(models::list))
        .route(
            "/model/{id}",
            get(models::show).put(models::deploy).post(evaluate::single).delete(models::undeploy),
        )
        .route("/model/{id}/pmml", get(models::download))
        .route("/model/{id}/batch", post(evaluate::batch))
        .route("/model/{id}/csv", post(csv::table))
        .route("/model/{id}/lines", post(lines::evaluate))
        .route("/model/{id}/arrow", post(arrow::evaluate))
        .route("/model/{id}/versions", get(models::versions))
        .route("/model/{id}/rollback", post(models::roll_back));
    let path = service.configuration.application_path.trim_end_matches('/');
    let api = if path.is_empty() { api } else { Router::new().nest(path, api) };
    Router::new()
        .route("/healthz", get(operations::health))
        .route("/readyz", get(operations::readiness))
        .route("/metrics", get(operations::metrics))
        .route("/openapi.json", get(pages::openapi))
        .merge(console::router())
        .merge(api)
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        // Bodies are limited where they are read.
        .layer(DefaultBodyLimit::disable())
        .with_state(Arc::clone(service))
}

async fn unknown(uri: Uri) -> Failure {
    Failure::not_found(format!("Not Found: there is nothing at {}", uri.path()))
}

async fn wrong_method() -> Failure {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed")
}

/// Returns whether a string can be an id.
pub fn is_id(string: &str) -> bool {
    let first = string.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric());
    first
        && string.len() <= LONGEST_ID
        && string.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}
