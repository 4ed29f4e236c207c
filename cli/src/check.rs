//! `pmmlc check`: reports whether a model can be scored.

use crate::document::{Backend, DocumentArguments};
use crate::failure::Failure;
use crate::output;
use crate::summary::Summary;
use clap::Args;
use pmml::{Budget, NanHandling};
use std::process::ExitCode;

/// Check whether a model can be scored.
///
/// Compiles the model and reports the parts of the document that are ignored. Markup that could change the scores and is
/// not supported is an error, which names the element, its position and the reason.
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  pmmlc check model.pmml && deploy model.pmml

Exit status: 0 if the model can be scored, 1 if not.")]
pub struct CheckArguments {
    #[command(flatten)]
    document: DocumentArguments,
}

/// Runs the subcommand.
pub fn run(arguments: &CheckArguments) -> Result<ExitCode, Failure> {
    let path = arguments.document.model.display();
    let document = arguments.document.read()?;
    let summary = arguments.document.select(&document)?.map(Summary::new);
    let model =
        arguments.document.compile(document, Backend::Jit, NanHandling::Missing, Budget::default())?;
    let mut text = String::new();
    for warning in model.warnings() {
        text.push_str(&format!("warning: {path}:{}\n", pmml::legible(&warning.to_string())));
    }
    let signature = model.signature();
    let others = signature.results.len().saturating_sub(signature.targets);
    let mut counts = vec![counted(signature.inputs.len(), "input")];
    let what = match &summary {
        Some(summary) => {
            counts.extend([counted(signature.targets, "target"), counted(others, "output")]);
            counts.extend(Some(summary.models_inside).filter(|n| *n > 0).map(|n| counted(n, "inner model")));
            counts.extend(Some(summary.nodes).filter(|n| *n > 0).map(|n| counted(n, "node")));
            let function = summary.function.map(|function| format!(" ({function})")).unwrap_or_default();
            format!("{}{function}", summary.element)
        }
        None => {
            counts.push(counted(others, "derived field"));
            "transformations without a model".to_owned()
        }
    };
    text.push_str(&format!("{path}: supported: {what}, {}\n", counts.join(", ")));
    output::print(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
