//! Trees laid out for outcomes: see [`super::super::outcome`].

use super::binary::{Entry, Nodes};
use super::columns::Columns;
use super::layout::Tree;
use crate::forest::{OUTCOME_LANES, OUTCOME_MOST, OUTCOME_WORDS};
use alloc::vec::Vec;

/// The words of all trees; none if a tree is too large or there are too many columns.
pub(super) fn outcomes(trees: &[Tree], binary: &Nodes, columns: &Columns) -> Vec<u64> {
    let small = |tree: &Tree| tree.nodes.len() <= OUTCOME_MOST && tree.leaves.len() <= OUTCOME_MOST;
    let mut words = Vec::new();
    if columns.count() > OUTCOME_MOST || !trees.iter().all(small) {
        return words;
    }
    words.reserve(trees.len().next_multiple_of(OUTCOME_LANES) * OUTCOME_WORDS);
    for tree in trees {
        let mut bytes = [0u8; 8 * OUTCOME_WORDS];
        let (splits, next) = bytes.split_at_mut(2 * OUTCOME_MOST);
        for leaf in OUTCOME_MOST..2 * OUTCOME_MOST {
            next[2 * leaf] = leaf as u8;
            next[2 * leaf + 1] = leaf as u8;
        }
        let mut leaves = OUTCOME_MOST as u8;
        for (place, (_, node, children)) in tree.children(binary).enumerate() {
            let Ok(at) = columns.place(node) else { return Vec::new() };
            let (column, threshold) = columns.sweep_column(at);
            splits[place] = column as u8;
            splits[OUTCOME_MOST + place] = threshold as u8;
            for (side, child) in children.into_iter().enumerate() {
                next[2 * place + side] = match child {
                    Entry::Node(number) => tree.nodes.binary_search(&number).unwrap_or(0) as u8,
                    Entry::Leaf(_) => {
                        leaves += 1;
                        leaves - 1
                    }
                };
            }
        }
        words.extend(bytes.as_chunks::<8>().0.iter().map(|bytes| u64::from_le_bytes(*bytes)));
    }
    words.resize(trees.len().next_multiple_of(OUTCOME_LANES) * OUTCOME_WORDS, 0);
    words
}
