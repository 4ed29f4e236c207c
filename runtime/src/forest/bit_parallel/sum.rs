//! Sums by tables of what the leaves of blocks add.

use super::avx512;
use super::operation::{Bytes, LEAVES};
use super::trees::Trees;
use crate::block::BLOCK_ROWS;
use crate::cast::{Plain, numbers};
use crate::forest::definition::Accumulators;
use crate::forest::image::Tree;
use crate::forest::rows::{Blocks, ResultCells, blocks_together};
use crate::forest::table::{Table, table_values, whole};
use crate::simd::Avx512;

/// The sums of `W` blocks: for each accumulator, and for the count of trees without result, a float per row.
pub(super) struct Sums<'s> {
    pub accumulators: Accumulators,
    pub words: &'s mut [u64],
}

impl Sums<'_> {
    /// Computes the sums over all trees.
    pub fn add_trees<const W: usize>(&mut self, trees: Trees<'_, W>) {
        if self.accumulators.single {
            self.add::<f32, W>(trees);
        } else {
            self.add::<f64, W>(trees);
        }
    }

    fn add<T: Addend, const W: usize>(&mut self, mut trees: Trees<'_, W>) {
        let used = (self.accumulators.count as usize + 1) * W * BLOCK_ROWS;
        self.words[..used].fill(0);
        for tree in trees.forest.trees {
            let tree = Tree::from_words(*tree);
            trees.evaluate(tree);
            for table in trees.forest.tables_of(tree, self.accumulators.single) {
                let sums = numbers::<T>(self.words).as_chunks_mut::<BLOCK_ROWS>().0.as_chunks_mut::<W>().0;
                let Some(sums) = sums.get_mut(table.accumulator) else { continue };
                match trees.avx512 {
                    Some(avx512) if table.values.len() <= T::VECTOR_WORDS => {
                        T::add_vectors(avx512, table.values, trees.leaves, sums);
                    }
                    _ => {
                        let mut values = [T::default(); LEAVES];
                        let count = table_values(tree.leaves as usize, true).min(LEAVES);
                        for (leaf, value) in values[..count].iter_mut().enumerate() {
                            *value = T::of(table, leaf as u32);
                        }
                        add(&values, trees.leaves, sums);
                    }
                }
            }
        }
    }

    /// Writes the sums to the results' cells, and the counts of trees without result as integers.
    pub fn store(&mut self, mut cells: ResultCells<'_>, first: usize, blocks: Blocks<'_>) {
        let count = self.accumulators.count as usize;
        let width = blocks_together(blocks.masks.len());
        for result in 0..=count {
            for (block, mask) in blocks.masks.iter().enumerate() {
                let offset = first + block * blocks.stride;
                let mut words = self.block((result * width + block) * BLOCK_ROWS);
                if result == count {
                    words = words.map(|sum| whole(sum, self.accumulators.single));
                }
                store(&mut cells, result, (offset, *mask), &words);
            }
        }
    }

    /// Returns the sums of a block, of which the first is given, as words of a column.
    fn block(&mut self, first: usize) -> [u64; BLOCK_ROWS] {
        let mut words = [0; BLOCK_ROWS];
        if self.accumulators.single {
            let sums = numbers::<f32>(self.words).get(first..).unwrap_or_default();
            for (word, sum) in words.iter_mut().zip(sums) {
                *word = u64::from(sum.to_bits());
            }
        } else {
            for (word, sum) in words.iter_mut().zip(self.words.get(first..).unwrap_or_default()) {
                *word = *sum;
            }
        }
        words
    }
}

/// Writes the words of the rows of a mask to a result's column in the block at an offset.
fn store(
    cells: &mut ResultCells<'_>,
    result: usize,
    (offset, mask): (usize, u64),
    words: &[u64; BLOCK_ROWS],
) {
    let place = cells.results.get(result).map_or(usize::MAX, |place| place.saturating_add(offset));
    let column = cells.cells.get_mut(place..).unwrap_or_default();
    match column.first_chunk_mut::<BLOCK_ROWS>() {
        Some(column) if mask == u64::MAX => *column = *words,
        _ => {
            for (row, (cell, word)) in column.iter_mut().zip(words).enumerate() {
                if mask >> row & 1 != 0 {
                    *cell = *word;
                }
            }
        }
    }
}

/// A float type that leaves add.
trait Addend: Plain + Default + core::ops::AddAssign {
    /// The number of words of the largest table that fits into vector registers.
    const VECTOR_WORDS: usize;

    /// Returns what a leaf adds.
    fn of(table: Table<'_>, leaf: u32) -> Self;

    /// Adds to the sums of rows what their leaves add, from a table of 32 or 64 values.
    fn add_vectors<const W: usize>(
        avx512: Avx512,
        values: &[u64],
        leaves: &[Bytes; W],
        sums: &mut [[Self; BLOCK_ROWS]; W],
    );
}

macro_rules! addend {
    ($float:ty, $words:literal, $of:ident, $add:ident) => {
        impl Addend for $float {
            const VECTOR_WORDS: usize = $words;

            fn of(table: Table<'_>, leaf: u32) -> Self {
                table.$of(leaf)
            }

            fn add_vectors<const W: usize>(
                avx512: Avx512,
                values: &[u64],
                leaves: &[Bytes; W],
                sums: &mut [[Self; BLOCK_ROWS]; W],
            ) {
                avx512::$add(avx512, values, leaves, sums);
            }
        }
    };
}

addend!(f64, 64, double, add_doubles);
addend!(f32, 32, single, add_singles);

/// Adds to the sums of rows what their leaves add.
fn add<T: Copy + core::ops::AddAssign, const W: usize>(
    values: &[T; LEAVES],
    leaves: &[Bytes; W],
    sums: &mut [[T; BLOCK_ROWS]; W],
) {
    for (leaves, sums) in leaves.iter().zip(sums) {
        for (leaf, sum) in leaves.iter().zip(sums) {
            *sum += values[usize::from(*leaf)];
        }
    }
}
