//! Selections: the model of a document that is used, and the results of a row.
//!
//! A document without a model computes the derived fields of its `TransformationDictionary`. For any document, results
//! can be [selected](super::Options::outputs) by name, in the caller's order. A name stands for the first of these that
//! exists:
//! - a result that the document names ([`super::results`]): a target or a final output field;
//! - any other output field: one that is not a final result (`isFinalResult="false"`), or one of a segment whose
//!   outputs the model does not return, if only one segment has an output of that name;
//! - a derived field of the model's own `LocalTransformations`;
//! - a derived field of the `TransformationDictionary`, computed as that model sees its fields.
//!
//! Derived fields of segments cannot be selected: several segments may have fields of one name, and a segment may not
//! apply.
//!
//! A selection changes only the results. Inputs, and the reasons for which a row fails, are those of the whole model; a
//! derived field that nothing else uses adds its own.

use super::field::Field;
use super::list;
use super::options::Options;
use super::results::{self, DocumentResult, Results};
use super::state::Lowering;
use crate::document::model::Model;
use crate::document::model_verification::ModelVerification;
use crate::document::transformation::DerivedField;
use crate::document::{Document, Name};
use crate::error::{Error, Position, Result};
use crate::lower::model::context::ModelContext;
use crate::lower::model::prediction::{ModelResult, OutputResult};
use pmml_runtime::diagnostics::nearest::Search;
use pmml_runtime::diagnostics::quote::quote;
use std::collections::{HashMap, HashSet};

/// Maximum number of names that a message lists.
const LISTED: usize = 20;

/// A result that can be selected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selectable {
    /// Its name.
    pub name: Name,
    /// Its kind.
    pub kind: ResultKind,
}

/// The kind of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ResultKind {
    /// A target.
    Target,
    /// An output field that is a result by default.
    Output,
    /// An output field that is not a result by default, or one of a segment.
    InnerOutput,
    /// A derived field.
    Derived,
}

/// Selects the model of a document; returns `None` if the document has none and its derived fields are computed.
///
/// # Errors
/// Fails if there is no model with the requested name, no scorable model, or nothing at all to compute.
pub fn select_model<'d>(document: &'d Document, options: &Options) -> Result<Option<&'d Model>> {
    if let Some(name) = &options.model_name {
        let is_named = |model: &&Model| model.model_name().is_some_and(|known| *known == **name);
        let found = document.models.iter().find(is_named);
        let names = || document.models.iter().map(|model| model.model_name().map(Name::as_str));
        return match found {
            Some(model) => Ok(Some(model)),
            None => Err(Error::NotFound { message: no_model_of_name(name, names()) }),
        };
    }
    let refused = |message: &str| Error::invalid(document.position, "PMML", message);
    match document.models.iter().find(|model| model.is_scorable()) {
        Some(model) => Ok(Some(model)),
        None if !document.models.is_empty() => Err(refused("no model of the document is scorable")),
        None if document.transformation_dictionary.derived_fields.is_empty() => {
            Err(refused("the document has no model, and no derived fields either"))
        }
        None => Ok(None),
    }
}

/// Returns the rows for verification of the selected model, if it has any.
///
/// # Errors
/// Fails if [`select_model`] does.
pub fn verification<'d>(document: &'d Document, options: &Options) -> Result<Option<&'d ModelVerification>> {
    let common = select_model(document, options)?.and_then(Model::common);
    Ok(common.and_then(|common| common.model_verification.as_ref()))
}

/// Returns the message for an unknown model name, which lists the names of all models.
pub fn no_model_of_name<'n>(name: &str, names: impl Iterator<Item = Option<&'n str>> + Clone) -> String {
    let message = format!("the document has no model of the name `{}`", quote(name));
    let named = names.clone().flatten();
    let (count, unnamed) = (named.clone().count(), names.filter(Option::is_none).count());
    let unnamed = match unnamed {
        0 => String::new(),
        1 => "a model without a name".to_owned(),
        unnamed => format!("{unnamed} models without a name"),
    };
    match count {
        0 if unnamed.is_empty() => format!("{message}: it has no model at all"),
        0 => format!("{message}: it has {unnamed}"),
        _ => {
            let nearest = did_you_mean(name, named.clone());
            let also = if unnamed.is_empty() { unnamed } else { format!(" and {unnamed}") };
            format!("{message}{nearest}: it has {}{also}", listed(named))
        }
    }
}

/// Lowers the requested derived fields whose names are not those of targets or output fields. It runs before the output
/// fields are lowered, which could hide the fields that they refer to.
pub fn lower_selected_fields<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    model: &'d Model,
    result: &ModelResult<'d>,
) -> Result<()> {
    if lowering.selected.is_empty() || lowering.scopes.parent(context.scope).is_some() {
        return Ok(());
    }
    let inner = inner_outputs(result);
    let mut hidden: HashSet<&str> = HashSet::new();
    hidden.extend(results::target_fields(lowering, model).iter().map(|target| target.name.as_str()));
    hidden.extend(result.outputs.iter().chain(&inner).map(|output| output.name.as_str()));
    let outputs = context.common.output.iter().flat_map(|output| &output.output_fields);
    hidden.extend(outputs.map(|output| output.name.as_str()));
    let names = std::mem::take(&mut lowering.selected);
    for name in names.iter().filter(|name| !hidden.contains(name.as_str())) {
        if let Some(derived) = lowering.declared_derived(context.scope, &Name::from(name.as_str())) {
            let field = lowering.derived_field(context.scope, derived)?;
            lowering.selected_fields.insert(name.clone(), (derived, field));
        }
    }
    lowering.selected = names;
    Ok(())
}

/// Lowers the derived fields of a document without a model: the requested ones, or all.
pub fn transformations<'d>(lowering: &mut Lowering<'d>) -> Result<Results<'d>> {
    let document = lowering.document;
    list::find_fields(lowering, None);
    let scope = lowering.scopes.open(None);
    let all = document.transformation_dictionary.derived_fields.iter();
    let mut results = Results::default();
    if lowering.selected.is_empty() {
        for derived in all {
            let field = lowering.derived_field(scope, derived)?;
            results.fields.push(derived_result(derived, field));
        }
    } else {
        let names = std::mem::take(&mut lowering.selected);
        for name in &names {
            if let Some(derived) = lowering.dictionary_fields.get(name.as_str()).copied() {
                let field = lowering.derived_field(scope, derived)?;
                lowering.selected_fields.insert(name.clone(), (derived, field));
            }
        }
        lowering.selected = names;
        results = selected(lowering, None, results, &[])?;
    }
    Ok(results)
}

/// Selects the requested results, in that order, among the document's results, its inner outputs and its derived
/// fields. Fails if a name is unknown or repeated.
pub fn selected<'d>(
    lowering: &mut Lowering<'d>,
    model: Option<&'d Model>,
    mut results: Results<'d>,
    inner: &[OutputResult<'d>],
) -> Result<Results<'d>> {
    if lowering.selected.is_empty() {
        return Ok(results);
    }
    let mut numbers: HashMap<String, (usize, bool)> = HashMap::new();
    for (number, field) in results.fields.iter().enumerate() {
        numbers.insert(field.name.clone(), (number, number < results.targets));
    }
    let named = results.clone();
    for output in inner {
        let next = results.fields.len();
        numbers.entry(output.name.to_string()).or_insert_with(|| {
            results.fields.push(output.into());
            (next, false)
        });
    }
    let mut selected = Results::default();
    let mut known = HashSet::new();
    for name in &lowering.selected {
        if !known.insert(name) {
            return Err(Error::NotFound {
                message: format!("the result `{}` is selected twice", quote(name)),
            });
        }
        let (field, is_target) = match (numbers.get(name), lowering.selected_fields.get(name)) {
            (Some((number, is_target)), _) => (results.fields[*number].clone(), *is_target),
            (None, Some((derived, field))) => (derived_result(derived, *field), false),
            (None, None) => {
                let message = no_result_of_name(lowering, name, model, &named, inner);
                return Err(Error::NotFound { message });
            }
        };
        if is_target && selected.targets == selected.fields.len() {
            selected.targets += 1;
        }
        selected.fields.push(field);
    }
    Ok(selected)
}

/// Returns the results that can be selected.
pub fn selectable<'d>(
    lowering: &Lowering<'d>,
    model: Option<&'d Model>,
    results: &Results<'d>,
    inner: &[OutputResult<'d>],
) -> Vec<Selectable> {
    let mut known = HashSet::new();
    let mut selectable = Vec::new();
    let mut add = |name: &Name, kind| {
        if known.insert(name.clone()) {
            selectable.push(Selectable { name: name.clone(), kind });
        }
    };
    for (number, field) in results.fields.iter().enumerate() {
        let kind = if number < results.targets { ResultKind::Target } else { ResultKind::Output };
        add(&Name::from(field.name.as_str()), kind);
    }
    for output in inner {
        add(&output.name, ResultKind::InnerOutput);
    }
    let local = model.and_then(Model::common).and_then(|common| common.local_transformations.as_ref());
    let local = local.into_iter().flat_map(|local| &local.derived_fields);
    for derived in local.chain(&lowering.document.transformation_dictionary.derived_fields) {
        if let Some(name) = &derived.name {
            add(name, ResultKind::Derived);
        }
    }
    selectable
}

/// Returns the message for an unknown result, with a reason or a suggestion.
fn no_result_of_name<'d>(
    lowering: &Lowering<'d>,
    name: &str,
    model: Option<&'d Model>,
    results: &Results<'d>,
    inner: &[OutputResult<'d>],
) -> String {
    let message = format!("there is no result `{}`", quote(name));
    if lowering.data_fields.contains_key(name) {
        return format!(
            "{message}: it is a field of the data, and results are targets, output fields and derived fields"
        );
    }
    if let Some(position) = model.and_then(|model| derived_inside(model, name)) {
        return format!(
            "{message}: the derived field at {position} belongs to a segment, and only those of the document and of the \
                 model itself are results"
        );
    }
    let selectable = selectable(lowering, model, results, inner);
    let names = || selectable.iter().map(|selectable| selectable.name.as_str());
    format!("{message}{}: there are {}", did_you_mean(name, names()), listed(names()))
}

impl<'d> From<&OutputResult<'d>> for DocumentResult<'d> {
    fn from(output: &OutputResult<'d>) -> Self {
        DocumentResult {
            name: output.name.to_string(),
            display_name: output.display_name.clone(),
            operand: output.field.operand,
            domain: output.field.domain,
        }
    }
}

/// Returns the output fields of a model that are not its results: the last one of each name, and those of segments if
/// only one segment has an output of that name.
pub fn inner_outputs<'d>(result: &ModelResult<'d>) -> Vec<OutputResult<'d>> {
    let of_segments = result.segments.iter().flat_map(|segment| &segment.result.outputs);
    let mut counts: HashMap<&Name, usize> = HashMap::new();
    of_segments.clone().for_each(|output| *counts.entry(&output.name).or_default() += 1);
    let own = result.outputs.iter().rev().filter(|output| !output.is_final);
    let finals = result.outputs.iter().filter(|output| output.is_final);
    let mut known: HashSet<&Name> = finals.map(|output| &output.name).collect();
    let mut inner: Vec<OutputResult<'d>> = own.filter(|output| known.insert(&output.name)).cloned().collect();
    inner.reverse();
    inner.extend(
        of_segments.filter(|output| counts[&output.name] == 1 && known.insert(&output.name)).cloned(),
    );
    inner
}

/// Returns the result that a derived field stands for.
fn derived_result<'d>(derived: &'d DerivedField, field: Field<'d>) -> DocumentResult<'d> {
    DocumentResult {
        name: derived.name.as_ref().map(ToString::to_string).unwrap_or_default(),
        display_name: derived.display_name.clone(),
        operand: field.operand,
        domain: field.domain,
    }
}

/// Returns the position of a derived field with a name in the models inside of a model.
fn derived_inside(model: &Model, name: &str) -> Option<Position> {
    let mut models = vec![model];
    let mut is_inside = false;
    while let Some(model) = models.pop() {
        let local = model.common().and_then(|common| common.local_transformations.as_ref());
        let mut fields = local.into_iter().filter(|_| is_inside).flat_map(|local| &local.derived_fields);
        if let Some(field) = fields.find(|field| field.name.as_deref() == Some(name)) {
            return Some(field.position);
        }
        is_inside = true;
        models.extend(model.models_inside());
    }
    None
}

/// Returns the end of a message: a similar name, or an empty string.
fn did_you_mean<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> String {
    let nearest = Search::default().nearest(name, names);
    nearest.map(|nearest| format!(" (did you mean `{}`?)", quote(nearest))).unwrap_or_default()
}

/// Lists names in a message: the first `LISTED` of them, quoted, and how many more there are.
fn listed<'n>(mut names: impl Iterator<Item = &'n str>) -> String {
    let shown: Vec<String> = names.by_ref().take(LISTED).map(|name| format!("`{}`", quote(name))).collect();
    match names.count() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
