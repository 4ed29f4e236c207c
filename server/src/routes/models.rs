//! Handlers for models: deploying, describing, downloading, undeploying, rolling back.

use super::extract::{
    Administrator, AdministratorPlace, Change, Consumes, Document, Json, ModelId, Parameters, Produces,
    Served, User, UserPlace,
};
use crate::access::{Caller, Connection};
use crate::body::Whole;
use crate::budget::{Account, Held, Memory};
use crate::failure::Failure;
use crate::json::{self, BatchModelResponse, SimpleResponse, VersionsResponse};
use crate::service::{Service, blocking};
use crate::version::{Selection, Version, parse_rules};
use crate::work::Control;
use crate::{body, decompress, multipart};
use axum::RequestExt;
use axum::body::Body;
use axum::extract::{FromRequestParts, Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HOST, LOCATION};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use pmml::Interrupt;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use tokio::time::timeout;

/// Memory that compiling takes for any document.
const COMPILER_BYTES: u64 = 32 << 20;

/// Handles `GET /model`.
pub async fn list(
    State(service): State<Arc<Service>>,
    _: User,
    _: Produces<Json>,
    _place: UserPlace,
) -> Result<Response, Failure> {
    let responses = service.registry.list().iter().map(|model| model.response(false)).collect();
    answer(&service, &BatchModelResponse { responses })
}

/// Handles `GET /model/{id}`.
pub async fn show(
    State(service): State<Arc<Service>>,
    _: User,
    _: ModelId,
    _: Produces<Json>,
    _place: UserPlace,
    Served(model): Served,
) -> Result<Response, Failure> {
    answer(&service, &model.response(true))
}

/// Makes a response, whose memory is counted until it is sent. Memory that is used only while the response is made is not
/// counted.
fn answer(service: &Service, value: &impl Serialize) -> Result<Response, Failure> {
    let text = Held::new(json::text(value), service.account().memory())?;
    Ok(json::respond_text(StatusCode::OK, text.into_bytes()))
}

#[derive(Deserialize)]
pub struct DeployParameters {
    #[serde(rename = "modelName")]
    model_name: Option<String>,
    outputs: Option<String>,
    invalid: Option<String>,
}

impl DeployParameters {
    /// Returns the selection of the document's contents. Empty parameters count as absent.
    fn selection(self) -> Result<Selection, Failure> {
        let outputs = match self.outputs.filter(|outputs| !outputs.is_empty()) {
            Some(outputs) => pmml::split_names(&outputs)
                .map_err(|error| Failure::bad_request(format!("The parameter `outputs`: {error}")))?,
            None => Vec::new(),
        };
        let invalid = match self.invalid.filter(|rules| !rules.is_empty()) {
            Some(rules) => parse_rules(&rules)
                .map_err(|error| Failure::bad_request(format!("The parameter `invalid`: {error}")))?,
            None => Vec::new(),
        };
        Ok(Selection { model_name: self.model_name.filter(|name| !name.is_empty()), outputs, invalid })
    }
}

/// The selection of a document's contents, from the parameters of a query.
pub struct Selected(Selection);

impl FromRequestParts<Arc<Service>> for Selected {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, service: &Arc<Service>) -> Result<Self, Failure> {
        let Parameters(parameters) =
            Parameters::<DeployParameters>::from_request_parts(parts, service).await?;
        Ok(Selected(parameters.selection()?))
    }
}

/// Handles `PUT /model/{id}`.
pub async fn deploy(
    State(service): State<Arc<Service>>,
    _: Change,
    ModelId(id): ModelId,
    Selected(selection): Selected,
    _: Produces<Json>,
    _place: AdministratorPlace,
    request: Request,
) -> Result<Response, Failure> {
    let location = location(&service, &request, &id);
    let Whole { bytes: document, mut memory } = document(&service, request).await?;
    let compiler = service.compiler();
    let turn = service.compilation().await?;
    let model = id.clone();
    let (document, memory, compiled, selection) = in_compilation_time(&service, move |interrupt| {
        // Held until the work is done, even if the client has disconnected.
        let _turn = turn;
        let document = decompress::counted_document(document, compiler.document_bytes, &mut memory)?;
        let _compiling = compiling(&memory, document.len() as u64)?;
        let compiled = compiler
            .compile(&document, &selection, interrupt)
            .map_err(|message| Failure::bad_request(format!("Model \"{model}\": {message}")))?;
        Ok((document, memory, compiled, selection))
    })
    .await?;
    let (model, created) = {
        let (service, id) = (Arc::clone(&service), id.clone());
        blocking(move || {
            let _memory = memory;
            service.registry.deploy(&id, compiled, &document, selection)
        })
        .await?
    };
    tracing::info!(id, version = model.version.number, size = model.version.size, "deployed");
    for warning in model.model.warnings() {
        tracing::warn!(id, warning, "a part of the document is ignored");
    }
    let status = if created { StatusCode::CREATED } else { StatusCode::OK };
    let mut response = json::respond(status, &model.response(true));
    if let (true, Ok(location)) = (created, HeaderValue::from_str(&location)) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

/// Compiles a document on a thread for blocking work. Compiling is interrupted when its time is over, or when the request is
/// dropped because its client has disconnected.
///
/// # Errors
/// Fails as the work does, and if it takes too long.
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

/// Takes the memory that is needed while a document is compiled: about twice its size, and the memory of the compiler itself.
fn compiling(document: &Memory, bytes: u64) -> Result<Memory, Failure> {
    let account = document.account();
    account.hold(bytes.saturating_mul(2).saturating_add(COMPILER_BYTES.min(account.total() / 4)))
}

/// Reads the document in a request.
async fn document(service: &Arc<Service>, mut request: Request) -> Result<Whole, Failure> {
    let Consumes { mime, .. } = request.extract_parts_with_state::<Consumes<Document>, _>(service).await?;
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

/// Returns the URL of a model.
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

/// Handles `DELETE /model/{id}`.
pub async fn undeploy(
    State(service): State<Arc<Service>>,
    _: Change,
    ModelId(id): ModelId,
    _: Produces<Json>,
    _place: AdministratorPlace,
) -> Result<Response, Failure> {
    tracing::info!(id, "undeploying");
    blocking(move || service.registry.undeploy(&id)).await?;
    Ok(json::respond(StatusCode::OK, &SimpleResponse::default()))
}

/// Handles `GET /model/{id}/pmml`.
pub async fn download(
    State(service): State<Arc<Service>>,
    _: Administrator,
    ModelId(id): ModelId,
    _: Produces<Document>,
    _place: AdministratorPlace,
) -> Result<Response, Failure> {
    let account = service.admin_account();
    let document = blocking(move || document_of(&service, &id, &account)).await?;
    // The bytes are those that were deployed, in the encoding that the document declares.
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

/// Returns the document of the version that serves.
fn document_of(service: &Service, id: &str, account: &Account) -> Result<Held, Failure> {
    let mut gone = None;
    loop {
        let model = service.registry.get(id)?;
        if gone == Some(model.version.deployment) {
            let cause = format!("the document of the model `{id}` is no longer in the store");
            return Err(Failure::internal(&cause));
        }
        model.touch();
        let limit = service.configuration.limits.document_bytes;
        let memory = account.hold(model.version.size.min(limit))?;
        match model.version.document(limit) {
            // The document was removed since the request began, and another version serves.
            Err(error) if error.is_gone() => gone = Some(model.version.deployment),
            document => return Held::new(document.map_err(|error| Failure::internal(&error))?, memory),
        }
    }
}

/// Handles `GET /model/{id}/versions`.
pub async fn versions(
    State(service): State<Arc<Service>>,
    _: User,
    _: ModelId,
    _: Produces<Json>,
    _place: UserPlace,
    Served(model): Served,
) -> Result<Response, Failure> {
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

/// Handles `POST /model/{id}/rollback`.
pub async fn roll_back(
    State(service): State<Arc<Service>>,
    _: Change,
    ModelId(id): ModelId,
    Parameters(parameters): Parameters<RollBackParameters>,
    _: Produces<Json>,
    _place: AdministratorPlace,
) -> Result<Response, Failure> {
    let number = parameters.version;
    let turn = service.compilation().await?;
    let plan = service.registry.plan_roll_back(&id, number)?;
    let (account, compiler) = (service.admin_account(), service.compiler());
    let (plan, compiled) = in_compilation_time(&service, move |interrupt| {
        let _turn = turn;
        let size = plan.size(compiler);
        let memory = account.hold(size)?;
        let _compiling = compiling(&memory, size)?;
        let compiled = plan.compile(compiler, interrupt)?;
        Ok((plan, compiled))
    })
    .await?;
    let model = {
        let service = Arc::clone(&service);
        blocking(move || service.registry.roll_back(&plan, compiled)).await?
    };
    tracing::info!(id = model.id, version = model.version.number, "rolled back");
    Ok(json::respond(StatusCode::OK, &model.response(true)))
}
