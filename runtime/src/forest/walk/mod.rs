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
//!
//! Blocks are walked tree by tree (`blocks`), single rows in several trees in step (`row`). Blocks skip the
//! first levels of a tree: those are computed for all rows by vectors (`top`), and walks start below them.

mod blocks;
mod row;
pub(super) mod top;

use super::image::Forest;

/// The threshold of leaves.
pub(super) const LEAF: u16 = u16::MAX;

/// The threshold of splits that test a set.
pub(super) const SET: u16 = u16::MAX - 1;

/// The largest threshold of ranks.
pub(super) const MAX_THRESHOLD: u16 = u16::MAX - 2;

/// The number of columns, sets or leaves of a tree that a node can name.
pub(super) const MAX_NAMED: usize = 1 << 16;

/// The number of walks that go in step: as many as there are registers for.
const LANES: usize = 8;

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
    #[inline(always)]
    pub fn name(self) -> u16 {
        self.0 as u16
    }

    #[inline(always)]
    pub fn threshold(self) -> u16 {
        (self.0 >> 16) as u16
    }

    #[inline(always)]
    pub fn distance(self) -> usize {
        (self.0 >> 32) as usize
    }
}

/// The node that a walk finds past the last one: a leaf.
const END: u64 = (LEAF as u64) << 16;

/// Returns [`END`]. A function that is marked as cold keeps the check for it out of the way of walks.
#[cold]
fn end() -> u64 {
    END
}

/// Nodes, of all trees or from the root of one on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Nodes<'i>(pub &'i [u64]);

impl Nodes<'_> {
    /// Returns a node by its number.
    #[inline(always)]
    fn node(self, number: usize) -> Node {
        Node(self.0.get(number).copied().unwrap_or_else(end))
    }

    /// Returns the node that follows one. `bin` reads the bin of a column.
    #[inline(always)]
    fn step<const SETS: bool>(self, forest: &Forest<'_>, bin: impl Fn(u16) -> u16, at: usize) -> usize {
        let node = self.node(at);
        let high = if SETS && node.threshold() == SET {
            forest.set_contains(u32::from(node.name()), |column| bin(column as u16))
        } else {
            bin(node.name()) > node.threshold()
        };
        // No overflow: a node past the end has no distance.
        at + node.distance() + usize::from(high)
    }
}

impl Forest<'_> {
    /// Returns a node by its number.
    #[inline]
    pub(super) fn node(&self, number: usize) -> Node {
        Nodes(self.nodes).node(number)
    }

    /// Returns whether walks test sets by their bits.
    fn walks_test_sets(&self) -> bool {
        !self.sets.is_empty() && !self.properties.sets_binned
    }

    /// Returns the number of columns of bins that walks read.
    fn walk_columns(&self) -> usize {
        let sets = if self.properties.sets_binned { self.sets.len() } else { 0 };
        self.set_column(0) + sets
    }
}
