//! The memory budget of all requests together.
//!
//! Bodies, decoded rows, results and responses draw from one counter of bytes. A request has an [`Account`], which sums up
//! the bytes that the request holds, and takes [`Memory`] through it: a guard that gives its bytes back when it is dropped.
//! A response that is still being written to a slow client also owns such a guard.
//!
//! Not all requests may use the last bytes. Large requests leave an eighth of the budget to small ones, and these leave a
//! sixteenth to administration, so that neither many large requests nor many small ones prevent the deployment of a model.

use crate::failure::Failure;
use axum::body::Bytes;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Maximum number of bytes that a small request holds.
const SMALL: u64 = 1 << 20;
/// Memory that grows byte by byte is taken in portions of this size.
const PORTION: u64 = 64 << 10;

/// The bytes that all requests together may hold.
#[derive(Clone, Debug)]
pub struct Budget(Arc<Pool>);

#[derive(Debug)]
struct Pool {
    total: u64,
    used: AtomicU64,
    refusals: AtomicU64,
}

/// The purpose of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To evaluate models, or to read about them.
    Evaluation,
    /// To change the models that are served, or to monitor the server.
    Administration,
}

/// The part of the budget that one request holds.
#[derive(Clone, Debug)]
pub struct Account(Arc<Request>);

#[derive(Debug)]
struct Request {
    pool: Arc<Pool>,
    purpose: Purpose,
    held: AtomicU64,
}

/// Some bytes of the budget, which are given back when this is dropped.
#[derive(Debug)]
pub struct Memory {
    account: Account,
    bytes: u64,
}

impl Budget {
    /// Makes a budget with a number of bytes.
    pub fn new(total: u64) -> Self {
        Budget(Arc::new(Pool { total, used: AtomicU64::new(0), refusals: AtomicU64::new(0) }))
    }

    /// Opens the account of a request.
    pub fn open(&self, purpose: Purpose) -> Account {
        Account(Arc::new(Request { pool: Arc::clone(&self.0), purpose, held: AtomicU64::new(0) }))
    }

    /// Returns the total number of bytes.
    pub fn total(&self) -> u64 {
        self.0.total
    }

    /// Returns the number of bytes that are held.
    pub fn used(&self) -> u64 {
        self.0.used.load(Ordering::Relaxed)
    }

    /// Returns the number of requests that were rejected because they would have exceeded the budget.
    pub fn refusals(&self) -> u64 {
        self.0.refusals.load(Ordering::Relaxed)
    }
}

impl Account {
    /// Takes a number of bytes.
    ///
    /// # Errors
    /// Fails with 503 if the budget is spent, and with 413 if the request holds more than the budget will ever have.
    pub fn hold(&self, bytes: u64) -> Result<Memory, Failure> {
        let mut memory = self.memory();
        memory.grow(bytes)?;
        Ok(memory)
    }

    /// Makes a guard that holds nothing yet.
    pub fn memory(&self) -> Memory {
        Memory { account: self.clone(), bytes: 0 }
    }

    /// Returns the total number of bytes of the budget.
    pub fn total(&self) -> u64 {
        self.0.pool.total
    }

    /// Returns the maximum number of bytes of the budget that may be used after a request takes memory, if it then holds
    /// `held` bytes.
    fn ceiling(&self, held: u64) -> u64 {
        let total = self.0.pool.total;
        match self.0.purpose {
            Purpose::Administration => total,
            Purpose::Evaluation if held <= SMALL => total - total / 16,
            Purpose::Evaluation => total - total / 8,
        }
    }

    fn take(&self, bytes: u64) -> Result<(), Failure> {
        let Request { pool, held, .. } = &*self.0;
        let refused = |failure| {
            pool.refusals.fetch_add(1, Ordering::Relaxed);
            Err(failure)
        };
        // The request's own sum is increased first, so that two of its threads cannot both take the rest.
        let own = held.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let ceiling = self.ceiling(own);
        if own > ceiling {
            held.fetch_sub(bytes, Ordering::Relaxed);
            return refused(Failure::too_large(format!(
                "The request needs more memory than the {ceiling} bytes that one request may use (`--max-memory`): split \
                 it into smaller ones"
            )));
        }
        let mut used = pool.used.load(Ordering::Relaxed);
        loop {
            let Some(next) = used.checked_add(bytes).filter(|next| *next <= ceiling) else {
                held.fetch_sub(bytes, Ordering::Relaxed);
                return refused(Failure::busy("The server's memory for requests is spent (`--max-memory`)"));
            };
            match pool.used.compare_exchange_weak(used, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(now) => used = now,
            }
        }
    }

    fn give_back(&self, bytes: u64) {
        self.0.held.fetch_sub(bytes, Ordering::Relaxed);
        self.0.pool.used.fetch_sub(bytes, Ordering::Relaxed);
    }
}

impl Memory {
    /// Takes more bytes.
    ///
    /// # Errors
    /// As [`Account::hold`].
    pub fn grow(&mut self, bytes: u64) -> Result<(), Failure> {
        if bytes > 0 {
            self.account.take(bytes)?;
            self.bytes += bytes;
        }
        Ok(())
    }

    /// Takes bytes up to a total of `bytes`, and a few more, so that memory that grows in small steps is rarely requested.
    ///
    /// # Errors
    /// As [`Account::hold`].
    pub fn cover(&mut self, bytes: u64) -> Result<(), Failure> {
        match bytes.checked_sub(self.bytes) {
            None | Some(0) => Ok(()),
            Some(missing) if bytes <= PORTION => self.grow(missing),
            Some(missing) => self.grow(missing.max(PORTION)),
        }
    }

    /// Gives back all bytes beyond `bytes`.
    pub fn shrink(&mut self, bytes: u64) {
        if let Some(more) = self.bytes.checked_sub(bytes)
            && more > 0
        {
            self.account.give_back(more);
            self.bytes = bytes;
        }
    }

    /// Takes over the bytes of another guard of the same request.
    pub fn join(&mut self, mut other: Memory) {
        self.bytes += std::mem::take(&mut other.bytes);
    }

    /// Returns the account from which the memory is taken.
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Returns the number of bytes that are held.
    pub fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.account.give_back(self.bytes);
        }
    }
}

/// Bytes that are counted as long as a reference to them exists.
#[derive(Debug)]
pub struct Held {
    bytes: Vec<u8>,
    memory: Memory,
}

impl Held {
    /// Counts bytes with a guard, which is adjusted to their capacity.
    ///
    /// # Errors
    /// As [`Account::hold`].
    pub fn new(bytes: Vec<u8>, memory: Memory) -> Result<Self, Failure> {
        let mut held = Held { bytes, memory };
        held.count()?;
        held.memory.shrink(held.bytes.capacity() as u64);
        Ok(held)
    }

    /// Returns the bytes for appending. Call [`Self::count`] after each addition.
    pub fn bytes_mut(&mut self) -> &mut Vec<u8> {
        &mut self.bytes
    }

    /// Counts the bytes that were added.
    ///
    /// # Errors
    /// As [`Account::hold`].
    pub fn count(&mut self) -> Result<(), Failure> {
        self.memory.cover(self.bytes.capacity() as u64)
    }

    /// Returns whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Returns the bytes, which are given back to the budget when the last reference to them is dropped.
    pub fn into_bytes(self) -> Bytes {
        if self.bytes.is_empty() {
            return Bytes::new();
        }
        Bytes::from_owner(self)
    }
}

impl AsRef<[u8]> for Held {
    fn as_ref(&self) -> &[u8] {
        debug_assert!(self.memory.bytes() >= self.bytes.len() as u64);
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dropped_memory_is_given_back() {
        let budget = Budget::new(100 << 20);
        let account = budget.open(Purpose::Evaluation);
        let mut memory = account.hold(10).unwrap();
        memory.grow(5).unwrap();
        assert_eq!(budget.used(), 15);
        memory.shrink(4);
        memory.join(account.hold(3).unwrap());
        assert_eq!((budget.used(), memory.bytes()), (7, 7));
        let bytes = Held::new(vec![1; 50], memory).unwrap().into_bytes();
        let part = bytes.slice(3..4);
        drop(bytes);
        assert_eq!(budget.used(), 50);
        drop(part);
        assert_eq!((budget.used(), budget.refusals()), (0, 0));
    }

    #[test]
    fn the_last_bytes_are_reserved_for_small_requests_and_administration() {
        let budget = Budget::new(160 << 20);
        let status = |result: Result<Memory, Failure>| result.map_err(|failure| failure.status.as_u16());
        let large = budget.open(Purpose::Evaluation).hold(140 << 20).unwrap();
        assert_eq!(status(budget.open(Purpose::Evaluation).hold(2 << 20)).unwrap_err(), 503);
        let small: Vec<_> = (0..10).map(|_| budget.open(Purpose::Evaluation).hold(SMALL).unwrap()).collect();
        assert_eq!(status(budget.open(Purpose::Evaluation).hold(1)).unwrap_err(), 503);
        let deploy = budget.open(Purpose::Administration).hold(10 << 20).unwrap();
        assert_eq!(status(budget.open(Purpose::Administration).hold(1)).unwrap_err(), 503);
        drop((large, small, deploy));
        // A request that can never succeed fails differently from one that cannot succeed now.
        let account = budget.open(Purpose::Evaluation);
        let half = account.hold(80 << 20).unwrap();
        assert_eq!(status(account.hold(80 << 20)).unwrap_err(), 413);
        drop(half);
        assert_eq!((budget.used(), budget.refusals()), (0, 4));
    }
}
