//! What is left of the budgets of rows: see [`budget`](super::budget).

use crate::word::Item;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

/// The number of bytes of memory that an item of a list takes.
pub const ITEM_BYTES: usize = size_of::<Item>();

/// The number of bytes of computed strings and lists that a row may have for each byte of the strings that come in with it.
const BYTES_PER_BYTE: usize = 16;

/// The budget of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// The number of bytes of computed strings and lists that a row may have, besides sixteen times the bytes
    /// of the strings that come in with it. 256 KiB by default.
    pub bytes: usize,
    /// The number of steps that metered functions may take for a row: a step reads or writes about a byte.
    /// 2³² by default, which is some seconds.
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

    /// Asks the work that has the flag, or a clone of it, to end. This cannot be undone.
    pub fn interrupt(&self) {
        self.flag.store(true, Ordering::Relaxed);
    }

    /// Returns whether the work must end.
    pub fn is_interrupted(&self) -> bool {
        self.flag.load(Ordering::Relaxed)
    }
}

/// What is left of a row's budget.
#[derive(Clone, Copy, Debug)]
struct Left {
    bytes: usize,
    steps: u64,
    exhausted: bool,
}

/// The part of its budget that a row has spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Spent {
    bytes: usize,
    steps: u64,
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
    /// Returns how much memory the computed strings and lists of a row can take if `bytes` bytes of strings
    /// come in with it.
    #[must_use]
    pub fn bytes_of_row(self, bytes: usize) -> usize {
        self.left(bytes).bytes
    }

    /// Returns the whole budget of a row that `bytes` bytes of strings come in with.
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

    /// Returns what is left of the row's budget.
    fn left(&mut self) -> Option<&mut Left> {
        self.rows.get_mut(self.row)
    }

    /// Returns whether the call must end.
    #[inline]
    pub fn is_interrupted(&self) -> bool {
        self.interrupt.as_ref().is_some_and(Interrupt::is_interrupted)
    }

    /// Charges the row for steps. Returns whether it may go on.
    #[inline]
    pub fn charge_steps(&mut self, steps: u64) -> bool {
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

    /// Charges the row for memory that it keeps, and for the steps of writing it. Returns whether the budget
    /// allows it.
    #[inline]
    pub fn charge_bytes(&mut self, bytes: usize) -> bool {
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

    /// Returns the number of bytes of text that the row may still compute.
    pub fn bytes(&mut self) -> usize {
        self.left().map_or(0, |left| left.bytes)
    }

    /// Returns what is left of the row's budget, for [`spent_since`](Self::spent_since).
    pub(super) fn balance(&mut self) -> Spent {
        self.left()
            .map_or(Spent { bytes: 0, steps: 0 }, |left| Spent { bytes: left.bytes, steps: left.steps })
    }

    /// Returns what the row has spent since it had a balance, or `None` if it has spent all.
    pub(super) fn spent_since(&mut self, before: Spent) -> Option<Spent> {
        let left = self.left().filter(|left| !left.exhausted)?;
        Some(Spent {
            bytes: before.bytes.checked_sub(left.bytes)?,
            steps: before.steps.checked_sub(left.steps)?,
        })
    }

    /// Spends again what a row has spent before, if the budget allows it. Returns whether it does.
    pub(super) fn spend(&mut self, spent: Spent) -> bool {
        let interrupted = self.is_interrupted();
        let Some(left) = self.left().filter(|left| !left.exhausted && !interrupted) else { return false };
        match (left.bytes.checked_sub(spent.bytes), left.steps.checked_sub(spent.steps)) {
            (Some(bytes), Some(steps)) => {
                (left.bytes, left.steps) = (bytes, steps);
                true
            }
            _ => false,
        }
    }

    /// Exhausts the row's budget.
    pub fn exhaust(&mut self) {
        if let Some(left) = self.left() {
            left.exhausted = true;
        }
    }

    /// Returns whether the row's budget is spent.
    pub fn is_exhausted(&mut self) -> bool {
        self.left().is_none_or(|left| left.exhausted)
    }

    /// Sets the budget of rows from now on.
    pub fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
        self.clear();
    }

    /// Sets the flag that ends calls from now on.
    pub fn set_interrupt(&mut self, interrupt: Option<Interrupt>) {
        self.interrupt = interrupt;
    }

    /// Gives a row its whole budget, which grows with the `bytes` bytes of strings that come in with it, and
    /// selects the row.
    pub fn start_row(&mut self, row: usize, bytes: usize) {
        let left = self.budget.left(bytes);
        if self.rows.len() <= row {
            self.rows.resize(row + 1, left);
        }
        self.rows[row] = left;
        self.row = row;
    }

    /// Sets the first row of the block whose rows are selected from now on.
    #[inline]
    pub fn select_block(&mut self, first: usize) {
        self.first = first;
    }

    /// Selects a row of the block.
    #[inline]
    pub fn select_row(&mut self, row: usize) {
        self.row = self.first + row;
    }
}
