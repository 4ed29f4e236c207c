//! Copies columns to frames, in loops without a check of each cell's type where the types of column and input allow it.

#[cfg(feature = "arrow")]
use super::BlockMemory;
use super::{BLOCK_ROWS, Blocks};
use crate::load::column::Column;
#[cfg(feature = "arrow")]
use pmml_runtime::Context;
use pmml_runtime::compiled::Value;
use pmml_runtime::{DataType, cells};
use std::borrow::Cow;
use std::ops::Range;

impl Blocks {
    /// Returns a writer for the cells of an input in a block.
    pub(in crate::load) fn column(&mut self, block: usize, input: usize) -> ColumnWriter<'_> {
        ColumnWriter { blocks: self, block, input }
    }
}

/// Returns the mask of the first rows of a block.
fn first_rows(count: usize) -> u64 {
    match count {
        0 => 0,
        count => u64::MAX >> (BLOCK_ROWS - count.min(BLOCK_ROWS)),
    }
}

/// Returns the bits of a number and whether it is NaN.
pub(in crate::load) fn f32_bits(value: f32) -> (u64, bool) {
    (u64::from(value.to_bits()), value.is_nan())
}

/// Writes the cells of an input in a block.
pub(in crate::load) struct ColumnWriter<'b> {
    blocks: &'b mut Blocks,
    block: usize,
    input: usize,
}

impl ColumnWriter<'_> {
    /// Writes the values of a range of a column's rows, starting at the first row of the block.
    pub(in crate::load) fn fill(&mut self, column: &Column<'_>, rows: Range<usize>) {
        use DataType::{Double, Float, Integer};
        let rows = rows.start.min(column.len())..rows.end.min(column.len());
        let field = self.blocks.model.inputs[self.input];
        let data_type = if field.is_list { DataType::String } else { field.data_type };
        match (column, data_type) {
            (Column::Double(values), Double) => self.doubles(&values[rows]),
            (Column::Double(values), Float) => self.numbers(&values[rows], |value| f32_bits(value as f32)),
            (Column::Float(values), Double) => {
                self.numbers(&values[rows], |value| (f64::from(value).to_bits(), value.is_nan()));
            }
            (Column::Float(values), Float) => self.numbers(&values[rows], f32_bits),
            (Column::Integer(values), Double) => {
                self.numbers(&values[rows], |value| ((value as f64).to_bits(), false));
            }
            (Column::Integer(values), Float) => self.numbers(&values[rows], |value| f32_bits(value as f32)),
            (Column::Integer(values), Integer) => self.numbers(&values[rows], |value| (value as u64, false)),
            (Column::Double(values), _) => self.each(&values[rows], |value| Value::Double(*value)),
            (Column::Float(values), _) => self.each(&values[rows], |value| Value::Float(*value)),
            (Column::Integer(values), _) => self.each(&values[rows], |value| Value::Integer(*value)),
            (Column::Boolean(values), _) => self.each(&values[rows], |value| Value::Boolean(*value)),
            (Column::String(values), DataType::String) if !field.is_list => {
                for (row, string) in values[rows].iter().enumerate() {
                    self.blocks.set_string(self.block, row, field.columns, string);
                }
            }
            (Column::String(values), _) => {
                self.each(&values[rows], |string| Value::String(Cow::Borrowed(string)))
            }
            (Column::Values(values), _) => {
                for (row, value) in values[rows].iter().enumerate() {
                    self.blocks.set(self.block, row, self.input, value);
                }
            }
        }
    }

    /// Writes numbers in double precision to cells of the same type.
    pub(in crate::load) fn doubles(&mut self, values: &[f64]) {
        let model = &self.blocks.model;
        let columns = model.inputs[self.input].columns;
        let frame = &mut self.blocks.memory.frame[self.block * model.stride..];
        let nan = cells::copy(values, &mut frame[columns.values..][..BLOCK_ROWS]);
        frame[columns.present] = first_rows(values.len()) & !if model.nan_is_missing { nan } else { 0 };
    }

    /// Writes numbers, all of which are convertible. `word` returns the bits of a number and whether it is NaN.
    #[inline]
    pub(in crate::load) fn numbers<T: Copy>(&mut self, values: &[T], word: impl Fn(T) -> (u64, bool)) {
        let model = &self.blocks.model;
        let columns = model.inputs[self.input].columns;
        let frame = &mut self.blocks.memory.frame[self.block * model.stride..];
        let cells = &mut frame[columns.values..][..BLOCK_ROWS];
        let mut any = false;
        for (cell, value) in cells.iter_mut().zip(values) {
            let (bits, nan) = word(*value);
            *cell = bits;
            any |= nan;
        }
        let mut present = first_rows(values.len());
        if any && model.nan_is_missing {
            for (row, value) in values.iter().enumerate() {
                present &= !(u64::from(word(*value).1) << row);
            }
        }
        frame[columns.present] = present;
    }

    /// Makes all cells missing except those of the rows in a mask.
    #[cfg(feature = "arrow")]
    pub(in crate::load) fn keep(&mut self, rows: u64) {
        let model = &self.blocks.model;
        let present = model.inputs[self.input].columns.present;
        self.blocks.memory.frame[self.block * model.stride + present] &= rows;
    }

    /// Writes booleans, one bit per row, for the rows in a mask.
    #[cfg(feature = "arrow")]
    pub(in crate::load) fn booleans(&mut self, values: u64, rows: u64) {
        let model = &self.blocks.model;
        let columns = model.inputs[self.input].columns;
        let frame = &mut self.blocks.memory.frame[self.block * model.stride..];
        frame[columns.values] = values & rows;
        frame[columns.present] = rows;
    }

    /// Writes strings for the rows in a mask. `number` returns the number of a row's string.
    #[cfg(feature = "arrow")]
    #[inline]
    pub(in crate::load) fn strings(
        &mut self,
        rows: u64,
        mut number: impl FnMut(usize, &mut Context<'static>) -> u64,
    ) {
        let model = &self.blocks.model;
        let columns = model.inputs[self.input].columns;
        let BlockMemory { frame, context, .. } = &mut *self.blocks.memory;
        let frame = &mut frame[self.block * model.stride..];
        let cells = &mut frame[columns.values..][..BLOCK_ROWS];
        for (row, cell) in cells.iter_mut().enumerate() {
            if rows >> row & 1 != 0 {
                *cell = number(row, context);
            }
        }
        frame[columns.present] = rows;
    }

    /// Writes values one by one, converting each.
    fn each<'v, T>(&mut self, values: &'v [T], value: impl Fn(&'v T) -> Value<'v>) {
        for (row, cell) in values.iter().enumerate() {
            self.blocks.set(self.block, row, self.input, &value(cell));
        }
    }
}
