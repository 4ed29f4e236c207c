//! Walks of blocks: tree by tree, so that a tree's nodes and what its leaves add stay in the cache while all
//! rows need them.

use super::top::{Exits, LEVELS, Top};
use super::{LANES, Nodes};
use crate::block::{BLOCK_ROWS, LINE};
use crate::cast::numbers;
use crate::forest::binning::BlockBinning;
use crate::forest::definition::Reduction;
use crate::forest::image::{Forest, Tree};
use crate::forest::reduce::Leaves;
use crate::forest::rows::{Blocks, Evaluation, MAX_BLOCKS, ResultCells, RowsOfBlocks, blocks_together};
use crate::forest::table::RowSums;
use crate::simd::{self, Work};

/// The number of steps after which walks check whether any of them still moves.
const STEPS: u32 = 4;

/// The number of columns for which a block has space at least, so that reading one needs no bounds check. Memory that is
/// not used does not matter to caches.
const FEW: usize = 256;

/// The bins of a block, as walks read them.
trait Columns<'b>: Copy {
    /// Returns a column, or another one if it does not exist: a leaf is no column, but its bin does not matter.
    fn column(self, column: u16) -> &'b [u16; BLOCK_ROWS];
}

/// A block with any number of columns.
impl<'b> Columns<'b> for &'b [[u16; BLOCK_ROWS]] {
    #[inline(always)]
    fn column(self, column: u16) -> &'b [u16; BLOCK_ROWS] {
        self.get(usize::from(column)).unwrap_or(&[0; BLOCK_ROWS])
    }
}

impl<'b> Columns<'b> for &'b [[u16; BLOCK_ROWS]; FEW] {
    #[inline(always)]
    fn column(self, column: u16) -> &'b [u16; BLOCK_ROWS] {
        &self[usize::from(column) % FEW]
    }
}

/// The leaf of each row of a block, by its number in the tree.
type BlockLeaves = [u32; BLOCK_ROWS];

impl Forest<'_> {
    /// Returns the number of words of scratch space for walks of `width` blocks.
    pub(in crate::forest) fn block_walk_scratch(&self, width: usize) -> usize {
        // A line more, so that bins can start on a line boundary.
        let columns = self.block_columns() * BLOCK_ROWS / 4;
        LINE + (columns + self.properties.state * BLOCK_ROWS) * width
    }

    /// Returns the number of columns for which there is space in a block.
    fn block_columns(&self) -> usize {
        self.walk_columns().max(FEW)
    }

    /// Evaluates blocks by walks.
    pub(in crate::forest) fn evaluate_blocks_by_walks(&self, evaluation: Evaluation<'_>) {
        let Evaluation { cells, scratch, arguments, results, blocks } = evaluation;
        let fits = |width: &usize| scratch.len() >= self.block_walk_scratch(*width);
        let most = [8, 4, 2].into_iter().find(fits).unwrap_or(1);
        let start = scratch.as_ptr().align_offset(LINE * size_of::<u64>()).min(LINE);
        for (number, masks) in blocks.masks.chunks(most).enumerate() {
            if masks.iter().all(|mask| *mask == 0) {
                continue;
            }
            let first = number * most * blocks.stride;
            let width = blocks_together(masks.len());
            let blocks = Blocks { stride: blocks.stride, masks };
            let (bins, state) = scratch[start..].split_at_mut(self.block_columns() * BLOCK_ROWS / 4 * width);
            let bins = numbers::<u16>(bins).as_chunks_mut::<BLOCK_ROWS>().0;
            BlockBinning {
                forest: self,
                cells,
                arguments,
                first,
                blocks,
                bins,
                column_distance: 1,
                block_distance: self.block_columns(),
            }
            .bin();
            let mut columns: [&[[u16; BLOCK_ROWS]]; MAX_BLOCKS] = [&[]; MAX_BLOCKS];
            for (own, bins) in columns.iter_mut().zip(bins.chunks_exact(self.block_columns())) {
                *own = bins;
            }
            let walks = BlockWalks { forest: self, bins: &columns[..masks.len()], masks };
            let rows = RowsOfBlocks::new(blocks, first);
            match self.properties.reduction {
                Reduction::Sum(accumulators) if self.properties.has_tables => {
                    let mut sums = RowSums::new(self, state);
                    sums.clear(rows.rows().len());
                    for tree in self.trees {
                        let tree = Tree::from_words(*tree);
                        let leaves = walks.leaves(tree);
                        sums.add(tree, accumulators.single, rows.places(), leaves.as_flattened());
                    }
                    sums.store(ResultCells { cells, results }, accumulators, rows.rows());
                }
                _ => {
                    let leaves = LeavesOfRows { walks, places: rows.places() };
                    self.reduce(cells, results, rows.rows(), state, leaves);
                }
            }
        }
    }
}

/// Blocks that are walked, by their bins.
#[derive(Clone, Copy)]
struct BlockWalks<'f> {
    forest: &'f Forest<'f>,
    /// For each block the bins of its columns.
    bins: &'f [&'f [[u16; BLOCK_ROWS]]],
    masks: &'f [u64],
}

impl BlockWalks<'_> {
    /// Returns the leaves of a tree that the rows reach. Those of rows that are not in the masks have no meaning.
    fn leaves(self, tree: Tree) -> [BlockLeaves; MAX_BLOCKS] {
        let mut leaves = [[0; BLOCK_ROWS]; MAX_BLOCKS];
        if self.forest.walks_test_sets() {
            simd::run(TreeWalk::<true> { walks: self, tree, leaves: &mut leaves });
        } else {
            simd::run(TreeWalk::<false> { walks: self, tree, leaves: &mut leaves });
        }
        leaves
    }
}

/// A walk of blocks through a tree, compiled for several SIMD levels.
struct TreeWalk<'w, const SETS: bool> {
    walks: BlockWalks<'w>,
    tree: Tree,
    leaves: &'w mut [BlockLeaves; MAX_BLOCKS],
}

impl<const SETS: bool> Work for TreeWalk<'_, SETS> {
    #[inline(always)]
    fn run(self) {
        let Self { walks: BlockWalks { forest, bins, masks }, tree, leaves } = self;
        let nodes = Nodes(forest.nodes.get(tree.first_node as usize..).unwrap_or_default());
        // A set is not compared with a threshold.
        let levels = if SETS { 0 } else { tree.depth.min(LEVELS) };
        let top = Top::new(nodes, levels);
        let exits = top.evaluate(bins);
        let blocks = bins.iter().zip(masks).zip(exits.iter().zip(leaves));
        for ((columns, mask), (exits, leaves)) in blocks {
            let walk = BlockWalk::<SETS> {
                forest,
                nodes,
                mask: *mask,
                exits,
                top: &top,
                depth: tree.depth - levels,
            };
            match columns.first_chunk::<FEW>() {
                Some(few) if columns.len() == FEW => walk.run(few, leaves),
                _ => walk.run(*columns, leaves),
            }
        }
    }
}

/// A walk of a block through the part of a tree that is below its top.
struct BlockWalk<'w, const SETS: bool> {
    forest: &'w Forest<'w>,
    nodes: Nodes<'w>,
    mask: u64,
    exits: &'w Exits,
    top: &'w Top,
    /// The number of levels.
    depth: u32,
}

impl<const SETS: bool> BlockWalk<'_, SETS> {
    /// Takes a step for the rows from `first` on.
    #[inline(always)]
    fn step<'b>(&self, columns: impl Columns<'b>, first: usize, at: &mut [usize; LANES]) {
        for (lane, at) in at.iter_mut().enumerate() {
            let bin = |column| columns.column(column)[(first + lane) % BLOCK_ROWS];
            *at = self.nodes.step::<SETS>(self.forest, bin, *at);
        }
    }

    /// Writes the leaves that the rows of the mask reach.
    #[inline(always)]
    fn run<'b>(self, columns: impl Columns<'b>, leaves: &mut BlockLeaves) {
        let groups = self.exits.as_chunks::<LANES>().0.iter().zip(leaves.as_chunks_mut::<LANES>().0);
        for (group, (exits, leaves)) in groups.enumerate() {
            let first = group * LANES;
            if self.mask >> first & ((1 << LANES) - 1) == 0 {
                continue;
            }
            // Loops, not `map`: that would be a function call.
            let mut at = [0; LANES];
            for (at, exit) in at.iter_mut().zip(exits) {
                *at = self.top.exits[usize::from(*exit) % self.top.exits.len()] as usize;
            }
            let mut left = self.depth;
            while left > 0 {
                let before = at;
                let round = left.min(STEPS);
                for _ in 0..round {
                    self.step(columns, first, &mut at);
                }
                left -= round;
                if left > 0 && (0..LANES).fold(0, |moved, lane| moved | at[lane] ^ before[lane]) == 0 {
                    break;
                }
            }
            for (leaf, at) in leaves.iter_mut().zip(at) {
                *leaf = if self.forest.properties.leaves_by_place {
                    at as u32
                } else {
                    u32::from(self.nodes.node(at).name())
                };
            }
        }
    }
}

/// Walks whose leaves are visited row by row.
struct LeavesOfRows<'f, 'r> {
    walks: BlockWalks<'f>,
    /// For each row, the place of its leaf among those of all blocks.
    places: &'r [u16],
}

impl Leaves for LeavesOfRows<'_, '_> {
    fn visit(&mut self, mut visit: impl FnMut(usize, usize, u32)) {
        for (number, tree) in self.walks.forest.trees.iter().enumerate() {
            let leaves = self.walks.leaves(Tree::from_words(*tree));
            let leaves = leaves.as_flattened();
            for (position, place) in self.places.iter().enumerate() {
                let leaf = leaves.get(usize::from(*place)).copied().unwrap_or(0);
                visit(number, position, leaf);
            }
        }
    }
}
