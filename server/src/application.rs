//! The application: the routes, and the processing of every request and response around them.
//!
//! From the outside in: the response gets its headers, errors get their body, and the request is counted and logged; a panic
//! becomes a response; the sender of the request is determined; responses are compressed and bodies of requests
//! decompressed; a `POST` that overrides its method gets that method; finally the path selects the route.

use crate::access::{Caller, Connection};
use crate::failure::Failure;
use crate::json;
use crate::routes;
use crate::service::{Arrival, Service};
use axum::Router;
use axum::body::Body;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, SERVER,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use std::sync::Arc;
use std::time::Instant;
use tower::ServiceBuilder;
use tower::util::option_layer;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::CorsLayer;
use tower_http::decompression::{DecompressionBody, RequestDecompressionLayer};

/// Memory to decompress a body, and to compress one.
const DECODER_BYTES: u64 = 64 << 10;
const ENCODER_BYTES: u64 = 320 << 10;

/// Builds the application of a service.
pub fn application(service: Arc<Service>) -> Router {
    // The method must be changed before the route is selected, so this layer is around the router.
    let inner = ServiceBuilder::new()
        .map_response(IntoResponse::into_response)
        .layer(CompressionLayer::new())
        .layer(RequestDecompressionLayer::new())
        .map_request(|request: axum::http::Request<DecompressionBody<Body>>| request.map(Body::new))
        .layer(middleware::from_fn(override_method))
        .service(routes::router(&service).layer(middleware::from_fn(note_path)));
    let origins = service.configuration.access.allowed_origins.iter();
    let origins: Vec<HeaderValue> =
        origins.filter_map(|origin| origin.trim_end_matches('/').parse().ok()).collect();
    let pages = (!origins.is_empty()).then(|| {
        CorsLayer::new()
            .allow_origin(origins)
            .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
            .allow_headers([ACCEPT, AUTHORIZATION, CONTENT_TYPE, CONTENT_ENCODING])
    });
    Router::new()
        .fallback_service(inner)
        .layer(middleware::from_fn_with_state(Arc::clone(&service), count_coders))
        .layer(middleware::from_fn_with_state(Arc::clone(&service), judge))
        .layer(option_layer(pages))
        .layer(CatchPanicLayer::custom(|_: Box<dyn std::any::Any + Send>| {
            tracing::error!("a request made the server panic");
            json::message(StatusCode::INTERNAL_SERVER_ERROR, "")
        }))
        .layer(middleware::from_fn_with_state(service, finish))
}

/// Determines the sender of a request, before anything else is done for it.
async fn judge(State(service): State<Arc<Service>>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let Some(connection) = head.extensions.get::<Connection>().copied() else {
        return Failure::internal(&"a request came without a connection").into_response();
    };
    match service.gate.judge(&connection, &head) {
        Ok(caller) => {
            head.extensions.insert(caller);
            next.run(Request::from_parts(head, body)).await
        }
        Err(failure) => failure.into_response(),
    }
}

/// Counts the memory of the decoder of a request's body and the encoder of its response's body, as long as these exist. If
/// there is no memory for the encoder, the response is not compressed.
async fn count_coders(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let is_admin = request.extensions().get::<Caller>().is_some_and(|caller| caller.roles.admin);
    let account = if is_admin { service.admin_account() } else { service.account() };
    let mut decoder = account.memory();
    if request.headers().contains_key(CONTENT_ENCODING)
        && let Err(failure) = decoder.grow(DECODER_BYTES)
    {
        return failure.into_response();
    }
    let mut encoder = account.memory();
    if request.headers().contains_key(ACCEPT_ENCODING) && encoder.grow(ENCODER_BYTES).is_err() {
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    let response = next.run(request).await;
    if !response.headers().contains_key(CONTENT_ENCODING) {
        encoder.shrink(0);
    }
    decoder.join(encoder);
    if decoder.bytes() == 0 {
        return response;
    }
    let coders = decoder;
    response.map(|body| {
        Body::new(body.map_frame(move |frame| {
            // The memory is released with the body.
            let _ = &coders;
            frame
        }))
    })
}

/// The route that matched, for metrics, which must have few labels.
#[derive(Clone)]
struct Matched(MatchedPath);

async fn note_path(request: Request, next: Next) -> Response {
    let path = request.extensions().get::<MatchedPath>().cloned();
    let mut response = next.run(request).await;
    if let Some(path) = path {
        response.extensions_mut().insert(Matched(path));
    }
    response
}

/// Replaces the method of a `POST` that overrides it with `PUT` or `DELETE`, which HTML forms cannot send.
async fn override_method(mut request: Request, next: Next) -> Response {
    if request.method() == Method::POST {
        let header =
            request.headers().get("x-http-method-override").map(|value| value.to_str().unwrap_or("?"));
        let query = request.uri().query().unwrap_or_default();
        let query = query.split('&').find_map(|pair| pair.strip_prefix("_method="));
        match header.or(query).map(str::to_ascii_uppercase).as_deref() {
            None | Some("POST") => {}
            Some("PUT") => *request.method_mut() = Method::PUT,
            Some("DELETE") => *request.method_mut() = Method::DELETE,
            Some(_) => {
                return json::message(
                    StatusCode::BAD_REQUEST,
                    "A POST can only be overridden with PUT or DELETE",
                );
            }
        }
    }
    next.run(request).await
}

/// Finishes every response: its headers, the body of errors, metrics and the log.
async fn finish(State(service): State<Arc<Service>>, mut request: Request, next: Next) -> Response {
    let start = Instant::now();
    request.extensions_mut().insert(Arrival(start));
    let method = known(request.method());
    let path = request.uri().path().to_owned();
    let in_flight = service.metrics.in_flight();
    let mut response = next.run(request).await;
    drop(in_flight);

    let status = response.status();
    let is_json = response.headers().get(CONTENT_TYPE) == Some(&json::JSON);
    if (status.is_client_error() || status.is_server_error()) && !is_json {
        let allow = response.headers().get(ALLOW).cloned();
        response = json::message(status, "");
        allow.into_iter().for_each(|allow| _ = response.headers_mut().insert(ALLOW, allow));
    }
    if let Ok(name) = HeaderValue::from_str(&service.configuration.application_name) {
        response.headers_mut().insert("x-application", name);
    }
    let server = concat!("pmml/", env!("CARGO_PKG_VERSION"));
    response.headers_mut().insert(SERVER, HeaderValue::from_static(server));

    let matched = response.extensions_mut().remove::<Matched>();
    let route = matched.as_ref().map_or("other", |Matched(path)| path.as_str());
    let time = start.elapsed();
    service.metrics.answered(method, route, status.as_u16(), time);
    let milliseconds = time.as_secs_f64() * 1e3;
    tracing::info!(target: "pmml_server::access", method, path, status = status.as_u16(), milliseconds, "request");
    response.map(Body::new)
}

/// Returns the name of a method for metrics, which is `other` for methods that clients invent.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
