//! Logs: one line per event, on standard error, as text or JSON.

use std::io::{self, IsTerminal};
use std::str::FromStr;
use tracing_subscriber::EnvFilter;

/// How events are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    #[default]
    Text,
    /// For programs: one object per line.
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

/// The levels of a filter.
const LEVELS: [&str; 6] = ["off", "error", "warn", "info", "debug", "trace"];

/// The crates that a filter can name, with their modules: those of this server, and its dependencies.
const CRATES: &[&str] = &[
    "axum",
    "cranelift_codegen",
    "cranelift_frontend",
    "cranelift_jit",
    "hyper",
    "hyper_util",
    "log",
    "mio",
    "notify",
    "pmml",
    "pmml_compiler",
    "pmml_server",
    "pmmlc",
    "regalloc2",
    "rustls",
    "tokio",
    "tokio_rustls",
    "tower",
    "tower_http",
];

/// The modules of this crate that have events. The target `access` has the line that is written for each request.
const MODULES: &[&str] = &[
    "access",
    "application",
    "arrow",
    "arrow::decode",
    "failure",
    "folder",
    "process",
    "registry",
    "routes",
    "routes::models",
    "server",
    "store",
    "store::marker",
    "stream",
    "tls",
    "tls::certificates",
    "watch",
];

/// Checks that a filter consists of levels, and of levels of modules that have events. The library would read `infoo` as a
/// module.
fn check(filter: &str) -> Result<(), String> {
    let is_level = |text: &str| LEVELS.iter().any(|level| level.eq_ignore_ascii_case(text));
    for part in filter.split(',').map(str::trim) {
        let (target, level) =
            part.split_once('=').map_or((part, None), |(target, level)| (target, Some(level)));
        if level.is_none() && is_level(target) {
            continue;
        }
        if !is_target(target) {
            let what = if level.is_none() { "neither a level nor a module" } else { "not a module" };
            return Err(format!(
                "`{target}` is {what} that has events; levels are {}, modules such as pmml_server::access",
                LEVELS.join(", ")
            ));
        }
        if let Some(level) = level.filter(|level| !is_level(level)) {
            return Err(format!("`{level}` is not a level; levels are {}", LEVELS.join(", ")));
        }
    }
    Ok(())
}

fn is_target(target: &str) -> bool {
    let (name, module) =
        target.split_once("::").map_or((target, None), |(name, module)| (name, Some(module)));
    match module {
        Some(module) if name == "pmml_server" => MODULES.contains(&module),
        _ => CRATES.contains(&name),
    }
}

/// Writes the events of the process from now on. The filter is a level (`warn`, `info`, `debug`), or levels of modules
/// (`warn,pmml_server=debug`).
///
/// # Errors
/// Fails if the filter has an unknown level, or names a module that has no events.
pub fn write_logs(format: LogFormat, filter: &str) -> Result<(), String> {
    check(filter)?;
    // Below `warn`, `cranelift_jit` logs the functions that it compiles. A later directive takes precedence.
    let filter =
        EnvFilter::try_new(format!("cranelift_jit=warn,{filter}")).map_err(|error| error.to_string())?;
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr);
    // This fails only if a subscriber is already set, which then writes the logs.
    let _ = match format {
        LogFormat::Text => builder.with_target(false).with_ansi(io::stderr().is_terminal()).try_init(),
        LogFormat::Json => builder.json().flatten_event(true).try_init(),
    };
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    #[test]
    fn filters_name_levels_and_modules_that_exist() {
        for filter in [
            "info",
            "WARN",
            "off",
            "info,pmml_server::access=warn",
            "error, pmml_server=debug",
            "pmml_server::store::marker",
            "debug,hyper=off,rustls::conn=trace",
        ] {
            assert_eq!(check(filter), Ok(()), "{filter}");
        }
        for filter in [
            "infoo",
            "",
            "info,",
            "info,pmml_server=inf",
            "pmml_servr=info",
            "pmml_server::acces=warn",
            "info=pmml_server",
            "pmml_server=",
            "[span]=info",
            "pmml_server[span{field=1}]=info",
        ] {
            assert!(check(filter).is_err(), "{filter}");
        }
    }

    /// Checks that every module that has events can be named.
    #[test]
    fn all_modules_with_events_are_listed() {
        fn look(folder: &Path, path: &str, modules: &mut Vec<String>) {
            for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
                let name = entry.file_name().into_string().unwrap();
                if entry.path().is_dir() {
                    let path = format!("{path}{name}::");
                    look(&entry.path(), &path, modules);
                } else if let Some(name) = name.strip_suffix(".rs")
                    && ["error", "warn", "info", "debug", "trace"].iter().any(|level| {
                        fs::read_to_string(entry.path()).unwrap().contains(&format!("tracing::{level}!("))
                    })
                {
                    let name =
                        if name == "mod" { path.trim_end_matches(':') } else { &format!("{path}{name}") };
                    modules.push(name.to_owned());
                }
            }
        }
        let mut modules = vec!["access".to_owned()];
        look(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "", &mut modules);
        assert!(modules.len() > 5);
        for module in modules {
            assert!(MODULES.contains(&module.as_str()), "{module}");
        }
    }
}
