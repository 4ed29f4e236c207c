//! What leaves add to sums, as tables: see [`table`](crate::forest::table).

use super::description::Builder;
use super::layout::Tree;
use crate::forest::definition::Reduction;
use crate::forest::image::Leaf;
use crate::forest::table::{table_values, table_words};
use crate::image::pair;
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
}

impl Tables {
    /// Makes the tables. Returns `None` if the reduction is not a sum, if a leaf adds twice to an accumulator, or if tables would be much larger
    /// than what they hold.
    pub fn new(builder: &Builder, trees: &[Tree], bit_parallel: bool) -> Option<Self> {
        let Reduction::Sum(accumulators) = builder.reduction else { return None };
        let mut tables = Self { words: Vec::new(), ranges: Vec::new(), one_a_tree: accumulators.count == 1 };
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
            // A table for many leaves of which few add to the accumulator wastes time and memory.
            if used.len().saturating_mul(tree.leaves.len()) > 4 * terms + 64 {
                return None;
            }
            let values = table_values(tree.leaves.len(), bit_parallel);
            let mut of_accumulators: BTreeMap<u32, Vec<f64>> =
                used.into_iter().map(|accumulator| (accumulator, alloc::vec![0.0; values])).collect();
            for (number, leaf) in tree.leaves.iter().enumerate() {
                for (accumulator, value) in terms_of(leaf) {
                    if let Some(table) = of_accumulators.get_mut(&accumulator) {
                        table[number] = value;
                    }
                }
            }
            tables.one_a_tree &= of_accumulators.len() == 1 && of_accumulators.contains_key(&0);
            let first = u32::try_from(tables.words.len()).ok()?;
            tables.ranges.push((first, of_accumulators.len() as u32));
            for (accumulator, values) in of_accumulators {
                tables.words.push(u64::from(accumulator));
                match accumulators.single {
                    false => tables.words.extend(values.iter().map(|value| value.to_bits())),
                    true => {
                        let single = |value: &f64| (*value as f32).to_bits();
                        let pairs = values.chunks(2);
                        let words =
                            pairs.map(|values| pair(single(&values[0]), values.get(1).map_or(0, single)));
                        tables.words.extend(words);
                    }
                }
                debug_assert_eq!(
                    (tables.words.len() - first as usize)
                        % (1 + table_words(values.len(), accumulators.single)),
                    0
                );
            }
        }
        Some(tables)
    }
}
