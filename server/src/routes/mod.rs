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
use axum::extract::{MatchedPath, Request};
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{get, post};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use tower::layer::layer_fn;

/// Maximum length of an id, which is a file name in the store.
const LONGEST_ID: usize = 200;
/// The rule for ids, for messages.
pub const ID_RULE: &str = "an id begins with a letter or digit, followed by letters, digits, `-`, `.` and `_`, and has at most 200 characters";

/// Returns the routes of all paths.
pub fn router(service: &Arc<Service>) -> Router {
    let path = service.configuration.application_path.trim_end_matches('/');
    // Not a nested router, which would copy the path of every request without its beginning.
    let api = |rest: &str| format!("{path}/model{rest}");
    Router::new()
        .route(&api(""), get(models::list))
        .route(
            &api("/{id}"),
            get(models::show).put(models::deploy).post(evaluate::single).delete(models::undeploy),
        )
        .route(&api("/{id}/pmml"), get(models::download))
        .route(&api("/{id}/batch"), post(evaluate::batch))
        .route(&api("/{id}/csv"), post(csv::table))
        .route(&api("/{id}/lines"), post(lines::evaluate))
        .route(&api("/{id}/arrow"), post(arrow::evaluate))
        .route(&api("/{id}/versions"), get(models::versions))
        .route(&api("/{id}/rollback"), post(models::roll_back))
        .route("/healthz", get(operations::health))
        .route("/readyz", get(operations::readiness))
        .route("/metrics", get(operations::metrics))
        .route("/openapi.json", get(pages::openapi))
        .merge(console::router())
        .fallback(unknown)
        .method_not_allowed_fallback(wrong_method)
        .layer(layer_fn(|route| NotePath { route }))
        .with_state(Arc::clone(service))
}

/// The route that matched, for metrics, which must have few labels. Responses have it among their extensions.
#[derive(Clone)]
pub struct Matched(pub MatchedPath);

/// Notes in responses which route matched.
#[derive(Clone)]
struct NotePath<S> {
    route: S,
}

impl<S: tower::Service<Request, Response = Response>> tower::Service<Request> for NotePath<S> {
    type Response = Response;
    type Error = S::Error;
    type Future = Noting<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.route.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let path = request.extensions().get::<MatchedPath>().cloned();
        Noting { response: self.route.call(request), path }
    }
}

pin_project! {
    /// The future of a response that is to have its route.
    struct Noting<F> {
        #[pin]
        response: F,
        path: Option<MatchedPath>,
    }
}

impl<E, F: Future<Output = Result<Response, E>>> Future for Noting<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut response = ready!(this.response.poll(context))?;
        if let Some(path) = this.path.take() {
            response.extensions_mut().insert(Matched(path));
        }
        Poll::Ready(Ok(response))
    }
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
