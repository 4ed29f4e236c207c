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
mod list;
mod literal;
mod mining_schema;
mod model;
mod operand;
mod output;
mod predicate;
mod results;
mod scope;
mod targets;
mod ternary;

use crate::error::{Error, Position, Result};
use crate::expansion::Expansion;
use crate::ir::{Builder, Id, Input, Program};
use crate::pmml::data_dictionary::DataField;
use crate::pmml::model::Model;
use crate::pmml::transformation::{DefineFunction, DerivedField};
use crate::pmml::{Document, Name, Warning};
use crate::signature::Signature;
use expression::RegularExpressions;
use model::declared::TargetLabels;
use pmml_runtime::Interrupt;
use scope::{Scope, ScopeId};
use std::collections::{HashMap, HashSet};

/// What a document is lowered to.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The program.
    pub program: Program,
    /// What goes into it and comes out of it.
    pub signature: Signature,
    /// What was ignored although it might have meant something.
    pub warnings: Vec<Warning>,
    /// How many bytes the source that is generated from it may have.
    pub max_source: u64,
}

/// Choices that a document leaves to its user.
#[derive(Clone, Debug)]
pub struct Options {
    /// The model to use, by its `modelName`; without one, the first that is scorable.
    pub model_name: Option<String>,
    /// Whether NaN in the input is a number. Otherwise it is a missing value, and a present cell never holds one.
    pub nan_is_number: bool,
    /// How many times the size of the document its program may take, besides 32 MiB; likewise what is generated from it
    /// and computed for it. 64 by default.
    pub max_expansion: u64,
    /// What ends the work before it is done.
    pub interrupt: Option<Interrupt>,
}

impl Default for Options {
    fn default() -> Self {
        let max_expansion = crate::expansion::DEFAULT;
        Self { model_name: None, nan_is_number: false, max_expansion, interrupt: None }
    }
}

/// The model of a document that is used.
pub fn select_model<'d>(document: &'d Document, options: &Options) -> Result<&'d Model> {
    let found = match &options.model_name {
        Some(name) => {
            document.models.iter().find(|model| model.model_name().is_some_and(|known| *known == **name))
        }
        None => document.models.iter().find(|model| model.is_scorable()),
    };
    found.ok_or_else(|| {
        let message = match &options.model_name {
            Some(name) => format!("the document has no model of the name `{name}`"),
            None if document.models.is_empty() => "the document has no model".to_owned(),
            None => "no model of the document is scorable".to_owned(),
        };
        Error::invalid(document.position, "PMML", message)
    })
}

/// Lowers one model of a document.
pub fn lower(document: &Document, options: &Options) -> Result<Lowered> {
    let model = select_model(document, options)?;
    let mut lowering = Lowering::new(document, options)?;
    let (signature, yields) = lowering.document(model)?;
    for remark in lowering.builder.take_remarks() {
        lowering.warn(document.position, "PMML", remark);
    }
    let Lowering { builder, mut warnings, .. } = lowering;
    let program = builder.finish(yields);
    if cfg!(debug_assertions)
        && let Err(error) = crate::ir::verify::verify(&program)
    {
        panic!("lowering made a program that is none: {error}\n{program}");
    }
    let mut all = document.warnings.clone();
    all.append(&mut warnings);
    // What is lowered several times, as functions are, is warned of once.
    let mut known = HashSet::new();
    all.retain(|warning| known.insert(warning.clone()));
    let max_source = crate::expansion::bytes_of_source(document.bytes, options.max_expansion);
    Ok(Lowered { program, signature, warnings: all, max_source })
}

/// The state of lowering.
pub(crate) struct Lowering<'d> {
    document: &'d Document,
    nan_is_number: bool,
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
            builder: Builder::new(Program::default()),
            scopes: Vec::new(),
            data_fields,
            dictionary_fields,
            functions,
            inputs: HashMap::new(),
            list_fields: HashSet::new(),
            group_fields: Vec::new(),
            in_progress: Vec::new(),
            output_in_progress: None,
            functions_in_progress: Vec::new(),
            expansion: Expansion::new(document.bytes, options.max_expansion, options.interrupt.clone()),
            regular_expressions: RegularExpressions::default(),
            nesting: 0,
            combined_shares: 0,
            target_labels: HashMap::new(),
            warnings: Vec::new(),
        })
    }

    /// Lowers the model and gives the signature and what the program yields.
    fn document(&mut self, model: &'d Model) -> Result<(Signature, Vec<crate::ir::Value>)> {
        self.find_list_fields(model);
        let scope: ScopeId = self.open_scope(None);
        let result = self.model(scope, model, true)?;
        let results = self.results(model, &result);
        let mut yields = Vec::new();
        for result in &results.fields {
            yields.push(result.operand.value);
            yields.push(result.operand.presence(&mut self.builder));
        }
        let signature = self.signature(model, &results);
        debug_assert_eq!(signature.inputs.len(), self.inputs.len());
        Ok((signature, yields))
    }

    /// Notes something that is ignored.
    pub(crate) fn warn(&mut self, position: Position, element: &str, message: impl Into<String>) {
        self.warnings.push(Warning { position, element: element.into(), message: message.into() });
    }

    /// The inputs that the program has, in order of their numbers.
    pub(crate) fn inputs_in_order(&self) -> Vec<&'d DataField> {
        let mut inputs: Vec<(Input, &'d DataField)> =
            self.inputs.iter().map(|(name, input)| (*input, self.data_fields[name])).collect();
        inputs.sort_by_key(|(input, _)| input.index());
        inputs.into_iter().map(|(_, field)| field).collect()
    }
}
