//! Lazy walks, which bin only the features that they reach. They suit few trees over many features, such as a
//! single decision tree.
//!
//! Rows are walked one by one, tree by tree. The leaves are kept until a row has all of them, since the
//! results may overwrite the cells that features are read from.

use super::image::Forest;
use super::reduce::Leaves;
use super::rows::{Evaluation, Row};
use super::walk::{LEAF, SET};
use crate::block::Argument;

/// The leaves of a row: a word per tree.
struct Found<'s>(&'s [u64]);

impl Leaves for Found<'_> {
    fn visit(&mut self, mut visit: impl FnMut(usize, usize, u32)) {
        for (tree, leaf) in self.0.iter().enumerate() {
            visit(tree, 0, *leaf as u32);
        }
    }
}

impl Forest<'_> {
    /// Returns the number of words that a row's leaves take.
    pub(super) fn found_words(&self) -> usize {
        if self.properties.lazy { self.trees.len() } else { 0 }
    }

    /// Evaluates rows by lazy walks.
    pub(super) fn evaluate_lazily(&self, evaluation: Evaluation<'_>) {
        let Evaluation { cells, scratch, arguments, results, blocks } = evaluation;
        let Some((found, state)) = scratch.split_at_mut_checked(self.trees.len()) else { return };
        for row in blocks.rows() {
            for (found, tree) in found.iter_mut().zip(self.trees) {
                *found = u64::from(self.walk_lazily(cells, arguments, row, tree[0] as u32 as usize));
            }
            self.reduce(cells, results, &[row], state, Found(found));
        }
    }

    /// Returns the leaf that a row reaches.
    fn walk_lazily(&self, cells: &[u64], arguments: &[Argument], row: Row, root: usize) -> u32 {
        let mut at = root;
        loop {
            let node = self.node(at);
            let high = match node.threshold() {
                // A node that leads to itself is a leaf, even in a damaged image.
                _ if node.distance() == 0 => break,
                LEAF => break,
                SET => self.set_contains(u32::from(node.name()), |column| {
                    self.bin_lazily(cells, arguments, row, column as usize)
                }),
                threshold => self.exceeds_lazily(cells, arguments, row, usize::from(node.name()), threshold),
            };
            at += node.distance() + usize::from(high);
        }
        if self.properties.leaves_by_place { (at - root) as u32 } else { u32::from(self.node(at).name()) }
    }
}
