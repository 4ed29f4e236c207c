//! Sums by tables: what a tree adds to an accumulator, leaf by leaf.
//!
//! If no leaf adds twice to one accumulator, a tree has a *table* for each accumulator that one of its leaves
//! adds to: a value per leaf, zero if the leaf adds nothing (a sum that starts from zero is never -0.0, so
//! that adding zero changes nothing). The number of trees without result is one more accumulator, to which
//! leaves without result add 1.
//!
//! In forests that can be evaluated bit-parallel, tables come one after the other: a word, the accumulator's
//! number, and then the values, an `f64` or two `f32` per word. Tables of up to 64 values are padded to 32 or 64,
//! which is what vector registers hold.
//!
//! In all other forests, the tables of a tree are *interleaved*: a word, the number of the first accumulator, and
//! then the values of one leaf after the other, each of them for as many accumulators from the first on as the
//! tree has tables. A leaf's values are next to each other, and are added as vectors: if there are more than two
//! of them, there are zeros up to a multiple of two.

use super::definition::Accumulators;
use super::image::{Forest, Tree};
use super::reduce::Leaves;
use super::rows::{ResultCells, Row};
use crate::cast::{Plain, numbers, view};
use crate::simd::{self, Work};

/// Returns the number of values that a table holds for a tree of `leaves` leaves.
pub(super) fn table_values(leaves: usize, bit_parallel: bool) -> usize {
    match leaves {
        ..=32 if bit_parallel => 32,
        ..=64 if bit_parallel => 64,
        leaves => leaves,
    }
}

/// Returns the number of values of a leaf in interleaved tables, for a tree that adds to `accumulators`
/// accumulators from its first one on.
#[cfg(feature = "alloc")]
pub(super) fn interleaved_values(accumulators: usize) -> usize {
    if accumulators <= 2 { accumulators } else { accumulators.next_multiple_of(2) }
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
    view(&[word])[leaf as usize % 2]
}

/// Returns values as the words of a table.
#[cfg(feature = "alloc")]
pub(super) fn words_of(values: &[f64], single: bool) -> alloc::vec::Vec<u64> {
    if !single {
        return values.iter().map(|value| value.to_bits()).collect();
    }
    let mut words = alloc::vec![0; table_words(values.len(), true)];
    for (word, value) in numbers::<f32>(&mut words).iter_mut().zip(values) {
        *word = *value as f32;
    }
    words
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

    /// Returns whether tables are interleaved.
    fn has_interleaved_tables(&self) -> bool {
        self.properties.bit_parallel.is_none()
    }

    /// Computes sums by tables, in the rows' cells of the result columns. `state` is used for sums by interleaved
    /// tables.
    pub(super) fn sum_tables(
        &self,
        mut cells: ResultCells<'_>,
        accumulators: Accumulators,
        rows: &[Row],
        state: &mut [u64],
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
            _ if self.has_interleaved_tables() => {
                let mut sums = RowSums::new(self, state);
                sums.clear(rows.len());
                leaves.visit(|tree, position, leaf| {
                    if let Some(tree) = self.tree(tree) {
                        sums.add_leaf(tree, accumulators.single, position, leaf);
                    }
                });
                sums.store(cells, accumulators, rows);
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

/// Sums of rows by interleaved tables: for each row a sum for each accumulator, and for the count of trees without
/// result.
pub(super) struct RowSums<'s> {
    forest: &'s Forest<'s>,
    words: &'s mut [u64],
}

impl<'s> RowSums<'s> {
    /// Returns sums in some words, for each row as many as the reduction's state has.
    pub fn new(forest: &'s Forest<'s>, words: &'s mut [u64]) -> Self {
        Self { forest, words }
    }

    /// Sets the sums of the first `rows` rows to zero.
    pub fn clear(&mut self, rows: usize) {
        let used = rows.saturating_mul(self.forest.properties.state).min(self.words.len());
        self.words[..used].fill(0);
    }

    /// Adds to the sums of rows, one after the other, what their leaves of a tree add. `places` are those of the
    /// rows' leaves.
    pub fn add(&mut self, tree: Tree, single: bool, places: &[u16], leaves: &[u32]) {
        if single {
            simd::run(Addition::<f32> { tables: self.tables(tree), sums: self.sums(), places, leaves });
        } else {
            simd::run(Addition::<f64> { tables: self.tables(tree), sums: self.sums(), places, leaves });
        }
    }

    /// Adds to the sums of a row what its leaf of a tree adds.
    #[inline]
    pub fn add_leaf(&mut self, tree: Tree, single: bool, row: usize, leaf: u32) {
        if single {
            let tables = self.tables(tree);
            self.sums::<f32>().add(tables, row, leaf);
        } else {
            let tables = self.tables(tree);
            self.sums::<f64>().add(tables, row, leaf);
        }
    }

    /// Writes the sums of rows to the results' cells, and the counts of trees without result as integers.
    pub fn store(&mut self, mut cells: ResultCells<'_>, accumulators: Accumulators, rows: &[Row]) {
        let count = accumulators.count as usize;
        let width = self.forest.properties.state;
        for (row, words) in rows.iter().zip(self.words.chunks_exact(width.max(1))) {
            for result in 0..=count {
                let sum = if accumulators.single {
                    view::<f32>(words).get(result).map_or(0, |sum| u64::from(sum.to_bits()))
                } else {
                    words.get(result).copied().unwrap_or(0)
                };
                let bits = if result == count { whole(sum, accumulators.single) } else { sum };
                cells.set(result, *row, bits);
            }
        }
    }

    #[inline]
    fn tables<T: Plain>(&self, tree: Tree) -> Interleaved<'s, T> {
        let tables = self.forest.tables.get(tree.first_table as usize..).unwrap_or_default();
        let (first, values) = tables.split_first().unwrap_or((&0, &[]));
        Interleaved { first: *first as usize, values: view(values), width: tree.tables as usize }
    }

    #[inline]
    fn sums<T: Plain>(&mut self) -> RowSlices<'_, T> {
        let width = self.forest.properties.state * (size_of::<u64>() / size_of::<T>());
        RowSlices { sums: numbers(self.words), width }
    }
}

/// The tables of a tree, interleaved.
#[derive(Clone, Copy)]
struct Interleaved<'i, T> {
    /// The first accumulator.
    first: usize,
    values: &'i [T],
    /// The number of values of a leaf.
    width: usize,
}

/// The sums of rows, each `width` numbers.
struct RowSlices<'s, T> {
    sums: &'s mut [T],
    width: usize,
}

impl<T: Plain + core::ops::AddAssign> RowSlices<'_, T> {
    /// Adds to the sums of a row what its leaf of a tree adds.
    #[inline(always)]
    fn add(&mut self, tables: Interleaved<'_, T>, row: usize, leaf: u32) {
        let first = (row * self.width).saturating_add(tables.first);
        if tables.width == 1 {
            if let (Some(sum), Some(value)) = (self.sums.get_mut(first), tables.values.get(leaf as usize)) {
                *sum += *value;
            }
            return;
        }
        let from = (leaf as usize).saturating_mul(tables.width);
        let values = tables.values.get(from..).and_then(|values| values.get(..tables.width));
        let sums = self.sums.get_mut(first..).and_then(|sums| sums.get_mut(..tables.width));
        let (Some(values), Some(sums)) = (values, sums) else { return };
        let (values, sums) = add_chunks::<8, T>(values, sums);
        let (values, sums) = add_chunks::<4, T>(values, sums);
        let (values, sums) = add_chunks::<2, T>(values, sums);
        add_chunks::<1, T>(values, sums);
    }
}

/// Adds values to sums, `N` at a time. Returns those that are left.
#[inline(always)]
fn add_chunks<'a, const N: usize, T: Plain + core::ops::AddAssign>(
    values: &'a [T],
    sums: &'a mut [T],
) -> (&'a [T], &'a mut [T]) {
    let ((values, values_left), (sums, sums_left)) = (values.as_chunks::<N>(), sums.as_chunks_mut::<N>());
    for (sums, values) in sums.iter_mut().zip(values) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum += *value;
        }
    }
    (values_left, sums_left)
}

/// The addition of what a tree's leaves add for some rows, compiled for several SIMD levels.
struct Addition<'a, T> {
    tables: Interleaved<'a, T>,
    sums: RowSlices<'a, T>,
    places: &'a [u16],
    leaves: &'a [u32],
}

impl<T: Plain + core::ops::AddAssign> Work for Addition<'_, T> {
    #[inline(always)]
    fn run(mut self) {
        for (row, place) in self.places.iter().enumerate() {
            let leaf = self.leaves.get(usize::from(*place)).copied().unwrap_or(0);
            self.sums.add(self.tables, row, leaf);
        }
    }
}
