//! Trees laid out for walks: the nodes of each in the order of the splits, two children side by side.
//!
//! A node that several others lead to is laid out for each of them; all copies lead on to the same two children.

use super::binary::{Entry, Nodes};
use super::columns::{Columns, Place};
use super::description::{Builder, Error, MAX_COUNT};
use crate::forest::image::Leaf;
use crate::forest::walk::{LEAF, Node, SET};
use alloc::vec::Vec;

/// A tree.
#[derive(Debug)]
pub(super) struct Tree {
    /// The numbers of the binary nodes that belong to it, in ascending order: parents before children.
    pub nodes: Vec<u32>,
    /// The children of each node, low and high.
    pub children: Vec<[Child; 2]>,
    /// The leaves, one for each edge that leads to one, from left to right: low before high.
    pub leaves: Vec<Leaf>,
    pub root: Child,
}

/// What an edge of a tree leads to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Child {
    /// The node at this position among the tree's.
    Node(u32),
    /// The leaf at this position among the tree's.
    Leaf(u32),
}

/// Finds what belongs to each tree.
pub(super) fn trees(builder: &Builder, binary: &Nodes) -> Result<Vec<Tree>, Error> {
    // The number of the tree that reached a node last, counted from 1.
    let mut reached = alloc::vec![0u32; binary.nodes.len()];
    let mut total = 0usize;
    let mut trees = Vec::with_capacity(builder.roots.len());
    for (number, root) in builder.roots.iter().enumerate() {
        let tree = tree(binary.root(*root)?, number as u32 + 1, binary, &mut reached)?;
        total += 2 * tree.nodes.len() + 1;
        if total >= MAX_COUNT {
            return Err(Error::TooLarge);
        }
        trees.push(tree);
    }
    Ok(trees)
}

/// Finds what belongs to a tree, whose number is counted from 1.
fn tree(root: Entry, number: u32, binary: &Nodes, reached: &mut [u32]) -> Result<Tree, Error> {
    // Nodes as they are reached, with children that are numbered as binary nodes at first.
    let mut found: Vec<(u32, [Child; 2])> = Vec::new();
    let mut leaves = Vec::new();
    let mut first = Child::Leaf(0);
    // The edges to follow: where they start, by position in `found`, on which side, and what they lead to.
    let mut open = alloc::vec![(None, 0, root)];
    while let Some((parent, side, entry)) = open.pop() {
        let child = match entry {
            Entry::Leaf(leaf) => {
                leaves.push(leaf);
                Child::Leaf(leaves.len() as u32 - 1)
            }
            Entry::Node(node) => {
                if core::mem::replace(&mut reached[node as usize], number) != number {
                    let [low, high] = {
                        let node = &binary.nodes[node as usize];
                        [node.low, node.high].map(|target| binary.resolve(target))
                    };
                    open.push((Some(found.len()), 1, high));
                    open.push((Some(found.len()), 0, low));
                    found.push((node, [Child::Leaf(0); 2]));
                }
                Child::Node(node)
            }
        };
        match parent {
            Some(parent) => found[parent].1[side] = child,
            None => first = child,
        }
    }
    found.sort_unstable_by_key(|(node, _)| *node);
    let (nodes, mut children): (Vec<u32>, Vec<[Child; 2]>) = found.into_iter().unzip();
    for child in children.iter_mut().flatten().chain([&mut first]) {
        if let Child::Node(node) = child {
            *node = nodes.binary_search(node).map_err(|_| Error::Malformed)? as u32;
        }
    }
    Ok(Tree { nodes, children, leaves, root: first })
}

/// Returns the number of levels of nodes of a tree.
pub(super) fn depth(tree: &Tree) -> u32 {
    let mut depths = alloc::vec![0u32; tree.nodes.len()];
    let mut deepest = 0;
    for (parent, children) in tree.children.iter().enumerate() {
        let depth = depths[parent] + 1;
        deepest = deepest.max(depth);
        for child in children {
            if let Child::Node(child) = child {
                depths[*child as usize] = depths[*child as usize].max(depth);
            }
        }
    }
    deepest
}

/// Assigns the leaves of trees numbers by the places of their nodes.
pub(super) fn number_by_place(trees: &mut [Tree]) {
    for tree in trees {
        let leaf = |child: &Child| match child {
            Child::Leaf(leaf) => tree.leaves[*leaf as usize],
            Child::Node(_) => Leaf::NONE,
        };
        tree.leaves = core::iter::once(&tree.root).chain(tree.children.iter().flatten()).map(leaf).collect();
    }
}

/// Appends the nodes of a tree, as [`walk`](crate::forest::walk) reads them. Leaves that have no name are named by their
/// numbers.
pub(super) fn nodes(
    tree: &Tree,
    names: &[u32],
    binary: &Nodes,
    columns: &Columns,
    to: &mut Vec<u64>,
) -> Result<(), Error> {
    let word = |at: usize, child: Child| -> Result<u64, Error> {
        let order = match child {
            // Past 16 bits leaves are numbered by place.
            Child::Leaf(leaf) => {
                let name = names.get(leaf as usize).copied().unwrap_or(leaf);
                return Ok(Node::new(LEAF, name as u16, 0).word());
            }
            Child::Node(order) => order as usize,
        };
        // The children of the k-th node are 1 + 2k and the next.
        let distance = (1 + 2 * order).checked_sub(at).ok_or(Error::Malformed)? as u32;
        Ok(match columns.place(binary, tree.nodes[order])? {
            Place::Window { column, threshold } => Node::new(threshold, column as u16, distance),
            place @ Place::Set(_) if columns.sets_binned => {
                let (column, threshold) = columns.byte_column(place);
                Node::new(threshold, column as u16, distance)
            }
            Place::Set(set) => Node::new(SET, set as u16, distance),
        }
        .word())
    };
    to.push(word(0, tree.root)?);
    for (order, children) in tree.children.iter().enumerate() {
        for (side, child) in children.iter().enumerate() {
            to.push(word(1 + 2 * order + side, *child)?);
        }
    }
    Ok(())
}
