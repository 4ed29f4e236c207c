//! The application: the routes, and the processing of every request and response around them.
//!
//! From the outside in: the response gets its headers, errors get their body, and the request is counted and logged; a panic
//! becomes a response; the sender of the request is determined; responses are compressed and bodies of requests
//! decompressed; a `POST` that overrides its method gets that method; finally the path selects the route.
//!
//! These steps are functions that await each other, not services: a layer of a router allocates its future, and clones all
//! services inside of it, for every request. What few requests need is built for them.

use crate::access::{Caller, Connection};
use crate::failure::Failure;
use crate::json;
use crate::routes::{self, Matched};
use crate::service::{Arrival, Service};
use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{
    ACCEPT, ACCEPT_ENCODING, ALLOW, AUTHORIZATION, CONTENT_ENCODING, CONTENT_RANGE, CONTENT_TYPE, SERVER,
    VARY,
};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;
use http_body_util::BodyExt;
use std::convert::Infallible;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;
use tower::{Layer, Service as _, ServiceBuilder, ServiceExt, service_fn};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate};
use tower_http::cors::CorsLayer;
use tower_http::decompression::{DecompressionBody, RequestDecompressionLayer};

/// Memory to decompress a body, and to compress one.
const DECODER_BYTES: u64 = 64 << 10;
const ENCODER_BYTES: u64 = 320 << 10;

/// The application of a service.
#[derive(Debug)]
pub struct Application {
    service: Arc<Service>,
    routes: Router,
    /// Answers the pages of allowed origins, if there are any.
    pages: Option<CorsLayer>,
    /// The name that responses have in a header.
    name: Option<HeaderValue>,
}

impl Application {
    /// Makes the application of a service.
    pub fn new(service: Arc<Service>) -> Self {
        let origins = service.configuration.access.allowed_origins.iter();
        let origins: Vec<HeaderValue> =
            origins.filter_map(|origin| origin.trim_end_matches('/').parse().ok()).collect();
        let pages = (!origins.is_empty()).then(|| {
            CorsLayer::new()
                .allow_origin(origins)
                .allow_methods([Method::GET, Method::POST, Method::PUT, Method::DELETE])
                .allow_headers([ACCEPT, AUTHORIZATION, CONTENT_TYPE, CONTENT_ENCODING])
        });
        let name = HeaderValue::from_str(&service.configuration.application_name).ok();
        Application { routes: routes::router(&service), service, pages, name }
    }

    /// Responds to a request, and finishes the response: its headers, the body of errors, metrics and the log.
    pub async fn respond(&self, connection: Connection, mut request: Request) -> Response {
        let start = Instant::now();
        request.extensions_mut().insert(Arrival(start));
        let method = known(request.method());
        let uri = request.uri().clone();
        let in_flight = self.service.metrics.in_flight();
        let answer = AssertUnwindSafe(self.answer(connection, request)).catch_unwind();
        let mut response = answer.await.unwrap_or_else(|_| {
            tracing::error!("a request made the server panic");
            json::message(StatusCode::INTERNAL_SERVER_ERROR, "")
        });
        drop(in_flight);

        let status = response.status();
        let is_json = response.headers().get(CONTENT_TYPE) == Some(&json::JSON);
        if (status.is_client_error() || status.is_server_error()) && !is_json {
            let allow = response.headers().get(ALLOW).cloned();
            response = json::message(status, "");
            allow.into_iter().for_each(|allow| _ = response.headers_mut().insert(ALLOW, allow));
        }
        if let Some(name) = &self.name {
            response.headers_mut().insert("x-application", name.clone());
        }
        let server = concat!("pmml/", env!("CARGO_PKG_VERSION"));
        response.headers_mut().insert(SERVER, HeaderValue::from_static(server));

        let matched = response.extensions_mut().remove::<Matched>();
        let route = matched.as_ref().map_or("other", |Matched(path)| path.as_str());
        let time = start.elapsed();
        self.service.metrics.answered(method, route, status.as_u16(), time);
        let (path, milliseconds) = (uri.path(), time.as_secs_f64() * 1e3);
        tracing::info!(target: "pmml_server::access", method, path, status = status.as_u16(), milliseconds, "request");
        response
    }

    /// Answers a request, whose sender may be a page of another origin.
    async fn answer(&self, connection: Connection, request: Request) -> Response {
        let Some(pages) = &self.pages else { return self.judge(connection, request).await };
        let inner = service_fn(|request| self.judge(connection, request).map(Ok::<_, Infallible>));
        pages.layer(inner).oneshot(request).await.into_response()
    }

    /// Determines the sender of a request, before anything else is done for it.
    async fn judge(&self, connection: Connection, request: Request) -> Response {
        let (mut head, body) = request.into_parts();
        let caller = match self.service.gate.judge(&connection, &head) {
            Ok(caller) => caller,
            Err(failure) => return failure.into_response(),
        };
        let is_coded =
            head.headers.contains_key(CONTENT_ENCODING) || head.headers.contains_key(ACCEPT_ENCODING);
        head.extensions.insert(connection);
        head.extensions.insert(caller);
        let request = Request::from_parts(head, body);
        if is_coded {
            self.code(&caller, request).await
        } else {
            let mut response = self.route(request).await;
            note_coding(&mut response);
            response
        }
    }

    /// Decodes the body of a request, and encodes that of the response. The memory of decoder and encoder is counted as long
    /// as these exist. If there is no memory for the encoder, the response is not compressed.
    async fn code(&self, caller: &Caller, mut request: Request) -> Response {
        let account = if caller.roles.admin { self.service.admin_account() } else { self.service.account() };
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
        let coded = ServiceBuilder::new()
            .layer(CompressionLayer::new())
            .layer(RequestDecompressionLayer::new())
            .map_request(|request: axum::http::Request<DecompressionBody<Body>>| request.map(Body::new))
            .service(service_fn(|request| self.route(request).map(Ok::<_, Infallible>)));
        let response = coded.oneshot(request).await.into_response();
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

    /// Passes a request to the route of its method and path.
    async fn route(&self, mut request: Request) -> Response {
        // The method must be changed before the route is selected.
        if let Err(failure) = override_method(&mut request) {
            return failure.into_response();
        }
        self.routes.clone().call(request).await.into_response()
    }
}

/// Adds to a response that is not compressed because the request accepts no coding that others may be, as the layer for
/// compression does.
fn note_coding(response: &mut Response) {
    let headers = response.headers();
    let is_whole = !headers.contains_key(CONTENT_ENCODING) && !headers.contains_key(CONTENT_RANGE);
    if is_whole && DefaultPredicate::new().should_compress(response) {
        response.headers_mut().append(VARY, ACCEPT_ENCODING.into());
    }
}

/// Replaces the method of a `POST` that overrides it with `PUT` or `DELETE`, which HTML forms cannot send.
fn override_method(request: &mut Request) -> Result<(), Failure> {
    if request.method() != Method::POST {
        return Ok(());
    }
    let header = request.headers().get("x-http-method-override").map(|value| value.to_str().unwrap_or("?"));
    let query = request.uri().query().unwrap_or_default();
    let query = query.split('&').find_map(|pair| pair.strip_prefix("_method="));
    let method = match header.or(query).map(str::to_ascii_uppercase).as_deref() {
        None | Some("POST") => return Ok(()),
        Some("PUT") => Method::PUT,
        Some("DELETE") => Method::DELETE,
        Some(_) => return Err(Failure::bad_request("A POST can only be overridden with PUT or DELETE")),
    };
    *request.method_mut() = method;
    Ok(())
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
