//! Serves PMML models over HTTP, compatible with Openscoring.
//!
//! A [`Server`] has the API of Openscoring 2, so that its clients work unchanged: models are deployed, listed, evaluated (row
//! by row, in batches, as CSV) and undeployed. It adds versions, a store that survives a crash, limits and metrics.
//! `docs/serving.md` is its manual.
//!
//! ```no_run
//! use pmml_server::Configuration;
//! pmml_server::serve(Configuration { port: 8080, ..Configuration::default() })?;
//! # Ok::<(), pmml_server::ServerError>(())
//! ```
//!
//! # How a request runs
//!
//! `server` accepts connections, `application` processes every request, and `routes` has the handlers of the paths. The
//! `registry` has the models, which requests read without a lock. Single rows that are small are scored on the thread of the
//! connection; batches and tables are scored on threads for blocking work, on all cores.

#![forbid(unsafe_code)]

mod access;
mod application;
mod arrow;
mod body;
mod budget;
mod configuration;
mod decompress;
mod deployed;
mod failure;
mod folder;
#[doc(hidden)]
pub mod fuzzing;
mod json;
mod limits;
mod lines;
mod logs;
mod machine;
mod media;
mod metrics;
mod multipart;
mod paced;
mod pages;
mod places;
mod process;
mod registry;
mod routes;
mod rows;
mod server;
mod service;
mod store;
mod stream;
mod table;
mod tls;
mod version;
mod watch;
mod work;

pub use access::{AccessRules, Addresses, Token, TokenError};
pub use configuration::Configuration;
pub use limits::Limits;
pub use logs::{LogFormat, write_logs};
pub use process::serve;
pub use server::{Server, ServerError};
pub use store::StoreError;
pub use tls::{TlsError, TlsFiles};
