//! The registry of the models that are served.
//!
//! Readers load the current map without a lock. Changes are serialized: each is first made in the store, then in a new map,
//! which replaces the old one atomically. Requests that hold a model of the old map finish with it.
//!
//! Deploying and undeploying make all their decisions under the lock. A rollback first reads the state, then compiles, then
//! makes its change, and others may change the same id meanwhile. It therefore keeps the deployments that it has seen
//! ([`RollBack`]), not their numbers, which can be reused, and is rejected with 409 if one of them is gone.

use crate::deployed::{Compiled, Compiler, Deployed};
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::store::{ChangeError, Found, Store};
use crate::version::{self, DeploymentId, DocumentError, LAST_VERSION, Selection, Source, Version};
use arc_swap::ArcSwap;
use axum::http::StatusCode;
use jiff::Timestamp;
use pmml::Interrupt;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The state that readers see.
#[derive(Clone, Debug, Default)]
struct State {
    models: BTreeMap<String, Arc<Deployed>>,
    /// Ids of the store whose models could not be loaded.
    broken: BTreeMap<String, Broken>,
    /// Files of the model folder that could not be loaded, and why.
    broken_files: BTreeMap<String, String>,
    /// The paths that the store has set aside, and why.
    aside: Report,
}

impl State {
    /// Returns the versions of an id, beginning with the one that serves.
    fn known(&self, id: &str) -> Option<Vec<Arc<Version>>> {
        let served = self.models.get(id).map(|model| versions(model));
        served.or_else(|| self.broken.get(id).map(|broken| broken.versions.clone()))
    }
}

/// An id whose model could not be loaded.
#[derive(Clone, Debug)]
struct Broken {
    versions: Vec<Arc<Version>>,
    message: String,
    /// Whether its versions are unknown, so that it cannot be changed.
    unreadable: bool,
}

/// The models that are served.
#[derive(Debug)]
pub struct Registry {
    state: ArcSwap<State>,
    /// The store, if there is one. The lock is held during each change, even without a store.
    store: Mutex<Option<Store>>,
    /// Number of earlier versions that are kept.
    keep_versions: usize,
    compiler: Compiler,
    metrics: Metrics,
}

/// Messages by id, file or path.
pub type Report = BTreeMap<String, String>;

/// A planned rollback: the deployments that it has seen, one of which is the version to compile.
#[derive(Debug)]
pub struct RollBack {
    id: String,
    target: Arc<Version>,
    /// The version that served, if the target was chosen relative to it.
    served: Option<Arc<Version>>,
}

impl RollBack {
    /// Compiles the version to serve.
    ///
    /// # Errors
    /// Fails if its document is no longer the one that was deployed, or cannot be compiled any more.
    pub fn compile(&self, compiler: Compiler, interrupt: Interrupt) -> Result<Compiled, Failure> {
        let document = self.target.document(compiler.document_bytes).map_err(|error| match error {
            // A change in between may have removed it.
            error if error.is_gone() => self.cannot_be_loaded(&"its document is gone"),
            DocumentError::Read(error) => Failure::internal(&error),
            error => self.cannot_be_loaded(&error),
        })?;
        compiler
            .compile(&document, &self.target.selection, interrupt)
            .map_err(|message| self.cannot_be_loaded(&message))
    }

    fn cannot_be_loaded(&self, why: &dyn std::fmt::Display) -> Failure {
        let (number, id) = (self.target.number, &self.id);
        Failure::conflict(format!("The version {number} of model \"{id}\" cannot be loaded: {why}"))
    }

    /// Returns the maximum size of the document to compile in bytes. The size in the manifest may be wrong, and is limited.
    pub fn size(&self, compiler: Compiler) -> u64 {
        self.target.size.min(compiler.document_bytes)
    }
}

impl Registry {
    /// Makes a registry without models.
    pub fn new(keep_versions: usize, compiler: Compiler, metrics: Metrics) -> Self {
        Registry { state: ArcSwap::default(), store: Mutex::default(), keep_versions, compiler, metrics }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Store>> {
        // The state is consistent even if a change panicked: it was published or not.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn state(&self) -> State {
        State::clone(&self.state.load())
    }

    fn publish(&self, state: State) {
        self.metrics.models.set(state.models.len() as i64);
        self.metrics.broken.set((state.broken.len() + state.broken_files.len()) as i64);
        self.state.store(Arc::new(state));
    }

    /// Sets the store, and loads its models. Documents that cannot be loaded are reported and kept.
    ///
    /// # Errors
    /// Fails if the store cannot be read.
    pub fn use_store(&self, store: Store) -> io::Result<()> {
        let mut held = self.lock();
        let loaded = store.load()?;
        let ids: Vec<_> = loaded
            .ids
            .into_par_iter()
            .map(|stored| {
                let (versions, compiled, unreadable) = match stored.found {
                    Found::Versions(versions) => {
                        let compiled = self.load(&versions);
                        (versions, compiled, false)
                    }
                    Found::SetAside(message) => (Vec::new(), Err(message), false),
                    Found::Unreadable(message) => (Vec::new(), Err(message), true),
                };
                (stored.id, versions, compiled, unreadable)
            })
            .collect();
        let mut state = self.state();
        state.aside = loaded.aside;
        for (id, mut versions, compiled, unreadable) in ids {
            match compiled {
                Ok(compiled) => {
                    let (current, metrics) = (versions.remove(0), self.metrics.model(&id));
                    let deployed = Deployed::new(id.clone(), compiled, current, versions, false, metrics);
                    state.models.insert(id, Arc::new(deployed));
                }
                Err(message) => {
                    tracing::error!(id, message, "a stored model could not be loaded");
                    state.broken.insert(id, Broken { versions, message, unreadable });
                }
            }
        }
        *held = Some(store);
        self.publish(state);
        Ok(())
    }

    /// Compiles the version that serves.
    fn load(&self, versions: &[Arc<Version>]) -> Result<Compiled, String> {
        let version = versions.first().ok_or("its manifest names no version")?;
        let document = version.document(self.compiler.document_bytes).map_err(|error| error.to_string())?;
        self.compiler.compile(&document, &version.selection, Interrupt::new())
    }

    /// Returns the model with an id.
    pub fn find(&self, id: &str) -> Option<Arc<Deployed>> {
        self.state.load().models.get(id).cloned()
    }

    /// Returns the model with an id, or a failure for the client.
    ///
    /// # Errors
    /// Fails if there is no such model, or it could not be loaded.
    pub fn get(&self, id: &str) -> Result<Arc<Deployed>, Failure> {
        let state = self.state.load();
        state.models.get(id).cloned().ok_or_else(|| match state.broken.get(id) {
            Some(broken) => Failure::unavailable(format!(
                "Model \"{id}\" is in the store but could not be loaded: {}",
                broken.message
            )),
            None => Failure::no_model(id),
        })
    }

    /// Returns all models, by id.
    pub fn list(&self) -> Vec<Arc<Deployed>> {
        let mut all: Vec<_> = self.state.load().models.values().cloned().collect();
        all.sort_by_cached_key(|model| (model.id.to_lowercase(), model.id.clone()));
        all
    }

    /// Returns why documents could not be loaded, by id or file.
    pub fn report(&self) -> Report {
        let state = self.state.load();
        let stored = state.broken.iter().map(|(id, broken)| (id.clone(), broken.message.clone()));
        stored.chain(state.broken_files.clone()).collect()
    }

    /// Returns the paths that the store has set aside, and why.
    pub fn aside(&self) -> Report {
        self.state.load().aside.clone()
    }

    /// Serves a model that a client has sent. Returns it, and whether its id was not served before.
    ///
    /// # Errors
    /// Fails if the id is used by a file of the model folder, or the store cannot be written.
    pub fn deploy(
        &self,
        id: &str,
        compiled: Compiled,
        document: &[u8],
        selection: Selection,
    ) -> Result<(Arc<Deployed>, bool), Failure> {
        let store = self.lock();
        let state = self.state.load();
        check_changeable(&state, id)?;
        let earlier = state.known(id).unwrap_or_default();
        let last = earlier.iter().map(|version| version.number).max().unwrap_or(0);
        if last >= LAST_VERSION {
            let message = format!("Model \"{id}\" has had too many versions: undeploy it first");
            return Err(Failure::conflict(message));
        }
        let number = last + 1;
        let deployment = DeploymentId::random().map_err(|error| Failure::internal(&error))?;
        let source = match &*store {
            Some(store) => store.document(id, number, deployment),
            None => Source::memory(document),
        };
        let version = Arc::new(Version {
            number,
            deployment,
            created: Timestamp::now(),
            size: document.len() as u64,
            checksum: version::checksum(document),
            model_version: compiled.model_version.clone(),
            selection,
            source,
        });
        let kept = self.kept(&version, &earlier);
        if let Some(store) = &*store {
            store.change(id, &earlier, &kept, Some(document)).map_err(|error| not_stored(&error))?;
        }
        let is_new = !state.models.contains_key(id);
        Ok((self.serve(id, compiled, kept, false), is_new))
    }

    /// Serves a model from a file of the model folder.
    ///
    /// # Errors
    /// Fails if the id is used by a model that a client has deployed.
    pub fn deploy_file(&self, id: &str, compiled: Compiled, document: &[u8]) -> Result<(), String> {
        let _held = self.lock();
        let state = self.state.load();
        let before = state.models.get(id);
        if state.broken.contains_key(id) || before.is_some_and(|before| !before.from_folder) {
            return Err(format!("the id `{id}` is already used by a model that a client deployed"));
        }
        let version = Arc::new(Version {
            number: before.map_or(1, |before| before.version.number.saturating_add(1)),
            deployment: DeploymentId::random().map_err(|error| error.to_string())?,
            created: Timestamp::now(),
            size: document.len() as u64,
            checksum: version::checksum(document),
            model_version: compiled.model_version.clone(),
            selection: Selection::default(),
            // The file may change before the document is requested.
            source: Source::memory(document),
        });
        self.serve(id, compiled, vec![version], true);
        Ok(())
    }

    /// Plans a rollback to the version with a number, or to the one before the version that serves.
    ///
    /// # Errors
    /// Fails if there is no such version.
    pub fn plan_roll_back(&self, id: &str, number: Option<u64>) -> Result<RollBack, Failure> {
        let state = self.state.load();
        check_changeable(&state, id)?;
        let known = state.known(id).ok_or_else(|| Failure::no_model(id))?;
        let (target, served) = match number {
            Some(number) => {
                let target = known.iter().find(|version| version.number == number);
                (target.ok_or_else(|| no_version(id, number))?, None)
            }
            None => {
                let served = known.first();
                let current = served.map_or(0, |version| version.number);
                let before = known.iter().filter(|version| version.number < current);
                let target = before.max_by_key(|version| version.number).ok_or_else(|| {
                    Failure::conflict(format!("Model \"{id}\" has no version before the one that serves"))
                })?;
                (target, served)
            }
        };
        Ok(RollBack { id: id.to_owned(), target: Arc::clone(target), served: served.cloned() })
    }

    /// Serves an earlier version again.
    ///
    /// # Errors
    /// Fails if a deployment that the plan has seen is gone, or the store cannot be written.
    pub fn roll_back(&self, plan: &RollBack, compiled: Compiled) -> Result<Arc<Deployed>, Failure> {
        let RollBack { id, target, served } = plan;
        let store = self.lock();
        let state = self.state.load();
        check_changeable(&state, id)?;
        let known = state.known(id).unwrap_or_default();
        let is_first = |served: &Arc<Version>| known.first().is_some_and(|first| first.is(served));
        if !known.iter().any(|version| version.is(target)) || !served.as_ref().is_none_or(is_first) {
            return Err(overtaken(id));
        }
        let kept = self.kept(target, &known);
        if let Some(store) = &*store {
            store.change(id, &known, &kept, None).map_err(|error| not_stored(&error))?;
        }
        Ok(self.serve(id, compiled, kept, false))
    }

    /// Stops serving a model.
    ///
    /// # Errors
    /// Fails if there is no such model, it comes from the model folder, or the store cannot be written.
    pub fn undeploy(&self, id: &str) -> Result<(), Failure> {
        let store = self.lock();
        let state = self.state.load();
        check_changeable(&state, id)?;
        let known = state.known(id).ok_or_else(|| Failure::no_model(id))?;
        if let Some(store) = &*store {
            store.remove(id, &known).map_err(|error| not_stored(&error))?;
        }
        self.drop_model(id);
        Ok(())
    }

    /// Stops serving a model whose file was removed from the model folder.
    pub fn undeploy_file(&self, id: &str) {
        let _held = self.lock();
        if self.find(id).is_some_and(|model| model.from_folder) {
            self.drop_model(id);
        }
    }

    /// Sets or clears the message about a file of the model folder.
    pub fn report_file(&self, file: &str, message: Option<String>) {
        let _held = self.lock();
        let mut state = self.state();
        match message {
            Some(message) => state.broken_files.insert(file.to_owned(), message),
            None => state.broken_files.remove(file),
        };
        self.publish(state);
    }

    fn drop_model(&self, id: &str) {
        let mut state = self.state();
        state.broken.remove(id);
        state.models.remove(id);
        self.publish(state);
        self.metrics.forget(id);
    }

    fn serve(
        &self,
        id: &str,
        compiled: Compiled,
        mut versions: Vec<Arc<Version>>,
        from_folder: bool,
    ) -> Arc<Deployed> {
        let (version, metrics) = (versions.remove(0), self.metrics.model(id));
        let deployed =
            Arc::new(Deployed::new(id.to_owned(), compiled, version, versions, from_folder, metrics));
        let mut state = self.state();
        state.broken.remove(id);
        state.models.insert(id.to_owned(), Arc::clone(&deployed));
        self.publish(state);
        deployed
    }

    /// Returns the versions to keep: the one that will serve, then the latest of the others.
    fn kept(&self, serving: &Arc<Version>, others: &[Arc<Version>]) -> Vec<Arc<Version>> {
        let mut others: Vec<_> =
            others.iter().filter(|version| version.number != serving.number).cloned().collect();
        others.sort_by_key(|version| std::cmp::Reverse(version.number));
        others.truncate(self.keep_versions);
        std::iter::once(Arc::clone(serving)).chain(others).collect()
    }
}

/// Returns the versions of a model, beginning with the one that serves.
fn versions(model: &Deployed) -> Vec<Arc<Version>> {
    std::iter::once(&model.version).chain(&model.earlier).cloned().collect()
}

/// Checks that clients can change an id.
fn check_changeable(state: &State, id: &str) -> Result<(), Failure> {
    if state.models.get(id).is_some_and(|model| model.from_folder) {
        return Err(from_folder(id));
    }
    match state.broken.get(id) {
        Some(broken) if broken.unreadable => Err(Failure::unavailable(format!(
            "Model \"{id}\" cannot be changed: its files in the store cannot be read: {}",
            broken.message
        ))),
        _ => Ok(()),
    }
}

fn from_folder(id: &str) -> Failure {
    Failure::conflict(format!("Model \"{id}\" comes from the model folder: change or remove its file there"))
}

fn no_version(id: &str, number: u64) -> Failure {
    Failure::not_found(format!("Model \"{id}\" has no version {number}"))
}

fn overtaken(id: &str) -> Failure {
    Failure::conflict(format!("Model \"{id}\" was changed by another request meanwhile: nothing was changed"))
}

fn not_stored(failed: &ChangeError) -> Failure {
    let ChangeError { error, undone } = failed;
    tracing::error!(%error, undone, "the store cannot be written");
    let outcome = if *undone {
        "nothing was changed"
    } else {
        "the change is not in effect, but may be after a restart"
    };
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Failure::new(StatusCode::INSUFFICIENT_STORAGE, format!("The store is full: {outcome}"))
        }
        ErrorKind::FileTooLarge => Failure::too_large(format!("The store cannot hold it: {error}")),
        _ => {
            let message = format!("The store cannot be written: {outcome}");
            Failure::new(StatusCode::INTERNAL_SERVER_ERROR, message)
        }
    }
}

#[cfg(test)]
mod tests;
