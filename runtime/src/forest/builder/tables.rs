//! What leaves add to sums, as tables: see [`table`](crate::forest::table).

use super::description::Builder;
use super::layout::Tree;
use crate::forest::definition::Reduction;
use crate::forest::image::Leaf;
use crate::forest::table::{interleaved_values, table_values, words_of};
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

/// The tables of all trees.
#[derive(Debug)]
pub(super) struct Tables {
    pub words: Vec<u64>,
    /// For each tree, the first word of its tables, and the number of its tables.
    pub ranges: Vec<(u32, u32)>,
    /// Whether there is one accumulator, and each tree has one table, which adds to it.
    pub one_a_tree: bool,
    /// The number of words that the sums of a row take, if tables are interleaved.
    pub state: usize,
    /// For each tree, what its leaves are called in walks: where leaves add the same, one has the name of the other.
    /// Empty if the leaves of the tree keep their numbers.
    pub names: Vec<Vec<u32>>,
}

/// The number of values of a leaf up to which interleaved tables may mostly consist of zeros: adding these takes less
/// time than finding out which are not.
const FEW_VALUES: usize = 16;

impl Tables {
    /// Makes the tables, which are interleaved unless the forest can be evaluated bit-parallel. Returns `None` if the
    /// reduction is not a sum, if a leaf adds twice to an accumulator, or if tables would be much larger than what they hold.
    /// `by_place` says that leaves cannot be renamed, because walks find their numbers by the places of nodes.
    pub fn new(builder: &Builder, trees: &[Tree], bit_parallel: bool, by_place: bool) -> Option<Self> {
        let Reduction::Sum(accumulators) = builder.reduction else { return None };
        let mut tables = Self {
            words: Vec::new(),
            ranges: Vec::new(),
            one_a_tree: accumulators.count == 1,
            state: 1,
            names: Vec::new(),
        };
        for tree in trees {
            let terms_of = |leaf: &Leaf| {
                let first = leaf.first_term as usize;
                let own = builder.terms.get(first..first + leaf.terms as usize).unwrap_or_default();
                let count = (leaf.number < 0).then_some((accumulators.count, 1.0));
                own.iter().map(|term| (term.accumulator, term.value)).chain(count)
            };
            let mut used = BTreeSet::new();
            let mut terms = 0;
            for leaf in &tree.leaves {
                let mut own: Vec<u32> = terms_of(leaf).map(|(accumulator, _)| accumulator).collect();
                terms += own.len();
                used.extend(&own);
                own.sort_unstable();
                if own.windows(2).any(|pair| pair[0] == pair[1]) {
                    return None;
                }
            }
            tables.one_a_tree &= used.len() == 1 && used.contains(&0);
            let lowest = used.first().copied().unwrap_or(0);
            let width = used.last().map_or(0, |highest| interleaved_values((highest - lowest + 1) as usize));
            // A table for many leaves of which few add to the accumulator wastes time and memory.
            let values_of_leaf = if bit_parallel { used.len() } else { width };
            let wasteful = values_of_leaf.saturating_mul(tree.leaves.len()) > 4 * terms + 64;
            if wasteful && (bit_parallel || width > FEW_VALUES) {
                return None;
            }
            let first = u32::try_from(tables.words.len()).ok()?;
            if bit_parallel {
                tables.ranges.push((first, used.len() as u32));
                let values = table_values(tree.leaves.len(), true);
                let mut of_accumulators: BTreeMap<u32, Vec<f64>> =
                    used.into_iter().map(|accumulator| (accumulator, alloc::vec![0.0; values])).collect();
                for (number, leaf) in tree.leaves.iter().enumerate() {
                    for (accumulator, value) in terms_of(leaf) {
                        if let Some(table) = of_accumulators.get_mut(&accumulator) {
                            table[number] = value;
                        }
                    }
                }
                for (accumulator, values) in of_accumulators {
                    tables.words.push(u64::from(accumulator));
                    tables.words.extend(words_of(&values, accumulators.single));
                }
            } else {
                tables.ranges.push((first, width as u32));
                let mut values = alloc::vec![0.0; width * tree.leaves.len()];
                for (leaf, values) in tree.leaves.iter().zip(values.chunks_exact_mut(width.max(1))) {
                    for (accumulator, value) in terms_of(leaf) {
                        values[(accumulator - lowest) as usize] = value;
                    }
                }
                let names = if width > 1 && !by_place { share(&mut values, width) } else { Vec::new() };
                tables.names.push(names);
                tables.words.push(u64::from(lowest));
                tables.words.extend(words_of(&values, accumulators.single));
                let sums = lowest as usize + width;
                tables.state = tables.state.max(if accumulators.single { sums.div_ceil(2) } else { sums });
            }
        }
        Some(tables)
    }
}

/// Keeps of equal rows of `width` values one. Returns for each row the number of the one that was kept.
fn share(values: &mut Vec<f64>, width: usize) -> Vec<u32> {
    let mut names = Vec::with_capacity(values.len() / width);
    let mut kept: BTreeMap<Vec<u64>, u32> = BTreeMap::new();
    let mut shared = Vec::new();
    for row in values.chunks_exact(width) {
        let next = kept.len() as u32;
        let name = *kept.entry(row.iter().map(|value| value.to_bits()).collect()).or_insert(next);
        if name == next {
            shared.extend_from_slice(row);
        }
        names.push(name);
    }
    *values = shared;
    names
}
