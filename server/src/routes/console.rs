//! The console: a page for people, made of files that are in the binary.
//!
//! It holds nothing of the models and asks the API as any client does, so everybody may load it: who has no rights sees an
//! empty page with a field for a token. The policy of its content lets the browser load nothing from elsewhere.

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

/// The files of the page: name, type, text.
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

/// Nothing but what this server sends, no script in the page itself, in no frame. The icon is an empty `data:` address, so
/// that browsers do not ask for one.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// Returns the routes of the console.
pub fn router() -> Router<Arc<Service>> {
    Router::new().route("/console", get(page)).route("/console/{file}", get(file))
}

async fn page(State(service): State<Arc<Service>>) -> Response {
    let path = service.configuration.application_path.trim_matches('/');
    // The page is at the root; what it asks for is relative to it, so that a proxy may put all of it below a path.
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
        // Another version of the server has other files.
        (CACHE_CONTROL, "no-cache"),
    ];
    (headers, text).into_response()
}

/// Escapes a string for the value of an attribute.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;").replace('>', "&gt;")
}
