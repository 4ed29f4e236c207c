//! The registry: which models are served.
//!
//! Readers take the current map without a lock. Changes come one after another: each is first made in the store, then in
//! a new map, which takes the old one's place at once; requests that hold a model of the old map finish with it.

use crate::deployed::{Compiled, Deployed};
use crate::failure::Failure;
use crate::metrics::Metrics;
use crate::store::Store;
use crate::version::{self, Source, Version};
use arc_swap::ArcSwap;
use axum::http::StatusCode;
use jiff::Timestamp;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What readers see.
#[derive(Clone, Debug, Default)]
struct State {
    models: BTreeMap<String, Arc<Deployed>>,
    /// Ids of the store whose models could not be loaded.
    broken: BTreeMap<String, Broken>,
    /// Files of the model folder that could not be loaded, and why.
    broken_files: BTreeMap<String, String>,
}

/// An id whose model could not be loaded.
#[derive(Clone, Debug)]
struct Broken {
    versions: Vec<Arc<Version>>,
    message: String,
}

/// The models that are served.
#[derive(Debug)]
pub struct Registry {
    state: ArcSwap<State>,
    /// The store, if there is one. Held by whoever changes something, with a store or without.
    store: Mutex<Option<Store>>,
    /// How many versions before the one that serves are kept.
    keep_versions: usize,
    metrics: Metrics,
}

/// What is wrong with documents that are not served.
pub type Report = BTreeMap<String, String>;

impl Registry {
    /// A registry without models.
    pub fn new(keep_versions: usize, metrics: Metrics) -> Self {
        Registry { state: ArcSwap::default(), store: Mutex::default(), keep_versions, metrics }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Store>> {
        // A change that panicked has published its state or not.
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

    /// Uses a store from now on, and loads what it holds. Documents that cannot be loaded are reported and kept.
    ///
    /// # Errors
    /// If the store cannot be read or written.
    pub fn open_store(&self, directory: &Path) -> io::Result<()> {
        let mut held = self.lock();
        let store = Store::open(directory)?;
        let stored = store.load()?;
        let loaded: Vec<_> = stored
            .into_par_iter()
            .map(|stored| {
                let versions = stored.versions.as_deref().unwrap_or_default().to_vec();
                (stored.id, stored.versions.and_then(|versions| load(&versions)), versions)
            })
            .collect();
        let mut state = self.state();
        for (id, compiled, mut versions) in loaded {
            match compiled {
                Ok(compiled) => {
                    let (current, metrics) = (versions.remove(0), self.metrics.model(&id));
                    let deployed = Deployed::new(id.clone(), compiled, current, versions, false, metrics);
                    state.models.insert(id, Arc::new(deployed));
                }
                Err(message) => {
                    tracing::error!(id, message, "a stored model could not be loaded");
                    state.broken.insert(id, Broken { versions, message });
                }
            }
        }
        *held = Some(store);
        self.publish(state);
        Ok(())
    }

    /// The model of an id.
    pub fn find(&self, id: &str) -> Option<Arc<Deployed>> {
        self.state.load().models.get(id).cloned()
    }

    /// The model of an id, or why there is none.
    ///
    /// # Errors
    /// If there is none.
    pub fn get(&self, id: &str) -> Result<Arc<Deployed>, Failure> {
        self.find(id).ok_or_else(|| match self.state.load().broken.get(id) {
            Some(broken) => Failure::unavailable(format!(
                "Model \"{id}\" is in the store but could not be loaded: {}",
                broken.message
            )),
            None => Failure::no_model(id),
        })
    }

    /// All models, by id.
    pub fn list(&self) -> Vec<Arc<Deployed>> {
        let mut all: Vec<_> = self.state.load().models.values().cloned().collect();
        all.sort_by_cached_key(|model| (model.id.to_lowercase(), model.id.clone()));
        all
    }

    /// What is wrong with documents that are not served.
    pub fn report(&self) -> Report {
        let state = self.state.load();
        let stored = state.broken.iter().map(|(id, broken)| (id.clone(), broken.message.clone()));
        stored.chain(state.broken_files.clone()).collect()
    }

    /// Serves a model that a client has sent. Tells also whether its id is new.
    ///
    /// # Errors
    /// If the id is taken by a file of the model folder, or the store cannot be written.
    pub fn deploy(
        &self,
        id: &str,
        compiled: Compiled,
        document: &[u8],
        model_name: Option<String>,
    ) -> Result<(Arc<Deployed>, bool), Failure> {
        let store = self.lock();
        let before = self.find(id);
        if let Some(before) = &before
            && before.from_folder
        {
            return Err(from_folder(id));
        }
        let earlier = self.known(id).unwrap_or_default();
        let number = 1 + earlier.iter().map(|version| version.number).max().unwrap_or(0);
        let source = match &*store {
            Some(store) => Source::File(store.document(id, number)),
            None => Source::memory(document),
        };
        let version = Arc::new(Version {
            number,
            created: Timestamp::now(),
            size: document.len() as u64,
            checksum: version::checksum(document),
            model_version: compiled.model_version.clone(),
            model_name,
            source,
        });
        let kept = self.kept(&version, &earlier);
        if let Some(store) = &*store {
            let written =
                store.put_document(id, number, document).and_then(|()| store.put_manifest(id, &kept));
            if let Err(error) = written {
                if let Err(error) = store.recover(id, &earlier) {
                    tracing::warn!(id, %error, "the rest of a failed deployment is left in the store");
                }
                return Err(not_stored(&error));
            }
        }
        let deployed = self.serve(store.as_ref(), id, compiled, kept, false);
        Ok((deployed, before.is_none()))
    }

    /// Serves a model from a file of the model folder.
    ///
    /// # Errors
    /// If the id is taken by a model that a client has sent.
    pub fn deploy_file(&self, id: &str, compiled: Compiled, document: &[u8]) -> Result<(), String> {
        let store = self.lock();
        let before = self.find(id);
        if self.state.load().broken.contains_key(id)
            || before.as_ref().is_some_and(|before| !before.from_folder)
        {
            return Err(format!("the id `{id}` is taken by a model that was deployed by a client"));
        }
        let version = Arc::new(Version {
            number: before.map_or(1, |before| before.version.number + 1),
            created: Timestamp::now(),
            size: document.len() as u64,
            checksum: version::checksum(document),
            model_version: compiled.model_version.clone(),
            model_name: None,
            // The file may change before anybody asks for what is served.
            source: Source::memory(document),
        });
        self.serve(store.as_ref(), id, compiled, vec![version], true);
        Ok(())
    }

    /// Serves an earlier version again.
    ///
    /// # Errors
    /// If there is no such version, or the store cannot be written.
    pub fn go_back(&self, id: &str, number: u64, compiled: Compiled) -> Result<Arc<Deployed>, Failure> {
        let store = self.lock();
        let known = self.known(id).ok_or_else(|| Failure::no_model(id))?;
        let version =
            known.iter().find(|version| version.number == number).ok_or_else(|| no_version(id, number))?;
        let kept = self.kept(version, &known);
        if let Some(store) = &*store {
            store.put_manifest(id, &kept).map_err(|error| not_stored(&error))?;
        }
        Ok(self.serve(store.as_ref(), id, compiled, kept, false))
    }

    /// A version that is kept: of a number, or the one before the version that serves.
    ///
    /// # Errors
    /// If there is none.
    pub fn version(&self, id: &str, number: Option<u64>) -> Result<Arc<Version>, Failure> {
        if self.find(id).is_some_and(|model| model.from_folder) {
            return Err(from_folder(id));
        }
        let known = self.known(id).ok_or_else(|| Failure::no_model(id))?;
        let found = match number {
            Some(number) => known.iter().find(|version| version.number == number),
            None => {
                let current = known.first().map_or(0, |version| version.number);
                known.iter().filter(|version| version.number < current).max_by_key(|version| version.number)
            }
        };
        found.cloned().ok_or_else(|| match number {
            Some(number) => no_version(id, number),
            None => Failure::conflict(format!("Model \"{id}\" has no version before the one that serves")),
        })
    }

    /// Serves a model no longer.
    ///
    /// # Errors
    /// If there is none, it comes from the model folder, or the store cannot be written.
    pub fn undeploy(&self, id: &str) -> Result<(), Failure> {
        let store = self.lock();
        match self.find(id) {
            Some(model) if model.from_folder => return Err(from_folder(id)),
            None if !self.state.load().broken.contains_key(id) => return Err(Failure::no_model(id)),
            _ => {}
        }
        if let Some(store) = &*store {
            store.remove(id).map_err(|error| not_stored(&error))?;
        }
        self.drop_model(id);
        Ok(())
    }

    /// Serves a model no longer whose file was removed from the model folder.
    pub fn undeploy_file(&self, id: &str) {
        let _held = self.lock();
        if self.find(id).is_some_and(|model| model.from_folder) {
            self.drop_model(id);
        }
    }

    /// Reports what is wrong with a file of the model folder, or that nothing is.
    pub fn report_file(&self, file: &str, message: Option<String>) {
        let _held = self.lock();
        let mut state = self.state();
        match message {
            Some(message) => state.broken_files.insert(file.to_owned(), message),
            None => state.broken_files.remove(file),
        };
        self.publish(state);
    }

    /// The versions of an id, the one that serves first.
    fn known(&self, id: &str) -> Option<Vec<Arc<Version>>> {
        let state = self.state.load();
        let served = state.models.get(id).map(|model| versions(model));
        served.or_else(|| state.broken.get(id).map(|broken| broken.versions.clone()))
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
        store: Option<&Store>,
        id: &str,
        compiled: Compiled,
        mut versions: Vec<Arc<Version>>,
        from_folder: bool,
    ) -> Arc<Deployed> {
        let kept = versions.clone();
        let (version, metrics) = (versions.remove(0), self.metrics.model(id));
        let deployed =
            Arc::new(Deployed::new(id.to_owned(), compiled, version, versions, from_folder, metrics));
        let mut state = self.state();
        state.broken.remove(id);
        state.models.insert(id.to_owned(), Arc::clone(&deployed));
        self.publish(state);
        if let (Some(store), false) = (store, from_folder)
            && let Err(error) = store.sweep(id, &kept)
        {
            tracing::warn!(id, %error, "old documents are left in the store");
        }
        deployed
    }

    /// The versions to keep: one that is to serve, then the latest of the others.
    fn kept(&self, serving: &Arc<Version>, others: &[Arc<Version>]) -> Vec<Arc<Version>> {
        let mut others: Vec<_> =
            others.iter().filter(|version| version.number != serving.number).cloned().collect();
        others.sort_by_key(|version| std::cmp::Reverse(version.number));
        others.truncate(self.keep_versions);
        std::iter::once(Arc::clone(serving)).chain(others).collect()
    }
}

/// The versions of a model, the one that serves first.
fn versions(model: &Deployed) -> Vec<Arc<Version>> {
    std::iter::once(&model.version).chain(&model.earlier).cloned().collect()
}

/// Compiles the version that serves.
fn load(versions: &[Arc<Version>]) -> Result<Compiled, String> {
    let version = versions.first().ok_or("its manifest names no version")?;
    let document = version.source.read().map_err(|error| error.to_string())?;
    if version::checksum(&document) != version.checksum {
        return Err("its document was changed or is damaged: the checksum differs".to_owned());
    }
    crate::deployed::compile(&document, version.model_name.as_deref())
}

fn from_folder(id: &str) -> Failure {
    Failure::conflict(format!("Model \"{id}\" comes from the model folder: change or remove its file there"))
}

fn no_version(id: &str, number: u64) -> Failure {
    Failure::not_found(format!("Model \"{id}\" has no version {number}"))
}

fn not_stored(error: &io::Error) -> Failure {
    let full = matches!(error.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded);
    tracing::error!(%error, "the store cannot be written");
    if full {
        return Failure::new(StatusCode::INSUFFICIENT_STORAGE, "The store is full: nothing was changed");
    }
    Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "The store cannot be written: nothing was changed")
}
