//! Logs: one line an event, on the standard error, as text or as JSON.

use std::io::{self, IsTerminal};
use std::str::FromStr;
use tracing_subscriber::EnvFilter;

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: an object a line.
    Json,
}

impl FromStr for LogFormat {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "text" => Ok(LogFormat::Text),
            "json" => Ok(LogFormat::Json),
            _ => Err("`text` or `json` is expected".to_owned()),
        }
    }
}

/// Writes the events of the process from now on. The filter is a level (`warn`, `info`, `debug`), or levels of modules
/// (`warn,pmml_server=debug`).
///
/// # Errors
/// If the filter cannot be understood.
pub fn write_logs(format: LogFormat, filter: &str) -> Result<(), String> {
    // Which says at this level what it compiles, whole functions. A filter that names it comes behind and counts.
    let filter =
        EnvFilter::try_new(format!("cranelift_jit=warn,{filter}")).map_err(|error| error.to_string())?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // It fails only where logs are written already, and then they are.
    let _ = match format {
        LogFormat::Text => builder.with_target(false).with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}
