//! Merges products into the sums that add them: one instruction then adds many terms, with its sums in registers.
//!
//! Terms are added in the order of the program, each product rounded before it is added, so that nothing changes but who does
//! it.

use super::{Argument, Destination, Step};
use pmml_runtime::column_program::SINGLE;
use pmml_runtime::column_program::operation::*;

/// The bits of 1 in both precisions: the weight of what is added as it is.
const ONE: [u64; 2] = [1_f64.to_bits(), 1_f32.to_bits() as u64];

/// Merges products and sums that only one sum uses into that sum.
pub(super) fn merge(steps: Vec<Step>, registers: usize) -> Vec<Step> {
    let mut uses = vec![0_usize; registers];
    steps.iter().flat_map(Step::used).for_each(|register| uses[register] += 1);
    // The step that computes each register, among those that are kept.
    let mut definitions = vec![usize::MAX; registers];
    let mut merged: Vec<Option<Step>> = Vec::with_capacity(steps.len());
    for mut step in steps {
        if step.code & !SINGLE == u64::from(ADD) {
            let mut merger = Merger { uses: &uses, definitions: &definitions, steps: &mut merged };
            merger.add(&mut step);
        }
        if let Destination::Column(register) = step.destination {
            definitions[register] = merged.len();
        }
        merged.push(Some(step));
    }
    merged.into_iter().flatten().map(of_one_product).collect()
}

struct Merger<'m> {
    uses: &'m [usize],
    definitions: &'m [usize],
    steps: &'m mut [Option<Step>],
}

impl Merger<'_> {
    /// Merges what a sum of two adds into it.
    fn add(&mut self, step: &mut Step) {
        let single = step.code & SINGLE;
        let [a, b, _] = step.arguments;
        let product = [(a, b), (b, a)].into_iter().find_map(|(other, product)| {
            let factors = self.product(product, single)?;
            Some((other, product, factors))
        });
        let (other, term) = match product {
            Some((other, product, (x, Argument::Constant(weight)))) => {
                self.remove(product);
                (other, (x, weight))
            }
            Some((other, product, (x, y))) => {
                self.remove(product);
                step.code = u64::from(ADD_PRODUCT) | single;
                step.arguments = [other, x, y];
                return;
            }
            None => {
                // What is added to a sum of products is a term of it.
                let [other, term] = if self.is_sum(a, single) { [a, b] } else { [b, a] };
                if !self.is_sum(other, single) || matches!(term, Argument::Constant(_)) {
                    return;
                }
                (other, (term, ONE[usize::from(single != 0)]))
            }
        };
        if self.is_sum(other, single) {
            if let Some(sum) = self.remove(other) {
                *step = Step { destination: step.destination, ..sum };
            }
        } else if let Some((x, Argument::Constant(weight))) = self.product(other, single) {
            self.remove(other);
            step.code = u64::from(SUM_PRODUCTS) | single;
            step.arguments = [Argument::Number(0); 3];
            step.terms.push((x, weight));
        } else {
            step.code = u64::from(ADD_PRODUCTS) | single;
            step.arguments = [other, Argument::Number(0), Argument::Number(0)];
        }
        step.terms.push(term);
    }

    /// Returns the step that computes an argument, if nothing else uses it.
    fn definition(&self, argument: Argument) -> Option<&Step> {
        let Argument::Register(register) = argument else { return None };
        if self.uses[register] != 1 {
            return None;
        }
        self.steps.get(self.definitions[register])?.as_ref()
    }

    /// Returns the factors of an argument that is a product, a constant last.
    fn product(&self, argument: Argument, single: u64) -> Option<(Argument, Argument)> {
        let step = self.definition(argument)?;
        (step.code == u64::from(MULTIPLY) | single).then(|| factors(step))
    }

    /// Returns whether an argument is a sum of products.
    fn is_sum(&self, argument: Argument, single: u64) -> bool {
        self.definition(argument).is_some_and(|step| {
            step.code & SINGLE == single && [ADD_PRODUCTS, SUM_PRODUCTS].contains(&(step.code as u8))
        })
    }

    /// Removes the step that computes an argument, and returns it.
    fn remove(&mut self, argument: Argument) -> Option<Step> {
        let Argument::Register(register) = argument else { return None };
        self.steps.get_mut(self.definitions[register])?.take()
    }
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
