//! The columns and masks of a frame, numbered in the order in which the source refers to them.

use crate::frame::Offset;
use std::collections::BTreeMap;

/// The columns and masks of a frame, by their offsets in the plan's layout.
#[derive(Default)]
pub(super) struct Places {
    columns: BTreeMap<Offset, usize>,
    masks: BTreeMap<Offset, usize>,
}

impl Places {
    /// Returns the number of a column.
    pub fn column(&mut self, offset: Offset) -> usize {
        let next = self.columns.len();
        *self.columns.entry(offset).or_insert(next)
    }

    /// Returns the number of a mask.
    pub fn mask(&mut self, offset: Offset) -> usize {
        let next = self.masks.len();
        *self.masks.entry(offset).or_insert(next)
    }

    /// Returns the numbers of columns and of masks so far.
    pub fn counts(&self) -> (usize, usize) {
        (self.columns.len(), self.masks.len())
    }
}
