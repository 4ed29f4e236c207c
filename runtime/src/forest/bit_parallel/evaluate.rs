//! Bit-parallel evaluation of blocks: binning, the trees one after the other, and the reduction of their
//! leaves.

use super::bottom_up;
use super::operation::{Bytes, VALUES};
use super::sum::Sums;
use super::trees::{LeavesOfRows, Trees};
use crate::block::{BLOCK_ROWS, LINE};
use crate::cast::numbers;
use crate::forest::binning::BlockBinning;
use crate::forest::definition::Reduction;
use crate::forest::image::{BitParallel, Forest};
use crate::forest::rows::{Blocks, Evaluation, ResultCells, RowsOfBlocks, blocks_together};
use crate::simd;

/// Returns the number of words that values take, for either algorithm.
fn value_words(plan: BitParallel, width: usize) -> usize {
    bottom_up::value_words(plan.slots as usize, width).max(VALUES * width)
}

impl Forest<'_> {
    /// Returns the number of columns, of which those of positions are not used.
    fn byte_columns(&self) -> usize {
        self.set_column(0) + self.sets.len()
    }

    /// Returns the number of words of scratch space for the evaluation of `width` blocks.
    pub(in crate::forest) fn bit_parallel_scratch(&self, plan: BitParallel, width: usize) -> usize {
        let rest = if self.properties.has_tables { self.accumulators() + 1 } else { self.properties.state };
        // A line more, so that bins can start on a line boundary.
        LINE + (self.byte_columns() + 1) * 8 * width + value_words(plan, width) + rest * BLOCK_ROWS * width
    }

    /// Evaluates blocks bit-parallel.
    pub(in crate::forest) fn evaluate_bit_parallel(&self, plan: BitParallel, evaluation: Evaluation<'_>) {
        let Evaluation { cells, scratch, arguments, results, blocks } = evaluation;
        let fits = |width: &usize| scratch.len() >= self.bit_parallel_scratch(plan, *width);
        let most = [8, 4, 2].into_iter().find(fits).unwrap_or(1);
        for (number, masks) in blocks.masks.chunks(most).enumerate() {
            let first = number * most * blocks.stride;
            let evaluate = match blocks_together(masks.len()) {
                _ if masks.iter().all(|mask| *mask == 0) => continue,
                1 => Self::evaluate_blocks::<1>,
                2 => Self::evaluate_blocks::<2>,
                4 => Self::evaluate_blocks::<4>,
                _ => Self::evaluate_blocks::<8>,
            };
            let blocks = Blocks { stride: blocks.stride, masks };
            evaluate(self, plan, first, Evaluation { cells, scratch, arguments, results, blocks });
        }
    }

    /// Evaluates up to `W` blocks, of which the first is `first` words after the places of arguments and
    /// results.
    fn evaluate_blocks<const W: usize>(&self, plan: BitParallel, first: usize, evaluation: Evaluation<'_>) {
        let Evaluation { cells, scratch, arguments, results, blocks } = evaluation;
        let start = scratch.as_ptr().align_offset(LINE * size_of::<u64>()).min(LINE);
        let (bins, rest) = scratch[start..].split_at_mut(self.byte_columns() * 8 * W);
        let (leaves, rest) = rest.split_at_mut(8 * W);
        let (values, rest) = rest.split_at_mut(value_words(plan, W));
        let bins: &mut [[Bytes; W]] = numbers::<u8>(bins).as_chunks_mut().0.as_chunks_mut().0;
        let Some(leaves) = numbers::<u8>(leaves).as_chunks_mut().0.first_chunk_mut() else { return };
        let avx512 = simd::avx512();
        let binned = bins.as_flattened_mut();
        let (column_distance, block_distance) = (W, 1);
        BlockBinning {
            forest: self,
            cells,
            arguments,
            first,
            blocks,
            bins: binned,
            column_distance,
            block_distance,
        }
        .bin();
        if avx512.is_none() || plan.shared {
            bottom_up::prepare(values);
        }
        let trees = Trees::<W> { forest: self, plan, avx512, bins, values, leaves };
        match self.properties.reduction {
            Reduction::Sum(accumulators) if self.properties.has_tables => {
                let mut sums = Sums { accumulators, words: rest };
                sums.add_trees(trees);
                sums.store(ResultCells { cells, results }, first, blocks);
            }
            _ => {
                let rows = RowsOfBlocks::new(blocks, first);
                let leaves = LeavesOfRows { trees, places: rows.places() };
                self.reduce(cells, results, rows.rows(), rest, leaves);
            }
        }
    }
}
