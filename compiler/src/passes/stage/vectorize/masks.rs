//! Merges masks that are only combined with others: that all inputs of a sum are present is one instruction.

use super::merger::Merger;
use super::{Argument, Step};
use pmml_runtime::column_program::operation::*;

/// Merges conjunctions that only one conjunction uses into that one.
pub(super) fn merge(steps: Vec<Step>, registers: usize) -> Vec<Step> {
    let mut merger = Merger::new(&steps, registers);
    for mut step in steps {
        if step.code == u64::from(AND) {
            let [a, b, _] = step.arguments;
            let mut terms = Vec::new();
            for argument in [a, b] {
                take(argument, &mut merger, &mut terms);
            }
            step = Step { code: AND_ALL.into(), arguments: [Argument::Number(0); 3], terms, ..step };
        }
        merger.keep(step);
    }
    merger.into_steps().map(of_two).collect()
}

/// Appends the masks of which an argument is the conjunction, each with the bits that are inverted.
fn take(argument: Argument, merger: &mut Merger, terms: &mut Vec<(Argument, u64)>) {
    match merger.definition(argument).map(|step| step.code as u8) {
        Some(AND_ALL) => terms.extend(merger.remove(argument).into_iter().flat_map(|step| step.terms)),
        Some(NOT) => terms.extend(merger.remove(argument).map(|step| (step.arguments[0], u64::MAX))),
        _ => terms.push((argument, 0)),
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
