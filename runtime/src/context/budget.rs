//! Limits of scoring: the budget of a row, and the interruption of a call.
//!
//! A row determines how long its strings and lists are, and with that how long functions on them run and how
//! much memory their results take: thirty `concat(x, x)` in a chain make a gigabyte of one letter. *Metered*
//! functions charge for both, before or while they work. A row that has spent its budget is *exhausted*:
//! metered functions return trivial results from then on, and the program, which calls [`exhausted`] after
//! each of them, fails the row.
//!
//! Charges are computed from the row's own values, never from elapsed time or memory in use. So which rows
//! fail depends neither on the rows beside them, nor on the engine, nor on the machine.
//!
//! An [`Interrupt`] is the opposite: it comes from outside (a clock, a client that has disconnected) and ends
//! the call, not a row. The results of the call must not be used then. It is checked wherever work is
//! charged, and by engines between their steps.

use super::call::Context;
use crate::word::{List, StringId};

pub use super::meter::{Budget, ITEM_BYTES, Interrupt};

impl Context<'_> {
    /// Sets the budget of rows from now on.
    pub fn set_budget(&mut self, budget: Budget) {
        self.meter.set_budget(budget);
    }

    /// Sets the flag that ends calls from now on.
    pub fn set_interrupt(&mut self, interrupt: Option<Interrupt>) {
        self.meter.set_interrupt(interrupt);
    }

    /// Returns whether the call must end. Its results must not be used then.
    #[inline]
    pub fn is_interrupted(&self) -> bool {
        self.meter.is_interrupted()
    }

    /// Gives a row its whole budget, which grows with the `bytes` bytes of strings that come in with it, and
    /// selects the row.
    pub fn start_row(&mut self, row: usize, bytes: usize) {
        self.meter.start_row(row, bytes);
    }

    /// Sets the first row of the block whose rows are selected from now on.
    #[inline]
    pub fn select_block(&mut self, first: usize) {
        self.meter.select_block(first);
    }

    /// Selects the row of the block that metered functions charge. It must have been started.
    #[inline]
    pub fn select_row(&mut self, row: usize) {
        self.meter.select_row(row);
    }

    /// Charges the row for steps. Returns whether it may go on.
    #[inline]
    pub fn charge_steps(&mut self, steps: u64) -> bool {
        self.meter.charge_steps(steps)
    }

    /// Charges the row for memory that it keeps, and for the steps of writing it. Returns whether the budget
    /// allows it.
    #[inline]
    pub fn charge_bytes(&mut self, bytes: usize) -> bool {
        self.meter.charge_bytes(bytes)
    }

    /// Charges the row for a list of `items` items. Returns whether the budget allows it.
    #[inline]
    pub fn charge_items(&mut self, items: usize) -> bool {
        self.charge_bytes(items.saturating_mul(ITEM_BYTES))
    }

    /// Returns the bytes of a string that comes in with a row.
    pub fn string_bytes(&self, text: StringId) -> usize {
        self.string(text).len()
    }

    /// Returns the bytes of a list that comes in with a row.
    pub fn list_bytes(&self, list: List) -> usize {
        self.items(list).len() * ITEM_BYTES
    }
}

/// Returns whether the row's budget is spent.
pub fn exhausted(context: &mut Context<'_>) -> bool {
    context.meter.is_exhausted()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Dictionary;

    fn context(dictionary: &Dictionary, bytes: usize, steps: u64) -> Context<'_> {
        let mut context = Context::new(dictionary);
        context.set_budget(Budget { bytes, steps });
        context
    }

    #[test]
    fn each_row_has_its_own_budget() {
        let dictionary = Dictionary::default();
        let mut context = context(&dictionary, 100, 1000);
        context.start_row(0, 0);
        context.start_row(1, 10);
        assert_eq!(Budget { bytes: 100, steps: 0 }.bytes_of_row(10), 260);
        assert!(context.charge_bytes(260));
        assert!(!exhausted(&mut context));
        context.select_row(0);
        assert!(context.charge_bytes(100) && !context.charge_bytes(1));
        assert!(exhausted(&mut context));
        // Nothing is granted any more, not even zero steps.
        assert!(!context.charge_steps(0));
        context.select_row(1);
        assert!(!exhausted(&mut context));
        assert!(context.charge_steps(740) && !context.charge_steps(1));
        context.start_row(1, 0);
        assert!(!exhausted(&mut context));
    }

    #[test]
    fn interrupted_calls_are_granted_nothing() {
        let dictionary = Dictionary::default();
        let mut context = context(&dictionary, 100, 1000);
        let interrupt = Interrupt::new();
        context.set_interrupt(Some(interrupt.clone()));
        context.start_row(0, 0);
        assert!(context.charge_steps(1) && !context.is_interrupted());
        interrupt.interrupt();
        assert!(!context.charge_steps(1) && context.is_interrupted());
    }
}
