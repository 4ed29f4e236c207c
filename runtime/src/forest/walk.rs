//! Walks: following rows from roots to leaves.
//!
//! A node is a word:
//!
//! | bits | what |
//! |---|---|
//! | 0 to 15 | the number of the column, or of the set; of a leaf, its number in the tree |
//! | 16 to 31 | the threshold; [`SET`] if the split tests a set |
//! | 32 to 63 | how far away the low child is; the high child is the one after it |
//!
//! Where there are not many sets, a split looks at the set's code, 0 or 1, as sweeps do, in place of the set's bits.
//!
//! A leaf's threshold is [`LEAF`], which no code exceeds, and its distance zero: a walk that has come to a leaf stays there.
//! So walks can go in step for as many steps as the deepest tree has levels, or until none of them moves, without a look at
//! which node is a leaf.
//!
//! Where a tree has more leaves than 16 bits can number, the leaves of all trees are numbered by where their nodes are in the
//! tree, and inner nodes count as leaves without result.

use super::coding::{Coder, RowCodes};
use super::reduce::Leaves;
use super::{Argument, Blocks, Forest, Row, Tree, WALK_ROWS};
use crate::cast::numbers;
use core::array;

/// The threshold of leaves.
pub(super) const LEAF: u16 = u16::MAX;

/// The threshold of splits that test a set.
pub(super) const SET: u16 = u16::MAX - 1;

/// The largest threshold of ranks.
#[cfg(feature = "alloc")]
pub(super) const MAX_THRESHOLD: u16 = u16::MAX - 2;

/// How many columns, sets or leaves of a tree a node can name.
#[cfg(feature = "alloc")]
pub(super) const MAX_NAMED: usize = 1 << 16;

/// How many walks go in step.
const LANES: usize = 8;

/// After how many steps walks look whether there is still something to do.
const STEPS: u32 = 3;

/// A node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node(u64);

impl Node {
    #[cfg(feature = "alloc")]
    pub fn new(threshold: u16, name: u16, distance: u32) -> Self {
        Self(u64::from(name) | u64::from(threshold) << 16 | u64::from(distance) << 32)
    }

    #[cfg(feature = "alloc")]
    pub fn word(self) -> u64 {
        self.0
    }

    /// The column, the set, or the leaf's number.
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

/// The codes of a row, as a walk reads them.
trait Codes: Copy {
    fn code(self, column: u16) -> u16;
}

/// As many as there are.
impl Codes for &[u16] {
    #[inline]
    fn code(self, column: u16) -> u16 {
        self.get(usize::from(column)).copied().unwrap_or(0)
    }
}

/// How many codes a row has at most that is read without a look at how many there are.
const FEW: usize = 256;

impl Codes for &[u16; FEW] {
    #[inline]
    fn code(self, column: u16) -> u16 {
        self[usize::from(column) % FEW]
    }
}

/// Rows that are walked through all trees.
pub(super) struct Walks<'f> {
    pub forest: &'f Forest<'f>,
    /// The codes of the rows, row after row.
    pub codes: &'f [u16],
    /// How many rows there are.
    pub rows: usize,
}

impl Forest<'_> {
    /// How many words walks of so many rows work in: their codes, and what the reduction needs.
    pub(super) fn walk_scratch(&self, rows: usize) -> usize {
        self.code_words(rows).max(self.found_words()) + rows * self.state
    }

    fn code_words(&self, rows: usize) -> usize {
        (rows * self.code_width()).div_ceil(4)
    }

    /// How many codes are kept of a row: as many as there are columns, or [`FEW`].
    fn code_width(&self) -> usize {
        let sets = if self.sets_coded { self.sets.len() } else { 0 };
        (self.set_column(0) + sets).max(FEW)
    }

    pub(super) fn evaluate_by_walks(
        &self,
        cells: &mut [u64],
        scratch: &mut [u64],
        arguments: &[Argument],
        results: &[usize],
        blocks: Blocks<'_>,
    ) {
        let together = if scratch.len() >= self.walk_scratch(WALK_ROWS) { WALK_ROWS } else { 1 };
        let (codes, state) = scratch.split_at_mut(self.code_words(together));
        let codes = numbers::<u16>(codes);
        let width = self.code_width();
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
                if let Some(codes) = codes.get_mut(position * width..(position + 1) * width) {
                    let codes = RowOfCodes { forest: self, codes };
                    self.code_row(cells, arguments, *row, codes, |heap, value| heap.rank_of(value));
                }
            }
            let walks = Walks { forest: self, codes, rows: count };
            self.reduce(cells, results, &rows[..count], state, walks);
        }
    }

    /// The leaves that walks in step come to, from some roots with the codes of each lane's row, in trees of so many
    /// levels.
    #[inline(always)]
    fn walk<const SETS: bool, C: Codes>(
        &self,
        codes: impl Fn(usize) -> C,
        roots: [usize; LANES],
        depth: u32,
    ) -> [u32; LANES] {
        let mut at = roots;
        for _ in 0..depth.div_ceil(STEPS) {
            let before = at;
            for _ in 0..STEPS {
                at = array::from_fn(|lane| self.step::<SETS>(codes(lane), at[lane]));
            }
            if (0..LANES).fold(0, |moved, lane| moved | at[lane] ^ before[lane]) == 0 {
                break;
            }
        }
        match self.leaves_by_place {
            false => at.map(|at| u32::from(self.node(at).name())),
            true => array::from_fn(|lane| (at[lane] - roots[lane]) as u32),
        }
    }

    #[inline]
    pub(super) fn node(&self, number: usize) -> Node {
        Node(self.nodes.get(number).copied().unwrap_or(END))
    }

    #[inline(always)]
    fn step<const SETS: bool>(&self, codes: impl Codes, at: usize) -> usize {
        let node = self.node(at);
        let high = match SETS && node.threshold() == SET {
            true => self.set_contains(u32::from(node.name()), |column| codes.code(column as u16)),
            false => codes.code(node.name()) > node.threshold(),
        };
        // No overflow: a node past the end has no distance.
        at + node.distance() + usize::from(high)
    }

    /// Calls `visit` with the tree, the row's position and the number of the leaf in the tree, for every tree and row; one
    /// row's come in order of the trees. `codes` gives those of a row.
    fn visit_walks<const SETS: bool, C: Codes>(
        &self,
        codes: impl Fn(usize) -> C,
        rows: usize,
        mut visit: impl FnMut(usize, usize, u32),
    ) {
        if rows < LANES / 2 {
            // Some trees at a time for each row.
            for position in 0..rows {
                let codes = codes(position);
                for (group, trees) in self.trees.chunks(LANES).enumerate() {
                    let tree = |lane: usize| trees.get(lane).or(trees.first());
                    let root = |lane| tree(lane).map_or(0, |tree| tree[0] as u32 as usize);
                    let depth = trees.iter().map(|tree| Tree::from_words(*tree).depth).max().unwrap_or(0);
                    let found = self.walk::<SETS, _>(|_| codes, array::from_fn(root), depth);
                    for (lane, found) in found.into_iter().enumerate().take(trees.len()) {
                        visit(group * LANES + lane, position, found);
                    }
                }
            }
        } else {
            // Some rows at a time for each tree, so that a tree's nodes are near while it is walked.
            for (number, tree) in self.trees.iter().enumerate() {
                let tree = Tree::from_words(*tree);
                let root = tree.first_node as usize;
                for first in (0..rows).step_by(LANES) {
                    let count = LANES.min(rows - first);
                    let codes: [C; LANES] = array::from_fn(|lane| codes(first + lane.min(count - 1)));
                    let found = self.walk::<SETS, _>(|lane| codes[lane], [root; LANES], tree.depth);
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
        let (forest, rows, width) = (self.forest, self.rows, self.forest.code_width());
        let sets = !forest.sets.is_empty() && !forest.sets_coded;
        let few = self.codes.as_chunks::<FEW>().0;
        let few = |row: usize| few.get(row).unwrap_or(&[0; FEW]);
        let many = |row: usize| self.codes.get(row * width..(row + 1) * width).unwrap_or_default();
        match (sets, width == FEW) {
            (false, true) => forest.visit_walks::<false, _>(few, rows, visit),
            (true, true) => forest.visit_walks::<true, _>(few, rows, visit),
            (false, false) => forest.visit_walks::<false, _>(many, rows, visit),
            (true, false) => forest.visit_walks::<true, _>(many, rows, visit),
        }
    }
}

/// Where the codes of a row go.
struct RowOfCodes<'c> {
    forest: &'c Forest<'c>,
    codes: &'c mut [u16],
}

impl RowCodes for RowOfCodes<'_> {
    #[inline]
    fn set_window(&mut self, column: u32, code: u16) {
        if let Some(place) = self.codes.get_mut(column as usize) {
            *place = code;
        }
    }

    #[inline]
    fn set_position(&mut self, coder: Coder, position: u16) {
        self.set_window(coder.position, position);
        if self.forest.sets_coded {
            for set in coder.first_column..coder.first_column.saturating_add(coder.columns) {
                let code = u16::from(self.forest.set_contains(set, |_| position));
                self.set_window(self.forest.set_column(set) as u32, code);
            }
        }
    }
}
