//! `pmmlc serve`: serves models over HTTP.

use crate::document::BudgetArguments;
use crate::failure::Failure;
use clap::Args;
use pmml_server::{AccessRules, Addresses, Configuration, Limits, LogFormat, ServerError, TlsFiles, Token};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Serve models over HTTP, compatible with Openscoring.
///
/// The clients of Openscoring 2 work unchanged. Models are deployed by clients, or are files in a folder that is watched.
/// By default any client may evaluate models, and clients on this machine may deploy them.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pmmlc serve --store /var/lib/pmml
  pmmlc serve --model-dir models --read-only
  PMMLC_ADMIN_TOKEN=secret pmmlc serve --host 0.0.0.0 --store /var/lib/pmml

  curl -T model.pmml http://localhost:8080/openscoring/model/NAME
  curl -H 'Content-Type: application/json' -d '{\"arguments\": {\"x\": 1}}' http://localhost:8080/openscoring/model/NAME

SIGTERM or an interrupt stops the server after the requests in flight.")]
pub struct ServeArguments {
    /// The address or host name to listen on: 0.0.0.0 or :: for all addresses of the machine. By default the server listens
    /// on 127.0.0.1 and ::1, so that only clients on this machine can reach it.
    #[arg(long, default_value = "", hide_default_value = true)]
    host: String,
    /// The port.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The path prefix of the API.
    #[arg(long, default_value = "/openscoring", value_name = "PATH", value_parser = application_path)]
    application_path: String,
    /// The value of the header X-Application, by which clients recognize a server of their version.
    #[arg(long, default_value = "Openscoring/2.1.1", value_name = "NAME")]
    application_name: String,

    /// A folder in which deployed models are stored, so that they survive a restart: a new or empty folder, or an existing
    /// store. Without it they are kept only in memory.
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    /// A folder of documents to serve, NAME.pmml as the model NAME. It is watched: files can be added, changed and removed.
    /// Links are followed.
    #[arg(long, value_name = "FOLDER")]
    model_dir: Option<PathBuf>,
    /// Reject requests to deploy, undeploy and roll back.
    #[arg(long)]
    read_only: bool,
    /// Number of earlier versions of a model that are kept for rollbacks.
    #[arg(long, default_value_t = 3, value_name = "COUNT")]
    keep_versions: usize,

    /// Encrypt connections with this certificate: PEM, followed by the intermediate certificates. It is reloaded when it
    /// changes and on SIGHUP.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The key of the certificate: PEM, without a password.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,

    /// Addresses of users: `*`, `localhost`, an address, or a network such as 10.0.0.0/8.
    #[arg(long, value_delimiter = ',', value_name = "ADDRESS,…", default_value = "*")]
    user_addresses: Vec<Addresses>,
    /// Addresses of administrators. By default localhost, or any address if there is a token for administrators.
    #[arg(long, value_delimiter = ',', value_name = "ADDRESS,…")]
    admin_addresses: Vec<Addresses>,
    /// The token that users must send.
    #[arg(long, env = "PMMLC_USER_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    user_token: Option<String>,
    /// The token that administrators must send. (Other users of the machine can read options, but not the variable.)
    #[arg(long, env = "PMMLC_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Option<String>,
    /// Addresses or networks of proxies whose headers are trusted: X-Forwarded-For for the addresses of clients,
    /// X-Forwarded-Proto for encryption, and X-Forwarded-Host for the name of the server.
    #[arg(long, value_delimiter = ',', value_name = "ADDRESS,…")]
    trust_forwarded_for: Vec<Addresses>,
    /// Names of this server, besides localhost, its addresses, the machine's name, --host and the names in the certificate.
    /// Requests under other names need a token for administration. `*.example.com` allows all names of a domain, `*` any
    /// name.
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    allowed_hosts: Vec<String>,
    /// Origins, such as `https://example.com`, whose web pages may send requests.
    #[arg(long, value_delimiter = ',', value_name = "ORIGIN,…")]
    allowed_origins: Vec<String>,
    /// Show metrics, and the models in /readyz, without a token even if there are tokens.
    #[arg(long)]
    open_metrics: bool,

    /// Maximum size of a document, in MiB.
    #[arg(long, default_value_t = 1024, value_name = "MIB")]
    max_document: u64,
    /// Maximum size of the body of other requests, in MiB.
    #[arg(long, default_value_t = 64, value_name = "MIB")]
    max_body: u64,
    /// Maximum memory of all requests together, in MiB: bodies, rows, results and responses. By default a quarter of the
    /// memory of the machine or the control group, and at most 4,096.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    max_memory: Option<u64>,
    /// Maximum number of rows in a request.
    #[arg(long, default_value_t = 10_000_000, value_name = "COUNT")]
    max_rows: u64,
    /// Maximum number of results of a request: rows times results of a row.
    #[arg(long, default_value_t = 100_000_000, value_name = "COUNT")]
    max_cells: u64,
    /// Maximum number of requests at the same time; more are rejected.
    #[arg(long, default_value_t = 1024, value_name = "COUNT")]
    max_requests: usize,
    /// Maximum number of connections at the same time; more have to wait.
    #[arg(long, default_value_t = 10_000, value_name = "COUNT")]
    max_connections: usize,
    /// Maximum share of --max-requests and --max-connections for one client, that is, one address, in percent.
    #[arg(long, default_value_t = 50, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    client_share: u8,
    /// Maximum time of an evaluation, in seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    evaluation_time: u64,
    /// Maximum time to compile a document, in seconds.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    compilation_time: u64,
    /// Maximum size of a program in memory, as a multiple of its document's size, to which 32 MiB are added.
    #[arg(long, default_value_t = 64, value_name = "TIMES")]
    max_expansion: u64,
    #[command(flatten)]
    budget: BudgetArguments,
    /// Maximum time that requests in flight may take when the server stops, in seconds.
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    grace: u64,

    /// Format of the log: text or json.
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    log_format: LogFormat,
    /// Events to log: a level (off, error, warn, info, debug, trace), or levels of modules (warn,pmml_server=debug).
    #[arg(long, default_value = "info,pmml_server::access=warn", value_name = "FILTER")]
    log: String,
}

fn application_path(text: &str) -> Result<String, String> {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || b"/-._".contains(&byte);
    if !text.starts_with('/') || text.contains("//") || !text.bytes().all(good) {
        return Err("a path such as `/openscoring` is expected".to_owned());
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Runs the subcommand.
pub fn run(arguments: ServeArguments) -> Result<ExitCode, Failure> {
    pmml_server::write_logs(arguments.log_format, &arguments.log)
        .map_err(|error| Failure::new(format!("`--log {}`: {error}", arguments.log)))?;
    let token = |option: &str, text: Option<String>| {
        text.map(|text| Token::new(&text)).transpose().map_err(|error| {
            let variable = format!("PMMLC_{}_TOKEN", option.to_uppercase());
            Failure::new(format!("`--{option}-token`: {error}"))
                .help(format!("omit the option, or unset the variable {variable}, to have no token"))
        })
    };
    let defaults = Limits::default();
    let configuration = Configuration {
        host: arguments.host,
        port: arguments.port,
        application_path: arguments.application_path,
        application_name: arguments.application_name,
        store: arguments.store,
        model_folder: arguments.model_dir,
        read_only: arguments.read_only,
        keep_versions: arguments.keep_versions,
        tls: arguments
            .tls_certificate
            .zip(arguments.tls_key)
            .map(|(certificate, key)| TlsFiles { certificate, key }),
        access: AccessRules {
            user_addresses: arguments.user_addresses,
            admin_addresses: arguments.admin_addresses,
            user_token: token("user", arguments.user_token)?,
            admin_token: token("admin", arguments.admin_token)?,
            trusted_proxies: arguments.trust_forwarded_for,
            allowed_hosts: arguments.allowed_hosts,
            allowed_origins: arguments.allowed_origins,
            open_metrics: arguments.open_metrics,
        },
        limits: Limits {
            document_bytes: arguments.max_document << 20,
            body_bytes: arguments.max_body << 20,
            memory: arguments.max_memory.map_or(defaults.memory, |memory| memory << 20),
            rows: arguments.max_rows,
            cells: arguments.max_cells,
            requests: arguments.max_requests,
            connections: arguments.max_connections,
            client_share: arguments.client_share,
            evaluation_time: Duration::from_secs(arguments.evaluation_time),
            compilation_time: Duration::from_secs(arguments.compilation_time),
            expansion: arguments.max_expansion,
            row: arguments.budget.budget(),
        },
        grace: Duration::from_secs(arguments.grace),
    };
    pmml_server::serve(configuration).map_err(|error| {
        let help = match &error {
            ServerError::Listen { .. } => "is another server using this port? `--port` selects another one",
            ServerError::Folder { .. } => "`--model-dir` takes a folder of PMML documents",
            ServerError::Store { .. } => "`--store` needs a writable folder that contains nothing else: a new or empty one, or an existing store",
            ServerError::Tls(_) => {
                "`--tls-certificate` takes a chain of certificates, `--tls-key` the key of the first one, both in PEM"
            }
            _ => "see the message",
        };
        Failure::new(error.to_string()).help(help)
    })?;
    Ok(ExitCode::SUCCESS)
}
