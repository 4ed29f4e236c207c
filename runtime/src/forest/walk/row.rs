//! Walks of one row, in several trees in step: one walk alone would wait for each load.

use super::{LANES, Nodes};
use crate::cast::numbers;
use crate::forest::binning::RowBins;
use crate::forest::image::{Binner, Forest, Tree};
use crate::forest::reduce::Leaves;
use crate::forest::rows::Evaluation;
use core::array;

/// The number of steps after which walks check whether any of them still moves.
const STEPS: u32 = 3;

/// The bins of a row, as a walk reads them.
trait Bins: Copy {
    fn bin(self, column: u16) -> u16;
}

/// A row with any number of bins.
impl Bins for &[u16] {
    #[inline(always)]
    fn bin(self, column: u16) -> u16 {
        self.get(usize::from(column)).copied().unwrap_or(0)
    }
}

/// The number of bins to which rows of few features are padded, so that reading one needs no bounds check.
const FEW: usize = 256;

impl Bins for &[u16; FEW] {
    #[inline(always)]
    fn bin(self, column: u16) -> u16 {
        self[usize::from(column) % FEW]
    }
}

/// A row that is walked through all trees, by its bins.
struct Walks<'f> {
    forest: &'f Forest<'f>,
    bins: &'f [u16],
}

impl Forest<'_> {
    /// Returns the number of words of scratch space for walks of a row: its bins, and what the reduction
    /// needs.
    pub(in crate::forest) fn row_walk_scratch(&self) -> usize {
        self.bin_words().max(self.found_words()) + self.properties.state
    }

    /// Returns the number of words that the bins of a row take.
    fn bin_words(&self) -> usize {
        self.walk_columns().max(FEW).div_ceil(4)
    }

    /// Evaluates rows by walks, one after the other.
    pub(in crate::forest) fn evaluate_by_walks(&self, evaluation: Evaluation<'_>) {
        let Evaluation { cells, scratch, arguments, results, blocks } = evaluation;
        let (bins, state) = scratch.split_at_mut(self.bin_words());
        let bins = numbers::<u16>(bins);
        for row in blocks.rows() {
            let binned = RowOfBins { forest: self, bins };
            self.bin_row(cells, arguments, row, binned, |cuts, value| cuts.rank_of(value));
            self.reduce(cells, results, &[row], state, Walks { forest: self, bins });
        }
    }

    /// Calls `visit` with the number of each tree, the row's position and the number of the leaf in the tree.
    #[inline(always)]
    fn walk_row<const SETS: bool>(&self, bins: impl Bins, mut visit: impl FnMut(usize, usize, u32)) {
        let nodes = Nodes(self.nodes);
        for (group, trees) in self.trees.chunks(LANES).enumerate() {
            let tree = |lane: usize| trees.get(lane).or(trees.first());
            let roots: [usize; LANES] =
                array::from_fn(|lane| tree(lane).map_or(0, |tree| tree[0] as u32 as usize));
            let depth = trees.iter().map(|tree| Tree::from_words(*tree).depth).max().unwrap_or(0);
            let mut at = roots;
            for _ in 0..depth.div_ceil(STEPS) {
                let before = at;
                for _ in 0..STEPS {
                    for at in &mut at {
                        *at = nodes.step::<SETS>(self, |column| bins.bin(column), *at);
                    }
                }
                if (0..LANES).fold(0, |moved, lane| moved | at[lane] ^ before[lane]) == 0 {
                    break;
                }
            }
            for lane in 0..LANES.min(trees.len()) {
                let leaf = if self.properties.leaves_by_place {
                    (at[lane] - roots[lane]) as u32
                } else {
                    u32::from(nodes.node(at[lane]).name())
                };
                visit(group * LANES + lane, 0, leaf);
            }
        }
    }
}

impl Leaves for Walks<'_> {
    #[inline]
    fn visit(&mut self, visit: impl FnMut(usize, usize, u32)) {
        let Self { forest, bins } = *self;
        let few = if bins.len() == FEW { bins.first_chunk::<FEW>() } else { None };
        match (forest.walks_test_sets(), few) {
            (false, Some(bins)) => forest.walk_row::<false>(bins, visit),
            (true, Some(bins)) => forest.walk_row::<true>(bins, visit),
            (false, None) => forest.walk_row::<false>(bins, visit),
            (true, None) => forest.walk_row::<true>(bins, visit),
        }
    }
}

/// The place for the bins of a row.
struct RowOfBins<'c> {
    forest: &'c Forest<'c>,
    bins: &'c mut [u16],
}

impl RowBins for RowOfBins<'_> {
    #[inline]
    fn set_window(&mut self, column: u32, bin: u16) {
        if let Some(place) = self.bins.get_mut(column as usize) {
            *place = bin;
        }
    }

    #[inline]
    fn set_position(&mut self, binner: Binner, position: u16) {
        self.set_window(binner.position, position);
        if self.forest.properties.sets_binned {
            for set in binner.first_column..binner.first_column.saturating_add(binner.columns) {
                let bin = u16::from(self.forest.set_contains(set, |_| position));
                self.set_window(self.forest.set_column(set) as u32, bin);
            }
        }
    }
}
