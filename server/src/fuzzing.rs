//! The interface for fuzz targets: the readers of request bodies, called as for requests, without sockets.
//!
//! It is not part of the public interface of this crate.

use crate::access::{Connection, Hosts};
use crate::application::Application;
use crate::body::Whole;
use crate::budget::{Account, Budget, Purpose};
use crate::configuration::Configuration;
use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::limits::Limits;
use crate::rows::BatchJob;
use crate::service::{Phase, Service};
use crate::table::{self, Errors, TableJob};
use crate::version::Selection;
use crate::work::Work;
use crate::{arrow, lines, rows};
use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_TYPE, HOST};
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use pmml::Interrupt;
use pmml_table::{Charset, EmptyCells, MissingColumns, MissingStrings};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use tokio::runtime::{Builder, Runtime};

/// The outcome of a request: a response body, or a status and a message.
pub type Answer = Result<Vec<u8>, (u16, String)>;

/// A server without sockets.
#[derive(Debug)]
pub struct Subject {
    service: Arc<Service>,
    application: Application,
    runtime: Runtime,
}

/// How a table is read.
#[derive(Clone, Debug, Default)]
pub struct TableOptions<'a> {
    /// The name of the charset.
    pub charset: Option<&'a str>,
    /// The parameter `delimiterChar`. `None` to detect the dialect.
    pub delimiter: Option<&'a str>,
    /// The parameter `quoteChar`.
    pub quote: Option<&'a str>,
    /// The strings that represent a missing value.
    pub missing: Vec<String>,
    /// Whether quoted empty cells are strings.
    pub finds_quotes: bool,
    /// Whether the results have a column for the errors of rows.
    pub error_column: bool,
}

impl Subject {
    /// Makes a server that serves documents under ids.
    ///
    /// # Errors
    /// Fails if a document is rejected, or the runtime cannot be started.
    pub fn new(configuration: Configuration, models: &[(&str, &str)]) -> Result<Self, String> {
        let service = Service::new(configuration, Hosts::default()).map_err(|error| error.to_string())?;
        for (id, document) in models {
            let compiled =
                service.compiler().compile(document.as_bytes(), &Selection::default(), Interrupt::new())?;
            let deployed = service.registry.deploy(id, compiled, document.as_bytes(), Selection::default());
            deployed.map_err(|failure| failure.message)?;
        }
        service.set_phase(Phase::Serving);
        let service = Arc::new(service);
        let runtime =
            Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
        Ok(Subject { application: Application::new(Arc::clone(&service)), service, runtime })
    }

    fn model(&self, id: &str) -> Result<Arc<Deployed>, (u16, String)> {
        self.service.registry.get(id).map_err(refused)
    }

    fn work(&self, deployed: &Deployed) -> Work {
        work(&deployed.model, &self.service.configuration.limits, self.service.account())
    }

    /// Evaluates a row.
    ///
    /// # Errors
    /// Fails with the status and the message that a client would read.
    pub fn single(&self, id: &str, body: &[u8]) -> Answer {
        let deployed = self.model(id)?;
        rows::single(&deployed, body, &self.work(&deployed)).map_err(refused)
    }

    /// Evaluates a batch.
    ///
    /// # Errors
    /// Fails with the status and the message that a client would read.
    pub fn batch(&self, id: &str, body: &[u8]) -> Answer {
        let deployed = self.model(id)?;
        let work = self.work(&deployed);
        let memory = work.account().memory();
        let body = Whole { bytes: Bytes::copy_from_slice(body), memory };
        let job = BatchJob { deployed, body, work };
        if !job.is_large() {
            return job.run().map(|text| text.to_vec()).map_err(refused);
        }
        let mut text = Vec::new();
        job.stream(&mut collect(&mut text)).map_err(refused)?;
        Ok(text)
    }

    /// Evaluates JSON lines.
    ///
    /// # Errors
    /// Fails with the status and the message that a client would read.
    pub fn lines(&self, id: &str, body: &[u8]) -> Answer {
        let mut text = Vec::new();
        let deployed = self.model(id)?;
        let work = self.work(&deployed);
        lines::run(&deployed, body, work, collect(&mut text)).map_err(refused)?;
        Ok(text)
    }

    /// Evaluates a table.
    ///
    /// # Errors
    /// Fails with the status and the message that a client would read.
    pub fn table(&self, id: &str, options: &TableOptions<'_>, body: &[u8]) -> Answer {
        let mut text = Vec::new();
        let deployed = self.model(id)?;
        let job = TableJob {
            work: self.work(&deployed),
            deployed,
            charset: Charset::new(options.charset.unwrap_or("UTF-8"))
                .map_err(|error| refused(error.into()))?,
            dialect: table::dialect(options.delimiter, options.quote).map_err(refused)?,
            missing: MissingStrings {
                strings: options.missing.clone(),
                empty: if options.finds_quotes { EmptyCells::QuotedIsString } else { EmptyCells::Missing },
            },
            missing_columns: MissingColumns::NearMisses,
            errors: if options.error_column { Errors::Column("error".to_owned()) } else { Errors::Fail },
        };
        job.run(body, collect(&mut text)).map_err(refused)?;
        Ok(text)
    }

    /// Evaluates a stream of Arrow record batches, and returns the number of its rows.
    ///
    /// # Errors
    /// Fails with the status and the message that a client would read.
    pub fn arrow(&self, id: &str, bytes: &[u8]) -> Result<usize, (u16, String)> {
        let limits = &self.service.configuration.limits;
        arrow_rows(&self.model(id)?.model, bytes, limits, self.service.account()).map_err(refused)
    }

    /// Sends a request of a local client through the application. Returns the status and the body of the response, or `None`
    /// if the parts do not form a request.
    pub fn request(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Option<(u16, Vec<u8>)> {
        let mut request = Request::builder().method(Method::from_bytes(method.as_bytes()).ok()?).uri(path);
        request = request.header(HOST, "localhost");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let local = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let connection = Connection { peer: local, local, secure: false };
        let request = request.body(Body::from(body.to_vec())).ok()?;
        self.runtime.block_on(async {
            let response = self.application.respond(connection, request).await;
            let status = response.status().as_u16();
            assert!(status == 204 || response.headers().contains_key(CONTENT_TYPE), "a response has no type");
            // A stream that fails breaks off.
            let body = response.into_body().collect().await.map(|body| body.to_bytes().to_vec());
            Some((status, body.unwrap_or_default()))
        })
    }
}

/// Evaluates a stream of Arrow record batches with a model, and returns the number of its rows.
///
/// # Errors
/// Fails with the message that a client would read.
pub fn arrow_stream(model: &pmml::Model, bytes: &[u8]) -> Result<usize, String> {
    let limits = Limits::default();
    let account = Budget::new(limits.memory).open(Purpose::Evaluation);
    arrow_rows(model, bytes, &limits, account).map_err(|failure| failure.message)
}

fn work(model: &pmml::Model, limits: &Limits, account: Account) -> Work {
    Work::new(limits, account, model.signature().results.len())
}

fn arrow_rows(
    model: &pmml::Model,
    bytes: &[u8],
    limits: &Limits,
    account: Account,
) -> Result<usize, Failure> {
    let (mut reader, plan) = arrow::open(model, bytes, limits.body_bytes, &account)?;
    let (mut work, mut scorer, mut rows) = (work(model, limits, account), model.scorer(), 0);
    while let Some(batch) = reader.next(&mut work)? {
        let result = plan.predict(&mut scorer, &batch);
        rows += result.map_err(|error| arrow::refusal(&error))?.record_batch().num_rows();
    }
    Ok(rows)
}

fn refused(failure: Failure) -> (u16, String) {
    (failure.status.as_u16(), failure.message)
}

fn collect(text: &mut Vec<u8>) -> impl FnMut(Bytes) -> Result<(), Failure> {
    |chunk: Bytes| {
        text.extend(chunk);
        Ok(())
    }
}
