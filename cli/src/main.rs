//! `pmmlc`: scores, checks, inspects, verifies, builds, benchmarks and serves PMML models.
//!
//! Each subcommand is a module with its arguments, its help and its implementation. Errors are
//! [`Failure`](failure::Failure)s, which are printed only here. Exit status: 0, 1 for an error, 2 if some rows could not be
//! scored, 128 + signal if the tool was interrupted while it wrote a file.

#![forbid(unsafe_code)]

mod bench;
#[cfg(feature = "build")]
mod build;
mod check;
mod console;
mod document;
mod excerpt;
mod failure;
mod inspect;
#[cfg(unix)]
mod interrupt;
mod output;
mod score;
#[cfg(feature = "serve")]
mod serve;
mod summary;
mod table;
mod verify;

use clap::{ColorChoice, Parser, Subcommand};
use std::io::{self, IsTerminal};
use std::process::ExitCode;

/// Scores, checks, inspects, verifies and serves PMML models, and builds Rust source from them.
#[derive(Parser)]
#[command(name = "pmmlc", version, arg_required_else_help = true, subcommand_required = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// When to use colors.
    #[arg(long, global = true, default_value = "auto", value_name = "WHEN")]
    color: ColorChoice,
}

#[derive(Subcommand)]
enum Command {
    Score(score::ScoreArguments),
    Check(check::CheckArguments),
    Inspect(inspect::InspectArguments),
    Verify(verify::VerifyArguments),
    #[cfg(feature = "build")]
    Build(build::BuildArguments),
    Bench(bench::BenchArguments),
    #[cfg(feature = "serve")]
    Serve(Box<serve::ServeArguments>),
}

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // A failure to print help or message cannot be reported anywhere.
            let _ = error.print();
            // Status 2 is reserved for rows that failed, and is not used for wrong usage.
            return if error.use_stderr() { ExitCode::FAILURE } else { ExitCode::SUCCESS };
        }
    };
    set_up_reports(arguments.color);
    let result = match arguments.command {
        Command::Score(arguments) => score::run(&arguments),
        Command::Check(arguments) => check::run(&arguments),
        Command::Inspect(arguments) => inspect::run(&arguments),
        Command::Verify(arguments) => verify::run(&arguments),
        #[cfg(feature = "build")]
        Command::Build(arguments) => build::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        #[cfg(feature = "serve")]
        Command::Serve(arguments) => serve::run(*arguments),
    };
    result.unwrap_or_else(|failure| {
        if failure.is_broken_pipe() {
            return ExitCode::SUCCESS;
        }
        console::complain(&format!("{:?}", miette::Report::new(failure)));
        ExitCode::FAILURE
    })
}

/// Makes reports wrap at the terminal's width. In a file or pipe a message is a single line, so that it can be searched.
fn set_up_reports(color: ColorChoice) {
    let hook = move || {
        let mut options = miette::MietteHandlerOpts::new();
        if !io::stderr().is_terminal() {
            options = options.width(usize::from(u16::MAX));
        }
        match color {
            ColorChoice::Auto => options,
            ColorChoice::Always => options.color(true),
            ColorChoice::Never => options.color(false),
        }
        .build()
    };
    // This fails only if another hook is set, and nothing else sets one.
    let _ = miette::set_hook(Box::new(move |_| Box::new(hook())));
}
