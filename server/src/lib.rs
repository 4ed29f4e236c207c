//! Serves PMML models over HTTP, compatible with Openscoring.
//!
//! A [`Server`] speaks the API of Openscoring 2, so that its clients work unchanged: models are deployed, listed,
//! evaluated (row by row, in batches, as CSV) and undeployed. Beyond it: versions, a store that survives a crash, limits,
//! metrics. `docs/serving.md` describes all of it for those who run it.
//!
//! ```no_run
//! use pmml_server::Configuration;
//! pmml_server::serve(Configuration { port: 8080, ..Configuration::default() })?;
//! # Ok::<(), pmml_server::ServerError>(())
//! ```
//!
//! # How a request runs
//!
//! `server` accepts connections, `application` has what happens to every request, `routes` what each path does.
//! The `registry` holds the models: requests take them without a lock. Small rows are scored where they arrive; batches
//! and tables go to threads for blocking work and are spread over the cores.

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
