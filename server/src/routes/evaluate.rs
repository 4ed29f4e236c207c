//! Evaluation of rows as JSON: one, or a batch.

use super::{IdPath, id};
use crate::body::Whole;
use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::places::Place;
use crate::rows::BatchJob;
use crate::service::{Arrival, Service, blocking};
use crate::stream::{Opening, outgoing};
use crate::work::{Control, Work};
use crate::{body, json, media, rows};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use std::sync::Arc;
use std::time::Duration;

/// A row that takes longer is scored on a thread for work that takes a while, and so is a body that is larger.
const INLINE_TIME: Duration = Duration::from_millis(1);
const INLINE_BYTES: usize = 16 << 10;

/// `POST /model/{id}`
pub async fn single(
    State(service): State<Arc<Service>>,
    path: IdPath,
    request: Request,
) -> Result<Response, Failure> {
    let Evaluation { deployed, body, work, arrival, place } = begin(&service, path, request).await?;
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

/// `POST /model/{id}/batch`
pub async fn batch(
    State(service): State<Arc<Service>>,
    path: IdPath,
    request: Request,
) -> Result<Response, Failure> {
    let Evaluation { deployed, body, work, arrival, place } = begin(&service, path, request).await?;
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

/// What an evaluation needs.
struct Evaluation {
    deployed: Arc<Deployed>,
    body: Whole,
    work: Work,
    arrival: Option<Arrival>,
    /// Held until the work is done, even if nobody waits for it any longer.
    place: Place,
}

/// Checks a request for evaluation and reads its body. An unknown model is told before the body is looked at.
async fn begin(service: &Service, path: IdPath, request: Request) -> Result<Evaluation, Failure> {
    let caller = service.admit(&request)?;
    let id = id(path)?;
    media::consumes(request.headers(), &["application/json"])?;
    media::produces(request.headers(), "application/json")?;
    service.started()?;
    let deployed = service.registry.get(&id)?;
    let arrival = request.extensions().get::<Arrival>().copied();
    let (head, body) = request.into_parts();
    let limits = &service.configuration.limits;
    let work = Work::new(limits, service.account(), deployed.model.signature().results.len());
    let limit = limits.body_bytes;
    let enter = || service.enter(&caller);
    let (body, place) = body::read_and_enter(&head.headers, body, limit, work.account(), enter).await?;
    Ok(Evaluation { deployed, body, work, arrival, place })
}

/// Does the work of an evaluation that is answered as a whole on a thread for such. The work is interrupted when its time is
/// over, or when the request is dropped because its client has gone.
///
/// # Errors
/// As the work, and if it takes too long.
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

/// Notes an evaluation that has succeeded.
pub fn finish(deployed: &Deployed, arrival: Option<Arrival>) {
    deployed.touch();
    if let Some(Arrival(start)) = arrival {
        deployed.metrics.evaluated(start.elapsed());
    }
}
