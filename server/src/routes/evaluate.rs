//! Evaluation of rows as JSON: one, or a batch.

use super::{IdPath, id};
use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::limits::Work;
use crate::service::{Arrival, Service, blocking};
use crate::{body, json, media, rows};
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OwnedSemaphorePermit;

/// A row that takes longer is scored on a thread for work that takes a while, and so is a body that is larger.
const INLINE_TIME: Duration = Duration::from_millis(1);
const INLINE_BYTES: usize = 16 << 10;

/// `POST /model/{id}`
pub async fn single(
    State(service): State<Arc<Service>>,
    path: IdPath,
    request: Request,
) -> Result<Response, Failure> {
    let evaluation = begin(&service, path, request).await?;
    let Evaluation { deployed, body, arrival, _place } = evaluation;
    let text = if body.len() > INLINE_BYTES || deployed.row_time() > INLINE_TIME {
        let deployed = Arc::clone(&deployed);
        blocking(move || {
            let _place = _place;
            rows::single(&deployed, &body)
        })
        .await?
    } else {
        rows::single(&deployed, &body)?
    };
    finish(&deployed, arrival);
    Ok(json::respond_text(StatusCode::OK, text))
}

/// `POST /model/{id}/batch`
pub async fn batch(
    State(service): State<Arc<Service>>,
    path: IdPath,
    request: Request,
) -> Result<Response, Failure> {
    let evaluation = begin(&service, path, request).await?;
    let Evaluation { deployed, body, arrival, _place } = evaluation;
    let work = Work::new(&service.configuration.limits);
    let text = {
        let deployed = Arc::clone(&deployed);
        blocking(move || {
            // Held until the work is done, even if nobody waits for it any longer.
            let _place = _place;
            rows::batch(&deployed, &body, work)
        })
        .await?
    };
    finish(&deployed, arrival);
    Ok(json::respond_text(StatusCode::OK, text))
}

/// What an evaluation needs.
struct Evaluation {
    deployed: Arc<Deployed>,
    body: Bytes,
    arrival: Option<Arrival>,
    _place: OwnedSemaphorePermit,
}

/// Checks a request for evaluation and reads its body. An unknown model is told before the body is looked at.
async fn begin(service: &Service, path: IdPath, request: Request) -> Result<Evaluation, Failure> {
    service.admit(&request)?;
    let id = id(path)?;
    media::consumes(request.headers(), &["application/json"])?;
    media::produces(request.headers(), "application/json")?;
    service.started()?;
    let deployed = service.registry.get(&id)?;
    let arrival = request.extensions().get::<Arrival>().copied();
    let (head, body) = request.into_parts();
    let limit = service.configuration.limits.body_bytes;
    let (body, _place) = body::read_and_enter(&head.headers, body, limit, || service.enter()).await?;
    Ok(Evaluation { deployed, body, arrival, _place })
}

/// Notes an evaluation that has succeeded.
pub fn finish(deployed: &Deployed, arrival: Option<Arrival>) {
    deployed.touch();
    if let Some(Arrival(start)) = arrival {
        deployed.metrics.evaluated(start.elapsed());
    }
}
