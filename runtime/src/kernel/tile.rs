//! How all kernels run: tile by tile, compiled for each SIMD level.
//!
//! A tile is one row of a block, or [`LANES`] rows side by side. [`evaluate`] checks the bounds of what a
//! kernel reads and writes, and calls [`TileKernel::tile`] for the tiles that hold rows of the mask.

use super::float::Float;
use super::lanes::LANES;
use crate::block::{Argument, BLOCK_ROWS};
use crate::simd::{self, SimdLevel, Work};

/// Fewer rows than this are computed one after the other, otherwise side by side.
const FEW: u32 = 4;

/// What a kernel reads and writes.
#[derive(Debug)]
pub(super) struct Columns<'e> {
    /// The words of the frame before the scratch.
    pub cells: &'e mut [u64],
    /// The scratch space of the kernel.
    pub scratch: &'e mut [u64],
    pub arguments: &'e [Argument],
    /// The first word of each result's column.
    pub results: &'e [usize],
}

/// A kernel that computes tiles.
pub(super) trait TileKernel {
    /// Returns the number of arguments.
    fn arguments(&self) -> usize;

    /// Returns the number of results.
    fn results(&self) -> usize;

    /// Returns the number of words of scratch space that the evaluation needs.
    fn scratch(&self) -> usize;

    /// Returns whether numbers are in single precision.
    fn is_single(&self) -> bool;

    /// Computes `N` rows from `first` on, 1 or [`LANES`], and writes those of a mask whose lowest bit is the
    /// first of them. Must be `#[inline(always)]`: see [`Work::run`].
    fn tile<F: Float, const N: usize>(&self, columns: &mut Columns<'_>, first: usize, mask: u64);
}

/// Evaluates a kernel for the rows of a mask, with the instructions of a level: see
/// [`Kernel::evaluate`](super::Kernel::evaluate).
pub(super) fn evaluate(kernel: &impl TileKernel, level: SimdLevel, columns: Columns<'_>, mask: u64) {
    let fits = columns.arguments.len() == kernel.arguments()
        && columns.results.len() == kernel.results()
        && columns.scratch.len() >= kernel.scratch()
        && columns.results.iter().all(|place| has_column(columns.cells, *place, mask));
    if fits {
        simd::run_at(level, Block { kernel, columns, mask });
    }
}

/// Returns whether the cells contain a column, as far as the rows of a mask need it.
fn has_column(cells: &[u64], place: usize, mask: u64) -> bool {
    let rows = if mask == 1 { 1 } else { BLOCK_ROWS };
    place.checked_add(rows).is_some_and(|end| end <= cells.len())
}

/// The evaluation of a kernel for a block.
struct Block<'e, K> {
    kernel: &'e K,
    columns: Columns<'e>,
    mask: u64,
}

impl<K: TileKernel> Work for Block<'_, K> {
    #[inline(always)]
    fn run(self) {
        if self.kernel.is_single() {
            self.tiles::<f32>();
        } else {
            self.tiles::<f64>();
        }
    }
}

impl<K: TileKernel> Block<'_, K> {
    #[inline(always)]
    fn tiles<F: Float>(mut self) {
        for tile in tiles(self.mask) {
            match tile {
                Tile::One(row) => self.kernel.tile::<F, 1>(&mut self.columns, row, 1),
                Tile::Many(first, rows) => self.kernel.tile::<F, LANES>(&mut self.columns, first, rows),
            }
        }
    }
}

/// Some rows of a block that are computed together.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tile {
    /// One row.
    One(usize),
    /// [`LANES`] rows from one on, of which those of a mask are needed.
    Many(usize, u64),
}

/// Returns the tiles that hold the rows of a mask.
fn tiles(mask: u64) -> impl Iterator<Item = Tile> {
    let mut left = mask;
    core::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let row = left.trailing_zeros() as usize;
        let first = row - row % LANES;
        let tile = ((1 << LANES) - 1) << first;
        let wanted = left & tile;
        if wanted.count_ones() < FEW {
            left &= left - 1;
            return Some(Tile::One(row));
        }
        left &= !tile;
        Some(Tile::Many(first, wanted >> first))
    })
}

/// Reads the arguments of rows, from a row on, side by side.
#[inline(always)]
pub(super) fn gather<const N: usize>(
    gathered: &mut [[u64; N]],
    arguments: &[Argument],
    cells: &[u64],
    first: usize,
) {
    for (rows, argument) in gathered.iter_mut().zip(arguments) {
        *rows = argument.rows(cells, first);
    }
}

/// Writes results for the rows of a mask whose lowest bit is the row `first`.
#[inline(always)]
pub(super) fn write<const N: usize>(
    cells: &mut [u64],
    results: &[usize],
    (first, mask): (usize, u64),
    values: &[[u64; N]],
) {
    for (result, values) in results.iter().zip(values) {
        let Some(column) = cells.get_mut(result.saturating_add(first)..) else { continue };
        if mask.trailing_ones() as usize >= N
            && let Some(column) = column.first_chunk_mut()
        {
            *column = *values;
            continue;
        }
        for (row, (cell, value)) in column.iter_mut().zip(values).enumerate() {
            if mask >> row & 1 != 0 {
                *cell = *value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Tile, tiles};
    use std::vec::Vec;

    #[test]
    fn tiles_hold_the_rows_of_a_mask() {
        let of = |mask| tiles(mask).collect::<Vec<_>>();
        assert_eq!(of(0), []);
        assert_eq!(of(0b1011 << 20), [Tile::One(20), Tile::One(21), Tile::One(23)]);
        assert_eq!(of(1 | 0b1_0111 << 32), [Tile::One(0), Tile::Many(32, 0b1_0111)]);
        assert_eq!(of(u64::MAX), [0, 16, 32, 48].map(|first| Tile::Many(first, 0xffff)));
    }
}
