//! Extractors: the checks that a request must pass before its work begins.
//!
//! Each extractor makes one check, and rejects the request if it fails. A handler lists them as its arguments, which are
//! extracted in order. The order is the same for all routes, so that all of them report the same one of several faults: the
//! sender of the request, its path, its query, the type of its body, the types that its sender accepts, its place, its model.

use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::media;
use crate::places::Place;
use crate::routes::{ID_RULE, is_id};
use crate::service::{self, Service};
use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use mime::Mime;
use serde::de::DeserializeOwned;
use std::marker::PhantomData;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Implements an extractor as a function of the head of a request and the service.
macro_rules! extractor {
    (impl [$($generics:tt)*] $extractor:ty, |$parts:ident, $service:ident| $extract:block) => {
        impl<$($generics)*> FromRequestParts<Arc<Service>> for $extractor {
            type Rejection = Failure;

            async fn from_request_parts(
                $parts: &mut Parts,
                $service: &Arc<Service>,
            ) -> Result<Self, Failure> {
                $extract
            }
        }
    };
}

/// Checks that the sender may read about models and evaluate them.
pub struct User;

extractor!(impl [] User, |parts, service| {
    service.admit(&parts.extensions)?;
    Ok(User)
});

/// Checks that the sender is an administrator.
pub struct Administrator;

extractor!(impl [] Administrator, |parts, service| {
    service.admit_admin(&parts.extensions)?;
    Ok(Administrator)
});

/// Checks that the sender may change the models that are served.
pub struct Change;

extractor!(impl [] Change, |parts, service| {
    service.admit_change(&parts.extensions)?;
    Ok(Change)
});

/// The id of a model, from the path. Malformed ids are answered with 404.
pub struct ModelId(pub String);

extractor!(impl [] ModelId, |parts, service| {
    let path = Path::<String>::from_request_parts(parts, service).await;
    let Ok(Path(id)) = path else { return Err(Failure::not_found("Not Found")) };
    if is_id(&id) { Ok(ModelId(id)) } else { Err(Failure::not_found(format!("Not Found: {ID_RULE}"))) }
});

/// The parameters of a query.
pub struct Parameters<T>(pub T);

extractor!(impl [T: DeserializeOwned] Parameters<T>, |parts, service| {
    match Query::<T>::from_request_parts(parts, service).await {
        Ok(Query(parameters)) => Ok(Parameters(parameters)),
        Err(rejection) => Err(Failure::bad_request(format!("The query cannot be read: {rejection}"))),
    }
});

/// Media types of a body or a response.
pub trait Media {
    /// The types. Responses have the first one.
    const TYPES: &'static [&'static str];
}

/// Declares media types.
macro_rules! media {
    ($($(#[$doc:meta])* $name:ident = [$($types:expr),+];)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl Media for $name {
            const TYPES: &'static [&'static str] = &[$($types),+];
        }
    )+};
}

media! {
    /// JSON.
    Json = ["application/json"];
    /// JSON lines.
    JsonLines = ["application/x-ndjson", "application/jsonl", "application/json-lines"];
    /// A table, alone or as a part of a form.
    Table = ["application/csv", "text/csv", "text/plain", "multipart/form-data"];
    /// A table in a response.
    Text = ["text/plain"];
    /// A stream of record batches of Apache Arrow.
    ArrowStream = [crate::arrow::STREAM];
    /// A document, alone or as a part of a form.
    Document = ["application/xml", "text/xml", "multipart/form-data"];
}

/// Checks that the body has a media type.
pub struct Consumes<M> {
    /// The type, `None` if the sender does not specify it.
    pub mime: Option<Mime>,
    media: PhantomData<M>,
}

extractor!(impl [M: Media] Consumes<M>, |parts, _service| {
    Ok(Consumes { mime: media::consumes(&parts.headers, M::TYPES)?, media: PhantomData })
});

/// Checks that the sender accepts a media type.
pub struct Produces<M>(PhantomData<M>);

extractor!(impl [M: Media] Produces<M>, |parts, _service| {
    media::produces(&parts.headers, M::TYPES[0])?;
    Ok(Produces(PhantomData))
});

/// A place for the request. It is held until the work is done, even if the client has disconnected.
pub struct UserPlace(pub Place);

extractor!(impl [] UserPlace, |parts, service| {
    Ok(UserPlace(service.enter(&service::caller(&parts.extensions)?)?))
});

/// A place for a request of an administrator.
pub struct AdministratorPlace(#[expect(dead_code, reason = "held, not read")] Place);

extractor!(impl [] AdministratorPlace, |_parts, service| { Ok(AdministratorPlace(service.enter_admin()?)) });

/// The model with the id in the path. Unknown models are answered with 404 before the body is read.
pub struct Served(pub Arc<Deployed>);

extractor!(impl [] Served, |parts, service| {
    let ModelId(id) = ModelId::from_request_parts(parts, service).await?;
    service.started()?;
    Ok(Served(service.registry.get(&id)?))
});

/// When the request arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrival(Option<Instant>);

impl Arrival {
    /// Returns the time since the request arrived, or `None` if that was not recorded.
    pub fn elapsed(self) -> Option<Duration> {
        self.0.map(|start| start.elapsed())
    }
}

extractor!(impl [] Arrival, |parts, _service| {
    Ok(Arrival(parts.extensions.get::<service::Arrival>().map(|arrival| arrival.0)))
});
