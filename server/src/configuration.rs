//! The configuration of a server.

use crate::access::AccessRules;
use crate::limits::Limits;
use crate::tls::TlsFiles;
use std::path::PathBuf;
use std::time::Duration;

/// The configuration of a server.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// The host or address to listen on. If empty, both loopback addresses, so that other machines cannot reach the server.
    pub host: String,
    /// The port, or 0 for any free one.
    pub port: u16,
    /// The path prefix of the API.
    pub application_path: String,
    /// The value of the header `X-Application`, by which clients recognize an Openscoring server.
    pub application_name: String,
    /// The folder in which deployed models are stored. `None` if they are kept only in memory.
    pub store: Option<PathBuf>,
    /// A folder of documents to serve.
    pub model_folder: Option<PathBuf>,
    /// Whether clients cannot deploy, undeploy or roll back.
    pub read_only: bool,
    /// The number of earlier versions of a model that are kept.
    pub keep_versions: usize,
    /// The certificate for encrypted connections. `None` if connections are not encrypted.
    pub tls: Option<TlsFiles>,
    /// The rules that assign roles to clients.
    pub access: AccessRules,
    /// The limits of requests.
    pub limits: Limits,
    /// Maximum time that requests in flight may take when the server stops.
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
