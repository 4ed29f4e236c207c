//! Trees laid out for QuickScorer: see [`quick_scorer`](crate::forest::quick_scorer).

use super::binary::Nodes;
use super::columns::Columns;
use super::layout::{Child, Tree};
use crate::forest::quick_scorer::shape::{BYTES, COLUMNS, LEAVES, Shape};
use alloc::vec::Vec;

/// The trees of a forest.
#[derive(Debug)]
pub(super) struct QuickScorer {
    pub shape: Shape,
    pub words: Vec<u64>,
}

/// A split of an unfolded tree.
#[derive(Clone, Copy, Debug)]
struct Split {
    /// The position of the node among the tree's.
    node: u32,
    /// The first leaf below it.
    start: u8,
}

impl QuickScorer {
    /// Lays trees out. Returns `None` if one is too large or there are too many columns.
    pub fn new(trees: &[Tree], binary: &Nodes, columns: &Columns) -> Option<Self> {
        if columns.count() > COLUMNS {
            return None;
        }
        let unfolded = trees.iter().map(unfold).collect::<Option<Vec<_>>>()?;
        let most = unfolded.iter().map(|(_, leaves)| leaves.len()).max()?;
        let in_order =
            |leaves: &[u8]| leaves.iter().enumerate().all(|(place, leaf)| usize::from(*leaf) == place);
        let shape = Shape::new(most, !unfolded.iter().all(|(_, leaves)| in_order(leaves)))?;
        let mut words = Vec::with_capacity(trees.len().div_ceil(shape.trees()) * shape.words());
        for group in trees.chunks(shape.trees()).zip(unfolded.chunks(shape.trees())) {
            let mut bytes = alloc::vec![[0u8; BYTES]; shape.words() * 8 / BYTES];
            let (splits, maps) = bytes.split_at_mut(3 * shape.vectors());
            for [_, thresholds, _] in splits.as_chunks_mut::<3>().0 {
                thresholds.fill(u8::MAX);
            }
            for (number, (tree, (own, leaves))) in group.0.iter().zip(group.1).enumerate() {
                for (place, split) in own.iter().enumerate() {
                    let (vector, byte) = shape.place(number, place);
                    let node = tree.nodes[split.node as usize];
                    let (column, threshold) = columns.byte_column(columns.place(binary, node).ok()?);
                    splits[3 * vector][byte] = column as u8;
                    splits[3 * vector + 1][byte] = threshold as u8;
                    splits[3 * vector + 2][byte] = split.start;
                }
                if shape.mapped {
                    for (place, leaf) in leaves.iter().enumerate() {
                        let (vector, byte) = shape.place(number, place);
                        maps[vector][byte] = *leaf;
                    }
                }
            }
            let bytes = bytes.as_flattened().as_chunks::<8>().0;
            words.extend(bytes.iter().map(|bytes| u64::from_le_bytes(*bytes)));
        }
        Some(Self { shape, words })
    }
}

/// Returns the splits and the numbers of the leaves of a tree from left to right, in which a node with
/// several parents appears several times. Returns `None` if there are too many.
fn unfold(tree: &Tree) -> Option<(Vec<Split>, Vec<u8>)> {
    enum Open {
        Child(Child),
        /// A node whose low side is done, and its first leaf.
        Middle(u32, u8),
    }
    let (mut splits, mut leaves) = (Vec::new(), Vec::new());
    let mut open = alloc::vec![Open::Child(tree.root)];
    while let Some(next) = open.pop() {
        match next {
            Open::Child(Child::Leaf(leaf)) => {
                leaves.push(u8::try_from(leaf).ok()?);
                if leaves.len() > LEAVES {
                    return None;
                }
            }
            Open::Child(Child::Node(node)) => {
                let [low, high] = tree.children[node as usize];
                let start = u8::try_from(leaves.len()).ok()?;
                open.extend([Open::Child(high), Open::Middle(node, start), Open::Child(low)]);
            }
            Open::Middle(node, start) => splits.push(Split { node, start }),
        }
    }
    Some((splits, leaves))
}
