//! Media types of requests and responses.

use crate::failure::Failure;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use mime::Mime;

/// Returns the type of a request's body, or `None` if the client does not specify it.
///
/// # Errors
/// Fails if the header is not a media type.
pub fn content_type(headers: &HeaderMap) -> Result<Option<Mime>, Failure> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(None) };
    match value.to_str().ok().and_then(|text| text.parse().ok()) {
        Some(mime) => Ok(Some(mime)),
        None => Err(unsupported("The Content-Type is not a media type")),
    }
}

/// Checks that the body has one of some types, or that the client does not specify it.
///
/// # Errors
/// Fails if it has another type.
pub fn consumes(headers: &HeaderMap, types: &[&str]) -> Result<Option<Mime>, Failure> {
    let Some(mime) = content_type(headers)? else { return Ok(None) };
    if types.contains(&mime.essence_str()) {
        return Ok(Some(mime));
    }
    Err(unsupported(&format!(
        "The Content-Type is `{}`, but one of {} is expected",
        mime.essence_str(),
        types.join(", ")
    )))
}

fn unsupported(message: &str) -> Failure {
    Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
}

/// Checks that the client accepts a type.
///
/// # Errors
/// Fails if its `Accept` header excludes the type.
pub fn produces(headers: &HeaderMap, produced: &str) -> Result<(), Failure> {
    let mut has_ranges = false;
    for value in headers.get_all(ACCEPT) {
        let Ok(text) = value.to_str() else { continue };
        for range in text.split(',').map(str::trim).filter(|range| !range.is_empty()) {
            has_ranges = true;
            if accepts(range, produced) {
                return Ok(());
            }
        }
    }
    if !has_ranges {
        return Ok(());
    }
    Err(Failure::new(
        StatusCode::NOT_ACCEPTABLE,
        format!("The response would be `{produced}`, which Accept excludes"),
    ))
}

fn accepts(range: &str, produced: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_excluded = parts.any(|part| {
        part.strip_prefix("q=")
            .is_some_and(|quality| quality.trim().parse::<f64>().is_ok_and(|quality| quality <= 0.0))
    });
    let kind = produced.split('/').next().unwrap_or_default();
    !is_excluded
        && (essence == produced || essence == "*/*" || essence == "*" || essence == format!("{kind}/*"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accept() {
        let check = |accept: &str| {
            let headers = HeaderMap::from_iter([(ACCEPT, accept.parse().unwrap())]);
            produces(&headers, "application/json").is_ok()
        };
        for accept in ["application/json", "*/*", "application/*;q=0.1", "text/plain, application/JSON", ""] {
            assert!(check(accept), "{accept}");
        }
        for accept in ["text/plain", "application/json;q=0", "image/*"] {
            assert!(!check(accept), "{accept}");
        }
    }
}
