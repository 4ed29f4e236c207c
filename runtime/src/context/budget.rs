//! What scoring may take: the budget of one row, and the interruption of a call.
//!
//! A row decides how long its texts and lists are, so it decides how long functions on them run and how much memory
//! their results take: thirty `concat(x, x)` in a chain make a gigabyte of one letter. *Metered* functions charge for
//! both, before or while they work. A row that has spent its budget is *exhausted*: metered functions give it trivial
//! results from then on, and the program, which asks [`exhausted`] after each of them, fails it.
//!
//! Charges are counted from the row's own values, never from time or memory in use. So which rows fail depends neither
//! on the rows beside them, nor on the engine, nor on the machine.
//!
//! An [`Interrupt`] is the opposite: it comes from outside (a clock, a client that has left) and ends the call, not a
//! row. Its results are then not to be used. It is looked at wherever work is charged, and by engines between their
//! steps.

use crate::{Context, List, StringId};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

/// How much memory an item of a list takes.
pub const ITEM_BYTES: usize = size_of::<crate::Item>();

/// How many bytes of computed text and lists a row may have for each byte of the text that comes in with it.
const BYTES_PER_BYTE: usize = 16;

/// What a row may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many bytes of computed texts and lists a row may have, besides sixteen times the bytes of the texts that come
    /// in with it. 256 KiB by default.
    pub bytes: usize,
    /// How many steps metered functions may take for a row: a step reads or writes about a byte. 2³² by default, which is
    /// some seconds.
    pub steps: u64,
}

impl Default for Budget {
    fn default() -> Self {
        Self { bytes: 256 << 10, steps: 1 << 32 }
    }
}

/// A flag that ends work from outside: scoring, or compiling a document. Clones share it.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    flag: Arc<AtomicBool>,
}

impl Interrupt {
    /// Returns a flag that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Asks the work that has the flag, or a clone of it, to end. There is no way back.
    pub fn interrupt(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// Returns whether the work is to end.
    pub fn is_interrupted(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }
}

/// What a row has left.
#[derive(Clone, Copy, Debug)]
struct Left {
    bytes: usize,
    steps: u64,
    exhausted: bool,
}

/// The budgets of the rows of a call.
#[derive(Debug)]
pub(crate) struct Meter {
    budget: Budget,
    rows: Vec<Left>,
    /// The first row of the block that is being computed.
    first: usize,
    /// The row that is being computed.
    row: usize,
    interrupt: Option<Interrupt>,
}

impl Default for Meter {
    fn default() -> Self {
        let budget = Budget::default();
        Self { budget, rows: Vec::from([budget.left(0)]), first: 0, row: 0, interrupt: None }
    }
}

impl Budget {
    /// Returns how much memory the computed texts and lists of a row can take, which texts of `bytes` bytes come in with.
    #[must_use]
    pub fn bytes_of_row(self, bytes: usize) -> usize {
        self.left(bytes).bytes
    }

    fn left(self, bytes: usize) -> Left {
        let bytes = self.bytes.saturating_add(bytes.saturating_mul(BYTES_PER_BYTE));
        Left { bytes, steps: self.steps, exhausted: false }
    }
}

impl Meter {
    /// Forgets the rows.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.rows.push(self.budget.left(0));
        (self.first, self.row) = (0, 0);
    }

    fn left(&mut self) -> Option<&mut Left> {
        self.rows.get_mut(self.row)
    }

    #[inline]
    fn is_interrupted(&self) -> bool {
        self.interrupt.as_ref().is_some_and(Interrupt::is_interrupted)
    }

    /// Charges the row for steps. Returns whether it may go on.
    #[inline]
    pub(crate) fn charge_steps(&mut self, steps: u64) -> bool {
        let interrupted = self.is_interrupted();
        let Some(left) = self.left() else { return false };
        match left.steps.checked_sub(steps) {
            Some(rest) if !left.exhausted && !interrupted => {
                left.steps = rest;
                true
            }
            _ => {
                left.exhausted = true;
                false
            }
        }
    }

    /// Charges the row for memory that it keeps, and the steps of writing it. Returns whether it may have it.
    #[inline]
    pub(crate) fn charge_bytes(&mut self, bytes: usize) -> bool {
        if !self.charge_steps(bytes as u64) {
            return false;
        }
        let Some(left) = self.left() else { return false };
        match left.bytes.checked_sub(bytes) {
            Some(rest) => {
                left.bytes = rest;
                true
            }
            None => {
                left.exhausted = true;
                false
            }
        }
    }

    /// Returns how many bytes of text the row may still compute.
    pub(crate) fn bytes(&mut self) -> usize {
        self.left().map_or(0, |left| left.bytes)
    }

    /// Exhausts the row's budget.
    pub(crate) fn exhaust(&mut self) {
        if let Some(left) = self.left() {
            left.exhausted = true;
        }
    }
}

impl Context<'_> {
    /// Sets what rows may take from now on.
    pub fn set_budget(&mut self, budget: Budget) {
        self.meter.budget = budget;
        self.meter.clear();
    }

    /// Gives the calls from now on a flag that ends them.
    pub fn set_interrupt(&mut self, interrupt: Option<Interrupt>) {
        self.meter.interrupt = interrupt;
    }

    /// Returns whether the call is to end. What it has computed is not to be used then.
    #[inline]
    pub fn is_interrupted(&self) -> bool {
        self.meter.is_interrupted()
    }

    /// Gives a row its whole budget, to which the `bytes` bytes of text that come in with it add, and selects it.
    pub fn start_row(&mut self, row: usize, bytes: usize) {
        let left = self.meter.budget.left(bytes);
        if self.meter.rows.len() <= row {
            self.meter.rows.resize(row + 1, left);
        }
        self.meter.rows[row] = left;
        self.meter.row = row;
    }

    /// Says which row is the first of the block whose rows are selected from now on.
    #[inline]
    pub fn select_block(&mut self, first: usize) {
        self.meter.first = first;
    }

    /// Lets metered functions charge a row of the selected block, which has been started.
    #[inline]
    pub fn select_row(&mut self, row: usize) {
        self.meter.row = self.meter.first + row;
    }

    /// Charges the row for steps. Returns whether it may go on.
    #[inline]
    pub fn charge_steps(&mut self, steps: u64) -> bool {
        self.meter.charge_steps(steps)
    }

    /// Charges the row for memory that it keeps, and the steps of writing it. Returns whether it may have it.
    #[inline]
    pub fn charge_bytes(&mut self, bytes: usize) -> bool {
        self.meter.charge_bytes(bytes)
    }

    /// Charges the row for a list of so many items. Returns whether it may have it.
    #[inline]
    pub fn charge_items(&mut self, items: usize) -> bool {
        self.charge_bytes(items.saturating_mul(ITEM_BYTES))
    }

    /// Returns the bytes of a text that comes in with a row.
    pub fn text_bytes(&self, text: StringId) -> usize {
        self.text(text).len()
    }

    /// Returns the bytes of a list that comes in with a row.
    pub fn list_bytes(&self, list: List) -> usize {
        self.items(list).len() * ITEM_BYTES
    }
}

/// Returns whether the row's budget is spent.
pub fn exhausted(context: &mut Context<'_>) -> bool {
    context.meter.left().is_none_or(|left| left.exhausted)
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
    fn rows_have_budgets_of_their_own() {
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
        // Nothing is granted any more, not even nothing.
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
