//! Frames of generated code: where values are kept between the steps of a model that has kernels.
//!
//! A frame has columns, with a word per row, and after them masks, with a bit per row. It holds one row, or
//! some blocks of 64, one after the other. The code is the same for both; only the length of the columns and
//! the number of blocks differ. One block at a time is *selected*: columns and masks are those of that block.
//! Steps and kernels go through all blocks that have rows, by the same [driver](super::blocks) as those of
//! machine code.

use super::blocks::{BlockDriver, rows_of_mask};
use super::table::words;
use crate::forest::{Forest, MAX_BLOCKS};
use crate::kernel::{Argument, Kernel};
use crate::word::Word;
use core::marker::PhantomData;

/// The number of rows of a block.
const ROWS: usize = crate::BLOCK_ROWS;

/// A frame.
#[derive(Debug)]
pub struct Frame<'f> {
    words: &'f mut [u64],
    /// The number of words of a column.
    rows: usize,
    /// The number of columns.
    columns: usize,
    /// The number of masks.
    masks: usize,
    /// The first word of the selected block.
    first: usize,
    /// The rows of each block.
    active: [u64; MAX_BLOCKS],
    /// The number of blocks that have rows.
    blocks: usize,
}

/// The cell of an input in a frame: the column of its values and the mask of rows that have one.
#[derive(Debug)]
pub struct Cell<T> {
    column: usize,
    present: usize,
    values: PhantomData<T>,
}

/// The cell of an input of booleans: both are masks.
#[derive(Debug)]
pub struct CellOfBool {
    values: usize,
    present: usize,
}

impl<T> Cell<T> {
    /// Makes a cell of a column, with a mask.
    pub const fn new(column: usize, present: usize) -> Self {
        Self { column, present, values: PhantomData }
    }
}

impl<T: Word> Cell<T> {
    /// Returns the value of a row, or `None` if it is missing.
    #[inline]
    pub fn get(&self, frame: &Frame<'_>, row: usize) -> Option<T> {
        frame.bit(self.present, row).then(|| frame.get(self.column, row))
    }

    /// Sets the value of a row; `None` makes it missing.
    #[inline]
    pub fn set(&self, frame: &mut Frame<'_>, row: usize, value: Option<T>) {
        frame.set_bit(self.present, row, value.is_some());
        frame.set(self.column, row, value.unwrap_or_default());
    }
}

impl CellOfBool {
    /// Makes a cell of two masks.
    pub const fn new(values: usize, present: usize) -> Self {
        Self { values, present }
    }

    /// Returns the value of a row, or `None` if it is missing.
    #[inline]
    pub fn get(&self, frame: &Frame<'_>, row: usize) -> Option<bool> {
        frame.bit(self.present, row).then(|| frame.bit(self.values, row))
    }

    /// Sets the value of a row; `None` makes it missing.
    #[inline]
    pub fn set(&self, frame: &mut Frame<'_>, row: usize, value: Option<bool>) {
        frame.set_bit(self.present, row, value.is_some());
        frame.set_bit(self.values, row, value.unwrap_or_default());
    }
}

impl<'f> Frame<'f> {
    /// Makes a frame of blocks of `rows` rows, each with the given numbers of columns and masks. The words
    /// after the blocks that have rows are scratch space for kernels.
    pub fn new(words: &'f mut [u64], rows: usize, columns: usize, masks: usize) -> Self {
        Self { words, rows, columns, masks, first: 0, active: [0; MAX_BLOCKS], blocks: 0 }
    }

    /// Returns the number of words of a block.
    fn stride(&self) -> usize {
        self.columns * self.rows + self.masks
    }

    /// Selects a block.
    #[inline]
    pub fn select(&mut self, block: usize) {
        self.first = block * self.stride();
    }

    /// Activates the first rows, as many as fit into the blocks that can run together. Selects the first block, to whose
    /// columns the arguments of kernels refer.
    pub fn activate(&mut self, rows: usize) {
        self.select(0);
        self.blocks = rows.div_ceil(ROWS).min(MAX_BLOCKS);
        self.active = core::array::from_fn(|block| match rows.saturating_sub(block * ROWS) {
            0 => 0,
            left => u64::MAX >> (ROWS - left.min(ROWS)),
        });
    }

    /// Returns the number of a row of the selected block among the rows of all blocks.
    #[inline]
    pub fn number(&self, row: usize) -> usize {
        self.first.checked_div(self.stride()).unwrap_or(0) * self.rows + row
    }

    /// Returns the first word of a column.
    #[inline]
    pub fn column(&self, column: usize) -> usize {
        self.first + column * self.rows
    }

    /// Returns the word of a mask.
    #[inline]
    pub fn mask_word(&self, mask: usize) -> usize {
        self.first + self.columns * self.rows + mask
    }

    /// Returns the word of a row in a column.
    #[inline]
    pub fn word(&self, column: usize, row: usize) -> u64 {
        self.words.get(self.column(column) + row).copied().unwrap_or_default()
    }

    /// Returns a row's value in a column.
    #[inline]
    pub fn get<T: Word>(&self, column: usize, row: usize) -> T {
        T::from_word(self.word(column, row))
    }

    /// Sets a row's value in a column.
    #[inline]
    pub fn set<T: Word>(&mut self, column: usize, row: usize, value: T) {
        let place = self.column(column) + row;
        if let Some(word) = self.words.get_mut(place) {
            *word = value.word();
        }
    }

    /// Returns a mask.
    #[inline]
    pub fn mask(&self, mask: usize) -> u64 {
        self.words.get(self.mask_word(mask)).copied().unwrap_or_default()
    }

    /// Writes a mask.
    #[inline]
    pub fn set_mask(&mut self, mask: usize, bits: u64) {
        let place = self.mask_word(mask);
        if let Some(word) = self.words.get_mut(place) {
            *word = bits;
        }
    }

    /// Returns a row's bit of a mask.
    #[inline]
    pub fn bit(&self, mask: usize, row: usize) -> bool {
        self.mask(mask) >> row & 1 != 0
    }

    /// Writes a row's bit of a mask.
    #[inline]
    pub fn set_bit(&mut self, mask: usize, row: usize, value: bool) {
        let others = self.mask(mask) & !(1 << row);
        self.set_mask(mask, others | u64::from(value) << row);
    }

    /// Records in a column that a row fails, by the failure's number, counted from 1, unless the row failed
    /// before.
    #[inline]
    pub fn fail(&mut self, column: usize, row: usize, failure: i64) {
        if self.get::<i64>(column, row) == 0 {
            self.set(column, row, failure);
        }
    }

    /// Returns the driver of the blocks that have rows.
    #[inline]
    fn driver(&mut self) -> BlockDriver<'_> {
        let stride = self.stride();
        BlockDriver::new(self.words, stride, self.active.get(..self.blocks).unwrap_or_default())
    }

    /// Returns the word of a mask in the first block.
    #[inline]
    fn place(&self, mask: Option<usize>) -> Option<usize> {
        mask.map(|mask| self.columns * self.rows + mask)
    }

    /// Evaluates a packed forest for the rows of a mask, or all. Arguments and results are those of the first block.
    pub fn forest(&mut self, image: &[u8], mask: Option<usize>, arguments: &[Argument], results: &[usize]) {
        let Some(forest) = Forest::open(words(image)) else { return };
        let mask = self.place(mask);
        self.driver().forest(&forest, mask, arguments, results);
    }

    /// Evaluates a kernel, as [`forest`](Self::forest) does a forest.
    pub fn kernel(&mut self, image: &[u8], mask: Option<usize>, arguments: &[Argument], results: &[usize]) {
        let Ok(kernel) = Kernel::open(words(image)) else { return };
        let mask = self.place(mask);
        self.driver().kernel(&kernel, mask, arguments, results);
    }

    /// Splits the rows of a mask, or all, by a condition, which is computed from the masks of each block.
    #[inline]
    pub fn split(
        &mut self,
        mask: Option<usize>,
        condition: impl Fn(Masks<'_>) -> u64,
        then: usize,
        otherwise: usize,
    ) {
        let first = self.columns * self.rows;
        let mask = self.place(mask);
        let condition = |words: &[u64]| condition(Masks { words: words.get(first..).unwrap_or_default() });
        self.driver().split(mask, condition, first + then, first + otherwise);
    }

    /// Runs a step for each row of a mask, or of all, in order.
    #[inline]
    pub fn each(&mut self, mask: Option<usize>, mut step: impl FnMut(&mut Self, usize)) {
        let mask = self.place(mask);
        for block in 0..self.blocks {
            let rows = self.driver().rows(block, mask);
            self.select(block);
            for row in rows_of_mask(rows) {
                step(self, row);
            }
        }
        self.select(0);
    }
}

/// The masks of a block.
#[derive(Clone, Copy, Debug)]
pub struct Masks<'m> {
    words: &'m [u64],
}

impl Masks<'_> {
    /// Returns a mask.
    #[inline]
    pub fn mask(self, mask: usize) -> u64 {
        self.words.get(mask).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_run_in_all_blocks_and_places_are_those_of_the_first() {
        // Two blocks of a column and a mask.
        let mut words = [0; 2 * 65];
        let mut frame = Frame::new(&mut words, ROWS, 1, 1);
        frame.select(1);
        frame.activate(70);
        assert_eq!((frame.column(0), frame.mask_word(0)), (0, 64));
        frame.each(None, |frame, row| frame.set(0, row, 1_i64));
        frame.split(None, |_| 0b101, 0, 0);
        assert_eq!((frame.column(0), frame.mask_word(0)), (0, 64));
        assert_eq!(words[..64], [1; 64]);
        assert_eq!(words[65..65 + 64].iter().sum::<u64>(), 6);
    }
}
