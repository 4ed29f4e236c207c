//! Media types: what a client sends, and what it is willing to read.

use crate::failure::Failure;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use mime::Mime;

/// Returns the type of a request's body, `None` if the client does not say.
///
/// # Errors
/// Fails if what it says is no media type.
pub fn content_type(headers: &HeaderMap) -> Result<Option<Mime>, Failure> {
    let Some(value) = headers.get(CONTENT_TYPE) else { return Ok(None) };
    match value.to_str().ok().and_then(|text| text.parse().ok()) {
        Some(mime) => Ok(Some(mime)),
        None => Err(unsupported("The Content-Type is no media type")),
    }
}

/// Checks that the body is of one of some types, or that the client says nothing about it.
///
/// # Errors
/// Fails if it is of another one.
pub fn consumes(headers: &HeaderMap, types: &[&str]) -> Result<Option<Mime>, Failure> {
    let Some(mime) = content_type(headers)? else { return Ok(None) };
    if types.contains(&mime.essence_str()) {
        return Ok(Some(mime));
    }
    Err(unsupported(&format!(
        "The Content-Type is `{}`, where one of {} is expected",
        mime.essence_str(),
        types.join(", ")
    )))
}

fn unsupported(message: &str) -> Failure {
    Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, message)
}

/// Checks that the client reads a type.
///
/// # Errors
/// Fails if it says that it does not.
pub fn produces(headers: &HeaderMap, produced: &str) -> Result<(), Failure> {
    let mut asked = false;
    for value in headers.get_all(ACCEPT) {
        let Ok(text) = value.to_str() else { continue };
        for range in text.split(',').map(str::trim).filter(|range| !range.is_empty()) {
            asked = true;
            if accepts(range, produced) {
                return Ok(());
            }
        }
    }
    if !asked {
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
    let refused = parts.any(|part| {
        part.strip_prefix("q=")
            .is_some_and(|quality| quality.trim().parse::<f64>().is_ok_and(|quality| quality <= 0.0))
    });
    let kind = produced.split('/').next().unwrap_or_default();
    !refused && (essence == produced || essence == "*/*" || essence == "*" || essence == format!("{kind}/*"))
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
