//! Evaluation of tables.

use super::evaluate::{finish, in_time};
use super::{IdPath, Parameters, id, parameters};
use crate::body::Whole;
use crate::failure::Failure;
use crate::service::{Arrival, Service};
use crate::stream::{Incoming, Opening, outgoing};
use crate::table::{self, Errors, TableJob};
use crate::work::Work;
use crate::{body, media, multipart};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::Response;
use futures_util::stream;
use mime::Mime;
use pmml_table::{Charset, EmptyCells, MissingColumns, MissingTexts};
use serde::Deserialize;
use std::convert::Infallible;
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
    /// What a cell without text is.
    #[serde(default)]
    empty_cells: Empty,
    /// What becomes of inputs without a column.
    missing_columns: Option<Missing>,
    /// The name of a column for the errors of rows, which then do not fail the table.
    error_column: Option<String>,
    /// Whether results are sent while rows come. Rows that fail do not fail the table then.
    #[serde(default)]
    stream: bool,
}

/// What a cell without text is.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Empty {
    #[default]
    Missing,
    Quoted,
    Text,
}

/// What becomes of inputs without a column, where a client says it.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Missing {
    Error,
    Missing,
}

/// `POST /model/{id}/csv`
pub async fn table(
    State(service): State<Arc<Service>>,
    path: IdPath,
    query: Parameters<TableParameters>,
    request: Request,
) -> Result<Response, Failure> {
    let caller = service.admit(&request)?;
    let id = id(path)?;
    let parameters = parameters(query)?;
    let mime = media::consumes(request.headers(), TYPES)?;
    media::produces(request.headers(), "text/plain")?;
    let dialect = table::dialect(parameters.delimiter_char.as_deref(), parameters.quote_char.as_deref())?;
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
    let missing = MissingTexts {
        texts: parameters.missing_values.iter().flat_map(|list| list.split(',')).map(str::to_owned).collect(),
        empty: match parameters.empty_cells {
            Empty::Missing => EmptyCells::Missing,
            Empty::Quoted => EmptyCells::TextInQuotes,
            Empty::Text => EmptyCells::Text,
        },
    };
    let missing_columns = match parameters.missing_columns {
        None => MissingColumns::NearMisses,
        Some(Missing::Error) => MissingColumns::Error,
        Some(Missing::Missing) => MissingColumns::Missing,
    };
    let work = Work::new(limits, service.account(), deployed.model.signature().results.len());
    let in_parts = mime.as_ref().is_some_and(|mime| mime.type_() == mime::MULTIPART);
    let (input, place, mime) = if in_parts {
        let place = service.enter(&caller)?;
        let part = multipart::part(request, "csv", limits.body_bytes, work.account()).await?;
        (Input::Whole(part.content), place, media::content_type(&part.headers)?)
    } else if parameters.stream {
        (Input::Stream(request.into_body()), service.enter(&caller)?, mime)
    } else {
        let (head, body) = request.into_parts();
        let (limit, enter) = (limits.body_bytes, || service.enter(&caller));
        let (body, place) = body::read_and_enter(&head.headers, body, limit, work.account(), enter).await?;
        (Input::Whole(body), place, mime)
    };
    let charset = mime.as_ref().and_then(|mime: &Mime| mime.get_param("charset"));
    let charset = charset.map_or_else(|| Ok(Charset::default()), |name| Charset::new(name.as_str()))?;
    let content_type = format!("text/plain;charset={}", charset.name());
    let opening = if parameters.stream { Some(Opening::new(&work)?) } else { None };
    let control = work.control().clone();
    let deployed_model = Arc::clone(&deployed);
    let job = TableJob { deployed: deployed_model, charset, dialect, missing, missing_columns, errors, work };
    // The place is held until the work is done, even if nobody waits for it any longer.
    let run = move |sink: &mut dyn FnMut(Bytes) -> Result<(), Failure>| {
        let _place = place;
        match input {
            Input::Whole(Whole { bytes, memory: _memory }) => job.run(Cursor::new(bytes), sink),
            Input::Stream(body) => job.run(Incoming::new(body), sink),
        }
    };
    let body = match opening {
        Some(opening) => outgoing(opening, run).await?,
        None => {
            let collect = move || {
                let mut pieces = Vec::new();
                run(&mut |piece| {
                    pieces.push(piece);
                    Ok(())
                })?;
                Ok(pieces)
            };
            in_pieces(in_time(&service, &control, collect).await?)
        }
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

/// The body of a table.
enum Input {
    Whole(Whole),
    Stream(Body),
}

/// Makes the body of an answer, of which each piece gives its memory back when it is sent.
fn in_pieces(mut pieces: Vec<Bytes>) -> Body {
    if pieces.len() <= 1 {
        return Body::from(pieces.pop().unwrap_or_default());
    }
    Body::from_stream(stream::iter(pieces.into_iter().map(Ok::<_, Infallible>)))
}
