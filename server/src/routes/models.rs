//! Models: deploying, describing, downloading, undeploying, going back.

use super::{IdPath, Parameters, id, parameters};
use crate::access::{Caller, Connection};
use crate::body::Whole;
use crate::budget::{Held, Memory};
use crate::failure::Failure;
use crate::json::{self, BatchModelResponse, SimpleResponse, VersionsResponse};
use crate::service::{Service, blocking};
use crate::version::Version;
use crate::work::Control;
use crate::{body, decompress, deployed, media, multipart};
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HOST, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use pmml::Interrupt;
use serde::{Deserialize, Serialize};
use std::io::ErrorKind;
use std::sync::Arc;
use tokio::time::timeout;

/// What compiling takes, however small the document is.
const COMPILER_BYTES: u64 = 32 << 20;

/// `GET /model`
pub async fn list(State(service): State<Arc<Service>>, request: Request) -> Result<Response, Failure> {
    let caller = service.admit(&request)?;
    media::produces(request.headers(), "application/json")?;
    let _place = service.enter(&caller)?;
    let responses = service.registry.list().iter().map(|model| model.response(false)).collect();
    answer(&service, &BatchModelResponse { responses })
}

/// `GET /model/{id}`
pub async fn show(
    State(service): State<Arc<Service>>,
    path: IdPath,
    request: Request,
) -> Result<Response, Failure> {
    let caller = service.admit(&request)?;
    media::produces(request.headers(), "application/json")?;
    let _place = service.enter(&caller)?;
    let model = service.registry.get(&id(path)?)?;
    answer(&service, &model.response(true))
}

/// Makes an answer, whose memory is counted until it is sent. What threads have while they make answers is not.
fn answer(service: &Service, value: &impl Serialize) -> Result<Response, Failure> {
    let text = Held::new(json::text(value), service.account().memory())?;
    Ok(json::respond_text(StatusCode::OK, text.into_bytes()))
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
    let _place = service.enter_admin()?;
    let location = location(&service, &request, &id);
    let Whole { bytes: document, mut memory } = document(&service, request).await?;
    let limits = service.configuration.limits.clone();
    let turn = service.compilation().await?;
    let (document, memory, compiled, model_name) = in_compilation_time(&service, move |interrupt| {
        // Held until the work is done, even if nobody waits for it any longer.
        let _turn = turn;
        let document = decompress::counted_document(document, limits.document_bytes, &mut memory)?;
        let _compiling = compiling(&memory, document.len())?;
        let compiled = deployed::compile_unless(&document, model_name.as_deref(), interrupt)
            .map_err(Failure::bad_request)?;
        Ok((document, memory, compiled, model_name))
    })
    .await?;
    let (model, created) = {
        let (service, id) = (Arc::clone(&service), id.clone());
        blocking(move || {
            let _memory = memory;
            service.registry.deploy(&id, compiled, &document, model_name)
        })
        .await?
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

/// Does work that compiles a document on a thread for such. It is interrupted when its time is over, or when the request is
/// dropped because its client has gone.
///
/// # Errors
/// As the work, and if it takes too long.
async fn in_compilation_time<T: Send + 'static>(
    service: &Service,
    work: impl FnOnce(Interrupt) -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    let control = Control::new();
    let _leaving = control.interrupt_on_drop();
    let work = blocking(move || work(control.flag()));
    timeout(service.configuration.limits.compilation_time, work).await.unwrap_or_else(|_| {
        Err(Failure::unavailable("Compiling the document takes longer than the limit (`--compilation-time`)"))
    })
}

/// Takes the memory that compiling a document needs for a while: about twice its size, and what the compiler itself takes.
fn compiling(document: &Memory, bytes: usize) -> Result<Memory, Failure> {
    let account = document.account();
    account.hold(2 * bytes as u64 + COMPILER_BYTES.min(account.total() / 4))
}

/// The document that a request brings.
async fn document(service: &Service, request: Request) -> Result<Whole, Failure> {
    let mime = media::consumes(request.headers(), &["application/xml", "text/xml", "multipart/form-data"])?;
    let limit = service.configuration.limits.document_bytes;
    match mime {
        Some(mime) if mime.type_() == mime::MULTIPART => {
            Ok(multipart::part(request, "pmml", limit, &service.admin_account()).await?.content)
        }
        _ => {
            let (head, body) = request.into_parts();
            body::read(&head.headers, body, limit, &service.admin_account()).await
        }
    }
}

/// The address of a model.
fn location(service: &Service, request: &Request, id: &str) -> String {
    let path = service.configuration.application_path.trim_end_matches('/');
    let by_proxy = request.extensions().get::<Caller>().is_some_and(|caller| caller.by_trusted_proxy);
    let secure = match request.headers().get("x-forwarded-proto") {
        Some(scheme) if by_proxy => scheme == "https",
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
    let _place = service.enter_admin()?;
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
    let _place = service.enter_admin()?;
    let model = service.registry.get(&id)?;
    model.touch();
    let version = Arc::clone(&model.version);
    let memory = service.admin_account().hold(version.size)?;
    let document = blocking(move || Held::new(read(&id, &version)?, memory)).await?;
    // The bytes are those that were deployed: what encoding the document declares holds for them.
    let content_type = match std::str::from_utf8(document.as_ref()) {
        Ok(_) => "application/xml;charset=UTF-8",
        Err(_) => "application/xml",
    };
    let mut response = Response::new(Body::from(document.into_bytes()));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=model.pmml.xml"));
    Ok(response)
}

fn read(id: &str, version: &Version) -> Result<Vec<u8>, Failure> {
    version.source.read().map_err(|error| match error.kind() {
        // It was removed since the request has begun.
        ErrorKind::NotFound => Failure::no_model(id),
        _ => Failure::internal(&error),
    })
}

/// `GET /model/{id}/versions`
pub async fn versions(
    State(service): State<Arc<Service>>,
    path: IdPath,
    request: Request,
) -> Result<Response, Failure> {
    let caller = service.admit(&request)?;
    media::produces(request.headers(), "application/json")?;
    let _place = service.enter(&caller)?;
    let model = service.registry.get(&id(path)?)?;
    let properties = |version: &Arc<Version>| {
        let mut properties = version.properties(None);
        properties.put("deployed.version", version.number);
        properties
    };
    let versions = std::iter::once(&model.version).chain(&model.earlier).map(properties).collect();
    answer(&service, &VersionsResponse { id: model.id.clone(), versions })
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
    let _place = service.enter_admin()?;
    let turn = service.compilation().await?;
    let account = service.admin_account();
    let model = {
        let changing = Arc::clone(&service);
        in_compilation_time(&service, move |interrupt| {
            let _turn = turn;
            let version = changing.registry.version(&id, number)?;
            let memory = account.hold(version.size)?;
            let _compiling = compiling(&memory, version.size as usize)?;
            let document = read(&id, &version)?;
            let compiled = deployed::compile_unless(&document, version.model_name.as_deref(), interrupt)
                .map_err(|message| Failure::conflict(format!("The version cannot be loaded: {message}")))?;
            changing.registry.go_back(&id, version.number, compiled)
        })
        .await?
    };
    tracing::info!(id = model.id, version = model.version.number, "rolled back");
    Ok(json::respond(StatusCode::OK, &model.response(true)))
}
