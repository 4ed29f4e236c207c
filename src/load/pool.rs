//! The pool of a model's idle scorers, which makes scoring a row free of allocations.

use super::blocks::BlockMemory;
use super::compiled::Compiled;
use super::scorer::Scorer;
use std::sync::{Arc, Mutex, PoisonError};

/// Maximum number of idle scorers: the number of threads that may reasonably score at the same time.
const IDLE_SCORERS: usize = 64;
/// Maximum total size of their frames in bytes, unless a single one is larger.
const IDLE_BYTES: usize = 32 << 20;

/// The scorers of a model that are not in use.
pub(super) struct ScorerPool {
    model: Arc<Compiled>,
    #[expect(clippy::vec_box, reason = "scorers take and return boxes: a pointer is moved, not the memory")]
    idle: Mutex<Vec<Box<BlockMemory>>>,
}

impl ScorerPool {
    pub(super) fn new(model: Arc<Compiled>) -> Self {
        ScorerPool { model, idle: Mutex::new(Vec::new()) }
    }

    /// Calls a function with a scorer, whose memory is taken from the pool if it has any. The contents of its cells are
    /// arbitrary.
    pub(super) fn with_scorer<T>(&self, work: impl FnOnce(&mut Scorer) -> T) -> T {
        let memory = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scorer = match memory {
            Some(memory) => Scorer::with_memory(Arc::clone(&self.model), memory),
            None => Scorer::new(Arc::clone(&self.model)),
        };
        let result = work(&mut scorer);
        let bytes = scorer.frame_bytes();
        let memory = scorer.into_memory();
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = idle.len() < IDLE_SCORERS && idle.len().saturating_mul(bytes) < IDLE_BYTES;
        if fits {
            idle.push(memory);
        }
        result
    }
}
