//! The service: the state that all requests share.

use crate::access::{Caller, Gate, Hosts};
use crate::budget::{Account, Budget, Purpose};
use crate::configuration::Configuration;
use crate::deployed::{Compiler, Deployed};
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::places::{Full, Place, Places};
use crate::registry::Registry;
use crate::work::Work;
use axum::http::Extensions;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Instant;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task;

/// Number of places that are reserved for administration, in addition to those for all requests.
pub const KEPT_PLACES: usize = 16;

/// The state that all requests share.
#[derive(Debug)]
pub struct Service {
    /// The configuration of the server.
    pub configuration: Configuration,
    /// The models.
    pub registry: Arc<Registry>,
    /// The counters.
    pub metrics: Metrics,
    /// Determines the roles of clients.
    pub gate: Gate,
    /// The memory budget of requests.
    pub budget: Budget,
    phase: AtomicU8,
    requests: Places,
    compilations: Arc<Semaphore>,
}

/// The phase of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// It loads its models.
    Starting,
    /// It serves.
    Serving,
    /// It finishes the requests in flight.
    Stopping,
}

/// The time at which a request arrived.
#[derive(Clone, Copy, Debug)]
pub struct Arrival(pub Instant);

impl Service {
    /// Makes a service without models.
    ///
    /// # Errors
    /// Fails if metrics have the same name, which does not happen.
    pub fn new(configuration: Configuration, hosts: Hosts) -> Result<Self, prometheus::Error> {
        let limits = &configuration.limits;
        let metrics = Metrics::new()?;
        // Compiling occupies a core and memory, so that the number of compilations is limited to that of the cores.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Ok(Service {
            registry: Arc::new(Registry::new(
                configuration.keep_versions,
                Compiler::new(&configuration.limits),
                metrics.clone(),
            )),
            metrics,
            gate: Gate::new(configuration.access.clone(), hosts),
            budget: Budget::new(limits.memory),
            phase: AtomicU8::new(Phase::Starting as u8),
            requests: Places::new(limits.requests, limits.client_share, KEPT_PLACES),
            compilations: Arc::new(Semaphore::new(cores)),
            configuration,
        })
    }

    /// Returns the compiler of documents.
    pub fn compiler(&self) -> Compiler {
        Compiler::new(&self.configuration.limits)
    }

    /// Returns the phase of the server.
    pub fn phase(&self) -> Phase {
        match self.phase.load(Ordering::Acquire) {
            0 => Phase::Starting,
            1 => Phase::Serving,
            _ => Phase::Stopping,
        }
    }

    /// Sets the phase of the server.
    pub fn set_phase(&self, phase: Phase) {
        self.phase.store(phase as u8, Ordering::Release);
    }

    /// Checks that the sender of a request may read about models and evaluate them.
    ///
    /// # Errors
    /// Fails if it may not.
    pub fn admit(&self, extensions: &Extensions) -> Result<Caller, Failure> {
        let caller = caller(extensions)?;
        if caller.roles.user || caller.roles.admin {
            return Ok(caller);
        }
        Err(Failure::forbidden(format!("Forbidden: {}", self.gate.user_needs(&caller))))
    }

    /// Checks that the sender of a request is an administrator.
    ///
    /// # Errors
    /// Fails if it is not.
    pub fn admit_admin(&self, extensions: &Extensions) -> Result<Caller, Failure> {
        let caller = caller(extensions)?;
        if caller.roles.admin {
            return Ok(caller);
        }
        Err(Failure::forbidden(format!("Forbidden: {}", self.gate.admin_needs(&caller))))
    }

    /// Checks that the sender of a request may change the models that are served.
    ///
    /// # Errors
    /// Fails if it may not, or if the server is read-only.
    pub fn admit_change(&self, extensions: &Extensions) -> Result<Caller, Failure> {
        let caller = self.admit_admin(extensions)?;
        if self.configuration.read_only {
            return Err(Failure::forbidden("Forbidden: the server is read-only"));
        }
        Ok(caller)
    }

    /// Opens the account of a request that evaluates models or reads about them.
    pub fn account(&self) -> Account {
        self.budget.open(Purpose::Evaluation)
    }

    /// Makes the work of an evaluation with a model, within the limits of the configuration.
    pub fn work(&self, deployed: &Deployed) -> Work {
        Work::new(&self.configuration.limits, self.account(), deployed.model.signature().results.len())
    }

    /// Opens the account of a request that changes the models that are served, or monitors the server.
    pub fn admin_account(&self) -> Account {
        self.budget.open(Purpose::Administration)
    }

    /// Checks that models are loaded.
    ///
    /// # Errors
    /// Fails if they are not.
    pub fn started(&self) -> Result<(), Failure> {
        if self.phase() == Phase::Starting {
            return Err(Failure::busy("The server is starting: models are being loaded"));
        }
        Ok(())
    }

    /// Takes a place for a request.
    ///
    /// # Errors
    /// Fails if there are too many, or models are not loaded yet.
    pub fn enter(&self, caller: &Caller) -> Result<Place, Failure> {
        self.started()?;
        self.requests.take(caller.client()).map_err(|full| {
            Failure::busy(match full {
                Full::All => "There are too many requests at the same time (`--max-requests`)",
                Full::Client => {
                    "There are too many requests of this client at the same time (`--client-share`)"
                }
            })
        })
    }

    /// Takes a place for a request of an administrator, which is a reserved one if no other is free.
    ///
    /// # Errors
    /// Fails if the reserved places are taken too, or models are not loaded yet.
    pub fn enter_admin(&self) -> Result<Place, Failure> {
        self.started()?;
        self.requests.take_kept().map_err(|_| Failure::busy("There are too many changes at the same time"))
    }

    /// Waits for a turn to compile.
    ///
    /// # Errors
    /// Fails if the server stops.
    pub async fn compilation(&self) -> Result<OwnedSemaphorePermit, Failure> {
        Arc::clone(&self.compilations)
            .acquire_owned()
            .await
            .map_err(|_| Failure::busy("The server is stopping"))
    }
}

/// Returns the sender of a request.
///
/// # Errors
/// Fails if the sender is unknown.
pub fn caller(extensions: &Extensions) -> Result<Caller, Failure> {
    let caller = extensions.get::<Caller>().copied();
    caller.ok_or_else(|| Failure::forbidden("Forbidden: the sender of the request is unknown"))
}

/// Runs work on a thread for blocking work.
///
/// # Errors
/// Fails as the work does, or if it panicked.
pub async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<T, Failure> {
    match task::spawn_blocking(work).await {
        Ok(result) => result,
        Err(error) => Err(Failure::internal(&error)),
    }
}
