//! Frames of generated code: where values wait between the steps of a model that has kernels.
//!
//! A frame has columns, a word for each row, and behind them masks, a bit for each row. It holds one row or a block of 64;
//! the code is the same, only the columns' length differs.

use super::table::words;
use crate::forest::{Blocks, Forest};
use crate::kernel::{Argument, Kernel};
use crate::word::Word;
use core::marker::PhantomData;

/// A frame.
#[derive(Debug)]
pub struct Frame<'f> {
    words: &'f mut [u64],
    /// How many words a column has.
    rows: usize,
    /// How many columns there are.
    columns: usize,
}

/// The cell of an input in a frame: the column of its values and the mask of rows that have one.
#[derive(Debug)]
pub struct Cell<T> {
    column: usize,
    present: usize,
    values: PhantomData<T>,
}

/// The cell of an input of truth values: both are masks.
#[derive(Debug)]
pub struct CellOfBool {
    values: usize,
    present: usize,
}

impl<T> Cell<T> {
    /// A cell in a column, with a mask.
    pub const fn new(column: usize, present: usize) -> Self {
        Self { column, present, values: PhantomData }
    }
}

impl<T: Word> Cell<T> {
    /// The value of a row.
    #[inline]
    pub fn get(&self, frame: &Frame<'_>, row: usize) -> Option<T> {
        frame.bit(self.present, row).then(|| frame.get(self.column, row))
    }

    /// Gives a row a value, or none.
    #[inline]
    pub fn set(&self, frame: &mut Frame<'_>, row: usize, value: Option<T>) {
        frame.set_bit(self.present, row, value.is_some());
        frame.set(self.column, row, value.unwrap_or_default());
    }
}

impl CellOfBool {
    /// A cell in two masks.
    pub const fn new(values: usize, present: usize) -> Self {
        Self { values, present }
    }

    /// The value of a row.
    #[inline]
    pub fn get(&self, frame: &Frame<'_>, row: usize) -> Option<bool> {
        frame.bit(self.present, row).then(|| frame.bit(self.values, row))
    }

    /// Gives a row a value, or none.
    #[inline]
    pub fn set(&self, frame: &mut Frame<'_>, row: usize, value: Option<bool>) {
        frame.set_bit(self.present, row, value.is_some());
        frame.set_bit(self.values, row, value.unwrap_or_default());
    }
}

impl<'f> Frame<'f> {
    /// A frame of columns with a word for each of `rows` rows. What is left of the words are masks and room for kernels.
    pub fn new(words: &'f mut [u64], rows: usize, columns: usize) -> Self {
        Self { words, rows, columns }
    }

    /// The first word of a column.
    #[inline]
    pub fn column(&self, column: usize) -> usize {
        column * self.rows
    }

    /// The word of a mask.
    #[inline]
    pub fn mask_word(&self, mask: usize) -> usize {
        self.columns * self.rows + mask
    }

    /// The word of a row in a column.
    #[inline]
    pub fn word(&self, column: usize, row: usize) -> u64 {
        self.words.get(self.column(column) + row).copied().unwrap_or_default()
    }

    /// A row's value in a column.
    #[inline]
    pub fn get<T: Word>(&self, column: usize, row: usize) -> T {
        T::from_word(self.word(column, row))
    }

    /// Gives a row a value in a column.
    #[inline]
    pub fn set<T: Word>(&mut self, column: usize, row: usize, value: T) {
        let place = self.column(column) + row;
        if let Some(word) = self.words.get_mut(place) {
            *word = value.word();
        }
    }

    /// A mask.
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

    /// A row's bit of a mask.
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

    /// Notes in a column that a row fails for the reason of a number, counting from 1, unless it failed before.
    #[inline]
    pub fn fail(&mut self, column: usize, row: usize, failure: i64) {
        if self.get::<i64>(column, row) == 0 {
            self.set(column, row, failure);
        }
    }

    /// Evaluates a packed forest for the rows of a mask. Behind `masks` masks there must be room for it to work in.
    pub fn forest(
        &mut self,
        image: &[u8],
        rows: u64,
        masks: usize,
        arguments: &[Argument],
        results: &[usize],
    ) {
        if let (Some(forest), true) = (Forest::open(words(image)), rows != 0) {
            let scratch = self.mask_word(masks);
            let blocks = Blocks { stride: 0, masks: &[rows] };
            forest.evaluate(self.words, scratch, arguments, results, blocks);
        }
    }

    /// Evaluates a kernel, as [`forest`](Self::forest) does a forest.
    pub fn kernel(
        &mut self,
        image: &[u8],
        rows: u64,
        masks: usize,
        arguments: &[Argument],
        results: &[usize],
    ) {
        if let (Ok(kernel), true) = (Kernel::open(words(image)), rows != 0) {
            let scratch = self.mask_word(masks);
            kernel.evaluate(self.words, scratch, arguments, results, rows);
        }
    }

    /// Splits the rows of a mask by a condition.
    #[inline]
    pub fn split(&mut self, rows: u64, condition: u64, then: usize, otherwise: usize) {
        self.set_mask(then, rows & condition);
        self.set_mask(otherwise, rows & !condition);
    }

    /// Runs a step for each row of a mask, in order.
    #[inline]
    pub fn each(&mut self, rows: u64, mut step: impl FnMut(&mut Self, usize)) {
        let mut rest = rows;
        while rest != 0 {
            step(self, rest.trailing_zeros() as usize);
            rest &= rest - 1;
        }
    }
}
