//! Walks: following rows from roots to leaves.
//!
//! A node is a word:
//!
//! | bits | what |
//! |---|---|
//! | 0 to 15 | the number of the column, or of the set; of a leaf, its number in the tree |
//! | 16 to 31 | the threshold; [`SET`] if the split tests a set |
//! | 32 to 63 | the distance of the low child; the high child is the one after it |
//!
//! If there are not many sets, a split compares the set's bin, 0 or 1, as bit-parallel evaluation does, and
//! does not read the set's bits.
//!
//! A leaf's threshold is [`LEAF`], which no bin exceeds, and its distance zero: a walk that has reached a
//! leaf stays there. So walks can go in step for as many steps as the deepest tree has levels, or until none
//! of them moves, and need not check which node is a leaf.
//!
//! If a tree has more leaves than 16 bits can number, the leaves of all trees are numbered by the position of
//! their nodes in the tree, and inner nodes count as leaves without result.

use super::binning::RowBins;
use super::image::{Binner, Forest, Tree};
use super::reduce::Leaves;
use super::rows::{Evaluation, Row};
use crate::cast::numbers;
use core::array;

/// The threshold of leaves.
pub(super) const LEAF: u16 = u16::MAX;

/// The threshold of splits that test a set.
pub(super) const SET: u16 = u16::MAX - 1;

/// The largest threshold of ranks.
pub(super) const MAX_THRESHOLD: u16 = u16::MAX - 2;

/// The number of columns, sets or leaves of a tree that a node can name.
pub(super) const MAX_NAMED: usize = 1 << 16;

/// The number of walks that go in step.
const LANES: usize = 8;

/// The number of rows that are binned and walked together, so that their bins stay in the cache.
pub(super) const WALK_ROWS: usize = 16;

/// The number of steps after which walks check whether any of them still moves.
const STEPS: u32 = 3;

/// A node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node(u64);

impl Node {
    /// Returns a node of a threshold, a name and a distance.
    pub fn new(threshold: u16, name: u16, distance: u32) -> Self {
        Self(u64::from(name) | u64::from(threshold) << 16 | u64::from(distance) << 32)
    }

    pub fn word(self) -> u64 {
        self.0
    }

    /// Returns the column, the set, or the leaf's number.
    #[inline]
    pub fn name(self) -> u16 {
        self.0 as u16
    }

    #[inline]
    pub fn threshold(self) -> u16 {
        (self.0 >> 16) as u16
    }

    #[inline]
    pub fn distance(self) -> usize {
        (self.0 >> 32) as usize
    }
}

/// What a walk finds past the last node: a leaf.
const END: u64 = (LEAF as u64) << 16;

/// The bins of a row, as a walk reads them.
trait Bins: Copy {
    fn bin(self, column: u16) -> u16;
}

/// A row with any number of bins.
impl Bins for &[u16] {
    #[inline]
    fn bin(self, column: u16) -> u16 {
        self.get(usize::from(column)).copied().unwrap_or(0)
    }
}

/// The number of bins to which rows of few features are padded, so that reading one needs no bounds check.
const FEW: usize = 256;

impl Bins for &[u16; FEW] {
    #[inline]
    fn bin(self, column: u16) -> u16 {
        self[usize::from(column) % FEW]
    }
}

/// Rows that are walked through all trees.
pub(super) struct Walks<'f> {
    pub forest: &'f Forest<'f>,
    /// The bins of the rows, one row after the other.
    pub bins: &'f [u16],
    /// The number of rows.
    pub rows: usize,
}

impl Forest<'_> {
    /// Returns the number of words of scratch space for walks of some rows: their bins, and what the
    /// reduction needs.
    pub(super) fn walk_scratch(&self, rows: usize) -> usize {
        self.bin_words(rows).max(self.found_words()) + rows * self.properties.state
    }

    /// Returns the number of words that the bins of some rows take.
    fn bin_words(&self, rows: usize) -> usize {
        (rows * self.bin_width()).div_ceil(4)
    }

    /// Returns the number of bins that are kept of a row: the number of columns, or [`FEW`] if that is more.
    fn bin_width(&self) -> usize {
        let sets = if self.properties.sets_binned { self.sets.len() } else { 0 };
        (self.set_column(0) + sets).max(FEW)
    }

    /// Evaluates rows by walks.
    pub(super) fn evaluate_by_walks(&self, evaluation: Evaluation<'_>) {
        let Evaluation { cells, scratch, arguments, results, blocks } = evaluation;
        let together = if scratch.len() >= self.walk_scratch(WALK_ROWS) { WALK_ROWS } else { 1 };
        let (bins, state) = scratch.split_at_mut(self.bin_words(together));
        let bins = numbers::<u16>(bins);
        let width = self.bin_width();
        let mut left = blocks.rows();
        loop {
            let mut rows = [Row::default(); WALK_ROWS];
            let mut count = 0;
            for (place, row) in rows[..together].iter_mut().zip(&mut left) {
                *place = row;
                count += 1;
            }
            if count == 0 {
                return;
            }
            for (position, row) in rows[..count].iter().enumerate() {
                if let Some(bins) = bins.get_mut(position * width..(position + 1) * width) {
                    let bins = RowOfBins { forest: self, bins };
                    self.bin_row(cells, arguments, *row, bins, |cuts, value| cuts.rank_of(value));
                }
            }
            let walks = Walks { forest: self, bins, rows: count };
            self.reduce(cells, results, &rows[..count], state, walks);
        }
    }

    /// Returns the leaves that walks in step reach, from some roots with the bins of each lane's row, in
    /// trees of `depth` levels.
    #[inline(always)]
    fn walk<const SETS: bool, C: Bins>(
        &self,
        bins: impl Fn(usize) -> C,
        roots: [usize; LANES],
        depth: u32,
    ) -> [u32; LANES] {
        let mut at = roots;
        for _ in 0..depth.div_ceil(STEPS) {
            let before = at;
            for _ in 0..STEPS {
                at = array::from_fn(|lane| self.step::<SETS>(bins(lane), at[lane]));
            }
            if (0..LANES).fold(0, |moved, lane| moved | at[lane] ^ before[lane]) == 0 {
                break;
            }
        }
        if self.properties.leaves_by_place {
            array::from_fn(|lane| (at[lane] - roots[lane]) as u32)
        } else {
            at.map(|at| u32::from(self.node(at).name()))
        }
    }

    /// Returns a node by its number.
    #[inline]
    pub(super) fn node(&self, number: usize) -> Node {
        Node(self.nodes.get(number).copied().unwrap_or(END))
    }

    /// Returns the node that follows one.
    #[inline(always)]
    fn step<const SETS: bool>(&self, bins: impl Bins, at: usize) -> usize {
        let node = self.node(at);
        let high = if SETS && node.threshold() == SET {
            self.set_contains(u32::from(node.name()), |column| bins.bin(column as u16))
        } else {
            bins.bin(node.name()) > node.threshold()
        };
        // No overflow: a node past the end has no distance.
        at + node.distance() + usize::from(high)
    }

    /// Calls `visit` with the tree, the row's position and the number of the leaf in the tree, for every tree
    /// and row; for each row in the order of trees. `bins` gives those of a row.
    fn visit_walks<const SETS: bool, C: Bins>(
        &self,
        bins: impl Fn(usize) -> C,
        rows: usize,
        mut visit: impl FnMut(usize, usize, u32),
    ) {
        if rows < LANES / 2 {
            // Some trees at a time for each row.
            for position in 0..rows {
                let bins = bins(position);
                for (group, trees) in self.trees.chunks(LANES).enumerate() {
                    let tree = |lane: usize| trees.get(lane).or(trees.first());
                    let root = |lane| tree(lane).map_or(0, |tree| tree[0] as u32 as usize);
                    let depth = trees.iter().map(|tree| Tree::from_words(*tree).depth).max().unwrap_or(0);
                    let found = self.walk::<SETS, _>(|_| bins, array::from_fn(root), depth);
                    for (lane, found) in found.into_iter().enumerate().take(trees.len()) {
                        visit(group * LANES + lane, position, found);
                    }
                }
            }
        } else {
            // Some rows at a time for each tree, so that a tree's nodes stay in the cache while it is walked.
            for (number, tree) in self.trees.iter().enumerate() {
                let tree = Tree::from_words(*tree);
                let root = tree.first_node as usize;
                for first in (0..rows).step_by(LANES) {
                    let count = LANES.min(rows - first);
                    let bins: [C; LANES] = array::from_fn(|lane| bins(first + lane.min(count - 1)));
                    let found = self.walk::<SETS, _>(|lane| bins[lane], [root; LANES], tree.depth);
                    for (lane, found) in found.into_iter().enumerate().take(count) {
                        visit(number, first + lane, found);
                    }
                }
            }
        }
    }
}

impl Leaves for Walks<'_> {
    #[inline]
    fn visit(&mut self, visit: impl FnMut(usize, usize, u32)) {
        let (forest, rows, width) = (self.forest, self.rows, self.forest.bin_width());
        let sets = !forest.sets.is_empty() && !forest.properties.sets_binned;
        let few = self.bins.as_chunks::<FEW>().0;
        let few = |row: usize| few.get(row).unwrap_or(&[0; FEW]);
        let many = |row: usize| self.bins.get(row * width..(row + 1) * width).unwrap_or_default();
        match (sets, width == FEW) {
            (false, true) => forest.visit_walks::<false, _>(few, rows, visit),
            (true, true) => forest.visit_walks::<true, _>(few, rows, visit),
            (false, false) => forest.visit_walks::<false, _>(many, rows, visit),
            (true, false) => forest.visit_walks::<true, _>(many, rows, visit),
        }
    }
}

/// Where the bins of a row are written.
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
