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
use crate::forest::rows::MAX_BLOCKS;

/// The largest number of levels of a top. Another level would take as long as the steps that it saves.
pub(super) const LEVELS: u32 = 5;

/// The largest number of exits.
const EXITS: usize = 1 << LEVELS;

/// The top of a tree.
pub(in crate::forest) struct Top {
    /// The number of levels, at most [`LEVELS`].
    levels: u32,
    /// For each node, the column and the threshold.
    splits: [(u16, u16); EXITS],
    /// The exits, by the numbers of their nodes in the tree.
    pub exits: [u32; EXITS],
}

/// An exit for each row of a block.
pub(in crate::forest) type Exits = [u16; BLOCK_ROWS];

/// The values of nodes whose parents are not computed yet: of each level one at most.
type Stack = [[Exits; MAX_BLOCKS]; LEVELS as usize];

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
            let (high, column) =
                if found.distance() == 0 { (low, 0) } else { (low.wrapping_add(1), found.name()) };
            splits[node] = (column, found.threshold());
            numbers[2 * node + 1] = low;
            numbers[2 * node + 2] = high;
        }
        let mut exits = [0; EXITS];
        exits[..=inner].copy_from_slice(&numbers[inner..=2 * inner]);
        Self { levels, splits, exits }
    }

    /// Computes the exit of each row of some blocks. For each block there is a slice of the bins of its columns.
    #[inline(always)]
    pub fn evaluate(&self, blocks: &[&[[u16; BLOCK_ROWS]]]) -> [Exits; MAX_BLOCKS] {
        let mut stack: Stack = [[[0; BLOCK_ROWS]; MAX_BLOCKS]; LEVELS as usize];
        let Some(last) = self.levels.checked_sub(1) else { return stack[0] };
        let mut height = 0;
        for place in 0..1usize << last {
            if let Some(values) = stack.get_mut(height) {
                self.choose_exits((1 << last) - 1 + place, 2 * place as u16, blocks, values);
                height += 1;
            }
            // Every second node of a level completes its parent, from the last level upwards.
            for up in 1..=(place + 1).trailing_zeros().min(last) {
                let parent = (1 << (last - up)) - 1 + (place >> up);
                if let Some([low, high]) = stack.get_mut(..height).and_then(|stack| stack.last_chunk_mut()) {
                    self.choose(parent, blocks, low, high);
                    height -= 1;
                }
            }
        }
        stack[0]
    }

    /// Computes the values of a node of the last level: an exit, or the one after it.
    #[inline(always)]
    fn choose_exits(
        &self,
        node: usize,
        exit: u16,
        blocks: &[&[[u16; BLOCK_ROWS]]],
        values: &mut [Exits; MAX_BLOCKS],
    ) {
        let (column, threshold) = self.splits[node % EXITS];
        for (columns, values) in blocks.iter().zip(values) {
            let bins = columns.get(usize::from(column)).unwrap_or(&[0; BLOCK_ROWS]);
            for (value, bin) in values.iter_mut().zip(bins) {
                *value = exit + u16::from(*bin > threshold);
            }
        }
    }

    /// Computes the values of another node from those of its children, in the place of the low one's.
    #[inline(always)]
    fn choose(
        &self,
        node: usize,
        blocks: &[&[[u16; BLOCK_ROWS]]],
        low: &mut [Exits; MAX_BLOCKS],
        high: &[Exits; MAX_BLOCKS],
    ) {
        let (column, threshold) = self.splits[node % EXITS];
        for ((columns, low), high) in blocks.iter().zip(low).zip(high) {
            let bins = columns.get(usize::from(column)).unwrap_or(&[0; BLOCK_ROWS]);
            for ((low, high), bin) in low.iter_mut().zip(high).zip(bins) {
                // With masks: of a choice between two values the compiler makes one between their addresses.
                let mask = u16::from(*bin > threshold).wrapping_neg();
                *low ^= (*low ^ *high) & mask;
            }
        }
    }
}
