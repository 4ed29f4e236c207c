//! An operation: a split of a tree, for all rows of a block.

use crate::block::BLOCK_ROWS;

/// The largest number of leaves of a tree.
pub(in crate::forest) const LEAVES: usize = 256;

/// The largest number of values of a tree: leaves and slots.
pub(super) const VALUES: usize = LEAVES + 256;

/// A byte for each row of a block: bins of a column, or numbers of leaves.
pub(super) type Bytes = [u8; BLOCK_ROWS];

/// An operation.
#[derive(Clone, Copy, Debug)]
pub(in crate::forest) struct Operation(pub u64);

impl Operation {
    /// Returns an operation.
    pub fn new(column: u16, threshold: u8, slot: u8, low: u16, high: u16) -> Self {
        let operands = u64::from(low) << 32 | u64::from(high) << 48;
        Self(u64::from(column) | u64::from(threshold) << 16 | u64::from(slot) << 24 | operands)
    }

    #[inline]
    pub fn column(self) -> usize {
        usize::from(self.0 as u16)
    }

    #[inline]
    pub fn threshold(self) -> u8 {
        (self.0 >> 16) as u8
    }

    /// Returns the value that holds the result, which is below [`VALUES`].
    #[inline]
    pub fn slot(self) -> usize {
        LEAVES + usize::from((self.0 >> 24) as u8)
    }

    /// Returns the low operand, which is below [`VALUES`].
    #[inline]
    pub fn low(self) -> usize {
        usize::from((self.0 >> 32) as u16) % VALUES
    }

    /// Returns the high operand, which is below [`VALUES`].
    #[inline]
    pub fn high(self) -> usize {
        usize::from((self.0 >> 48) as u16) % VALUES
    }
}
