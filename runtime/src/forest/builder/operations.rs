//! Trees laid out for sweeps: operations, children before parents, and places for their values.
//!
//! Of two subtrees the one that needs more places comes first, so that a tree of 256 leaves needs nine at most (Sethi and
//! Ullman, "The Generation of Optimal Code for Arithmetic Expressions", 1970). Nodes with several parents keep their place
//! until the last of them.

use super::binary::Nodes;
use super::columns::Columns;
use super::layout::{Child, Tree};
use super::sweep::{LEAVES, MAX_PLACES, Operation};
use alloc::vec::Vec;

/// The operations of all trees.
#[derive(Debug)]
pub(super) struct Operations {
    pub words: Vec<u64>,
    /// For each tree, its first operation, and how many it has.
    pub ranges: Vec<(u32, u32)>,
    /// How many places there are.
    pub places: u32,
    /// Whether some node has several parents.
    pub shared: bool,
}

/// A node of a tree while its operations are made.
#[derive(Clone, Copy, Debug)]
struct Visit {
    children: [Child; 2],
    /// How many of its parents still need its value.
    uses: u32,
    /// How many places its computation takes.
    need: u32,
    /// Where its value is, once there is one.
    place: Option<u32>,
}

/// Makes the operations of trees, of 256 leaves at most; `None` if they do not fit.
pub(super) fn operations(trees: &[Tree], binary: &Nodes, columns: &Columns) -> Option<Operations> {
    if !columns.fit_sweeps() {
        return None;
    }
    let mut made = Operations { words: Vec::new(), ranges: Vec::new(), places: 0, shared: false };
    for tree in trees {
        let first = u32::try_from(made.words.len()).ok()?;
        let mut visits = visits(tree);
        made.shared |= visits.iter().any(|visit| visit.uses > 1);
        let mut free = u128::MAX;
        let mut open: Vec<usize> = if visits.is_empty() { Vec::new() } else { alloc::vec![0] };
        while let Some(order) = open.last().copied() {
            let visit = visits[order];
            let unfinished = |child: &Child| match child {
                Child::Node(child) if visits[*child as usize].place.is_none() => Some(*child as usize),
                _ => None,
            };
            if visit.place.is_some() {
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
                Child::Node(child) => LEAVES as u16 + visits[child as usize].place.unwrap_or(0) as u16,
            });
            for child in visit.children {
                let Child::Node(child) = child else { continue };
                let child = &mut visits[child as usize];
                child.uses -= 1;
                if let (0, Some(place)) = (child.uses, child.place) {
                    free |= 1 << place;
                }
            }
            let place = free.trailing_zeros();
            if place >= MAX_PLACES {
                return None;
            }
            free &= !(1 << place);
            made.places = made.places.max(place + 1);
            visits[order].place = Some(place);
            let node = &binary.nodes[tree.nodes[order] as usize];
            let (column, threshold) = columns.sweep_column(columns.place(node).ok()?);
            let (column, threshold) = (u16::try_from(column).ok()?, u8::try_from(threshold).ok()?);
            made.words.push(Operation::new(column, threshold, place as u8, operands[0], operands[1]).word());
            open.pop();
        }
        made.ranges.push((first, u32::try_from(made.words.len()).ok()? - first));
    }
    Some(made)
}

fn visits(tree: &Tree) -> Vec<Visit> {
    let unvisited = |children: &[Child; 2]| Visit { children: *children, uses: 0, need: 0, place: None };
    let mut visits: Vec<Visit> = tree.children.iter().map(unvisited).collect();
    for order in (0..visits.len()).rev() {
        let needs = visits[order].children.map(|child| match child {
            Child::Leaf(_) => 0,
            Child::Node(child) => visits[child as usize].need,
        });
        visits[order].need = match needs[0] == needs[1] {
            true => needs[0] + 1,
            false => needs[0].max(needs[1]),
        };
        for child in visits[order].children {
            if let Child::Node(child) = child {
                visits[child as usize].uses += 1;
            }
        }
    }
    visits
}
