//! Lowering: from the document to the program. The only place that knows what PMML means.
//!
//! [`lower`] picks a model, opens its scope, prepares its inputs, lowers the model (each type in its own module under
//! [`model`]) and hands its targets and outputs to the signature. Everything that can be decided from the document is
//! decided here, so that what a row cannot have, the program does not compute.
//!
//! Conventions:
//! - a value that may be missing is an [`Operand`](operand::Operand): value and presence;
//! - texts of the document become constants of a declared data type in [`literal`], nowhere else;
//! - what cannot be honoured is refused with the element's name and place, never approximated.

mod convert;
mod expression;
mod field;
mod interval;
mod invalid;
mod list;
mod literal;
mod mining_schema;
mod model;
mod operand;
mod output;
mod predicate;
mod results;
mod scope;
mod selection;
mod targets;
mod ternary;

use crate::document::data_dictionary::DataField;
use crate::document::model::Model;
use crate::document::transformation::{DefineFunction, DerivedField};
use crate::document::{Document, Name, Warning, Warnings};
use crate::error::{Error, Position, Result};
use crate::expansion::Expansion;
use crate::ir::{Builder, Id, Input, Program};
use crate::signature::Signature;
use crate::watched::Watched;
use expression::RegularExpressions;
use field::Field;
pub use invalid::{InvalidHandling, InvalidRule, InvalidRuleError};
use model::declared::TargetLabels;
use pmml_runtime::Interrupt;
use pmml_runtime::diagnostics::quote::into_legible;
use predicate::Guard;
use results::Results;
use scope::{Scope, ScopeId};
pub use selection::{ResultKind, Selectable, no_model_of_name, select_model, verification};
use std::collections::{BTreeMap, HashMap, HashSet};

/// No more warnings than this are kept, equal ones included.
const WARNINGS: usize = 65_536;

/// What a document is lowered to.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The program.
    pub program: Program,
    /// What goes into it and comes out of it.
    pub signature: Signature,
    /// What was ignored although it might have meant something.
    pub warnings: Vec<Warning>,
    /// The results that can be [asked for](Options::outputs): first those that the document names.
    pub selectable: Vec<Selectable>,
    /// The inputs whose invalid values do not fail their rows, in order.
    pub watched: Vec<Watched>,
    /// How many bytes the source that is generated from it may have.
    pub max_source: u64,
}

/// Choices that a document leaves to its user.
#[derive(Clone, Debug)]
pub struct Options {
    /// The model to use, by its `modelName`; without one, the first that is scorable.
    pub model_name: Option<String>,
    /// The results that a row has, in this order, by the names of targets, output fields and derived fields; if empty, those
    /// that the document names.
    pub outputs: Vec<String>,
    /// Whether NaN in the input is a number. Otherwise it is a missing value, and a present cell never holds one.
    pub nan_is_number: bool,
    /// What becomes of invalid values, in place of what mining schemas say, those of segments included. Rules that name a field
    /// count before those for all, later ones before earlier ones.
    pub invalid: Vec<InvalidRule>,
    /// How many times the size of the document its program may take, besides 32 MiB; likewise what is generated from it
    /// and computed for it. 64 by default.
    pub max_expansion: u64,
    /// What ends the work before it is done.
    pub interrupt: Option<Interrupt>,
}

impl Default for Options {
    fn default() -> Self {
        let max_expansion = crate::expansion::DEFAULT;
        Self {
            model_name: None,
            outputs: Vec::new(),
            nan_is_number: false,
            invalid: Vec::new(),
            max_expansion,
            interrupt: None,
        }
    }
}

/// Lowers one model of a document, or its derived fields if it has no model.
pub fn lower(document: &Document, options: &Options) -> Result<Lowered> {
    let model = select_model(document, options)?;
    let mut lowering = Lowering::new(document, options)?;
    lowering.set_invalid_rules(&options.invalid)?;
    let (results, selectable) = lowering.document(model)?;
    let yields = results.yields(&mut lowering.builder);
    let signature = lowering.signature(model, &results);
    debug_assert_eq!(signature.inputs.len(), lowering.inputs.len());
    for remark in lowering.builder.take_remarks() {
        lowering.warn(document.position, "PMML", remark);
    }
    let Lowering { builder, warnings, watched, .. } = lowering;
    let program = builder.finish(yields);
    if cfg!(debug_assertions)
        && let Err(error) = crate::ir::verify::verify(&program)
    {
        panic!("lowering made a program that is none: {error}\n{program}");
    }
    // What is lowered several times, as functions are, is warned of once.
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

/// The state of lowering.
pub(crate) struct Lowering<'d> {
    document: &'d Document,
    nan_is_number: bool,
    /// What becomes of the invalid values of all fields, and of some, where the caller decides it.
    invalid_of_all: Option<InvalidHandling>,
    invalid_of: HashMap<Name, InvalidHandling>,
    /// The results that are [asked for](Options::outputs).
    asked: Vec<String>,
    /// The derived fields among them.
    asked_fields: HashMap<String, (&'d DerivedField, Field<'d>)>,
    /// Whether the document has no model, so that no schema says which fields are its inputs.
    is_without_model: bool,
    builder: Builder,
    scopes: Vec<Scope<'d>>,
    /// The fields of the DataDictionary.
    data_fields: HashMap<Name, &'d DataField>,
    /// The derived fields of the TransformationDictionary.
    dictionary_fields: HashMap<Name, &'d DerivedField>,
    /// The functions that the document defines.
    functions: HashMap<Name, &'d DefineFunction>,
    /// The inputs that the program has so far.
    inputs: HashMap<Name, Input>,
    /// The inputs whose invalid values do not fail their rows, by number.
    watched: BTreeMap<usize, Watched>,
    /// The fields of which a row gives a list of values.
    list_fields: HashSet<Name>,
    /// The fields by which rows are grouped so that those hold lists.
    group_fields: Vec<Name>,
    /// The derived fields that are being lowered, to find cycles.
    in_progress: Vec<&'d DerivedField>,
    /// The output field whose expression is being lowered.
    output_in_progress: Option<&'d Name>,
    /// The functions that are being lowered, to find cycles.
    functions_in_progress: Vec<*const DefineFunction>,
    /// What lowering may take.
    expansion: Expansion,
    /// What the regular expressions of the document are compiled to.
    regular_expressions: RegularExpressions,
    /// Where the predicate that is being lowered is looked at.
    guards: Vec<Guard>,
    /// How deep lowering has come back to itself.
    nesting: usize,
    /// How many shares of labels ensembles have combined so far, see `combine_shares`.
    combined_shares: usize,
    /// The labels that targets declare and models give, by the target's name.
    target_labels: HashMap<Name, TargetLabels>,
    warnings: Vec<Warning>,
}

impl<'d> Lowering<'d> {
    fn new(document: &'d Document, options: &Options) -> Result<Self> {
        let mut data_fields = HashMap::new();
        for field in &document.data_dictionary.data_fields {
            if data_fields.insert(field.name.clone(), field).is_some() {
                let message = format!("`DataField` `{}` is defined twice", field.name);
                return Err(Error::invalid(field.position, "DataField", message));
            }
        }
        let mut dictionary_fields = HashMap::new();
        for field in &document.transformation_dictionary.derived_fields {
            let Some(name) = &field.name else {
                return Err(Error::invalid(field.position, "DerivedField", "`DerivedField` has no name"));
            };
            if dictionary_fields.insert(name.clone(), field).is_some() {
                let message = format!("`DerivedField` `{name}` is defined twice");
                return Err(Error::invalid(field.position, "DerivedField", message));
            }
        }
        let mut functions = HashMap::new();
        for function in &document.transformation_dictionary.define_functions {
            if functions.insert(function.name.clone(), function).is_some() {
                let message = format!("`DefineFunction` `{}` is defined twice", function.name);
                return Err(Error::invalid(function.position, "DefineFunction", message));
            }
        }
        Ok(Self {
            document,
            nan_is_number: options.nan_is_number,
            invalid_of_all: None,
            invalid_of: HashMap::new(),
            asked: options.outputs.clone(),
            asked_fields: HashMap::new(),
            is_without_model: false,
            builder: Builder::new(Program::default()),
            scopes: Vec::new(),
            data_fields,
            dictionary_fields,
            functions,
            inputs: HashMap::new(),
            watched: BTreeMap::new(),
            list_fields: HashSet::new(),
            group_fields: Vec::new(),
            in_progress: Vec::new(),
            output_in_progress: None,
            functions_in_progress: Vec::new(),
            expansion: Expansion::new(document.bytes, options.max_expansion, options.interrupt.clone()),
            regular_expressions: RegularExpressions::default(),
            guards: Vec::new(),
            nesting: 0,
            combined_shares: 0,
            target_labels: HashMap::new(),
            warnings: Vec::new(),
        })
    }

    /// Lowers the model, or the derived fields of a document without one: gives the results, and what can be asked for.
    fn document(&mut self, model: Option<&'d Model>) -> Result<(Results<'d>, Vec<Selectable>)> {
        let Some(model) = model else {
            self.is_without_model = true;
            let results = self.transformations()?;
            let selectable = self.selectable(None, &Results::default(), &[]);
            return Ok((results, selectable));
        };
        self.find_list_fields(Some(model));
        let scope: ScopeId = self.open_scope(None);
        let result = self.model(scope, model, true)?;
        let results = self.results(model, &result);
        let inner = selection::inner_outputs(&result);
        let selectable = self.selectable(Some(model), &results, &inner);
        Ok((self.selected(Some(model), results, &inner)?, selectable))
    }

    /// Notes something that is ignored.
    pub(crate) fn warn(&mut self, position: Position, element: &str, message: impl Into<String>) {
        if self.warnings.len() < WARNINGS {
            let message = into_legible(message.into());
            self.warnings.push(Warning { position, element: element.into(), message });
        }
    }

    /// The inputs that the program has, in order of their numbers.
    pub(crate) fn inputs_in_order(&self) -> Vec<&'d DataField> {
        let mut inputs: Vec<(Input, &'d DataField)> =
            self.inputs.iter().map(|(name, input)| (*input, self.data_fields[name])).collect();
        inputs.sort_by_key(|(input, _)| input.index());
        inputs.into_iter().map(|(_, field)| field).collect()
    }
}
