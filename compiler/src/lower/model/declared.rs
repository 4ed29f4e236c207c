//! The labels that a target declares.
//!
//! A model may return labels that its target does not declare: exporters write `1.0` for `1`, or `Yes` for `yes`.
//! Labels are compared as values of the target's type, so that `1.0` is an integer's `1`. Labels that remain undeclared
//! are warned of, once each, or refused if the standard requires a declared category.

use super::context::ModelContext;
use crate::document::Name;
use crate::document::data_dictionary::{DataField, Property, Value};
use crate::lower::build::label::{Labels, TargetLabels};
use crate::lower::state::Lowering;

/// Maximum number of declared labels in a message.
const SHOWN: usize = 5;

/// Returns whether a target declares a label. A target without declared labels accepts any.
pub fn declares(lowering: &mut Lowering<'_>, target: &DataField, label: &Name) -> bool {
    look_up(lowering, target, label).0
}

/// Warns of labels that the target of a model does not declare.
pub fn warn_of_undeclared_labels<'d>(
    lowering: &mut Lowering<'d>,
    context: &ModelContext<'d>,
    labels: &[Name],
) {
    let Some(target) = context.target else { return };
    for label in labels {
        // The segments of an ensemble repeat the same labels.
        if let (false, true) = look_up(lowering, target, label) {
            let message = format!(
                "`{}` returns the label `{label}`, which its target `{}` does not declare ({})",
                context.element,
                target.name,
                declared_labels(target)
            );
            lowering.warn(context.position, context.element, message);
        }
    }
}

/// Returns whether a target declares a label, and whether this is the first look-up of that label.
fn look_up(lowering: &mut Lowering<'_>, target: &DataField, label: &Name) -> (bool, bool) {
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

/// Returns the first few labels that a target declares, for messages.
pub fn declared_labels(target: &DataField) -> String {
    let shown: Vec<String> = valid(target).take(SHOWN).map(|value| format!("`{}`", value.value)).collect();
    let more = if valid(target).nth(SHOWN).is_some() { ", …" } else { "" };
    format!("{}{more}", shown.join(", "))
}

fn valid(target: &DataField) -> impl Iterator<Item = &Value> {
    target.values.iter().filter(|value| value.property == Property::Valid)
}
