//! What can be chosen when a server starts.

use crate::access::AccessRules;
use crate::limits::Limits;
use crate::tls::TlsFiles;
use std::path::PathBuf;
use std::time::Duration;

/// What can be chosen when a server starts.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The host or address to listen at; both loopback addresses, if empty, so that other machines do not reach the server.
    pub host: String,
    /// The port; 0 for any.
    pub port: u16,
    /// The path before that of the API.
    pub application_path: String,
    /// What the header `X-Application` says, by which clients know an Openscoring server.
    pub application_name: String,
    /// Where deployed models are kept; in memory alone, unless given.
    pub store: Option<PathBuf>,
    /// A folder of documents to serve.
    pub model_folder: Option<PathBuf>,
    /// Whether clients cannot change what is served.
    pub read_only: bool,
    /// How many earlier versions of a model are kept.
    pub keep_versions: usize,
    /// The certificate for encrypted connections; without it they are not encrypted.
    pub tls: Option<TlsFiles>,
    /// Who may do what.
    pub access: AccessRules,
    /// What requests may take.
    pub limits: Limits,
    /// How long requests in flight may go on when the server is asked to stop.
    pub grace: Duration,
}

impl Default for Configuration {
    fn default() -> Self {
        Configuration {
            host: String::new(),
            port: 8080,
            application_path: "/openscoring".to_owned(),
            application_name: "Openscoring/2.1.1".to_owned(),
            store: None,
            model_folder: None,
            read_only: false,
            keep_versions: 3,
            tls: None,
            access: AccessRules::default(),
            limits: Limits::default(),
            grace: Duration::from_secs(30),
        }
    }
}
