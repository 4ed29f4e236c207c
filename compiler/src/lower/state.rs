//! The state of lowering, and the operations on it that every module needs: warnings, failures of rows, limits.
//!
//! The methods of [`Lowering`] do not depend on elements of the standard, except the four that recurse into lowering,
//! each next to its dispatch: [`field`](Lowering::field) and its like in [`lookup`](super::lookup),
//! [`expression`](Lowering::expression), [`predicate`](Lowering::predicate), [`model`](Lowering::model).

use super::field::Field;
use super::invalid::InvalidTreatments;
use super::options::Options;
use super::regular_expressions::RegularExpressions;
use super::scope::Scopes;
use crate::document::data_dictionary::{DataField, DataType};
use crate::document::transformation::{DefineFunction, DerivedField};
use crate::document::{Document, Name, Warning};
use crate::error::{Error, Position, Result};
use crate::expansion::Expansion;
use crate::ir::{
    Builder, Constant, FailureData, FailureKind, Id, Input, InputPart, Operation, Program, Value,
};
use crate::lower::build::guard::Guard;
use crate::lower::build::label::TargetLabels;
use crate::lower::build::operand::{Operand, both};
use crate::watched::Watched;
use pmml_runtime::diagnostics::invalid;
use pmml_runtime::diagnostics::quote::into_legible;
use std::collections::{BTreeMap, HashMap, HashSet};

/// Maximum number of warnings that are kept, including equal ones.
const MAX_WARNINGS: usize = 65_536;

/// Maximum depth to which expressions, derived fields, predicates and models may nest in each other. It bounds
/// recursion while lowering, and the nesting of regions.
pub const MAX_NESTING: usize = 200;

/// The state of lowering.
pub(crate) struct Lowering<'d> {
    pub document: &'d Document,
    pub nan_is_number: bool,
    /// The caller's treatments of invalid values.
    pub invalid: InvalidTreatments,
    /// The requested [results](Options::outputs).
    pub selected: Vec<String>,
    /// The derived fields among them.
    pub selected_fields: HashMap<String, (&'d DerivedField, Field<'d>)>,
    /// Whether the document has no model, so that no schema declares its inputs.
    pub is_without_model: bool,
    pub builder: Builder,
    pub scopes: Scopes<'d>,
    /// The fields of the DataDictionary.
    pub data_fields: HashMap<Name, &'d DataField>,
    /// The derived fields of the TransformationDictionary.
    pub dictionary_fields: HashMap<Name, &'d DerivedField>,
    /// The functions that the document defines.
    pub functions: HashMap<Name, &'d DefineFunction>,
    /// The inputs that the program has so far.
    pub inputs: HashMap<Name, Input>,
    /// The inputs whose invalid values do not fail their rows, by number.
    pub watched: BTreeMap<usize, Watched>,
    /// The fields for which a row has a list of values.
    pub list_fields: HashSet<Name>,
    /// The fields by which rows are grouped to make those lists.
    pub group_fields: Vec<Name>,
    /// The derived fields that are being lowered, to find cycles.
    pub in_progress: Vec<&'d DerivedField>,
    /// The output field whose expression is being lowered.
    pub output_in_progress: Option<&'d Name>,
    /// The functions that are being lowered, to find cycles.
    pub functions_in_progress: Vec<*const DefineFunction>,
    /// The budget of memory and steps.
    pub expansion: Expansion,
    /// The compiled regular expressions of the document.
    pub regular_expressions: RegularExpressions,
    /// The conditions under which the predicate that is being lowered is evaluated.
    pub guards: Vec<Guard>,
    /// The current depth of recursion.
    pub nesting: usize,
    /// The number of shares of labels that ensembles have combined so far, see `count_shares`.
    pub combined_shares: usize,
    /// The labels that targets declare and models return, by the target's name.
    pub target_labels: HashMap<Name, TargetLabels>,
    pub warnings: Vec<Warning>,
}

impl<'d> Lowering<'d> {
    pub fn new(document: &'d Document, options: &Options) -> Result<Self> {
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
            invalid: InvalidTreatments::new(&options.invalid, &data_fields)?,
            selected: options.outputs.clone(),
            selected_fields: HashMap::new(),
            is_without_model: false,
            builder: Builder::new(Program::default()),
            scopes: Scopes::default(),
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

    /// Adds a warning, unless there are too many.
    pub fn warn(&mut self, position: Position, element: &str, message: impl Into<String>) {
        if self.warnings.len() < MAX_WARNINGS {
            let message = into_legible(message.into());
            self.warnings.push(Warning { position, element: element.into(), message });
        }
    }

    /// Returns the inputs of the program, in order of their numbers.
    pub fn inputs_in_order(&self) -> Vec<&'d DataField> {
        let mut inputs: Vec<(Input, &'d DataField)> =
            self.inputs.iter().map(|(name, input)| (*input, self.data_fields[name])).collect();
        inputs.sort_by_key(|(input, _)| input.index());
        inputs.into_iter().map(|(_, field)| field).collect()
    }

    /// Runs something that may recurse, one level deeper. Fails if nesting is too deep or the memory budget is spent.
    pub fn nested<T>(
        &mut self,
        position: Position,
        element: &str,
        lower: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        // One level of the document opens at most a handful of regions, for which this leaves a margin.
        if self.nesting == MAX_NESTING || self.builder.depth() + 8 > crate::ir::MAX_NESTING {
            let message = format!(
                "`{element}` is nested more than {MAX_NESTING} levels deep, counting the fields it uses"
            );
            return Err(Error::Limit { position, message });
        }
        self.expansion.check(self.builder.bytes(), position, element)?;
        self.nesting += 1;
        let result = lower(self);
        self.nesting -= 1;
        result
    }

    /// Lowers predicates that are evaluated only if the guards allow it.
    pub fn guarded<T>(
        &mut self,
        guard: impl IntoIterator<Item = Guard>,
        lower: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.guards.len();
        self.guards.extend(guard);
        let result = lower(self);
        self.guards.truncate(before);
        result
    }

    /// Makes rows fail that reach the predicate being lowered and have its field.
    pub fn fail_guarded(&mut self, present: Option<Value>, message: String) {
        // The guards come first: their conjunction is the same for all predicates after them, so it is only computed
        // once.
        let mut condition = None;
        for guard in self.guards.clone() {
            let allowed = guard.allows(&mut self.builder);
            condition = both(&mut self.builder, condition, Some(allowed));
        }
        let condition = both(&mut self.builder, condition, present);
        self.fail_where(condition, message);
    }

    /// Makes rows fail with an undefined result if a condition is true; `None` means always. The derived field or
    /// output field being lowered is added to the message.
    pub fn fail_where(&mut self, condition: Option<Value>, message: String) {
        self.fail_because(None, condition, message);
    }

    /// Makes rows fail if a value cannot be cast to a type. If the value is an input, the message shows it.
    pub fn fail_cast(&mut self, operand: Operand, condition: Option<Value>, to: DataType, message: String) {
        match self.builder.program().definition(operand.value) {
            Operation::Input(input, InputPart::Value) => {
                let message = format!("is not {}: {message}", invalid::form(to));
                self.fail_because(Some(*input), condition, message);
            }
            _ => self.fail_where(condition, message),
        }
    }

    /// Adds a failure, unless its condition is never true.
    fn fail_because(&mut self, input: Option<Input>, condition: Option<Value>, message: String) {
        let condition = match condition {
            Some(condition) => condition,
            None => self.builder.bool(true),
        };
        if self.builder.program().constant(condition) == Some(Constant::Bool(false)) {
            return;
        }
        let derived = self.in_progress.last().and_then(|derived| derived.name.as_ref());
        let (field, message) = match (derived, self.output_in_progress) {
            (Some(name), _) => (Some(name), format!("{message}, in the derived field `{name}`")),
            (None, Some(name)) => (Some(name), format!("{message}, in the output field `{name}`")),
            (None, None) => (None, message),
        };
        let mut failure = FailureData::new(input, FailureKind::UndefinedResult, message);
        failure.derived_field = field.map(ToString::to_string);
        self.builder.fail_if(condition, failure);
    }
}
