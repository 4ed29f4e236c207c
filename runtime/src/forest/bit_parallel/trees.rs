//! Bit-parallel evaluation of one tree after the other.

use super::operation::Bytes;
use super::{avx512, bottom_up};
use crate::forest::image::{BitParallel, Forest, Tree};
use crate::forest::reduce::Leaves;
use crate::simd::{self, Avx512, Work};

/// The trees of a forest with the memory to evaluate them for `W` blocks.
pub(super) struct Trees<'t, const W: usize> {
    pub forest: &'t Forest<'t>,
    pub plan: BitParallel,
    pub avx512: Option<Avx512>,
    /// For each column the bins of all blocks.
    pub bins: &'t [[Bytes; W]],
    /// The values of nodes, for either algorithm.
    pub values: &'t mut [u64],
    /// The numbers of the leaves that the rows reach, in the tree that was evaluated last.
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

/// Bottom-up evaluation of a tree, compiled for several SIMD levels.
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
pub(super) struct LeavesOfRows<'t, 'r, const W: usize> {
    pub trees: Trees<'t, W>,
    /// For each row, the place of its leaf among those of all blocks.
    pub places: &'r [u16],
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
