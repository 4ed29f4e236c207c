//! Trees laid out for bit-parallel evaluation: operations, children before parents, and slots for their values.
//!
//! Of two subtrees the one that needs more slots comes first, so that a tree of 256 leaves needs nine at most
//! (Sethi and Ullman, "The Generation of Optimal Code for Arithmetic Expressions", 1970). A node with several
//! parents keeps its slot until the last of them.

use super::binary::Nodes;
use super::columns::Columns;
use super::layout::{Child, Tree};
use crate::forest::bit_parallel::{LEAVES, Operation};
use crate::forest::image::header::MAX_SLOTS;
use alloc::vec::Vec;

/// The operations of all trees.
#[derive(Debug)]
pub(super) struct Operations {
    pub words: Vec<u64>,
    /// For each tree, its first operation, and the number of its operations.
    pub ranges: Vec<(u32, u32)>,
    /// The number of slots.
    pub slots: u32,
    /// Whether some node has several parents.
    pub shared: bool,
}

/// A node of a tree while its operations are made.
#[derive(Clone, Copy, Debug)]
struct Visit {
    children: [Child; 2],
    /// The number of its parents that still need its value.
    uses: u32,
    /// The number of slots that its computation takes.
    need: u32,
    /// The slot of its value, once it is computed.
    slot: Option<u32>,
}

/// Makes the operations of trees of at most 256 leaves. Returns `None` if they need too many slots or columns.
pub(super) fn operations(trees: &[Tree], binary: &Nodes, columns: &Columns) -> Option<Operations> {
    if !columns.fit_bytes() {
        return None;
    }
    let mut made = Operations { words: Vec::new(), ranges: Vec::new(), slots: 0, shared: false };
    for tree in trees {
        let first = u32::try_from(made.words.len()).ok()?;
        let mut visits = visits(tree);
        made.shared |= visits.iter().any(|visit| visit.uses > 1);
        let mut free = u128::MAX;
        let mut open: Vec<usize> = if visits.is_empty() { Vec::new() } else { alloc::vec![0] };
        while let Some(order) = open.last().copied() {
            let visit = visits[order];
            let unfinished = |child: &Child| match child {
                Child::Node(child) if visits[*child as usize].slot.is_none() => Some(*child as usize),
                _ => None,
            };
            if visit.slot.is_some() {
                open.pop();
                continue;
            }
            let [low, high] = [&visit.children[0], &visit.children[1]].map(unfinished);
            match (low, high) {
                (Some(low), Some(high)) => {
                    let low_first = visits[low].need >= visits[high].need;
                    open.push(if low_first { low } else { high });
                    continue;
                }
                (Some(child), None) | (None, Some(child)) => {
                    open.push(child);
                    continue;
                }
                (None, None) => {}
            }
            let operands = visit.children.map(|child| match child {
                Child::Leaf(leaf) => leaf as u16,
                Child::Node(child) => LEAVES as u16 + visits[child as usize].slot.unwrap_or(0) as u16,
            });
            for child in visit.children {
                let Child::Node(child) = child else { continue };
                let child = &mut visits[child as usize];
                child.uses -= 1;
                if let (0, Some(slot)) = (child.uses, child.slot) {
                    free |= 1 << slot;
                }
            }
            let slot = free.trailing_zeros();
            if slot >= MAX_SLOTS {
                return None;
            }
            free &= !(1 << slot);
            made.slots = made.slots.max(slot + 1);
            visits[order].slot = Some(slot);
            let place = columns.place(binary, tree.nodes[order]).ok()?;
            let (column, threshold) = columns.byte_column(place);
            let (column, threshold) = (u16::try_from(column).ok()?, u8::try_from(threshold).ok()?);
            made.words.push(Operation::new(column, threshold, slot as u8, operands[0], operands[1]).0);
            open.pop();
        }
        made.ranges.push((first, u32::try_from(made.words.len()).ok()? - first));
    }
    Some(made)
}

/// Returns the nodes of a tree, with their parents and needs counted.
fn visits(tree: &Tree) -> Vec<Visit> {
    let unvisited = |children: &[Child; 2]| Visit { children: *children, uses: 0, need: 0, slot: None };
    let mut visits: Vec<Visit> = tree.children.iter().map(unvisited).collect();
    for order in (0..visits.len()).rev() {
        let needs = visits[order].children.map(|child| match child {
            Child::Leaf(_) => 0,
            Child::Node(child) => visits[child as usize].need,
        });
        visits[order].need = if needs[0] == needs[1] { needs[0] + 1 } else { needs[0].max(needs[1]) };
        for child in visits[order].children {
            if let Child::Node(child) = child {
                visits[child as usize].uses += 1;
            }
        }
    }
    visits
}
