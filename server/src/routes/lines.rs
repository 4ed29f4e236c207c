//! Evaluation of JSON lines.

use super::evaluate::finish;
use super::extract::{Arrival, Consumes, JsonLines, ModelId, Produces, Served, User, UserPlace};
use crate::failure::Failure;
use crate::lines;
use crate::service::Service;
use crate::stream::{Incoming, Opening, outgoing};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use std::sync::Arc;

/// Handles `POST /model/{id}/lines`.
#[expect(clippy::too_many_arguments, reason = "each is a check of the request")]
pub async fn evaluate(
    State(service): State<Arc<Service>>,
    _: User,
    _: ModelId,
    _: Consumes<JsonLines>,
    _: Produces<JsonLines>,
    UserPlace(place): UserPlace,
    Served(deployed): Served,
    arrival: Arrival,
    body: Body,
) -> Result<Response, Failure> {
    let work = service.work(&deployed);
    let opening = Opening::new(&work)?;
    let input = Incoming::new(body);
    let body = {
        let deployed = Arc::clone(&deployed);
        outgoing(opening, move |sink| {
            let _place = place;
            lines::run(&deployed, input, work, sink)
        })
        .await?
    };
    finish(&deployed, arrival);
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    Ok(response)
}
