//! `pmmlc build`: generates Rust source from a model.

use crate::document::DocumentArguments;
use crate::failure::Failure;
use crate::output::Output;
use clap::{Args, ValueEnum};
use pmml_compiler::document::model::Model;
use pmml_compiler::lower::{self, Options};
use pmml_compiler::rust;
use std::path::PathBuf;
use std::process::ExitCode;

/// Generate Rust source from a model.
///
/// The source is a module with typed structs for the model's inputs and results, and functions that score rows and
/// batches. It depends only on the crate `pmml-runtime`. (In a program that depends on `pmml`, the macro `pmml_model!`
/// does the same without a file.) The results of a document without a model are its derived fields.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pmmlc build model.pmml -o src/model.rs
  pmmlc build model.pmml --no-alloc -o model.rs    for programs without std and without an allocator

Exit status: 0, 1 for an error, 128 + signal if interrupted (the file is then unchanged).")]
pub struct BuildArguments {
    #[command(flatten)]
    document: DocumentArguments,
    /// The file to write; `-` is the standard output. An existing file is replaced only when the source is complete, and
    /// keeps its mode.
    #[arg(short, long, value_name = "FILE", default_value = "-")]
    output: PathBuf,
    /// Generate source that needs no allocator: without access to fields by number and without verification. Models that
    /// handle strings or lists need an allocator.
    #[arg(long)]
    no_alloc: bool,
    /// How NaN in the input is treated.
    #[arg(long, value_name = "WHAT", default_value = "missing")]
    nan: Nan,
}

/// How NaN is treated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Nan {
    /// As a missing value.
    Missing,
    /// As a number.
    Number,
}

/// Runs the subcommand.
pub fn run(arguments: &BuildArguments) -> Result<ExitCode, Failure> {
    Output::prepare(&arguments.output)?;
    let document = arguments.document.read()?;
    let options = Options { nan_is_number: arguments.nan == Nan::Number, ..arguments.document.options() };
    let lowered = lower::lower(&document, &options).map_err(|error| arguments.document.refused(&error))?;
    let verification = arguments
        .document
        .select(&document)?
        .and_then(Model::common)
        .and_then(|common| common.model_verification.as_ref());
    let name = arguments.document.model.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let options = rust::Options { origin: name, no_alloc: arguments.no_alloc, ..rust::Options::default() };
    let source = rust::file(&lowered, verification, &options)
        .map_err(|error| Failure::new(format!("{}: {error}", arguments.document.model.display())))?;
    let mut output = Output::open(&arguments.output, &[&arguments.document.model])?;
    output.write(source.as_bytes())?;
    output.finish()?;
    Ok(ExitCode::SUCCESS)
}
