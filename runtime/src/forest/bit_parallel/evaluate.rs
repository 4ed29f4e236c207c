//! Bit-parallel evaluation of blocks: binning, the trees one after the other, and what becomes of their leaves.

use super::operation::{Bytes, VALUES};
use super::sum::Sums;
use super::{avx512, bottom_up};
use crate::block::BLOCK_ROWS;
use crate::cast::numbers;
use crate::forest::binning::BlockBinning;
use crate::forest::definition::Reduction;
use crate::forest::image::{BitParallel, Forest, Tree};
use crate::forest::reduce::Leaves;
use crate::forest::rows::{Blocks, Evaluation, MAX_BLOCKS, ResultCells, Row};
use crate::simd::{self, Avx512, Work};

/// The number of words of a cache line.
const LINE: usize = 8;

/// Returns the number of blocks that are evaluated together where there are `blocks` blocks.
pub(in crate::forest) fn width(blocks: usize) -> usize {
    match blocks {
        ..=1 => 1,
        2 => 2,
        3 | 4 => 4,
        _ => MAX_BLOCKS,
    }
}

/// Returns the number of words that values take, for either algorithm.
fn value_words(plan: BitParallel, width: usize) -> usize {
    bottom_up::value_words(plan.slots as usize, width).max(VALUES * width)
}

/// The trees of a forest with the memory to evaluate them for `W` blocks.
pub(super) struct Trees<'t, const W: usize> {
    pub forest: &'t Forest<'t>,
    plan: BitParallel,
    pub avx512: Option<Avx512>,
    /// For each column the bins of all blocks.
    bins: &'t [[Bytes; W]],
    /// The values of nodes, for either algorithm.
    values: &'t mut [u64],
    /// The numbers of the leaves that the rows come to, in the tree that was evaluated last.
    pub leaves: &'t mut [Bytes; W],
}

impl<const W: usize> Trees<'_, W> {
    /// Evaluates a tree.
    #[inline]
    pub fn evaluate(&mut self, tree: Tree) {
        let operations = self.forest.operations.get(tree.first_operation as usize..).unwrap_or_default();
        let operations = operations.get(..tree.operations as usize).unwrap_or_default();
        let Self { bins, values, leaves, .. } = self;
        match self.avx512 {
            Some(avx512) if !self.plan.shared => {
                avx512::top_down(avx512, operations, tree.leaves, bins, values, leaves);
            }
            _ => simd::run(BottomUp { operations, bins, values, leaves }),
        }
    }
}

impl Forest<'_> {
    /// Returns the number of columns, of which those of positions are not used.
    fn byte_columns(&self) -> usize {
        self.set_column(0) + self.sets.len()
    }

    /// Returns the number of words that the evaluation of `width` blocks works in.
    pub(in crate::forest) fn bit_parallel_scratch(&self, plan: BitParallel, width: usize) -> usize {
        let rest = if self.properties.has_tables { self.accumulators() + 1 } else { self.properties.state };
        // A line more, so that bins can start at the start of one.
        LINE + (self.byte_columns() + 1) * 8 * width + value_words(plan, width) + rest * BLOCK_ROWS * width
    }

    /// Evaluates blocks bit-parallel.
    pub(in crate::forest) fn evaluate_bit_parallel(&self, plan: BitParallel, evaluation: Evaluation<'_>) {
        let Evaluation { cells, scratch, arguments, results, blocks } = evaluation;
        let fits = |width: &usize| scratch.len() >= self.bit_parallel_scratch(plan, *width);
        let most = [8, 4, 2].into_iter().find(fits).unwrap_or(1);
        for (number, masks) in blocks.masks.chunks(most).enumerate() {
            let first = number * most * blocks.stride;
            let evaluate = match width(masks.len()) {
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

    /// Evaluates up to `W` blocks, of which the first lies `first` words behind the places of arguments and results.
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
        let binning = BlockBinning { forest: self, cells, arguments, first, blocks, bins: binned, width: W };
        match avx512 {
            Some(avx512) => avx512::bin_blocks(avx512, binning),
            None => simd::run(binning),
        }
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
                let mut rows = [Row::default(); BLOCK_ROWS * MAX_BLOCKS];
                let mut places = [0u16; BLOCK_ROWS * MAX_BLOCKS];
                let mut count = 0;
                for row in blocks.rows() {
                    let place = row.offset.checked_div(blocks.stride).unwrap_or(0) * BLOCK_ROWS + row.row;
                    if let (Some(to), Some(at)) = (rows.get_mut(count), places.get_mut(count)) {
                        *to = Row { offset: first + row.offset, row: row.row };
                        *at = place as u16;
                        count += 1;
                    }
                }
                let leaves = LeavesOfRows { trees, places: &places[..count] };
                self.reduce(cells, results, &rows[..count], rest, leaves);
            }
        }
    }
}

/// Bottom-up evaluation of a tree, compiled for several sets of vector instructions.
struct BottomUp<'s, const W: usize> {
    operations: &'s [u64],
    bins: &'s [[Bytes; W]],
    values: &'s mut [u64],
    leaves: &'s mut [Bytes; W],
}

impl<const W: usize> Work for BottomUp<'_, W> {
    #[inline(always)]
    fn run(self) {
        bottom_up::evaluate(self.operations, self.bins, self.values, self.leaves);
    }
}

/// An evaluation whose leaves are visited row by row.
struct LeavesOfRows<'t, 'r, const W: usize> {
    trees: Trees<'t, W>,
    /// For each row, the place of its leaf among those of all blocks.
    places: &'r [u16],
}

impl<const W: usize> Leaves for LeavesOfRows<'_, '_, W> {
    fn visit(&mut self, mut visit: impl FnMut(usize, usize, u32)) {
        for (number, tree) in self.trees.forest.trees.iter().enumerate() {
            self.trees.evaluate(Tree::from_words(*tree));
            let leaves = self.trees.leaves.as_flattened();
            for (position, place) in self.places.iter().enumerate() {
                let leaf = leaves.get(usize::from(*place)).copied().unwrap_or(0);
                visit(number, position, u32::from(leaf));
            }
        }
    }
}
