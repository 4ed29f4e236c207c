//! Trees laid out for walks: the nodes of each in the order of the splits, two children side by side.
//!
//! A node that several others lead to is laid out for each of them; all copies lead on to the same two children.

use super::binary::{Binary, Entry, Nodes};
use super::columns::{Columns, Place};
use super::{Builder, Error, LEAF, Leaf, Node};
use crate::forest::walk::SET;
use alloc::vec::Vec;

/// A tree.
#[derive(Debug)]
pub(super) struct Tree {
    /// The numbers of the binary nodes that belong to it, in ascending order: parents before children.
    pub nodes: Vec<u32>,
    /// The leaves, one for each edge that leads to one, in the order of the edges: for each node low, then high.
    pub leaves: Vec<Leaf>,
    root: Entry,
}

impl Tree {
    /// The nodes with their children.
    pub fn children<'n>(&self, binary: &'n Nodes) -> impl Iterator<Item = (u32, &'n Binary, [Entry; 2])> {
        self.nodes.iter().map(|number| {
            let node = &binary.nodes[*number as usize];
            (*number, node, [binary.resolve(node.low), binary.resolve(node.high)])
        })
    }
}

/// Finds what belongs to each tree.
pub(super) fn trees(builder: &Builder, binary: &Nodes) -> Result<Vec<Tree>, Error> {
    // The number of the tree that reached a node last, counted from 1.
    let mut reached = alloc::vec![0u32; binary.nodes.len()];
    let mut open = Vec::new();
    let mut total = 0usize;
    let mut trees = Vec::with_capacity(builder.roots.len());
    for (number, root) in builder.roots.iter().enumerate() {
        let root = binary.root(*root)?;
        let mut tree = Tree { nodes: Vec::new(), leaves: Vec::new(), root };
        open.push(root);
        while let Some(entry) = open.pop() {
            let Entry::Node(node) = entry else { continue };
            if core::mem::replace(&mut reached[node as usize], number as u32 + 1) != number as u32 + 1 {
                tree.nodes.push(node);
                let node = &binary.nodes[node as usize];
                open.extend([node.high, node.low].map(|target| binary.resolve(target)));
            }
        }
        tree.nodes.sort_unstable();
        if let Entry::Leaf(leaf) = root {
            tree.leaves.push(leaf);
        }
        let mut leaves = Vec::with_capacity(tree.nodes.len() + 1);
        for entry in tree.children(binary).flat_map(|(_, _, children)| children) {
            if let Entry::Leaf(leaf) = entry {
                leaves.push(leaf);
            }
        }
        tree.leaves.extend(leaves);
        total += 2 * tree.nodes.len() + 1;
        if total >= super::MAX_COUNT {
            return Err(Error::TooLarge);
        }
        trees.push(tree);
    }
    Ok(trees)
}

/// How many levels of nodes a tree has.
pub(super) fn depth(tree: &Tree, binary: &Nodes) -> u32 {
    let mut depths = alloc::vec![0u32; tree.nodes.len()];
    let order = |entry: Entry| match entry {
        Entry::Node(number) => tree.nodes.binary_search(&number).ok(),
        Entry::Leaf(_) => None,
    };
    let mut deepest = 0;
    for (parent, (_, _, children)) in tree.children(binary).enumerate() {
        let depth = depths[parent] + 1;
        deepest = deepest.max(depth);
        for child in children.into_iter().filter_map(order) {
            depths[child] = depths[child].max(depth);
        }
    }
    deepest
}

/// Numbers the leaves of trees by the places of their nodes.
pub(super) fn number_by_place(trees: &mut [Tree], binary: &Nodes) {
    for tree in trees {
        let children = tree.children(binary).flat_map(|(_, _, children)| children);
        let leaf = |entry: Entry| if let Entry::Leaf(leaf) = entry { leaf } else { Leaf::NONE };
        tree.leaves = core::iter::once(tree.root).chain(children).map(leaf).collect();
    }
}

/// Appends the nodes of a tree, as [`walk`](crate::forest::walk) reads them.
pub(super) fn nodes(tree: &Tree, binary: &Nodes, columns: &Columns, to: &mut Vec<u64>) -> Result<(), Error> {
    let mut leaves = 0u32;
    let mut word = |at: usize, entry: Entry| -> Result<u64, Error> {
        let Entry::Node(number) = entry else {
            leaves += 1;
            // Past 16 bits leaves are numbered by place.
            return Ok(Node::new(LEAF, (leaves - 1) as u16, 0).word());
        };
        // The children of the k-th node are 1 + 2k and the next.
        let order = tree.nodes.binary_search(&number).map_err(|_| Error::Malformed)?;
        let distance = (1 + 2 * order).checked_sub(at).ok_or(Error::Malformed)? as u32;
        Ok(match columns.place(&binary.nodes[number as usize])? {
            Place::Window { column, threshold } => Node::new(threshold, column as u16, distance),
            place @ Place::Set(_) if columns.sets_coded => {
                let (column, threshold) = columns.sweep_column(place);
                Node::new(threshold, column as u16, distance)
            }
            Place::Set(set) => Node::new(SET, set as u16, distance),
        }
        .word())
    };
    to.push(word(0, tree.root)?);
    for (order, (_, _, children)) in tree.children(binary).enumerate() {
        for (side, child) in children.into_iter().enumerate() {
            to.push(word(1 + 2 * order + side, child)?);
        }
    }
    Ok(())
}
