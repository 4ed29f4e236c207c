//! Evaluation of tables.

use super::evaluate::finish;
use super::{IdPath, Parameters, id, parameters};
use crate::failure::Failure;
use crate::limits::Work;
use crate::service::{Arrival, Service, blocking};
use crate::stream::{Incoming, outgoing};
use crate::table::{Charset, Dialect, Errors, TableJob};
use crate::{body, media, multipart};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;
use mime::Mime;
use serde::Deserialize;
use std::io::Cursor;
use std::sync::Arc;

const TYPES: &[&str] = &["application/csv", "text/csv", "text/plain", "multipart/form-data"];

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableParameters {
    delimiter_char: Option<String>,
    quote_char: Option<String>,
    /// What stands for a missing value beside an empty cell, separated by commas.
    missing_values: Option<String>,
    /// The name of a column for the errors of rows, which then do not fail the table.
    error_column: Option<String>,
    /// Whether results are sent while rows come. Rows that fail do not fail the table then.
    #[serde(default)]
    stream: bool,
}

/// `POST /model/{id}/csv`
pub async fn table(
    State(service): State<Arc<Service>>,
    path: IdPath,
    query: Parameters<TableParameters>,
    request: Request,
) -> Result<Response, Failure> {
    service.admit(&request)?;
    let id = id(path)?;
    let parameters = parameters(query)?;
    let mime = media::consumes(request.headers(), TYPES)?;
    media::produces(request.headers(), "text/plain")?;
    let dialect = Dialect::given(parameters.delimiter_char.as_deref(), parameters.quote_char.as_deref())?;
    service.started()?;
    let deployed = service.registry.get(&id)?;
    let arrival = request.extensions().get::<Arrival>().copied();
    let limits = &service.configuration.limits;
    let errors = match parameters.error_column {
        Some(name) => Errors::Column(name),
        None if parameters.stream => Errors::Column("error".to_owned()),
        None => Errors::Fail,
    };
    if let Errors::Column(name) = &errors
        && deployed.model.signature().results.iter().any(|field| field.name == *name)
    {
        return Err(Failure::bad_request(format!("The results have a column `{name}` already")));
    }
    let missing =
        parameters.missing_values.iter().flat_map(|list| list.split(',')).map(str::to_owned).collect();
    let in_parts = mime.as_ref().is_some_and(|mime| mime.type_() == mime::MULTIPART);
    let (body, place, mime) = if in_parts {
        let place = service.enter()?;
        let part = multipart::part(request, "csv", limits.body_bytes).await?;
        (Body::from(part.bytes), place, media::content_type(&part.headers)?)
    } else if parameters.stream {
        (request.into_body(), service.enter()?, mime)
    } else {
        let (head, body) = request.into_parts();
        let limit = limits.body_bytes;
        let (body, place) = body::read_and_enter(&head.headers, body, limit, || service.enter()).await?;
        (Body::from(body), place, mime)
    };
    let charset = Charset::new(
        mime.as_ref().and_then(|mime: &Mime| mime.get_param("charset")).map(|name| name.as_str()),
    )?;
    let content_type = format!("text/plain;charset={}", charset.name());
    let work = if parameters.stream { Work::streamed(limits) } else { Work::new(limits) };
    let job = TableJob { deployed: Arc::clone(&deployed), charset, dialect, missing, errors, work };
    let body = if parameters.stream {
        let input = Incoming::new(body);
        outgoing(move |sink| {
            let _place = place;
            job.run(input, sink)
        })
        .await?
    } else {
        let input = body::read(&Default::default(), body, limits.body_bytes).await?;
        let text = blocking(move || {
            // Held until the work is done, even if nobody waits for it any longer.
            let _place = place;
            let mut text = Vec::new();
            job.run(Cursor::new(input), |piece| {
                text.extend(piece);
                Ok(())
            })?;
            Ok(text)
        })
        .await?;
        Body::from(text)
    };
    finish(&deployed, arrival);
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let content_type = HeaderValue::from_str(&content_type)
        .map_err(|_| Failure::bad_request("The charset cannot be named in a header"))?;
    headers.insert(CONTENT_TYPE, content_type);
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=results.csv"));
    Ok(response)
}
