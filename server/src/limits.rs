//! Limits: what a request may take.

use crate::machine;
use std::time::Duration;

/// What requests may take. What is beyond is refused with a status that says so.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a document, after decompression: 413.
    pub document_bytes: u64,
    /// Bytes of any other body that is held in memory, after decompression: 413.
    pub body_bytes: u64,
    /// Bytes that all requests together hold in memory: 503, or 413 for a request that would never fit.
    pub memory: u64,
    /// Rows of a request: 413.
    pub rows: u64,
    /// Rows of a request times results of a row: 413.
    pub cells: u64,
    /// Requests at the same time: 503.
    pub requests: usize,
    /// Connections at the same time: more wait to be accepted.
    pub connections: usize,
    /// How much of the requests and connections one client may take, in percent: 503. 100 for all.
    pub client_share: u8,
    /// How long an evaluation may take, once its body is there: 503. Streams have no such end.
    pub evaluation_time: Duration,
    /// How long compiling a document may take: 503.
    pub compilation_time: Duration,
    /// How many times the size of its document a program may take, besides 32 MiB: 400.
    pub expansion: u64,
    /// What one row may take: the row fails.
    pub row: pmml::Budget,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            document_bytes: 1 << 30,
            body_bytes: 64 << 20,
            memory: machine::default_budget(),
            rows: 10_000_000,
            cells: 100_000_000,
            requests: 1024,
            connections: 10_000,
            client_share: 50,
            evaluation_time: Duration::from_secs(60),
            compilation_time: Duration::from_secs(600),
            expansion: 64,
            row: pmml::Budget::default(),
        }
    }
}
