//! Matrices: constant vectors, and their sums with rows over all places.
//!
//! # Layout
//!
//! | words | what |
//! |---|---|
//! | 1 | two numbers: how many vectors, how many places a row has |
//! | 1 | two numbers: the [`layout`], how many entries there are |
//! | one per entry | the bits of its number |
//! | one per vector | with [`layout::LISTS`]: how many entries it and those before it have |
//! | half per entry | with [`layout::LISTS`]: its place |
//!
//! A *list* holds some places, in any order. The other layouts have an entry for each place, in order: one
//! vector after the other ([`layout::ROWS`]), or [`LANES`] vectors side by side ([`layout::GROUPS`]): the
//! first numbers of all of them, then their second numbers, and so on; the last group is padded with zeros.
//! Bits of an `f32` are in the low half of their word.
//!
//! # Evaluation
//!
//! The terms of a sum are added one after the other, so only different sums run side by side: those of one
//! vector with many rows or, for one row, those of a group of vectors. Either way the innermost loop has no
//! branches and no gaps.

use super::error::Error;
use super::float::Float;
use super::lanes::LANES;
use crate::image::{Reader, halves};

/// How vectors are laid out in an image.
pub mod layout {
    /// Lists of entries with places.
    pub const LISTS: u32 = 0;
    /// One after the other, with an entry for each place.
    pub const ROWS: u32 = 1;
    /// Side by side, with an entry for each place.
    pub const GROUPS: u32 = 2;
}

/// Sums of products of a vector's numbers with a row's.
pub(super) const PRODUCTS: u8 = 0;
/// Sums of the squares of a row's differences from a vector's numbers.
pub(super) const SQUARES: u8 = 1;
/// The same, but a list holds 0 at all places that it does not name; those that it names are in ascending
/// order.
pub(super) const DISTANCES: u8 = 2;

/// A matrix in an image.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix<'t> {
    /// The number of vectors.
    pub count: usize,
    /// The number of places of a vector, and of a row.
    pub places: usize,
    layout: Layout<'t>,
}

#[derive(Clone, Copy, Debug)]
enum Layout<'t> {
    Lists(Lists<'t>),
    Rows(&'t [u64]),
    Groups(&'t [[u64; LANES]]),
}

#[derive(Clone, Copy, Debug)]
struct Lists<'t> {
    numbers: &'t [u64],
    ends: &'t [u64],
    places: &'t [u64],
}

impl<'t> Matrix<'t> {
    /// Opens the matrix at the front of the rest of an image.
    pub fn open(reader: &mut Reader<'t>) -> Result<Self, Error> {
        let &[sizes, entries] = reader.array().ok_or(Error::Size)?;
        let [(count, places), (kind, entries)] =
            [sizes, entries].map(halves).map(|(low, high)| (low as usize, high as usize));
        // This ensures that the size of the scratch space does not overflow.
        count.checked_add(places).and_then(|words| words.checked_mul(4 * LANES)).ok_or(Error::Size)?;
        let numbers = reader.words(entries).ok_or(Error::Size)?;
        // Layouts with an entry for each place must have as many entries.
        let is_full = |count: usize| places.checked_mul(count) == Some(entries);
        let layout = match kind as u32 {
            layout::LISTS => {
                let ends = reader.words(count).ok_or(Error::Size)?;
                let places = reader.words(entries.div_ceil(2)).ok_or(Error::Size)?;
                Layout::Lists(Lists { numbers, ends, places })
            }
            layout::ROWS if is_full(count) => Layout::Rows(numbers),
            layout::GROUPS if is_full(count.next_multiple_of(LANES)) => Layout::Groups(numbers.as_chunks().0),
            layout::ROWS | layout::GROUPS => return Err(Error::Size),
            _ => return Err(Error::Kind),
        };
        Ok(Self { count, places, layout })
    }

    /// Computes the sums of all vectors with `N` rows, which are side by side in `rows`, a chunk per place,
    /// and in `sums`, a chunk per vector.
    #[inline(always)]
    pub fn sums<F: Float, const KIND: u8, const N: usize>(&self, rows: &[[u64; N]], sums: &mut [[u64; N]]) {
        // This gives the loops over places the same length.
        let Some(rows) = rows.get(..self.places) else { return };
        let Some(sums) = sums.get_mut(..self.count) else { return };
        let length = self.places.max(1);
        match self.layout {
            Layout::Groups(groups) if N == 1 => {
                for (group, sums) in groups.chunks_exact(length).zip(sums.chunks_mut(LANES)) {
                    let lanes = of_group(group, rows, core::iter::repeat(()), |(), number, value| {
                        term::<F, KIND>(F::from_word(number), F::from_word(value))
                    });
                    for (sum, lane) in sums.iter_mut().zip(lanes) {
                        *sum = [lane.to_word(); N];
                    }
                }
            }
            Layout::Groups(groups) => {
                for (group, sums) in groups.chunks_exact(length).zip(sums.chunks_mut(LANES)) {
                    for (pair, sums) in sums.chunks_mut(2).enumerate() {
                        let pair = of_pair(group, pair, rows, core::iter::repeat(()), |(), number, value| {
                            term::<F, KIND>(F::from_word(number), F::from_word(value))
                        });
                        for (sum, of_vector) in sums.iter_mut().zip(pair) {
                            *sum = of_vector.map(F::to_word);
                        }
                    }
                }
            }
            Layout::Rows(numbers) => {
                for (vector, sum) in numbers.chunks_exact(length).zip(sums) {
                    let mut of_vector = [F::ZERO; N];
                    for (number, row) in vector.iter().zip(rows) {
                        add::<F, KIND, N>(&mut of_vector, F::from_word(*number), row);
                    }
                    *sum = of_vector.map(F::to_word);
                }
            }
            Layout::Lists(lists) => {
                for (list, sum) in lists.iter().zip(sums) {
                    *sum = list.sums::<F, KIND, N>(rows).map(F::to_word);
                }
            }
        }
    }
}

impl<'t> Lists<'t> {
    #[inline(always)]
    fn iter(self) -> impl Iterator<Item = List<'t>> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let first = start;
            start = *end as usize;
            List { numbers: self.numbers.get(first..start).unwrap_or_default(), first, places: self.places }
        })
    }
}

/// A list of entries.
struct List<'t> {
    numbers: &'t [u64],
    /// The number of its first entry among those of all lists.
    first: usize,
    /// The places of all lists' entries.
    places: &'t [u64],
}

impl List<'_> {
    /// Returns places with the bits of their numbers.
    #[inline(always)]
    fn entries(&self) -> impl Iterator<Item = (usize, u64)> {
        self.numbers.iter().enumerate().map(|(entry, number)| {
            let entry = self.first + entry;
            let place = self.places.get(entry / 2).map_or(0, |pair| (pair >> (entry % 2 * 32)) as u32);
            (place as usize, *number)
        })
    }

    #[inline(always)]
    fn sums<F: Float, const KIND: u8, const N: usize>(&self, rows: &[[u64; N]]) -> [F; N] {
        let mut sums = [F::ZERO; N];
        if KIND == DISTANCES {
            let mut entries = self.entries().peekable();
            for (place, row) in rows.iter().enumerate() {
                let entry = entries.next_if(|entry| entry.0 == place);
                add::<F, KIND, N>(&mut sums, entry.map_or(F::ZERO, |entry| F::from_word(entry.1)), row);
            }
            return sums;
        }
        for (place, number) in self.entries() {
            if let Some(row) = rows.get(place) {
                add::<F, KIND, N>(&mut sums, F::from_word(number), row);
            }
        }
        sums
    }
}

/// Returns the sums of a group of vectors with one row. `term` computes a term from the weight of a place, a
/// vector's number, and the row's.
#[inline(always)]
pub(super) fn of_group<F: Float, W: Copy, const N: usize>(
    group: &[[u64; LANES]],
    rows: &[[u64; N]],
    places: impl Iterator<Item = W>,
    term: impl Fn(W, u64, u64) -> F,
) -> [F; LANES] {
    let mut sums = [F::ZERO; LANES];
    for ((numbers, row), place) in group.iter().zip(rows).zip(places) {
        let Some(value) = row.first() else { break };
        for (sum, number) in sums.iter_mut().zip(numbers) {
            *sum = sum.plus(term(place, *number, *value));
        }
    }
    sums
}

/// Returns the sums of two vectors of a group with some rows: two, because one sum after the other would wait for each
/// addition.
#[inline(always)]
pub(super) fn of_pair<F: Float, W: Copy, const N: usize>(
    group: &[[u64; LANES]],
    pair: usize,
    rows: &[[u64; N]],
    places: impl Iterator<Item = W>,
    term: impl Fn(W, u64, u64) -> F,
) -> [[F; N]; 2] {
    let mut sums = [[F::ZERO; N]; 2];
    let first = pair % (LANES / 2) * 2;
    for ((numbers, row), place) in group.iter().zip(rows).zip(places) {
        let [left, right] = &mut sums;
        add_terms(left, row, |value| term(place, numbers[first], value));
        add_terms(right, row, |value| term(place, numbers[first + 1], value));
    }
    sums
}

/// Adds a number's terms with some rows.
#[inline(always)]
fn add<F: Float, const KIND: u8, const N: usize>(sums: &mut [F; N], number: F, row: &[u64; N]) {
    add_terms(sums, row, |value| term::<F, KIND>(number, F::from_word(value)));
}

/// The number of rows that the widest vector holds.
const VECTOR: usize = 8;

/// Adds terms of values to sums, as many together as a vector holds: of a longer array the compiler would make vectors of
/// several lengths, none of them the widest.
#[inline(always)]
fn add_terms<F: Float, const N: usize>(sums: &mut [F; N], values: &[u64; N], term: impl Fn(u64) -> F) {
    let ((sums, sums_left), (values, values_left)) =
        (sums.as_chunks_mut::<VECTOR>(), values.as_chunks::<VECTOR>());
    for (sums, values) in sums.iter_mut().zip(values) {
        for (sum, value) in sums.iter_mut().zip(values) {
            *sum = sum.plus(term(*value));
        }
    }
    for (sum, value) in sums_left.iter_mut().zip(values_left) {
        *sum = sum.plus(term(*value));
    }
}

/// Returns the term of a vector's number and a row's.
#[inline(always)]
fn term<F: Float, const KIND: u8>(number: F, value: F) -> F {
    if KIND == PRODUCTS {
        return number.times(value);
    }
    let difference = value.minus(number);
    difference.times(difference)
}
