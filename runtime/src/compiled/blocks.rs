//! The block driver: runs the steps of a compiled program on blocks of rows.
//!
//! Machine code and generated code keep the values that pass between steps in a frame: some blocks of rows,
//! one after the other, and after the last one scratch space for kernels. Every step runs under a mask that
//! selects rows of a block: the active ones, or those of a mask in the block. The driver is what both
//! backends share: it finds the rows of a step in each block, splits masks, and lends the scratch space to
//! kernels.
//!
//! Columns and masks are identified by their first word in the first block; in the other blocks they are a
//! multiple of the stride further on. Nothing is allocated, and everything is total: outside of the frame
//! there are no rows.

pub use crate::block::rows_of_mask;
use crate::forest::{Blocks, Forest, MAX_BLOCKS};
use crate::kernel::{Argument, Kernel};

/// Blocks of rows in a frame, ready to run steps.
#[derive(Debug)]
pub struct BlockDriver<'d> {
    words: &'d mut [u64],
    stride: usize,
    active: &'d [u64],
}

impl<'d> BlockDriver<'d> {
    /// Makes a driver for as many blocks as `active` has masks, which are the active rows of each block. A
    /// block starts every `stride` words, the first at the start of `words`; the words after the last block
    /// are scratch space.
    #[inline]
    pub fn new(words: &'d mut [u64], stride: usize, active: &'d [u64]) -> Self {
        Self { words, stride, active }
    }

    /// Returns the rows of a block for which a step runs: those of a mask, or all that are active.
    #[inline]
    pub fn rows(&self, block: usize, mask: Option<usize>) -> u64 {
        match mask {
            None => self.active.get(block).copied().unwrap_or_default(),
            Some(mask) => self.words.get(block * self.stride + mask).copied().unwrap_or_default(),
        }
    }

    /// Calls `step` with each block that has rows: its number, the words of the frame from its first one on, its rows.
    #[inline]
    pub fn each_block(&mut self, mask: Option<usize>, mut step: impl FnMut(usize, &mut [u64], u64)) {
        for block in 0..self.active.len() {
            let rows = self.rows(block, mask);
            if let (Some(words), true) = (self.words.get_mut(block * self.stride..), rows != 0) {
                step(block, words, rows);
            }
        }
    }

    /// Splits the rows of each block by a condition, a mask that is computed from the words of the frame from the block's
    /// first one on. Empty blocks are split too, so that both halves are empty.
    #[inline]
    pub fn split(
        &mut self,
        mask: Option<usize>,
        condition: impl Fn(&[u64]) -> u64,
        then: usize,
        otherwise: usize,
    ) {
        for block in 0..self.active.len() {
            let rows = self.rows(block, mask);
            let Some(words) = self.words.get_mut(block * self.stride..) else { return };
            let condition = condition(words);
            for (half, rows) in [(then, rows & condition), (otherwise, rows & !condition)] {
                if let Some(word) = words.get_mut(half) {
                    *word = rows;
                }
            }
        }
    }

    /// Evaluates a forest, for as many blocks together as forests support.
    pub fn forest(
        &mut self,
        forest: &Forest<'_>,
        mask: Option<usize>,
        arguments: &[Argument],
        results: &[usize],
    ) {
        let blocks = self.active.len();
        for first in (0..blocks).step_by(MAX_BLOCKS) {
            let mut masks = [0; MAX_BLOCKS];
            let masks = masks.get_mut(..MAX_BLOCKS.min(blocks - first)).unwrap_or_default();
            for (block, rows) in masks.iter_mut().enumerate() {
                *rows = self.rows(first + block, mask);
            }
            let Some(words) = self.words.get_mut(first * self.stride..) else { return };
            let together = Blocks { stride: self.stride, masks };
            forest.evaluate(words, (blocks - first) * self.stride, arguments, results, together);
        }
    }

    /// Evaluates a kernel, block by block.
    pub fn kernel(
        &mut self,
        kernel: &Kernel<'_>,
        mask: Option<usize>,
        arguments: &[Argument],
        results: &[usize],
    ) {
        let (stride, blocks) = (self.stride, self.active.len());
        self.each_block(mask, |block, words, rows| {
            kernel.evaluate(words, (blocks - block) * stride, arguments, results, rows);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// The number of words of a block of the tests: masks only.
    const STRIDE: usize = 3;

    #[test]
    fn rows_come_in_ascending_order() {
        assert!(rows_of_mask(1 << 63 | 0b1001).eq([0, 3, 63]));
        assert_eq!(rows_of_mask(0).count(), 0);
    }

    #[test]
    fn each_block_with_rows_is_visited_under_the_mask() {
        let mut words = [0; 3 * STRIDE];
        (words[1], words[STRIDE + 1], words[2 * STRIDE + 1]) = (0b10, 0, 0b11);
        let active = [1, 1, 1];
        let mut driver = BlockDriver::new(&mut words, STRIDE, &active);
        let mut visited = Vec::new();
        driver.each_block(Some(1), |block, words, rows| visited.push((block, words.len(), rows)));
        assert_eq!(visited, [(0, 9, 0b10), (2, 3, 0b11)]);
        visited.clear();
        driver.each_block(None, |block, words, rows| visited.push((block, words.len(), rows)));
        assert_eq!(visited, [(0, 9, 1), (1, 6, 1), (2, 3, 1)]);
    }

    #[test]
    fn both_halves_of_a_split_are_written_where_no_row_is_active() {
        let mut words = [u64::MAX; 2 * STRIDE];
        words[0] = 0b01;
        words[STRIDE] = 0b10;
        let active = [0b11, 0];
        let mut driver = BlockDriver::new(&mut words, STRIDE, &active);
        driver.split(None, |block| block[0], 1, 2);
        assert_eq!(words, [0b01, 0b01, 0b10, 0b10, 0, 0]);
    }

    #[test]
    fn there_are_no_rows_outside_of_the_frame() {
        let mut words = [0b1; STRIDE];
        let active = [1, 1];
        let mut driver = BlockDriver::new(&mut words, STRIDE, &active);
        assert_eq!((driver.rows(1, Some(0)), driver.rows(2, None)), (0, 0));
        let mut visited = 0;
        driver.each_block(Some(STRIDE), |_, _, _| visited += 1);
        assert_eq!(visited, 0);
        driver.split(None, |_| 1, STRIDE, STRIDE + 1);
        assert_eq!(words, [1; STRIDE]);
    }
}
