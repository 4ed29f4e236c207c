//! The first levels of a tree, computed for all rows of a block.
//!
//! A tree's first levels have few nodes, which all rows pass, so that comparing all rows with all of them by
//! vectors takes less time than following each row through them.
//!
//! The top is made complete: where a tree has a leaf, both children are the leaf itself. Its nodes are
//! numbered level by level, the children of node `i` are `2i + 1` and `2i + 2`, and below the last level are
//! the *exits*. For each row, the value of a node is the exit that the row reaches from there. The nodes of
//! the last level choose between two exits, each node above between the values of its children.

use super::{LEAF, Node, Nodes};
use crate::block::BLOCK_ROWS;

/// The largest number of levels of a top. Another level would take as long as the steps that it saves.
pub(super) const LEVELS: u32 = 6;

/// The largest number of exits.
const EXITS: usize = 1 << LEVELS;

/// The top of a tree.
pub(super) struct Top {
    /// The number of levels, at most [`LEVELS`].
    levels: u32,
    /// For each node, the column and the threshold.
    splits: [(u16, u16); EXITS],
    /// The exits, by the numbers of their nodes in the tree.
    pub exits: [u32; EXITS],
}

/// For each row of a block, an exit.
pub(super) type Exits = [u16; BLOCK_ROWS];

impl Top {
    /// Returns the first levels of a tree, given its nodes from the root on.
    #[inline(always)]
    pub fn new(nodes: Nodes<'_>, levels: u32) -> Self {
        let levels = levels.min(LEVELS);
        let inner = (1usize << levels) - 1;
        let mut numbers = [0u32; 2 * EXITS];
        let mut splits = [(0, LEAF); EXITS];
        for node in 0..inner {
            let number = numbers[node];
            let found: Node = nodes.node(number as usize);
            let low = number.wrapping_add(found.distance() as u32);
            // Of a leaf, the name is no column, and both children are the leaf.
            let (high, column) = if found.distance() == 0 { (low, 0) } else { (low.wrapping_add(1), found.name()) };
            splits[node] = (column, found.threshold());
            numbers[2 * node + 1] = low;
            numbers[2 * node + 2] = high;
        }
        let mut exits = [0; EXITS];
        exits[..=inner].copy_from_slice(&numbers[inner..=2 * inner]);
        Self { levels, splits, exits }
    }

    /// Computes the exit of each row. `bins` returns a column's bins.
    #[inline(always)]
    pub fn evaluate<'b>(&self, bins: impl Fn(u16) -> &'b [u16; BLOCK_ROWS]) -> Exits {
        let mut values = [[0u16; BLOCK_ROWS]; EXITS / 2];
        let Some(last) = self.levels.checked_sub(1) else { return values[0] };
        let first = (1usize << last) - 1;
        for node in 0..=first {
            let (column, threshold) = self.splits[first + node];
            for (value, bin) in values[node % (EXITS / 2)].iter_mut().zip(bins(column)) {
                *value = 2 * node as u16 + u16::from(*bin > threshold);
            }
        }
        for level in (0..last).rev() {
            let first = (1usize << level) - 1;
            for node in 0..=first {
                let (column, threshold) = self.splits[first + node];
                let [low, high] = [2 * node, 2 * node + 1].map(|child| values[child % (EXITS / 2)]);
                let choices = low.iter().zip(&high).zip(bins(column));
                for (value, ((low, high), bin)) in values[node].iter_mut().zip(choices) {
                    *value = if *bin > threshold { *high } else { *low };
                }
            }
        }
        values[0]
    }
}
