//! Limits: what a request may take.

use crate::failure::Failure;
use std::time::{Duration, Instant};

/// What requests may take. What is beyond is refused with a status that says so.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a document, after decompression: 413.
    pub document_bytes: u64,
    /// Bytes of any other body that is held in memory, after decompression: 413.
    pub body_bytes: u64,
    /// Rows of a request: 413.
    pub rows: u64,
    /// Requests at the same time: 503.
    pub requests: usize,
    /// Connections at the same time: more wait to be accepted.
    pub connections: usize,
    /// How long an evaluation may take, once its body is there: 503. Streams have no such end.
    pub evaluation_time: Duration,
    /// How long compiling a document may take: 503.
    pub compilation_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            document_bytes: 1 << 30,
            body_bytes: 64 << 20,
            rows: 10_000_000,
            requests: 1024,
            connections: 10_000,
            evaluation_time: Duration::from_secs(60),
            compilation_time: Duration::from_secs(600),
        }
    }
}

/// What is left for the work of a request.
#[derive(Clone, Debug)]
pub struct Work {
    end: Option<Instant>,
    rows: u64,
    bytes: u64,
}

impl Work {
    /// The work of a request that is answered as a whole.
    pub fn new(limits: &Limits) -> Self {
        Work { end: Some(Instant::now() + limits.evaluation_time), ..Self::streamed(limits) }
    }

    /// The work of a stream, which lasts as long as its rows come.
    pub fn streamed(limits: &Limits) -> Self {
        Work { end: None, rows: limits.rows, bytes: limits.body_bytes }
    }

    /// Takes a row.
    ///
    /// # Errors
    /// If there were too many before.
    pub fn row(&mut self) -> Result<(), Failure> {
        self.rows(1)
    }

    /// Takes some rows.
    ///
    /// # Errors
    /// If there were too many before.
    pub fn rows(&mut self, count: u64) -> Result<(), Failure> {
        self.rows = self
            .rows
            .checked_sub(count)
            .ok_or_else(|| Failure::too_large("There are more rows than the limit"))?;
        Ok(())
    }

    /// Takes memory that is kept until the end.
    ///
    /// # Errors
    /// If too much was taken before.
    pub fn hold(&mut self, bytes: u64) -> Result<(), Failure> {
        self.bytes = self
            .bytes
            .checked_sub(bytes)
            .ok_or_else(|| Failure::too_large("Rows that must be held together are larger than the limit"))?;
        Ok(())
    }

    /// Looks at the clock.
    ///
    /// # Errors
    /// If the time is over.
    pub fn check(&self) -> Result<(), Failure> {
        if self.end.is_some_and(|end| Instant::now() > end) {
            return Err(Failure::unavailable("The evaluation takes longer than the limit"));
        }
        Ok(())
    }
}
