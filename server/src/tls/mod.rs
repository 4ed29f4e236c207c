//! TLS: encrypted connections without a proxy in front of the server.
//!
//! [`certificates`] reads a certificate and its key, and reloads them when their files change, so that renewal needs no
//! restart. [`handshake`] runs before the first request of a connection, within a time limit and in the task of the
//! connection, so that a client that stalls does not delay others.

mod certificates;
mod handshake;

pub use certificates::{Certificates, TlsError, TlsFiles};
pub use handshake::{Stream, handshake};
