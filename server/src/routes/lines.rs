//! Evaluation of JSON lines.

use super::evaluate::finish;
use super::{IdPath, id};
use crate::failure::Failure;
use crate::service::{Arrival, Service};
use crate::stream::{Incoming, Opening, outgoing};
use crate::work::Work;
use crate::{lines, media};
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use std::sync::Arc;

const TYPES: &[&str] = &["application/x-ndjson", "application/jsonl", "application/json-lines"];

/// `POST /model/{id}/lines`
pub async fn evaluate(
    State(service): State<Arc<Service>>,
    path: IdPath,
    request: Request,
) -> Result<Response, Failure> {
    let caller = service.admit(&request)?;
    let id = id(path)?;
    media::consumes(request.headers(), TYPES)?;
    media::produces(request.headers(), "application/x-ndjson")?;
    let place = service.enter(&caller)?;
    let deployed = service.registry.get(&id)?;
    let arrival = request.extensions().get::<Arrival>().copied();
    let work =
        Work::new(&service.configuration.limits, service.account(), deployed.model.signature().results.len());
    let opening = Opening::new(&work)?;
    let input = Incoming::new(request.into_body());
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
