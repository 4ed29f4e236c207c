//! Evaluation of tables.

use super::evaluate::{finish, in_time, read};
use super::extract::{Arrival, Consumes, ModelId, Parameters, Produces, Served, Table, Text, User};
use crate::body::Whole;
use crate::failure::Failure;
use crate::places::Place;
use crate::service::{Service, caller};
use crate::stream::{Incoming, Opening, outgoing};
use crate::table::{self, Errors, TableJob};
use crate::work::Work;
use crate::{media, multipart};
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::response::Response;
use futures_util::stream;
use mime::Mime;
use pmml_table::{Charset, Dialect, EmptyCells, MissingColumns, MissingStrings};
use serde::Deserialize;
use std::convert::Infallible;
use std::io::Cursor;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableParameters {
    delimiter_char: Option<String>,
    quote_char: Option<String>,
    /// The strings that represent a missing value besides an empty cell, separated by commas.
    missing_values: Option<String>,
    /// How an empty cell is read.
    #[serde(default)]
    empty_cells: Empty,
    /// How inputs without a column are treated.
    missing_columns: Option<Missing>,
    /// The name of a column for the errors of rows, which then do not fail the table.
    error_column: Option<String>,
    /// Whether results are sent while rows arrive. Rows that fail then do not fail the table.
    #[serde(default)]
    stream: bool,
}

/// How an empty cell is read.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Empty {
    #[default]
    Missing,
    Quoted,
    Text,
}

/// How inputs without a column are treated, as a parameter.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Missing {
    Error,
    Missing,
}

impl TableParameters {
    /// Returns how rows that fail are reported. In a stream they cannot fail the table.
    fn errors(&self) -> Errors {
        match &self.error_column {
            Some(name) => Errors::Column(name.clone()),
            None if self.stream => Errors::Column("error".to_owned()),
            None => Errors::Fail,
        }
    }

    /// Returns the strings that represent a missing value.
    fn missing(&self) -> MissingStrings {
        MissingStrings {
            strings: self.missing_values.iter().flat_map(|list| list.split(',')).map(str::to_owned).collect(),
            empty: match self.empty_cells {
                Empty::Missing => EmptyCells::Missing,
                Empty::Quoted => EmptyCells::QuotedIsString,
                Empty::Text => EmptyCells::String,
            },
        }
    }

    /// Returns how inputs without a column are treated.
    fn missing_columns(&self) -> MissingColumns {
        match self.missing_columns {
            None => MissingColumns::NearMisses,
            Some(Missing::Error) => MissingColumns::Error,
            Some(Missing::Missing) => MissingColumns::Missing,
        }
    }
}

/// Handles `POST /model/{id}/csv`.
#[expect(clippy::too_many_arguments, reason = "each is a check of the request")]
pub async fn table(
    State(service): State<Arc<Service>>,
    _: User,
    _: ModelId,
    Parameters(parameters): Parameters<TableParameters>,
    Consumes { mime, .. }: Consumes<Table>,
    _: Produces<Text>,
    DialectParameter(dialect): DialectParameter,
    Served(deployed): Served,
    arrival: Arrival,
    request: Request,
) -> Result<Response, Failure> {
    let errors = parameters.errors();
    if let Errors::Column(name) = &errors {
        deployed.check_error_column(name)?;
    }
    let work = service.work(&deployed);
    let (input, place, mime) = input(request, mime, parameters.stream, &service, &work).await?;
    let charset = mime.as_ref().and_then(|mime| mime.get_param("charset"));
    let charset = charset.map_or_else(|| Ok(Charset::default()), |name| Charset::new(name.as_str()))?;
    let content_type = format!("text/plain;charset={}", charset.name());
    let opening = if parameters.stream { Some(Opening::new(&work)?) } else { None };
    let control = work.control().clone();
    let job = TableJob {
        deployed: Arc::clone(&deployed),
        charset,
        dialect,
        missing: parameters.missing(),
        missing_columns: parameters.missing_columns(),
        errors,
        work,
    };
    // The place is held until the work is done, even if the client has disconnected.
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
                let mut chunks = Vec::new();
                run(&mut |chunk| {
                    chunks.push(chunk);
                    Ok(())
                })?;
                Ok(chunks)
            };
            in_chunks(in_time(&service, &control, collect).await?)
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

/// Takes a place for the request of a table and reads its body, unless the body is streamed. Returns them with the media type
/// of the table, which is that of its part in a form.
async fn input(
    request: Request,
    mime: Option<Mime>,
    is_stream: bool,
    service: &Service,
    work: &Work,
) -> Result<(Input, Place, Option<Mime>), Failure> {
    let is_form = mime.as_ref().is_some_and(|mime| mime.type_() == mime::MULTIPART);
    if !is_form && !is_stream {
        let (body, place) = read(request, service, work).await?;
        return Ok((Input::Whole(body), place, mime));
    }
    let place = service.enter(&caller(request.extensions())?)?;
    if !is_form {
        return Ok((Input::Stream(request.into_body()), place, mime));
    }
    let limit = service.configuration.limits.body_bytes;
    let part = multipart::part(request, "csv", limit, work.account()).await?;
    Ok((Input::Whole(part.content), place, media::content_type(&part.headers)?))
}

/// The dialect in the query, if it has one.
pub struct DialectParameter(Option<Dialect>);

impl FromRequestParts<Arc<Service>> for DialectParameter {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Failure> {
        let Parameters(parameters) =
            Parameters::<TableParameters>::from_request_parts(parts, service).await?;
        let (delimiter, quote) = (parameters.delimiter_char.as_deref(), parameters.quote_char.as_deref());
        Ok(DialectParameter(table::dialect(delimiter, quote)?))
    }
}

/// Makes the body of a response. Each chunk gives its memory back when it is sent.
fn in_chunks(mut chunks: Vec<Bytes>) -> Body {
    if chunks.len() <= 1 {
        return Body::from(chunks.pop().unwrap_or_default());
    }
    Body::from_stream(stream::iter(chunks.into_iter().map(Ok::<_, Infallible>)))
}
