//! `pmmlc verify`: compares a model's results with those in its document.

use crate::document::{Backend, DocumentArguments};
use crate::failure::Failure;
use crate::output;
use clap::Args;
use pmml::NanHandling;
use std::process::ExitCode;

/// Compare a model's results with the expected results in its document.
///
/// A document may contain rows with the results that its producer computed (the element `ModelVerification`). These rows are
/// scored, and the results are compared within the tolerance that the document specifies.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  pmmlc verify model.pmml

Exit status: 0 if all results agree, 1 if not, or if there is nothing to compare.")]
pub struct VerifyArguments {
    #[command(flatten)]
    document: DocumentArguments,
    /// How the model is run.
    #[arg(long, value_enum, default_value_t)]
    backend: Backend,
}

/// Runs the subcommand.
pub fn run(arguments: &VerifyArguments) -> Result<ExitCode, Failure> {
    let path = arguments.document.model.display();
    let model = arguments.document.load(arguments.backend, NanHandling::Missing)?;
    let Some(report) = model.verify() else {
        return Err(Failure::new(format!(
            "{path}: there is nothing to verify: the model has no `ModelVerification`"
        ))
        .help("most exporters write it only when asked, with a few rows of data"));
    };
    let (rows, compared) = (report.rows, report.compared);
    if compared == 0 {
        return Err(Failure::new(format!(
            "{path}: there is nothing to verify: `ModelVerification` has {rows} rows, but no value of a result"
        )));
    }
    let Some(first) = report.differences.first() else {
        output::print(&format!("{path}: {rows} rows with {compared} results: all agree\n"))?;
        return Ok(ExitCode::SUCCESS);
    };
    let actual = match &first.actual {
        Ok(value) if value.is_missing() => "no value".to_owned(),
        Ok(value) => format!("`{value}`"),
        Err(error) => format!("an error: {error}"),
    };
    let deviation = first.deviation.map(|deviation| format!(": {deviation}")).unwrap_or_default();
    let count = report.differences.len();
    Err(Failure::new(format!(
        "{path}: {count} of {compared} results differ; the first is in row {} of {rows}, field `{}`: expected `{}`, got {actual}{deviation}",
        first.row + 1,
        first.field,
        first.expected,
    )))
}
