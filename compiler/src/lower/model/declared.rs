//! The labels that a target declares.
//!
//! A model may give labels that its target does not declare: exporters write `1.0` for `1`, or `Yes` for `yes`. Labels are
//! compared as values of the target's type, so that `1.0` is an integer's `1`. What is then not declared is warned of, once
//! for each label, or refused where the standard asks for a declared category.

use super::context::ModelContext;
use crate::document::Name;
use crate::document::data_dictionary::{DataField, Property, Value};
use crate::lower::build::label::{Labels, TargetLabels};
use crate::lower::state::Lowering;

/// How many declared labels a message shows.
const SHOWN: usize = 5;

/// Returns whether a target declares a label. One that declares none has them all.
pub fn declares(lowering: &mut Lowering<'_>, target: &DataField, label: &Name) -> bool {
    looks_up(lowering, target, label).0
}

/// Warns of labels that the target of a model does not declare.
pub fn warn_of_undeclared_labels<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    labels: &[Name],
) {
    let Some(target) = context.target else { return };
    for label in labels {
        // Segments of an ensemble have the same labels again and again.
        if let (false, true) = looks_up(lowering, target, label) {
            let message = format!(
                "`{}` gives the label `{label}`, which its target `{}` does not declare ({})",
                context.element,
                target.name,
                declared_labels(target)
            );
            lowering.warn(context.position, context.element, message);
        }
    }
}

/// Returns whether a target declares a label, and whether the label is asked for the first time.
fn looks_up(lowering: &mut Lowering<'_>, target: &DataField, label: &Name) -> (bool, bool) {
    let mut known = match lowering.target_labels.remove(&target.name) {
        Some(known) => known,
        None => {
            let mut labels = Labels::new(target.data_type);
            for value in valid(target) {
                labels.number(&mut lowering.builder, &value.value);
            }
            TargetLabels { declared: labels.len(), labels }
        }
    };
    let before = known.labels.len();
    let number = known.labels.number(&mut lowering.builder, label) as usize;
    let is_declared = known.declared == 0 || number < known.declared;
    lowering.target_labels.insert(target.name.clone(), known);
    (is_declared, number == before)
}

/// Returns the first labels that a target declares, for messages.
pub fn declared_labels(target: &DataField) -> String {
    let shown: Vec<String> = valid(target).take(SHOWN).map(|value| format!("`{}`", value.value)).collect();
    let more = if valid(target).nth(SHOWN).is_some() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn valid(target: &DataField) -> impl Iterator<Item = &Value> {
    target.values.iter().filter(|value| value.property == Property::Valid)
}
