//! The console: a web page, made of files that are built into the binary.
//!
//! It contains no information about models and uses the API as any client does, so that any client may load it: without
//! rights it shows an empty page with a field for a token. Its content security policy prevents the browser from loading
//! anything from elsewhere.

use crate::failure::Failure;
use crate::service::Service;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::Arc;

const PAGE: &str = include_str!("../../console/index.html");
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The files of the page, with name, type and content.
const FILES: &[(&str, &str, &str)] = &[
    ("api.js", SCRIPT, include_str!("../../console/api.js")),
    ("coefficients.js", SCRIPT, include_str!("../../console/coefficients.js")),
    ("console.css", STYLE, include_str!("../../console/console.css")),
    ("console.js", SCRIPT, include_str!("../../console/console.js")),
    ("document.js", SCRIPT, include_str!("../../console/document.js")),
    ("dom.js", SCRIPT, include_str!("../../console/dom.js")),
    ("drawing.js", SCRIPT, include_str!("../../console/drawing.js")),
    ("fields.js", SCRIPT, include_str!("../../console/fields.js")),
    ("form.js", SCRIPT, include_str!("../../console/form.js")),
    ("network.js", SCRIPT, include_str!("../../console/network.js")),
    ("outline.js", SCRIPT, include_str!("../../console/outline.js")),
    ("predicate.js", SCRIPT, include_str!("../../console/predicate.js")),
    ("tables.js", SCRIPT, include_str!("../../console/tables.js")),
    ("tree.js", SCRIPT, include_str!("../../console/tree.js")),
];

/// The policy allows only content of this server, no inline scripts and no embedding in frames. The icon is an empty `data:`
/// URL, so that browsers do not request one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Returns the routes of the console.
pub fn router() -> Router<Arc<Service>> {
    Router::new().route("/console", get(page)).route("/console/{file}", get(file))
}

async fn page(State(service): State<Arc<Service>>) -> Response {
    let path = service.configuration.application_path.trim_matches('/');
    // Requests of the page are relative to its own address, so that a proxy may serve it below any path.
    let api = if path.is_empty() { "./".to_owned() } else { format!("./{path}/") };
    respond("text/html; charset=utf-8", PAGE.replace("{api}", &escape(&api)))
}

async fn file(Path(name): Path<String>) -> Result<Response, Failure> {
    let found = FILES.iter().find(|(file, ..)| *file == name);
    let (_, kind, text) =
        found.ok_or_else(|| Failure::not_found("Not Found: the console has no such file"))?;
    Ok(respond(kind, *text))
}

fn respond(kind: &'static str, text: impl IntoResponse) -> Response {
    let headers = [
        (CONTENT_TYPE, kind),
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (REFERRER_POLICY, "no-referrer"),
        // Another version of the server may have other files.
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

/// Escapes a string for the value of an attribute.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
