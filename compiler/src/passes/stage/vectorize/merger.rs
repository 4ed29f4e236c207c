//! What passes over steps have in common: they merge a step into the only one that uses its result.

use super::{Argument, Destination, Step};

/// The steps that are kept so far, and what is known about their results.
pub(super) struct Merger {
    /// How often each register is used.
    uses: Vec<usize>,
    /// The number of the step that computes each register, if that is kept.
    definitions: Vec<usize>,
    steps: Vec<Option<Step>>,
}

impl Merger {
    pub fn new(steps: &[Step], registers: usize) -> Self {
        let mut uses = vec![0; registers];
        steps.iter().flat_map(Step::used).for_each(|register| uses[register] += 1);
        Self { uses, definitions: vec![usize::MAX; registers], steps: Vec::with_capacity(steps.len()) }
    }

    /// Keeps a step.
    pub fn keep(&mut self, step: Step) {
        if let Destination::Column(register) | Destination::Mask(register) = step.destination {
            self.definitions[register] = self.steps.len();
        }
        self.steps.push(Some(step));
    }

    /// Returns the steps that are kept.
    pub fn into_steps(self) -> impl Iterator<Item = Step> {
        self.steps.into_iter().flatten()
    }

    /// Returns the step that computes an argument, if nothing else uses it.
    pub fn definition(&self, argument: Argument) -> Option<&Step> {
        let Argument::Register(register) = argument else { return None };
        if self.uses[register] != 1 {
            return None;
        }
        self.steps.get(self.definitions[register])?.as_ref()
    }

    /// Removes the step that computes an argument, and returns it.
    pub fn remove(&mut self, argument: Argument) -> Option<Step> {
        let Argument::Register(register) = argument else { return None };
        self.steps.get_mut(self.definitions[register])?.take()
    }
}
