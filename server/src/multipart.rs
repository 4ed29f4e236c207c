//! Bodies in parts: uploads from HTML forms.

use crate::body::{Whole, limited};
use crate::budget::Account;
use crate::failure::Failure;
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use axum::http::HeaderMap;
use std::error::Error;

/// A part.
#[derive(Debug)]
pub struct Part {
    /// Its headers.
    pub headers: HeaderMap,
    /// Its content.
    pub content: Whole,
}

/// Reads the part with a name.
///
/// # Errors
/// Fails if there is no such part, or the body is too large, too slow or damaged.
pub async fn part(request: Request, name: &str, limit: u64, account: &Account) -> Result<Part, Failure> {
    let (head, body) = request.into_parts();
    // Other parts and the delimiters count too.
    let mut request = Request::from_parts(head, limited(body, limit.saturating_add(1 << 20)));
    DefaultBodyLimit::disable().apply(&mut request);
    let mut parts = Multipart::from_request(request, &())
        .await
        .map_err(|error| Failure::bad_request(format!("The body is not multipart: {error}")))?;
    while let Some(mut part) = parts.next_field().await.map_err(|error| failure(&error))? {
        if part.name() == Some(name) {
            let headers = part.headers().clone();
            let (mut bytes, mut memory) = (Vec::new(), account.memory());
            while let Some(chunk) = part.chunk().await.map_err(|error| failure(&error))? {
                memory.cover((bytes.len() + chunk.len()) as u64)?;
                bytes.extend_from_slice(&chunk);
            }
            return Ok(Part { headers, content: Whole { bytes: bytes.into(), memory } });
        }
    }
    Err(Failure::bad_request(format!("The body has no part named `{name}`")))
}

fn failure(error: &(dyn Error + 'static)) -> Failure {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(failure) = error.downcast_ref::<Failure>() {
            return failure.clone();
        }
        cause = error.source();
    }
    Failure::bad_request(format!("The body is damaged: {error}"))
}
