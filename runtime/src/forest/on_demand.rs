//! Walks that code only the features that they come to: for few trees over many features, a single decision tree say.
//!
//! Rows are walked one by one, tree by tree. The leaves are kept until a row has all of them: results go to the cells from
//! which features are read.

use super::reduce::Leaves;
use super::walk::{LEAF, SET};
use super::{Argument, Blocks, Forest, Row};

/// The leaves of a row: a word a tree.
struct Found<'s>(&'s [u64]);

impl Leaves for Found<'_> {
    fn visit(&mut self, mut visit: impl FnMut(usize, usize, u32)) {
        for (tree, leaf) in self.0.iter().enumerate() {
            visit(tree, 0, *leaf as u32);
        }
    }
}

impl Forest<'_> {
    /// How many words a row's leaves take.
    pub(super) fn found_words(&self) -> usize {
        if self.on_demand { self.trees.len() } else { 0 }
    }

    pub(super) fn evaluate_on_demand(
        &self,
        cells: &mut [u64],
        scratch: &mut [u64],
        arguments: &[Argument],
        results: &[usize],
        blocks: Blocks<'_>,
    ) {
        let Some((found, state)) = scratch.split_at_mut_checked(self.trees.len()) else { return };
        for row in blocks.rows() {
            for (found, tree) in found.iter_mut().zip(self.trees) {
                *found = u64::from(self.walk_on_demand(cells, arguments, row, tree[0] as u32 as usize));
            }
            self.reduce(cells, results, &[row], state, Found(found));
        }
    }

    /// The leaf that a row comes to.
    fn walk_on_demand(&self, cells: &[u64], arguments: &[Argument], row: Row, root: usize) -> u32 {
        let mut at = root;
        loop {
            let node = self.node(at);
            let high = match node.threshold() {
                // A node that leads to itself is a leaf, in an image that is damaged too.
                _ if node.distance() == 0 => break,
                LEAF => break,
                SET => self.set_contains(u32::from(node.name()), |column| {
                    self.code_on_demand(cells, arguments, row, column as usize)
                }),
                threshold => {
                    self.exceeds_on_demand(cells, arguments, row, usize::from(node.name()), threshold)
                }
            };
            at += node.distance() + usize::from(high);
        }
        match self.leaves_by_place {
            false => u32::from(self.node(at).name()),
            true => (at - root) as u32,
        }
    }
}
