//! `pmmlc inspect`: shows the contents of a document.
//!
//! The contents come from the document's [`Outline`], which any well-formed document has. The inputs and results, or the
//! reason why the document is rejected, come from the compiler, which reads it again.

mod ir;
mod json;
mod text;

use crate::document::{Backend, DocumentArguments};
use crate::failure::Failure;
use crate::output;
use clap::Args;
use ir::IrForm;
use pmml::{NanHandling, Signature};
use pmml_compiler::document::outline::{Element, Outline};
use pmml_compiler::document::{Limits, Name};
use pmml_compiler::error::Error;
use pmml_compiler::lower::{self, Options, Selectable};
use std::collections::HashMap;
use std::fmt::Write;
use std::process::ExitCode;

/// Show the contents of a document: header, fields, transformations, and models with their schemas, targets and outputs.
///
/// The document must be well formed, but need not be valid or supported: its contents are shown as they are written. The
/// report also lists the results that `--outputs` can select, or says why the document cannot be scored.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  pmmlc inspect model.pmml
  pmmlc inspect model.pmml --json | jq '.fields[].name'
  pmmlc inspect model.pmml --ir
  pmmlc inspect model.pmml --ir=stages
  pmmlc inspect model.pmml --kernels

Exit status: 0, even if the document cannot be scored; 1 if it is not well formed, or lacks the requested model or results.")]
pub struct InspectArguments {
    #[command(flatten)]
    document: DocumentArguments,
    /// Print JSON, which includes every segment.
    #[arg(long, conflicts_with = "ir")]
    json: bool,
    /// Print the program that the model is lowered to, in the compiler's intermediate representation, or a later form of it.
    #[arg(long, value_name = "FORM", num_args = 0..=1, require_equals = true, default_missing_value = "lowered")]
    ir: Option<IrForm>,
    /// Print the kernels of the compiled model, which score blocks of rows, and how they run on this processor.
    #[arg(long, conflicts_with_all = ["ir", "json"])]
    kernels: bool,
}

/// Runs the subcommand.
pub fn run(arguments: &InspectArguments) -> Result<ExitCode, Failure> {
    if let Some(form) = arguments.ir {
        output::print(&ir::text(&arguments.document, form)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.kernels {
        let kernels = arguments.document.load(Backend::Jit, NanHandling::Missing)?.kernels();
        let mut text = format!("Vector instructions: {:?}\n", pmml::runtime::simd::level());
        for kernel in &kernels {
            let _ = writeln!(text, "{kernel}");
        }
        if kernels.is_empty() {
            text.push_str("No kernels: the model is code for single rows.\n");
        }
        output::print(&text)?;
        return Ok(ExitCode::SUCCESS);
    }
    let bytes = arguments.document.bytes()?;
    let outline = Outline::read(bytes.as_slice(), &Limits::default())
        .map_err(|error| arguments.document.refused(&error))?;
    let inspection = Inspection::new(&outline, &bytes, &arguments.document.options())
        .map_err(|error| arguments.document.refused(&error))?;
    if arguments.json {
        output::print(&format!("{:#}\n", json::document(&inspection)))?;
    } else {
        output::print(&text::document(&inspection))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// An outline, and the compiler's verdict.
struct Inspection<'o> {
    outline: &'o Outline,
    /// The model that would be scored.
    model: Option<&'o Element>,
    /// The usage of each field in that model.
    usage: HashMap<&'o str, &'o str>,
    verdict: Verdict,
}

/// The compiler's verdict on a document.
enum Verdict {
    /// It can be scored.
    Scored {
        /// The inputs and results of a row.
        signature: Box<Signature>,
        /// The results that can be requested.
        selectable: Vec<Selectable>,
        /// The number of warnings.
        warnings: usize,
    },
    /// It cannot be scored.
    Refused(Error),
}

impl<'o> Inspection<'o> {
    /// Inspects a document, given its outline and its bytes.
    ///
    /// # Errors
    /// Fails if the document lacks the requested model or results.
    fn new(outline: &'o Outline, bytes: &[u8], options: &Options) -> Result<Self, Error> {
        let model = match &options.model_name {
            Some(name) => {
                let names = outline.root.models().map(|model| model.attribute("modelName"));
                let found = names.clone().position(|known| known == Some(name));
                let message = || lower::no_model_of_name(name, names);
                let number = found.ok_or_else(|| Error::NotFound { message: message() })?;
                outline.root.models().nth(number)
            }
            None => outline.root.models().find(|model| is_scorable(model)),
        };
        let mut usage = HashMap::new();
        for field in model.into_iter().flat_map(fields_of_schema) {
            if let Some(name) = field.attribute("name") {
                usage.entry(name).or_insert(usage_type(field));
            }
        }
        let compiled = pmml_compiler::document::read(bytes, &Limits::default())
            .and_then(|document| lower::lower(&document, options));
        let verdict = match compiled {
            Ok(lowered) => Verdict::Scored {
                signature: Box::new(lowered.signature),
                selectable: lowered.selectable,
                warnings: lowered.warnings.len(),
            },
            Err(error @ Error::NotFound { .. }) => return Err(error),
            Err(error) => Verdict::Refused(error),
        };
        Ok(Inspection { outline, model, usage, verdict })
    }
}

/// Returns the fields of a model's schema.
fn fields_of_schema(model: &Element) -> impl Iterator<Item = &Element> + Clone {
    model.children("MiningSchema").flat_map(|schema| schema.children("MiningField"))
}

/// Returns the usage of a field in a model.
fn usage_type(field: &Element) -> &str {
    field.attribute("usageType").unwrap_or("active")
}

/// Returns whether a model is meant to be scored.
fn is_scorable(model: &Element) -> bool {
    !matches!(model.attribute("isScorable").map(str::trim_ascii), Some("false" | "0"))
}

/// Returns the expression of a field or function, or the predicate of a segment: the first child whose name is not in
/// `others`.
fn expression<'e>(element: &'e Element, others: &[&str]) -> Option<&'e Element> {
    element.children.iter().find(|child| !child.is_model() && !others.contains(&child.name.as_str()))
}

/// The children of fields and functions that are not expressions.
const NO_EXPRESSIONS: &[&str] = &["ParameterField", "DerivedField", "Value", "Interval", "Decisions"];
/// The children of segments that are not predicates.
const NO_PREDICATES: &[&str] = &["VariableWeight"];

/// Returns how a model combines the results of its segments, or normalizes the sum of its terms.
fn method(model: &Element) -> Option<&str> {
    match model.name.as_str() {
        "RegressionModel" | "Regression" => Some(model.attribute("normalizationMethod").unwrap_or("none")),
        _ => model.child("Segmentation")?.attribute("multipleModelMethod"),
    }
}

/// Returns the numbers of elements that make up a model, with their names in the report.
fn sizes(model: &Element) -> Vec<(&'static str, u64)> {
    let count = |names: &[&str]| names.iter().map(|name| model.count(name)).sum::<u64>();
    match model.name.as_str() {
        "TreeModel" | "DecisionTree" => vec![("nodes", count(&["Node"]))],
        "RegressionModel" | "Regression" => {
            vec![("terms", count(&["NumericPredictor", "CategoricalPredictor", "PredictorTerm"]))]
        }
        "AssociationModel" => vec![("rules", count(&["AssociationRule"]))],
        "RuleSetModel" => vec![("rules", count(&["SimpleRule"]))],
        _ => Vec::new(),
    }
}

/// Returns the models inside a model: those of segments, with their segments, and others.
fn models_inside(model: &Element) -> impl Iterator<Item = (Option<Segment<'_>>, &Element)> {
    let segments = model.children("Segmentation").flat_map(|segmentation| segmentation.children("Segment"));
    let segments = segments.enumerate().flat_map(|(number, segment)| {
        let name = segment.attribute("id").map_or_else(|| (number + 1).to_string(), str::to_owned);
        segment.models().map(move |model| (Some(Segment { name: name.clone(), element: segment }), model))
    });
    model.models().map(|model| (None, model)).chain(segments)
}

/// A segment.
struct Segment<'o> {
    /// Its id, or its number.
    name: String,
    element: &'o Element,
}

/// Returns the number of verification rows of a model, or `None` if it has no `ModelVerification`.
fn verification_rows(model: &Element) -> Option<u64> {
    let verification = model.child("ModelVerification")?;
    Some(verification.child("InlineTable").map_or(0, |table| table.count("row")))
}

/// Returns the derived fields of a model.
fn local_fields(model: &Element) -> Vec<&Element> {
    let inside = model.children("Segmentation").flat_map(|inside| inside.children("LocalTransformations"));
    let local = model.children("LocalTransformations").chain(inside);
    local.flat_map(|local| local.children("DerivedField")).collect()
}

/// Returns the first names of a list.
fn first_names(names: &[Name], most: usize) -> impl Iterator<Item = &str> {
    names.iter().take(most).map(Name::as_str)
}
