//! The service: what all requests share.

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

/// How many places are kept for administration, beside those for all requests.
pub const KEPT_PLACES: usize = 16;

/// What all requests share.
#[derive(Debug)]
pub struct Service {
    /// What was chosen.
    pub configuration: Configuration,
    /// The models.
    pub registry: Arc<Registry>,
    /// The counters.
    pub metrics: Metrics,
    /// Who may do what.
    pub gate: Gate,
    /// The memory that requests hold.
    pub budget: Budget,
    phase: AtomicU8,
    requests: Places,
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
    pub fn new(configuration: Configuration, hosts: Hosts) -> Result<Self, prometheus::Error> {
        let limits = &configuration.limits;
        let metrics = Metrics::new()?;
        // Compiling takes a core and memory: as many at once as there are cores.
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

    /// Returns what compiles documents.
    pub fn compiler(&self) -> Compiler {
        Compiler::new(&self.configuration.limits)
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
    /// Fails if not.
    pub fn admit(&self, extensions: &Extensions) -> Result<Caller, Failure> {
        let caller = caller(extensions)?;
        if caller.roles.user || caller.roles.admin {
            return Ok(caller);
        }
        Err(Failure::forbidden(format!("Forbidden: {}", self.gate.user_needs(&caller))))
    }

    /// Checks that whoever sent a request is an administrator.
    ///
    /// # Errors
    /// Fails if not.
    pub fn admit_admin(&self, extensions: &Extensions) -> Result<Caller, Failure> {
        let caller = caller(extensions)?;
        if caller.roles.admin {
            return Ok(caller);
        }
        Err(Failure::forbidden(format!("Forbidden: {}", self.gate.admin_needs(&caller))))
    }

    /// Checks that whoever sent a request may change what is served.
    ///
    /// # Errors
    /// Fails if not, or if nobody may.
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

    /// Begins the work of an evaluation by a model, within the limits of the configuration.
    pub fn work(&self, deployed: &Deployed) -> Work {
        Work::new(&self.configuration.limits, self.account(), deployed.model.signature().results.len())
    }

    /// Opens the account of a request that changes what is served, or watches over the server.
    pub fn admin_account(&self) -> Account {
        self.budget.open(Purpose::Administration)
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
    /// Fails if there are too many, or models are not loaded yet.
    pub fn enter(&self, caller: &Caller) -> Result<Place, Failure> {
        self.started()?;
        self.requests.take(caller.client()).map_err(|full| {
            Failure::busy(match full {
                Full::All => "There are too many requests at once (`--max-requests`)",
                Full::Client => "There are too many requests of this client at once (`--client-share`)",
            })
        })
    }

    /// Takes the place of a request that changes what is served: if there is no other, one that is kept for such.
    ///
    /// # Errors
    /// Fails if these are taken too, or models are not loaded yet.
    pub fn enter_admin(&self) -> Result<Place, Failure> {
        self.started()?;
        self.requests.take_kept().map_err(|_| Failure::busy("There are too many changes at once"))
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

/// Returns who has sent a request.
///
/// # Errors
/// Fails if nothing is known of who it is.
pub fn caller(extensions: &Extensions) -> Result<Caller, Failure> {
    let caller = extensions.get::<Caller>().copied();
    caller.ok_or_else(|| Failure::forbidden("Forbidden: nothing is known of who has sent the request"))
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
