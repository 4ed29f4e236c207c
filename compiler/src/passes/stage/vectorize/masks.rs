//! Merges masks that are only combined with others: that all inputs of a sum are present is one instruction.

use super::{Argument, Destination, Step};
use pmml_runtime::column_program::operation::*;

/// Merges conjunctions that only one conjunction uses into that one.
pub(super) fn merge(steps: Vec<Step>, registers: usize) -> Vec<Step> {
    let mut uses = vec![0_usize; registers];
    steps.iter().flat_map(Step::used).for_each(|register| uses[register] += 1);
    // The step that computes each mask, among those that are kept.
    let mut definitions = vec![usize::MAX; registers];
    let mut merged: Vec<Option<Step>> = Vec::with_capacity(steps.len());
    for mut step in steps {
        if step.code == u64::from(AND) {
            let [a, b, _] = step.arguments;
            let mut terms = Vec::new();
            for argument in [a, b] {
                take(argument, &uses, &definitions, &mut merged, &mut terms);
            }
            step = Step { code: AND_ALL.into(), arguments: [Argument::Number(0); 3], terms, ..step };
        }
        if let Destination::Mask(register) = step.destination {
            definitions[register] = merged.len();
        }
        merged.push(Some(step));
    }
    merged.into_iter().flatten().map(of_two).collect()
}

/// Appends the masks of which an argument is the conjunction, each with the bits that are inverted.
fn take(
    argument: Argument,
    uses: &[usize],
    definitions: &[usize],
    merged: &mut [Option<Step>],
    terms: &mut Vec<(Argument, u64)>,
) {
    let whole = (argument, 0);
    let Argument::Register(register) = argument else { return terms.push(whole) };
    let Some(definition) = merged.get_mut(definitions[register]).filter(|_| uses[register] == 1) else {
        return terms.push(whole);
    };
    match definition.as_ref().map(|step| step.code as u8) {
        Some(AND_ALL) => terms.extend(definition.take().into_iter().flat_map(|step| step.terms)),
        Some(NOT) => terms.extend(definition.take().map(|step| (step.arguments[0], u64::MAX))),
        _ => terms.push(whole),
    }
}

/// Returns a step, but a conjunction of two masks as an instruction without a table.
fn of_two(mut step: Step) -> Step {
    if step.code == u64::from(AND_ALL)
        && let [(a, 0), (b, 0)] = step.terms[..]
    {
        step.code = AND.into();
        step.arguments = [a, b, Argument::Number(0)];
        step.terms.clear();
    }
    step
}
