//! Merges products into the sums that add them: one instruction then adds many terms, with its sums in registers.
//!
//! Terms are added in the order of the program, each product rounded before it is added, so that nothing changes but who does
//! it.

use super::merger::Merger;
use super::{Argument, Step};
use pmml_runtime::column_program::SINGLE;
use pmml_runtime::column_program::operation::*;

/// The bits of 1 in both precisions: the weight of what is added as it is.
const ONE: [u64; 2] = [1_f64.to_bits(), 1_f32.to_bits() as u64];

/// Merges products and sums that only one sum uses into that sum.
pub(super) fn merge(steps: Vec<Step>, registers: usize) -> Vec<Step> {
    let mut merger = Merger::new(&steps, registers);
    for mut step in steps {
        if step.code & !SINGLE == u64::from(ADD) {
            add(&mut merger, &mut step);
        }
        merger.keep(step);
    }
    merger.into_steps().map(of_one_product).collect()
}

/// Merges what a sum of two adds into it.
fn add(merger: &mut Merger, step: &mut Step) {
    let single = step.code & SINGLE;
    let [a, b, _] = step.arguments;
    let found = [(a, b), (b, a)].into_iter().find_map(|(other, product)| {
        let factors = factors_of(merger, product, single)?;
        Some((other, product, factors))
    });
    let (other, term) = match found {
        Some((other, product, (x, Argument::Constant(weight)))) => {
            merger.remove(product);
            (other, (x, weight))
        }
        Some((other, product, (x, y))) => {
            merger.remove(product);
            step.code = u64::from(ADD_PRODUCT) | single;
            step.arguments = [other, x, y];
            return;
        }
        None => {
            // What is added to a sum of products is a term of it.
            let [other, term] = if is_sum(merger, a, single) { [a, b] } else { [b, a] };
            if !is_sum(merger, other, single) || matches!(term, Argument::Constant(_)) {
                return;
            }
            (other, (term, ONE[usize::from(single != 0)]))
        }
    };
    if is_sum(merger, other, single) {
        if let Some(sum) = merger.remove(other) {
            *step = Step { destination: step.destination, ..sum };
        }
    } else if let Some((x, Argument::Constant(weight))) = factors_of(merger, other, single) {
        merger.remove(other);
        step.code = u64::from(SUM_PRODUCTS) | single;
        step.arguments = [Argument::Number(0); 3];
        step.terms.push((x, weight));
    } else {
        step.code = u64::from(ADD_PRODUCTS) | single;
        step.arguments = [other, Argument::Number(0), Argument::Number(0)];
    }
    step.terms.push(term);
}

/// Returns the factors of an argument that is a product which nothing else uses, a constant last.
fn factors_of(merger: &Merger, argument: Argument, single: u64) -> Option<(Argument, Argument)> {
    let step = merger.definition(argument)?;
    (step.code == u64::from(MULTIPLY) | single).then(|| factors(step))
}

/// Returns whether an argument is a sum of products which nothing else uses.
fn is_sum(merger: &Merger, argument: Argument, single: u64) -> bool {
    merger.definition(argument).is_some_and(|step| {
        step.code & SINGLE == single && [ADD_PRODUCTS, SUM_PRODUCTS].contains(&(step.code as u8))
    })
}

/// Returns the factors of a product, a constant last.
fn factors(step: &Step) -> (Argument, Argument) {
    match step.arguments {
        [x @ Argument::Constant(_), y, _] => (y, x),
        [x, y, _] => (x, y),
    }
}

/// Returns a step, but a product with a constant as a sum of one product, which needs no column for the constant.
fn of_one_product(mut step: Step) -> Step {
    if step.code & !SINGLE == u64::from(MULTIPLY)
        && let (x, Argument::Constant(weight)) = factors(&step)
        && !matches!(x, Argument::Constant(_))
    {
        step.code = u64::from(SUM_PRODUCTS) | step.code & SINGLE;
        step.arguments = [Argument::Number(0); 3];
        step.terms.push((x, weight));
    }
    step
}
