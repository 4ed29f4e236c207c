//! `pmmlc inspect`: what a document holds.

use crate::document::{Backend, DocumentArguments};
use crate::failure::Failure;
use crate::output;
use crate::summary::Summary;
use clap::Args;
use pmml::NanHandling;
use pmml_compiler::pmml::Document;
use pmml_compiler::pmml::data_dictionary::{Closure, DataField, Interval, Property};
use pmml_compiler::pmml::mining_schema::MiningSchema;
use serde_json::{Value, json};
use std::fmt::Write;
use std::process::ExitCode;

/// Show what a document holds: its fields and its models.
///
/// The document need not be one that can be scored: `pmmlc check` says whether it is.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pmmlc inspect model.pmml
  pmmlc inspect model.pmml --json | jq '.fields[].name'
  pmmlc inspect model.pmml --ir
  pmmlc inspect model.pmml --kernels")]
pub struct InspectArguments {
    #[command(flatten)]
    document: DocumentArguments,
    /// Print JSON, with every segment.
    #[arg(long, conflicts_with = "ir")]
    json: bool,
    /// Print the program that the model is lowered to, in the compiler's intermediate representation.
    #[arg(long)]
    ir: bool,
    /// Print which parts of the compiled model work on blocks of rows, and how they do it on this processor.
    #[arg(long, conflicts_with_all = ["ir", "json"])]
    kernels: bool,
}

/// Runs the subcommand.
pub fn run(arguments: &InspectArguments) -> Result<ExitCode, Failure> {
    if arguments.ir {
        let model = arguments.document.load(Backend::Interp, NanHandling::Missing)?;
        output::print(&model.ir())?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.kernels {
        let kernels = arguments.document.load(Backend::Jit, NanHandling::Missing)?.kernels();
        let mut text = format!("Vector instructions: {:?}\n", pmml::runtime::cpu::vectors());
        for kernel in &kernels {
            let _ = writeln!(text, "{kernel}");
        }
        if kernels.is_empty() {
            text.push_str("No kernels: the model is code for single rows.\n");
        }
        output::print(&text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let document = arguments.document.read()?;
    // The usage of fields is that of the model that would be scored. Where none could be, there is still much to show.
    let selected = match arguments.document.select(&document) {
        Err(failure) if arguments.document.model_name.is_some() => return Err(failure),
        selected => selected.ok(),
    };
    let schema = selected.and_then(|model| model.common()).map(|common| &common.mining_schema);
    if arguments.json {
        output::print(&format!("{:#}\n", json_of(&document, schema)))?;
    } else {
        output::print(&text_of(&document, schema))?;
    }
    Ok(ExitCode::SUCCESS)
}

fn text_of(document: &Document, schema: Option<&MiningSchema>) -> String {
    let mut text = format!("PMML {}", document.version);
    if let Some(application) = &document.header.application {
        let name = application.name.as_deref().unwrap_or("a program without a name");
        let version = application.version.as_deref().unwrap_or_default();
        text.push_str(format!(", written by {name} {version}").trim_end());
    }
    text.push_str("\n\nFields\n");
    let fields = &document.data_dictionary.data_fields;
    let width = fields.iter().map(|field| field.name.chars().count()).max().unwrap_or(0).min(40);
    for field in fields {
        let (name, usage) = (&*field.name, usage(field, schema).unwrap_or("-"));
        let line = format!(
            "  {name:width$}  {usage:10}  {:9}  {:11}  {}",
            field.data_type.as_str(),
            field.optype.as_str(),
            domain(field)
        );
        // Strings take whatever is written.
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let derived = document.transformation_dictionary.derived_fields.len();
    if derived > 0 {
        let _ = writeln!(text, "  and {derived} derived fields for all models");
    }
    text.push_str("\nModels\n");
    for model in &document.models {
        Summary::new(model).write_text(&mut text, 2);
    }
    text
}

fn json_of(document: &Document, schema: Option<&MiningSchema>) -> Value {
    let field = |field: &DataField| {
        json!({
            "name": &*field.name,
            "displayName": field.display_name.as_deref(),
            "usageType": usage(field, schema),
            "dataType": field.data_type.as_str(),
            "optype": field.optype.as_str(),
            "values": field.values.iter().map(|value| json!({
                "value": &*value.value,
                "displayValue": value.display_value.as_deref(),
                "property": value.property.as_str(),
            })).collect::<Vec<_>>(),
            "intervals": field.intervals.iter().map(|interval| json!({
                "closure": interval.closure.as_str(),
                "leftMargin": interval.left_margin,
                "rightMargin": interval.right_margin,
            })).collect::<Vec<_>>(),
        })
    };
    json!({
        "version": document.version.to_string(),
        "application": document.header.application.as_ref().map(|application| json!({
            "name": application.name.as_deref(),
            "version": application.version.as_deref(),
        })),
        "fields": document.data_dictionary.data_fields.iter().map(field).collect::<Vec<_>>(),
        "derivedFields": document.transformation_dictionary.derived_fields.len(),
        "models": document.models.iter().map(|model| Summary::new(model).json()).collect::<Vec<_>>(),
    })
}

/// What the model does with a field.
fn usage(field: &DataField, schema: Option<&MiningSchema>) -> Option<&'static str> {
    let known = schema?.mining_fields.iter().find(|known| known.name == field.name)?;
    Some(known.usage_type.as_str())
}

/// The values that belong to a field, for people: a few of them.
fn domain(field: &DataField) -> String {
    const SHOWN: usize = 8;
    let mut parts: Vec<String> = field.intervals.iter().map(interval).collect();
    let valid = || field.values.iter().filter(|value| value.property == Property::Valid);
    parts.extend(valid().take(SHOWN).map(|value| value.value.to_string()));
    let more = valid().count().saturating_sub(SHOWN);
    if more > 0 {
        parts.push(format!("… {more} more"));
    }
    parts.join(", ")
}

fn interval(interval: &Interval) -> String {
    let (left, right) = match interval.closure {
        Closure::OpenOpen => ('(', ')'),
        Closure::OpenClosed => ('(', ']'),
        Closure::ClosedOpen => ('[', ')'),
        Closure::ClosedClosed => ('[', ']'),
    };
    let margin = |margin: Option<f64>| margin.map_or_else(String::new, |margin| margin.to_string());
    format!("{left}{}..{}{right}", margin(interval.left_margin), margin(interval.right_margin))
}
