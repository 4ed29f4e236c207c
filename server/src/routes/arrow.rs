//! Evaluation of record batches of Apache Arrow.

use super::evaluate::finish;
use super::{IdPath, Parameters, id, parameters};
use crate::arrow::{ArrowJob, STREAM};
use crate::failure::Failure;
use crate::media;
use crate::service::{Arrival, Service};
use crate::stream::{Incoming, Opening, outgoing};
use crate::work::Work;
use axum::extract::{Request, State};
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

/// `POST /model/{id}/arrow`
pub async fn evaluate(
    State(service): State<Arc<Service>>,
    path: IdPath,
    query: Parameters<ArrowParameters>,
    request: Request,
) -> Result<Response, Failure> {
    let caller = service.admit(&request)?;
    let id = id(path)?;
    let parameters = parameters(query)?;
    media::consumes(request.headers(), &[STREAM])?;
    media::produces(request.headers(), STREAM)?;
    let place = service.enter(&caller)?;
    let deployed = service.registry.get(&id)?;
    let arrival = request.extensions().get::<Arrival>().copied();
    let error_column = parameters.error_column.unwrap_or_else(|| "error".to_owned());
    if deployed.model.signature().results.iter().any(|field| field.name == error_column) {
        return Err(Failure::bad_request(format!("The results have a column `{error_column}` already")));
    }
    let limits = &service.configuration.limits;
    let work = Work::new(limits, service.account(), deployed.model.signature().results.len());
    let opening = Opening::new(&work)?;
    let job = ArrowJob { deployed: Arc::clone(&deployed), error_column, work, limit: limits.body_bytes };
    let input = Incoming::new(request.into_body());
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
