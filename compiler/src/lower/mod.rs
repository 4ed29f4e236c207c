//! Lowering: from the document to the program. The only place that knows what PMML means.
//!
//! [`lower`] selects a model, opens its scope, prepares its inputs, lowers the model, and records its targets
//! and outputs in the signature. Everything that the document determines is resolved here, so the program
//! does not compute what a row cannot have.
//!
//! # Layout
//!
//! - [`state`] has the type [`Lowering`]: builder, document, scopes, warnings, limits, and the definitions in progress.
//!   Its methods manage that state, and four of them recurse into lowering, each next to its dispatch: `field` and its
//!   like in [`lookup`], `expression` in [`expression`], `predicate` in [`predicate`], `model` in [`model`].
//! - Everything else is functions in the module of the element that they lower, and calls name the module:
//!   `scorecard::lower`, `convert::cast`. A function takes the `Lowering` only if it warns, makes rows fail, looks up a
//!   name or recurses into lowering. One that only emits instructions takes the [`Builder`](crate::ir::Builder), so its
//!   signature says so.
//! - [`build`] has the emitting functions that several models or expressions share: numbers, strings, lists, labels,
//!   literals, operands, three-valued logic.
//! - [`expression`] has a module for each element of the group `EXPRESSION`, [`model`] one for each model type.
//!
//! Files import each other in one direction: `build`, then `state`, then elements, then dispatchers.
//!
//! # Conventions
//!
//! - A value that may be missing is an [`Operand`](build::operand::Operand): value and presence.
//! - Strings of the document become constants of a declared data type in [`build::literal`], nowhere else.
//! - What is not supported is refused with the element's name and position, never approximated.

mod build;
mod checked;
mod convert;
mod expression;
mod field;
mod invalid;
mod list;
mod lookup;
mod mining_schema;
mod model;
mod options;
mod output;
mod predicate;
mod regular_expressions;
mod results;
mod scope;
mod selection;
mod state;
mod targets;

use crate::document::model::Model;
use crate::document::{Document, Warning, Warnings};
use crate::error::Result;
use crate::ir::Program;
use crate::signature::Signature;
use crate::watched::Watched;
pub use invalid::{InvalidHandling, InvalidRule, InvalidRuleError};
pub use options::Options;
use results::Results;
pub use selection::{ResultKind, Selectable, no_model_of_name, select_model, verification};
use state::Lowering;
use std::collections::HashSet;

/// The result of lowering a document.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The program.
    pub program: Program,
    /// Its inputs and results.
    pub signature: Signature,
    /// Warnings about what was ignored although it might have mattered.
    pub warnings: Vec<Warning>,
    /// The results that can be [selected](Options::outputs), first those that the document names.
    pub selectable: Vec<Selectable>,
    /// The inputs whose invalid values do not fail their rows, in order.
    pub watched: Vec<Watched>,
    /// Maximum number of bytes of the source that is generated from it.
    pub max_source: u64,
}

/// Lowers one model of a document, or its derived fields if it has no model.
pub fn lower(document: &Document, options: &Options) -> Result<Lowered> {
    let model = select_model(document, options)?;
    let mut lowering = Lowering::new(document, options)?;
    let (results, selectable) = lower_document(&mut lowering, model)?;
    let yields = results.yields(&mut lowering.builder);
    let signature = results::signature(&lowering, model, &results);
    debug_assert_eq!(signature.inputs.len(), lowering.inputs.len());
    for remark in lowering.builder.take_remarks() {
        lowering.warn(document.position, "PMML", remark);
    }
    let Lowering { builder, warnings, watched, .. } = lowering;
    let program = builder.finish(yields);
    if cfg!(debug_assertions)
        && let Err(error) = crate::ir::verify::verify(&program)
    {
        panic!("lowering produced an invalid program: {error}\n{program}");
    }
    // Elements that are lowered several times, such as functions, are warned of once.
    let mut known = HashSet::new();
    let mut distinct = Warnings::default();
    let mut all: Vec<&Warning> = document.warnings.iter().chain(&warnings).collect();
    all.sort_by_key(|warning| warning.position);
    for warning in all.into_iter().filter(|warning| known.insert(*warning)) {
        distinct.add(warning.position, &warning.element, warning.message.clone());
    }
    let max_source = crate::expansion::bytes_of_source(document.bytes, options.max_expansion);
    Ok(Lowered {
        program,
        signature,
        warnings: distinct.finish(),
        selectable,
        watched: watched.into_values().collect(),
        max_source,
    })
}

/// Lowers the model, or the derived fields of a document without one. Returns the results, and those that can be
/// selected.
fn lower_document<'d>(
    lowering: &mut Lowering<'d>,
    model: Option<&'d Model>,
) -> Result<(Results<'d>, Vec<Selectable>)> {
    let Some(model) = model else {
        lowering.is_without_model = true;
        let results = selection::transformations(lowering)?;
        let selectable = selection::selectable(lowering, None, &Results::default(), &[]);
        return Ok((results, selectable));
    };
    list::find_fields(lowering, Some(model));
    let scope = lowering.scopes.open(None);
    let result = lowering.model(scope, model, true)?;
    let results = results::results(lowering, model, &result);
    let inner = selection::inner_outputs(&result);
    let selectable = selection::selectable(lowering, Some(model), &results, &inner);
    Ok((selection::selected(lowering, Some(model), results, &inner)?, selectable))
}
