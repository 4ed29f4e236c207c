//! Evaluation of rows as JSON: a single row or a batch.

use super::extract::{Arrival, Consumes, Json, ModelId, Produces, Served, User};
use crate::body::{self, Whole};
use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::json;
use crate::places::Place;
use crate::rows::{self, BatchJob};
use crate::service::{Service, blocking, caller};
use crate::stream::{Opening, outgoing};
use crate::work::{Control, Work};
use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;

/// Rows that take longer, or have a larger body, are scored on a thread for blocking work.
const INLINE_TIME: Duration = Duration::from_millis(1);
const INLINE_BYTES: usize = 16 << 10;

/// Handles `POST /model/{id}`.
pub async fn single(
    State(service): State<Arc<Service>>,
    evaluation: Evaluation,
) -> Result<Response, Failure> {
    let Evaluation { deployed, body, work, arrival, place } = evaluation;
    let text = if body.bytes.len() > INLINE_BYTES || deployed.row_time() > INLINE_TIME {
        let (deployed, control) = (Arc::clone(&deployed), work.control().clone());
        in_time(&service, &control, move || {
            let _place = place;
            let text = rows::single(&deployed, &body.bytes, &work)?;
            body.answer(text)
        })
        .await?
    } else {
        let text = rows::single(&deployed, &body.bytes, &work)?;
        body.answer(text)?
    };
    finish(&deployed, arrival);
    Ok(json::respond_text(StatusCode::OK, text))
}

/// Handles `POST /model/{id}/batch`.
pub async fn batch(State(service): State<Arc<Service>>, evaluation: Evaluation) -> Result<Response, Failure> {
    let Evaluation { deployed, body, work, arrival, place } = evaluation;
    let job = BatchJob { deployed: Arc::clone(&deployed), body, work };
    let body = if job.is_large() {
        job.work.control().start(service.configuration.limits.evaluation_time);
        outgoing(Opening::new(&job.work)?, move |sink| {
            let _place = place;
            job.stream(sink)
        })
        .await?
    } else {
        let control = job.work.control().clone();
        let text = in_time(&service, &control, move || {
            let _place = place;
            job.run()
        });
        Body::from(text.await?)
    };
    finish(&deployed, arrival);
    Ok(json::respond_text(StatusCode::OK, body))
}

/// A request to evaluate JSON that has passed all checks, and whose body was read.
pub struct Evaluation {
    deployed: Arc<Deployed>,
    body: Whole,
    work: Work,
    arrival: Arrival,
    /// Held until the work is done, even if the client has disconnected.
    place: Place,
}

impl FromRequest<Arc<Service>> for Evaluation {
    type Rejection = Failure;

    async fn from_request(request: Request, service: &Arc<Service>) -> Result<Self, Failure> {
        let (mut parts, body) = request.into_parts();
        User::from_request_parts(&mut parts, service).await?;
        ModelId::from_request_parts(&mut parts, service).await?;
        Consumes::<Json>::from_request_parts(&mut parts, service).await?;
        Produces::<Json>::from_request_parts(&mut parts, service).await?;
        let Served(deployed) = Served::from_request_parts(&mut parts, service).await?;
        let arrival = Arrival::from_request_parts(&mut parts, service).await?;
        let work = service.work(&deployed);
        let (body, place) = read(Request::from_parts(parts, body), service, &work).await?;
        Ok(Evaluation { deployed, body, work, arrival, place })
    }
}

/// Reads the complete body of a request, and takes a place for the request.
///
/// # Errors
/// As [`body::read_and_enter`].
pub async fn read(request: Request, service: &Service, work: &Work) -> Result<(Whole, Place), Failure> {
    let caller = caller(request.extensions())?;
    let (head, body) = request.into_parts();
    let limit = service.configuration.limits.body_bytes;
    let enter = || service.enter(&caller);
    body::read_and_enter(&head.headers, body, limit, work.account(), enter).await
}

/// Runs an evaluation with a complete response on a thread for blocking work. It is interrupted when its time is over, or
/// when the request is dropped because its client has disconnected.
///
/// # Errors
/// Fails as the work does, and if it takes too long.
pub async fn in_time<T: Send + 'static>(
    service: &Service,
    control: &Control,
    run: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    control.start(service.configuration.limits.evaluation_time);
    let _leaving = control.interrupt_on_drop();
    let watch = control.watch();
    blocking(move || {
        let _watch = watch;
        run()
    })
    .await
}

/// Records an evaluation that has succeeded.
pub fn finish(deployed: &Deployed, arrival: Arrival) {
    deployed.touch();
    if let Some(time) = arrival.elapsed() {
        deployed.metrics.evaluated(time);
    }
}
