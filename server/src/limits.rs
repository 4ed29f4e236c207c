//! The limits of requests.

use crate::machine;
use std::time::Duration;

/// The limits of requests. Each field's documentation has the status of requests that exceed it.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Maximum size of a document in bytes, after decompression: 413.
    pub document_bytes: u64,
    /// Maximum size in bytes of any other body that is held in memory, after decompression: 413.
    pub body_bytes: u64,
    /// Maximum number of bytes that all requests together hold in memory: 503, or 413 for a request that would never fit.
    pub memory: u64,
    /// Maximum number of rows in a request: 413.
    pub rows: u64,
    /// Maximum number of rows of a request times results of a row: 413.
    pub cells: u64,
    /// Maximum number of requests at the same time: 503.
    pub requests: usize,
    /// Maximum number of connections at the same time: more wait to be accepted.
    pub connections: usize,
    /// Maximum share of the requests and connections for one client, in percent: 503.
    pub client_share: u8,
    /// Maximum time of an evaluation after its body has arrived: 503. Streams are not limited.
    pub evaluation_time: Duration,
    /// Maximum time to compile a document: 503.
    pub compilation_time: Duration,
    /// Maximum size of a program, as a multiple of its document's size, to which 32 MiB are added: 400.
    pub expansion: u64,
    /// The budget of a row. A row that exceeds it fails.
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
