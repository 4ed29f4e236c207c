//! The rows that a forest is evaluated for, and what an evaluation reads and writes.

use crate::block::{Argument, BLOCK_ROWS, rows_of_mask};

/// The largest number of blocks that are evaluated together.
pub const MAX_BLOCKS: usize = 8;

/// Returns the number of blocks that are evaluated together if there are `blocks` blocks.
pub(super) fn blocks_together(blocks: usize) -> usize {
    match blocks {
        ..=1 => 1,
        2 => 2,
        3 | 4 => 4,
        _ => MAX_BLOCKS,
    }
}

/// The rows to evaluate: those of masks, one for each of some blocks, whose columns are `stride` words apart.
#[derive(Clone, Copy, Debug)]
pub struct Blocks<'m> {
    /// The number of words of a block of the frame.
    pub stride: usize,
    /// For each block, its rows.
    pub masks: &'m [u64],
}

impl Blocks<'_> {
    /// Returns the rows, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        let blocks = self.masks.iter().enumerate();
        blocks.flat_map(|(block, mask)| {
            let offset = block * self.stride;
            rows_of_mask(*mask).map(move |row| Row { offset, row })
        })
    }
}

/// A row of some blocks.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    /// What must be added to the place of a column or mask of the first block.
    pub offset: usize,
    /// The row's number in its block.
    pub row: usize,
}

/// The rows of some blocks in a list, and their places among all rows of the blocks.
#[derive(Debug)]
pub(super) struct RowsOfBlocks {
    rows: [Row; BLOCK_ROWS * MAX_BLOCKS],
    places: [u16; BLOCK_ROWS * MAX_BLOCKS],
    count: usize,
}

impl RowsOfBlocks {
    /// Lists the rows of at most [`MAX_BLOCKS`] blocks, of which the first is `first` words after the places of
    /// arguments and results.
    pub fn new(blocks: Blocks<'_>, first: usize) -> Self {
        let mut list = Self {
            rows: [Row::default(); BLOCK_ROWS * MAX_BLOCKS],
            places: [0; BLOCK_ROWS * MAX_BLOCKS],
            count: 0,
        };
        for (block, mask) in blocks.masks.iter().take(MAX_BLOCKS).enumerate() {
            let offset = first + block * blocks.stride;
            for row in rows_of_mask(*mask) {
                list.rows[list.count] = Row { offset, row };
                list.places[list.count] = (block * BLOCK_ROWS + row) as u16;
                list.count += 1;
            }
        }
        list
    }

    pub fn rows(&self) -> &[Row] {
        &self.rows[..self.count]
    }

    pub fn places(&self) -> &[u16] {
        &self.places[..self.count]
    }
}

/// What an evaluation reads and writes.
#[derive(Debug)]
pub(super) struct Evaluation<'e> {
    /// The words of the frame before the scratch: arguments and results.
    pub cells: &'e mut [u64],
    /// The scratch space of the evaluation.
    pub scratch: &'e mut [u64],
    /// For each feature, its values and its presence, in the first block.
    pub arguments: &'e [Argument],
    /// For each result, the first word of its column, in the first block.
    pub results: &'e [usize],
    pub blocks: Blocks<'e>,
}

/// The results of rows: the cells, and the columns of the first block.
#[derive(Debug)]
pub(super) struct ResultCells<'c> {
    pub cells: &'c mut [u64],
    pub results: &'c [usize],
}

impl ResultCells<'_> {
    /// Returns the bits of a row's result.
    #[inline]
    pub fn get(&self, result: usize, row: Row) -> u64 {
        let place = self.results.get(result).map(|place| place + row.offset + row.row);
        place.and_then(|place| self.cells.get(place)).copied().unwrap_or(0)
    }

    /// Sets the bits of a row's result.
    #[inline]
    pub fn set(&mut self, result: usize, row: Row, bits: u64) {
        let place = self.results.get(result).map(|place| place + row.offset + row.row);
        if let Some(cell) = place.and_then(|place| self.cells.get_mut(place)) {
            *cell = bits;
        }
    }
}
