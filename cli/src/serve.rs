//! `pmmlc serve`: models over HTTP.

use crate::document::BudgetArguments;
use crate::failure::Failure;
use clap::Args;
use pmml_server::{AccessRules, Addresses, Configuration, Limits, LogFormat, ServerError, TlsFiles, Token};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Serve models over HTTP, compatible with Openscoring.
///
/// The clients of Openscoring 2 work unchanged. Models are deployed by clients, or are files of a folder that is watched.
/// Without options everybody may evaluate models, and clients on this machine may deploy them.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pmmlc serve --store /var/lib/pmml
  pmmlc serve --model-dir models --read-only
  PMMLC_ADMIN_TOKEN=secret pmmlc serve --host 0.0.0.0 --store /var/lib/pmml

  curl -T model.pmml http://localhost:8080/openscoring/model/NAME
  curl -H 'Content-Type: application/json' -d '{\"arguments\": {\"x\": 1}}' http://localhost:8080/openscoring/model/NAME

SIGTERM or an interrupt stops the server when the requests in flight are finished.")]
pub struct ServeArguments {
    /// The address or host name to listen at: 0.0.0.0 or :: for all of the machine. Unless given, clients on this machine alone
    /// reach the server, at 127.0.0.1 and ::1.
    #[arg(long, default_value = "", hide_default_value = true)]
    host: String,
    /// The port.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The path before that of the API.
    #[arg(long, default_value = "/openscoring", value_name = "PATH", value_parser = application_path)]
    application_path: String,
    /// What the header X-Application says, by which clients know a server of their version.
    #[arg(long, default_value = "Openscoring/2.1.1", value_name = "NAME")]
    application_name: String,

    /// A folder to keep deployed models in, so that they survive a restart: a new or empty one, or a store. Without it they
    /// are kept in memory alone.
    #[arg(long, value_name = "FOLDER")]
    store: Option<PathBuf>,
    /// A folder of documents to serve, NAME.pmml as the model NAME. It is watched: files may come, change and go. Links are
    /// followed.
    #[arg(long, value_name = "FOLDER")]
    model_dir: Option<PathBuf>,
    /// Refuse to deploy, undeploy and roll back.
    #[arg(long)]
    read_only: bool,
    /// How many earlier versions of a model are kept to go back to.
    #[arg(long, default_value_t = 3, value_name = "COUNT")]
    keep_versions: usize,

    /// Encrypt connections with this certificate: PEM, with the certificates between it and a root behind it. It is read
    /// anew when it changes, and on SIGHUP.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// The key of the certificate: PEM, without a password.
    #[arg(long, value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,

    /// From where users come: `*`, `localhost`, an address, or a network such as 10.0.0.0/8.
    #[arg(long, value_delimiter = ',', value_name = "ADDRESS,…", default_value = "*")]
    user_addresses: Vec<Addresses>,
    /// From where administrators come: localhost, unless given; anywhere, if there is a token for them.
    #[arg(long, value_delimiter = ',', value_name = "ADDRESS,…")]
    admin_addresses: Vec<Addresses>,
    /// What users must know.
    #[arg(long, env = "PMMLC_USER_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    user_token: Option<String>,
    /// What administrators must know. (Other users of the machine can read options; the variable they cannot.)
    #[arg(long, env = "PMMLC_ADMIN_TOKEN", hide_env_values = true, value_name = "TOKEN")]
    admin_token: Option<String>,
    /// Proxies that may say in X-Forwarded-For where clients come from, in X-Forwarded-Proto whether they use encryption, and
    /// in X-Forwarded-Host how they call the server: addresses or networks.
    #[arg(long, value_delimiter = ',', value_name = "ADDRESS,…")]
    trust_forwarded_for: Vec<Addresses>,
    /// Names of this server beside localhost, its addresses, the machine's name, --host and those of the certificate. Under
    /// other names nobody is an administrator without a token. `*.example.com` stands for many, `*` for any.
    #[arg(long, value_delimiter = ',', value_name = "NAME,…")]
    allowed_hosts: Vec<String>,
    /// Origins, such as `https://example.com`, whose pages may send requests from browsers.
    #[arg(long, value_delimiter = ',', value_name = "ORIGIN,…")]
    allowed_origins: Vec<String>,
    /// Show metrics, and what /readyz says of models, to everybody although there are tokens.
    #[arg(long)]
    open_metrics: bool,

    /// Largest document, in MiB.
    #[arg(long, default_value_t = 1024, value_name = "MIB")]
    max_document: u64,
    /// Largest body of another request, in MiB.
    #[arg(long, default_value_t = 64, value_name = "MIB")]
    max_body: u64,
    /// Memory that all requests together hold: bodies, rows, results, answers, in MiB. A quarter of the machine's or the
    /// control group's, and at most 4,096, unless given.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..=1 << 40))]
    max_memory: Option<u64>,
    /// Most rows of a request.
    #[arg(long, default_value_t = 10_000_000, value_name = "COUNT")]
    max_rows: u64,
    /// Most results of a request: rows times results of a row.
    #[arg(long, default_value_t = 100_000_000, value_name = "COUNT")]
    max_cells: u64,
    /// Most requests at the same time; more are refused.
    #[arg(long, default_value_t = 1024, value_name = "COUNT")]
    max_requests: usize,
    /// Most connections at the same time; more have to wait.
    #[arg(long, default_value_t = 10_000, value_name = "COUNT")]
    max_connections: usize,
    /// How much of --max-requests and --max-connections one client, that is, one address, may take, in percent; 100 for all.
    #[arg(long, default_value_t = 50, value_name = "PERCENT", value_parser = clap::value_parser!(u8).range(1..=100))]
    client_share: u8,
    /// How long an evaluation may take, in seconds.
    #[arg(long, default_value_t = 60, value_name = "SECONDS")]
    evaluation_time: u64,
    /// How long compiling a document may take, in seconds.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    compilation_time: u64,
    /// How many times the size of its document a model's program may take in memory, besides 32 MiB.
    #[arg(long, default_value_t = 64, value_name = "TIMES")]
    max_expansion: u64,
    #[command(flatten)]
    budget: BudgetArguments,
    /// How long requests in flight may go on when the server is told to stop, in seconds.
    #[arg(long, default_value_t = 30, value_name = "SECONDS")]
    grace: u64,

    /// How logs are written: text or json.
    #[arg(long, default_value = "text", value_name = "FORMAT")]
    log_format: LogFormat,
    /// What is logged: a level (off, error, warn, info, debug, trace), or levels of modules (warn,pmml_server=debug).
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
                .help(format!("leave out the option, or unset the variable {variable}, to have no token"))
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
            ServerError::Listen { .. } => "is another server running there? `--port` chooses another one",
            ServerError::Folder { .. } => "`--model-dir` takes a folder of PMML documents",
            ServerError::Store { .. } => "`--store` needs a folder of its own that can be written: a new or an empty one, or one that was a store before",
            ServerError::Tls(_) => {
                "`--tls-certificate` takes a chain of certificates, `--tls-key` the key of the first one, both in PEM"
            }
            _ => "see the message",
        };
        Failure::new(error.to_string()).help(help)
    })?;
    Ok(ExitCode::SUCCESS)
}
