//! Evaluation of record batches of Apache Arrow.

use super::evaluate::finish;
use super::extract::{
    Arrival, ArrowStream, Consumes, ModelId, Parameters, Produces, Served, User, UserPlace,
};
use crate::arrow::{ArrowJob, STREAM};
use crate::failure::Failure;
use crate::service::Service;
use crate::stream::{Incoming, Opening, outgoing};
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ArrowParameters {
    /// The name of the column for the errors of rows.
    error_column: Option<String>,
}

/// Handles `POST /model/{id}/arrow`.
#[expect(clippy::too_many_arguments, reason = "each is a check of the request")]
pub async fn evaluate(
    State(service): State<Arc<Service>>,
    _: User,
    _: ModelId,
    Parameters(parameters): Parameters<ArrowParameters>,
    _: Consumes<ArrowStream>,
    _: Produces<ArrowStream>,
    UserPlace(place): UserPlace,
    Served(deployed): Served,
    arrival: Arrival,
    body: Body,
) -> Result<Response, Failure> {
    let error_column = parameters.error_column.unwrap_or_else(|| "error".to_owned());
    deployed.check_error_column(&error_column)?;
    let work = service.work(&deployed);
    let opening = Opening::new(&work)?;
    let limit = service.configuration.limits.body_bytes;
    let job = ArrowJob { deployed: Arc::clone(&deployed), error_column, work, limit };
    let input = Incoming::new(body);
    let body = outgoing(opening, move |sink| {
        let _place = place;
        job.run(input, sink)
    })
    .await?;
    finish(&deployed, arrival);
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(STREAM));
    Ok(response)
}
