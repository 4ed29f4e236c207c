//! What rows have left of their budgets: see [`budget`](super::budget).

use crate::word::Item;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicBool, Ordering};

/// How much memory an item of a list takes.
pub const ITEM_BYTES: usize = size_of::<Item>();

/// The number of bytes of computed strings and lists that a row may have for each byte of the strings that come in with it.
const BYTES_PER_BYTE: usize = 16;

/// What a row may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    /// How many bytes of computed strings and lists a row may have, besides sixteen times the bytes of the strings that come
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
    /// Returns how much memory the computed strings and lists of a row can take, which strings of `bytes` bytes come in with.
    #[must_use]
    pub fn bytes_of_row(self, bytes: usize) -> usize {
        self.left(bytes).bytes
    }

    /// Returns what a row has left at first, which `bytes` bytes of strings come in with.
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

    /// Returns what the row has left.
    fn left(&mut self) -> Option<&mut Left> {
        self.rows.get_mut(self.row)
    }

    /// Returns whether the call is to end.
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

    /// Charges the row for memory that it keeps, and the steps of writing it. Returns whether it may have it.
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

    /// Returns how many bytes of text the row may still compute.
    pub fn bytes(&mut self) -> usize {
        self.left().map_or(0, |left| left.bytes)
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

    /// Sets what rows may take from now on.
    pub fn set_budget(&mut self, budget: Budget) {
        self.budget = budget;
        self.clear();
    }

    /// Gives the calls from now on a flag that ends them.
    pub fn set_interrupt(&mut self, interrupt: Option<Interrupt>) {
        self.interrupt = interrupt;
    }

    /// Gives a row its whole budget, to which the `bytes` bytes of strings that come in with it add, and selects it.
    pub fn start_row(&mut self, row: usize, bytes: usize) {
        let left = self.budget.left(bytes);
        if self.rows.len() <= row {
            self.rows.resize(row + 1, left);
        }
        self.rows[row] = left;
        self.row = row;
    }

    /// Says which row is the first of the block whose rows are selected from now on.
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
