//! Models: deploying, describing, downloading, undeploying, going back.

use super::{IdPath, Parameters, id, parameters};
use crate::access::Connection;
use crate::failure::Failure;
use crate::json::{self, BatchModelResponse, SimpleResponse, VersionsResponse};
use crate::service::{Service, blocking};
use crate::version::Version;
use crate::{body, decompress, deployed, media, multipart};
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HOST, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde::Deserialize;
use std::sync::Arc;
use tokio::time::timeout;

/// `GET /model`
pub async fn list(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Failure> {
    service.admit(&request)?;
    media::produces(request.headers(), "application/json")?;
    let _place = service.enter()?;
    let responses = service.registry.list().iter().map(|model| model.response(false)).collect();
    Ok(json::respond(StatusCode::OK, &BatchModelResponse { responses }))
}

/// `GET /model/{id}`
pub async fn show(
    State(service): State<Arc<Service>>,
    path: IdPath,
    request: Request,
) -> Result<Response, Failure> {
    service.admit(&request)?;
    media::produces(request.headers(), "application/json")?;
    let _place = service.enter()?;
    let model = service.registry.get(&id(path)?)?;
    Ok(json::respond(StatusCode::OK, &model.response(true)))
}

#[derive(Deserialize)]
pub struct DeployParameters {
    #[serde(rename = "modelName")]
    model_name: Option<String>,
}

/// `PUT /model/{id}`
pub async fn deploy(
    State(service): State<Arc<Service>>,
    path: IdPath,
    query: Parameters<DeployParameters>,
    request: Request,
) -> Result<Response, Failure> {
    service.admit_change(&request)?;
    let id = id(path)?;
    let model_name = parameters(query)?.model_name.filter(|name| !name.is_empty());
    media::produces(request.headers(), "application/json")?;
    let _place = service.enter()?;
    let location = location(&service, &request, &id);
    let document = document(&service, request).await?;
    let limits = service.configuration.limits.clone();
    let turn = service.compilation().await?;
    let compile = blocking(move || {
        // Held until the work is done, even if nobody waits for it any longer.
        let _turn = turn;
        let document = decompress::document(document, limits.document_bytes)?;
        let compiled = deployed::compile(&document, model_name.as_deref()).map_err(Failure::bad_request)?;
        Ok((document, compiled, model_name))
    });
    let (document, compiled, model_name) = timeout(limits.compilation_time, compile)
        .await
        .map_err(|_| Failure::unavailable("Compiling the document takes longer than the limit"))??;
    let (model, created) = {
        let (service, id) = (Arc::clone(&service), id.clone());
        blocking(move || service.registry.deploy(&id, compiled, &document, model_name)).await?
    };
    tracing::info!(id, version = model.version.number, size = model.version.size, "deployed");
    for warning in model.model.warnings() {
        tracing::warn!(id, warning, "the document holds something that is ignored");
    }
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = json::respond(status, &model.response(true));
    if let (true, Ok(location)) = (created, HeaderValue::from_str(&location)) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// The document that a request brings.
async fn document(service: &Service, request: Request) -> Result<Bytes, Failure> {
    let mime = media::consumes(request.headers(), &["application/xml", "text/xml", "multipart/form-data"])?;
    let limit = service.configuration.limits.document_bytes;
    match mime {
        Some(mime) if mime.type_() == mime::MULTIPART => {
            Ok(multipart::part(request, "pmml", limit).await?.bytes)
        }
        _ => {
            let (head, body) = request.into_parts();
            body::read(&head.headers, body, limit).await
        }
    }
}

/// The address of a model.
fn location(service: &Service, request: &Request, id: &str) -> String {
    let path = service.configuration.application_path.trim_end_matches('/');
    let secure = match request.headers().get("x-forwarded-proto") {
        Some(scheme) if service.configuration.access.trust_forwarded_for => scheme == "https",
        _ => request.extensions().get::<Connection>().is_some_and(|connection| connection.secure),
    };
    let scheme = if secure { "https" } else { "http" };
    match request.headers().get(HOST).and_then(|host| host.to_str().ok()) {
        Some(host) => format!("{scheme}://{host}{path}/model/{id}"),
        None => format!("{path}/model/{id}"),
    }
}

/// `DELETE /model/{id}`
pub async fn undeploy(
    State(service): State<Arc<Service>>,
    path: IdPath,
    request: Request,
) -> Result<Response, Failure> {
    service.admit_change(&request)?;
    let id = id(path)?;
    media::produces(request.headers(), "application/json")?;
    let _place = service.enter()?;
    tracing::info!(id, "undeploying");
    blocking(move || service.registry.undeploy(&id)).await?;
    Ok(json::respond(StatusCode::OK, &SimpleResponse::default()))
}

/// `GET /model/{id}/pmml`
pub async fn download(
    State(service): State<Arc<Service>>,
    path: IdPath,
    request: Request,
) -> Result<Response, Failure> {
    service.admit_admin(&request)?;
    let id = id(path)?;
    media::produces(request.headers(), "application/xml")?;
    let _place = service.enter()?;
    let document = blocking(move || document_of(&service, &id)).await?;
    // The bytes are those that were deployed: what encoding the document declares holds for them.
    let content_type = match std::str::from_utf8(&document) {
        Ok(_) => "application/xml;charset=UTF-8",
        Err(_) => "application/xml",
    };
    let mut response = Response::new(Body::from(document));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=model.pmml.xml"));
    Ok(response)
}

/// Returns the document of the version that serves.
fn document_of(service: &Service, id: &str) -> Result<Vec<u8>, Failure> {
    let mut gone = None;
    loop {
        let model = service.registry.get(id)?;
        if gone == Some(model.version.deployment) {
            let cause = format!("the document of the model `{id}` is no longer in the store");
            return Err(Failure::internal(&cause));
        }
        model.touch();
        match model.version.document(service.configuration.limits.document_bytes) {
            // It was removed since the request has begun, and another version serves.
            Err(error) if error.is_gone() => gone = Some(model.version.deployment),
            document => return document.map_err(|error| Failure::internal(&error)),
        }
    }
}

/// `GET /model/{id}/versions`
pub async fn versions(
    State(service): State<Arc<Service>>,
    path: IdPath,
    request: Request,
) -> Result<Response, Failure> {
    service.admit(&request)?;
    media::produces(request.headers(), "application/json")?;
    let _place = service.enter()?;
    let model = service.registry.get(&id(path)?)?;
    let properties = |version: &Arc<Version>| {
        let mut properties = version.properties(None);
        properties.put("deployed.version", version.number);
        properties
    };
    let versions = std::iter::once(&model.version).chain(&model.earlier).map(properties).collect();
    Ok(json::respond(StatusCode::OK, &VersionsResponse { id: model.id.clone(), versions }))
}

#[derive(Deserialize)]
pub struct RollBackParameters {
    version: Option<u64>,
}

/// `POST /model/{id}/rollback`
pub async fn roll_back(
    State(service): State<Arc<Service>>,
    path: IdPath,
    query: Parameters<RollBackParameters>,
    request: Request,
) -> Result<Response, Failure> {
    service.admit_change(&request)?;
    let id = id(path)?;
    let number = parameters(query)?.version;
    media::produces(request.headers(), "application/json")?;
    let _place = service.enter()?;
    let turn = service.compilation().await?;
    let model = blocking(move || {
        let _turn = turn;
        let plan = service.registry.plan_roll_back(&id, number)?;
        let compiled = plan.compile(service.configuration.limits.document_bytes)?;
        service.registry.roll_back(&plan, compiled)
    })
    .await?;
    tracing::info!(id = model.id, version = model.version.number, "rolled back");
    Ok(json::respond(StatusCode::OK, &model.response(true)))
}
