//! Sums by tables: what a tree adds to an accumulator, leaf by leaf.
//!
//! If no leaf adds twice to one accumulator, a tree has a *table* for each accumulator that one of its leaves
//! adds to: a value per leaf, zero if the leaf adds nothing (a sum that starts from zero is never -0.0, so
//! that adding zero changes nothing). The number of trees without result is one more accumulator, to which
//! leaves without result add 1.
//!
//! A table is a word, the accumulator's number, and then the values, an `f64` or two `f32` per word. In
//! forests that can be evaluated bit-parallel, tables of up to 64 values are padded to 32 or 64, which is
//! what vector registers hold.

use super::definition::Accumulators;
use super::image::{Forest, Tree};
use super::reduce::Leaves;
use super::rows::{ResultCells, Row};

/// Returns the number of values that a table holds for a tree of `leaves` leaves.
pub(super) fn table_values(leaves: usize, bit_parallel: bool) -> usize {
    match leaves {
        ..=32 if bit_parallel => 32,
        ..=64 if bit_parallel => 64,
        leaves => leaves,
    }
}

/// Returns the number of words of a table of `values` values, without the accumulator's number.
pub(super) fn table_words(values: usize, single: bool) -> usize {
    if single { values.div_ceil(2) } else { values }
}

/// A table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Table<'i> {
    /// The number of the accumulator; that of the count of trees without result follows all others.
    pub accumulator: usize,
    pub values: &'i [u64],
}

impl Table<'_> {
    /// Returns the value of a leaf.
    #[inline]
    pub fn double(self, leaf: u32) -> f64 {
        self.values.get(leaf as usize).map_or(0.0, |word| f64::from_bits(*word))
    }

    /// Returns the value of a leaf in single precision.
    #[inline]
    pub fn single(self, leaf: u32) -> f32 {
        half(self.values.get(leaf as usize / 2).copied().unwrap_or(0), leaf)
    }
}

/// Returns the value of a leaf, in single precision, from the word that holds it.
#[inline]
fn half(word: u64, leaf: u32) -> f32 {
    f32::from_bits((word >> (32 * (leaf & 1))) as u32)
}

impl<'i> Forest<'i> {
    /// Returns the tables of a tree.
    #[inline]
    pub(super) fn tables_of(&self, tree: Tree, single: bool) -> impl Iterator<Item = Table<'i>> + use<'i> {
        let words = 1 + table_words(
            table_values(tree.leaves as usize, self.properties.bit_parallel.is_some()),
            single,
        );
        let tables = self.tables.get(tree.first_table as usize..).unwrap_or_default();
        let tables = tables.chunks_exact(words).take(tree.tables as usize);
        tables.filter_map(|table| {
            let (accumulator, values) = table.split_first()?;
            Some(Table { accumulator: usize::try_from(*accumulator).unwrap_or(usize::MAX), values })
        })
    }

    /// Computes sums by tables, in the rows' cells of the result columns.
    pub(super) fn sum_tables(
        &self,
        mut cells: ResultCells<'_>,
        accumulators: Accumulators,
        rows: &[Row],
        mut leaves: impl Leaves,
    ) {
        let count = accumulators.count as usize;
        match (count, rows) {
            // One row and one accumulator: the sum stays in a register.
            (1, [row]) if self.properties.one_table_a_tree => {
                let bits = if accumulators.single {
                    let mut sum = 0f32;
                    leaves.visit(|tree, _, leaf| sum += half(self.only_table_word(tree, leaf / 2), leaf));
                    u64::from(sum.to_bits())
                } else {
                    let mut sum = 0f64;
                    leaves.visit(|tree, _, leaf| sum += f64::from_bits(self.only_table_word(tree, leaf)));
                    sum.to_bits()
                };
                cells.set(0, *row, bits);
                cells.set(1, *row, 0);
            }
            _ => {
                for row in rows {
                    (0..=count).for_each(|result| cells.set(result, *row, 0));
                }
                leaves.visit(|tree, position, leaf| {
                    let (Some(tree), Some(row)) = (self.tree(tree), rows.get(position)) else { return };
                    for table in self.tables_of(tree, accumulators.single) {
                        let sum = cells.get(table.accumulator, *row);
                        let sum = if accumulators.single {
                            u64::from((f32::from_bits(sum as u32) + table.single(leaf)).to_bits())
                        } else {
                            (f64::from_bits(sum) + table.double(leaf)).to_bits()
                        };
                        cells.set(table.accumulator, *row, sum);
                    }
                });
                for row in rows {
                    let missing = whole(cells.get(count, *row), accumulators.single);
                    cells.set(count, *row, missing);
                }
            }
        }
    }

    /// Returns the word that is `word` words after the accumulator's number, in the table of a tree that has
    /// only one.
    #[inline]
    fn only_table_word(&self, tree: usize, word: u32) -> u64 {
        let first = self.trees.get(tree).map_or(usize::MAX, |tree| tree[3] as u32 as usize);
        self.tables.get(first.saturating_add(1 + word as usize)).copied().unwrap_or(0)
    }
}

/// Returns a count that was summed up as a float, as an integer.
pub(super) fn whole(sum: u64, single: bool) -> u64 {
    if single { f64::from(f32::from_bits(sum as u32)) as u64 } else { f64::from_bits(sum) as u64 }
}
