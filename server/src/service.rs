//! The service: what all requests share.

use crate::access::{Connection, Roles};
use crate::configuration::Configuration;
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::registry::Registry;
use axum::extract::Request;
use axum::http::Extensions;
use axum::http::HeaderMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task;

/// What all requests share.
#[derive(Debug)]
pub struct Service {
    /// What was chosen.
    pub configuration: Configuration,
    /// The models.
    pub registry: Arc<Registry>,
    /// The counters.
    pub metrics: Metrics,
    phase: AtomicU8,
    requests: Arc<Semaphore>,
    compilations: Arc<Semaphore>,
}

/// What a server is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// It loads the models that it is to serve.
    Starting,
    /// It serves.
    Serving,
    /// It finishes what it has begun.
    Stopping,
}

/// When a request has arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrival(pub Instant);

impl Service {
    /// A service without models.
    ///
    /// # Errors
    /// None in practice: only if metrics have the same name.
    pub fn new(configuration: Configuration) -> Result<Self, prometheus::Error> {
        let metrics = Metrics::new()?;
        // Compiling takes a core and memory: as many at once as there are cores.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Service {
            registry: Arc::new(Registry::new(
                configuration.keep_versions,
                configuration.limits.document_bytes,
                metrics.clone(),
            )),
            metrics,
            phase: AtomicU8::new(Phase::Starting as u8),
            requests: Arc::new(Semaphore::new(configuration.limits.requests.min(Semaphore::MAX_PERMITS))),
            compilations: Arc::new(Semaphore::new(cores)),
            configuration,
        })
    }

    /// What the server is doing.
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Starting,
            1 => Phase::Serving,
            _ => Phase::Stopping,
        }
    }

    /// Says what the server is doing.
    pub fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    /// Checks that whoever sent a request may read about models and evaluate them.
    ///
    /// # Errors
    /// If not.
    pub fn admit(&self, request: &Request) -> Result<(), Failure> {
        let roles = self.roles(request.headers(), request.extensions());
        if roles.user || roles.admin {
            return Ok(());
        }
        Err(Failure::forbidden("Forbidden: this address may not use models, or the users' token is needed"))
    }

    /// Checks that whoever sent a request is an administrator.
    ///
    /// # Errors
    /// If not.
    pub fn admit_admin(&self, request: &Request) -> Result<(), Failure> {
        if self.roles(request.headers(), request.extensions()).admin {
            return Ok(());
        }
        Err(Failure::forbidden(format!("Forbidden: {}", self.configuration.access.admin_needs())))
    }

    /// Checks that whoever sent a request may change what is served.
    ///
    /// # Errors
    /// If not, or if nobody may.
    pub fn admit_change(&self, request: &Request) -> Result<(), Failure> {
        self.admit_admin(request)?;
        if self.configuration.read_only {
            return Err(Failure::forbidden("Forbidden: the server is read-only"));
        }
        Ok(())
    }

    fn roles(&self, headers: &HeaderMap, extensions: &Extensions) -> Roles {
        match extensions.get::<Connection>() {
            Some(connection) => self.configuration.access.roles(connection, headers),
            // Nothing is known of who it is.
            None => Roles { user: false, admin: false },
        }
    }

    /// Checks that models are loaded.
    ///
    /// # Errors
    /// If they are not.
    pub fn started(&self) -> Result<(), Failure> {
        if self.phase() == Phase::Starting {
            return Err(Failure::busy("The server is starting: models are being loaded"));
        }
        Ok(())
    }

    /// Takes the place of a request among those that are served.
    ///
    /// # Errors
    /// If there are too many, or models are not loaded yet.
    pub fn enter(&self) -> Result<OwnedSemaphorePermit, Failure> {
        self.started()?;
        Arc::clone(&self.requests)
            .try_acquire_owned()
            .map_err(|_| Failure::busy("There are too many requests at once"))
    }

    /// Waits for its turn to compile.
    ///
    /// # Errors
    /// If the server stops.
    pub async fn compilation(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Arc::clone(&self.compilations)
            .acquire_owned()
            .await
            .map_err(|_| Failure::busy("The server is stopping"))
    }
}

/// Does work that takes a while on a thread for such.
///
/// # Errors
/// As the work, or if it panicked.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Failure::internal(&error)),
    }
}
