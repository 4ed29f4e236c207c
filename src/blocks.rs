//! Several blocks at once: how a scorer takes columns of a batch and runs them.

use crate::batch::Column;
#[cfg(feature = "arrow")]
use crate::scorer::Memory;
use crate::scorer::{BLOCK_ROWS, Scorer};
use crate::{DataType, Value};
#[cfg(feature = "arrow")]
use pmml_runtime::Context;
use std::borrow::Cow;
use std::ops::Range;

impl Scorer {
    /// Makes room for as many blocks at once as suit the model, of at most as many as there are; gives their number.
    pub(crate) fn make_room(&mut self, most: usize) -> usize {
        let blocks = self.model.engine.best_blocks().clamp(1, most.max(1));
        let words = self.model.engine.frame_words(blocks);
        if self.memory.frame.len() < words {
            self.memory.frame.resize(words, 0);
        }
        blocks
    }

    /// The words of a block, and what lies behind it.
    pub(crate) fn block(&self, block: usize) -> &[u64] {
        self.memory.frame.get(block * self.model.stride..).unwrap_or_default()
    }

    /// Makes all cells of the first blocks missing and forgets the texts of the last rows.
    pub(crate) fn clear_blocks(&mut self, blocks: usize) {
        self.memory.context.clear();
        for block in 0..blocks {
            self.clear_block(block);
        }
    }

    /// Makes all cells of a block missing.
    pub(crate) fn clear_block(&mut self, block: usize) {
        let frame = &mut self.memory.frame[block * self.model.stride..];
        for input in &self.model.inputs {
            frame[input.columns.present] = 0;
            frame[input.columns.unconvertible] = 0;
        }
    }

    /// Gives the cells of an input in a block, from the first row on, the values of some rows of a column.
    pub(crate) fn fill(&mut self, block: usize, input: usize, column: &Column<'_>, rows: Range<usize>) {
        use DataType::{Double, Float, Integer};
        let rows = rows.start.min(column.len())..rows.end.min(column.len());
        let field = self.model.inputs[input];
        let data_type = if field.is_list { DataType::String } else { field.data_type };
        let mut fill = self.words_of(block, input);
        match (column, data_type) {
            (Column::Double(values), Double) => {
                fill.numbers(&values[rows], |value| (value.to_bits(), value.is_nan()))
            }
            (Column::Double(values), Float) => fill.numbers(&values[rows], |value| single(value as f32)),
            (Column::Float(values), Double) => {
                fill.numbers(&values[rows], |value| (f64::from(value).to_bits(), value.is_nan()));
            }
            (Column::Float(values), Float) => fill.numbers(&values[rows], single),
            (Column::Integer(values), Double) => {
                fill.numbers(&values[rows], |value| ((value as f64).to_bits(), false));
            }
            (Column::Integer(values), Float) => fill.numbers(&values[rows], |value| single(value as f32)),
            (Column::Integer(values), Integer) => fill.numbers(&values[rows], |value| (value as u64, false)),
            (Column::Double(values), _) => fill.each(&values[rows], |value| Value::Double(*value)),
            (Column::Float(values), _) => fill.each(&values[rows], |value| Value::Float(*value)),
            (Column::Integer(values), _) => fill.each(&values[rows], |value| Value::Integer(*value)),
            (Column::Boolean(values), _) => fill.each(&values[rows], |value| Value::Boolean(*value)),
            (Column::String(values), _) => {
                fill.each(&values[rows], |text| Value::String(Cow::Borrowed(text)))
            }
            (Column::Values(values), _) => {
                for (row, value) in values[rows].iter().enumerate() {
                    self.set_in(block, row, input, value);
                }
            }
        }
    }

    /// The cells of an input in a block.
    pub(crate) fn words_of(&mut self, block: usize, input: usize) -> Words<'_> {
        Words { scorer: self, block, input }
    }

    /// Computes the results of the first rows, of all blocks that there is room for at most.
    pub(crate) fn run_rows(&mut self, rows: usize) {
        // As many as any engine takes at once.
        let mut masks = [u64::MAX; 64];
        let blocks = rows.div_ceil(BLOCK_ROWS).min(masks.len());
        let Some(last) = blocks.checked_sub(1) else { return };
        let left = (rows - last * BLOCK_ROWS).min(BLOCK_ROWS);
        masks[last] = u64::MAX >> (BLOCK_ROWS - left);
        let memory = &mut self.memory;
        self.model.engine.run_blocks(
            &mut memory.frame,
            &masks[..blocks],
            &mut memory.context,
            &mut memory.stream,
        );
    }

    /// Whether a row of a block that was run has failed, or a row of it that was not run had.
    pub(crate) fn any_error(&self, block: usize) -> bool {
        let failures = self.model.engine.layout().failures;
        self.block(block)[failures..][..BLOCK_ROWS].iter().fold(0, |all, code| all | code) != 0
    }

    /// The words of a result (of a bool, one with a bit a row), and which of a block's rows have a value.
    pub(crate) fn words(&self, block: usize, result: usize) -> (&[u64], u64) {
        let layout = self.model.engine.layout();
        let (frame, columns) = (self.block(block), layout.results[result]);
        let mut present = frame[columns.present];
        if self.any_error(block) {
            for (row, code) in frame[layout.failures..][..BLOCK_ROWS].iter().enumerate() {
                if *code != 0 {
                    present &= !(1 << row);
                }
            }
        }
        (frame.get(columns.values..).map_or(&[], |words| &words[..BLOCK_ROWS.min(words.len())]), present)
    }
}

/// The bits of a single, and whether it is NaN.
pub(crate) fn single(value: f32) -> (u64, bool) {
    (u64::from(value.to_bits()), value.is_nan())
}

/// The cells of an input in a block.
pub(crate) struct Words<'s> {
    scorer: &'s mut Scorer,
    block: usize,
    input: usize,
}

impl Words<'_> {
    /// Values that are all convertible, as words, with whether they are NaN.
    #[inline]
    pub(crate) fn numbers<T: Copy>(&mut self, values: &[T], word: impl Fn(T) -> (u64, bool)) {
        let model = &self.scorer.model;
        let columns = model.inputs[self.input].columns;
        let frame = &mut self.scorer.memory.frame[self.block * model.stride..];
        let cells = &mut frame[columns.values..][..BLOCK_ROWS];
        let mut any = false;
        for (cell, value) in cells.iter_mut().zip(values) {
            let (bits, nan) = word(*value);
            *cell = bits;
            any |= nan;
        }
        let mut present = match values.len() {
            0 => 0,
            count => u64::MAX >> (BLOCK_ROWS - count.min(BLOCK_ROWS)),
        };
        if any && model.nan_is_missing {
            for (row, value) in values.iter().enumerate() {
                present &= !(u64::from(word(*value).1) << row);
            }
        }
        frame[columns.present] = present;
    }

    /// Makes cells missing but for those of some rows.
    #[cfg(feature = "arrow")]
    pub(crate) fn keep(&mut self, rows: u64) {
        let model = &self.scorer.model;
        let present = model.inputs[self.input].columns.present;
        self.scorer.memory.frame[self.block * model.stride + present] &= rows;
    }

    /// Truth values, as bits, of some rows.
    #[cfg(feature = "arrow")]
    pub(crate) fn truth_values(&mut self, values: u64, rows: u64) {
        let model = &self.scorer.model;
        let columns = model.inputs[self.input].columns;
        let frame = &mut self.scorer.memory.frame[self.block * model.stride..];
        frame[columns.values] = values & rows;
        frame[columns.present] = rows;
    }

    /// Texts of some rows, as their numbers.
    #[cfg(feature = "arrow")]
    #[inline]
    pub(crate) fn texts(&mut self, rows: u64, mut number: impl FnMut(usize, &mut Context<'static>) -> u64) {
        let model = &self.scorer.model;
        let columns = model.inputs[self.input].columns;
        let Memory { frame, context, .. } = &mut self.scorer.memory;
        let frame = &mut frame[self.block * model.stride..];
        let cells = &mut frame[columns.values..][..BLOCK_ROWS];
        for (row, cell) in cells.iter_mut().enumerate() {
            if rows >> row & 1 != 0 {
                *cell = number(row, context);
            }
        }
        frame[columns.present] = rows;
    }

    fn each<'v, T>(&mut self, values: &'v [T], value: impl Fn(&'v T) -> Value<'v>) {
        for (row, cell) in values.iter().enumerate() {
            self.scorer.set_in(self.block, row, self.input, &value(cell));
        }
    }
}
