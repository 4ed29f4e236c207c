//! TLS: encrypted connections, without a proxy before the server.
//!
//! [`certificates`] reads a certificate and its key, and reads them anew when their files change: renewal takes no restart.
//! [`handshake`] is what comes before the first request of a connection, within a time limit and in the connection's own
//! task, so that a client that stalls keeps no other waiting.

mod certificates;
mod handshake;

pub use certificates::{Certificates, TlsError, TlsFiles};
pub use handshake::{Stream, handshake};
