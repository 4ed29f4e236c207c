//! Constant data: tables indexed by number, sets, and maps from keys to row numbers.

use super::types::{Constant, Type};

/// A column of constants, indexed from 0.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TableData {
    /// The type of the elements: not a list.
    pub ty: Type,
    /// The elements' bits, see [`Constant::bits`].
    pub elements: Vec<u64>,
}

impl TableData {
    /// Makes a table of constants of one type.
    pub fn new(ty: Type, elements: impl IntoIterator<Item = Constant>) -> Self {
        Self { ty, elements: elements.into_iter().map(Constant::bits).collect() }
    }

    /// Returns the element at an index, or zero past either end.
    pub fn get(&self, index: i64) -> u64 {
        usize::try_from(index).ok().and_then(|index| self.elements.get(index)).copied().unwrap_or(0)
    }
}

/// A set of constants.
///
/// Its elements are stored by their bits in ascending order, without duplicates, with `-0.0` as `0.0` and
/// without NaN, so that equal bits mean equal values.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SetData {
    /// The type of the elements: not a list.
    pub ty: Type,
    /// The elements' bits.
    pub elements: Vec<u64>,
}

impl SetData {
    /// Makes the set of some constants of one type.
    pub fn new(ty: Type, elements: impl IntoIterator<Item = Constant>) -> Self {
        let mut elements: Vec<u64> = elements.into_iter().filter_map(key_bits).collect();
        elements.sort_unstable();
        elements.dedup();
        Self { ty, elements }
    }

    /// Returns a bit for each string up to the largest one of a set of strings, or `None` if it is a set of others, or the
    /// bits would take much more memory than the elements.
    pub fn string_bits(&self) -> Option<Vec<u64>> {
        let mut words = vec![0; self.string_words()?];
        for number in &self.elements {
            words[*number as usize / 64] |= 1 << (number % 64);
        }
        Some(words)
    }

    /// Returns the number of words of [`string_bits`](Self::string_bits).
    pub fn string_words(&self) -> Option<usize> {
        let largest = *self.elements.last()?;
        let fits = self.ty == Type::String && is_dense(largest, 8 * self.elements.len());
        fits.then_some(largest as usize / 64 + 1)
    }

    /// Returns whether a value is in the set.
    pub fn contains(&self, value: Constant) -> bool {
        key_bits(value).is_some_and(|bits| self.elements.binary_search(&bits).is_ok())
    }
}

/// A map from tuples of keys to row numbers. Of several equal tuples, the first row counts.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MapData {
    /// The types of the keys: not lists.
    pub keys: Vec<Type>,
    /// The tuples of keys (bits, normalized as in [`SetData`]) with their row numbers, in ascending order of tuple.
    pub rows: Vec<(Vec<u64>, i64)>,
}

impl MapData {
    /// Makes the map of the given tuples to their positions.
    pub fn new(keys: Vec<Type>, tuples: impl IntoIterator<Item = Vec<Constant>>) -> Self {
        let mut rows: Vec<(Vec<u64>, i64)> = tuples
            .into_iter()
            .enumerate()
            .filter_map(|(row, tuple)| {
                Some((tuple.into_iter().map(key_bits).collect::<Option<Vec<u64>>>()?, row as i64))
            })
            .collect();
        rows.sort();
        rows.dedup_by(|later, earlier| later.0 == earlier.0);
        Self { keys, rows }
    }

    /// Returns a row number for each string up to the largest key of a map from strings, or `None` if it is a map from
    /// others, or the array would take much more memory than the map.
    pub fn string_rows(&self) -> Option<Vec<i64>> {
        let mut rows = vec![-1; self.string_row_count()?];
        for (keys, row) in &self.rows {
            for key in keys {
                rows[*key as usize] = *row;
            }
        }
        Some(rows)
    }

    /// Returns the number of elements of [`string_rows`](Self::string_rows).
    pub fn string_row_count(&self) -> Option<usize> {
        let ([Type::String], Some((keys, _))) = (self.keys.as_slice(), self.rows.last()) else { return None };
        let largest = *keys.first()?;
        is_dense(largest, self.rows.len()).then_some(largest as usize + 1)
    }

    /// Returns the row number of a tuple, or -1 if the map lacks it.
    pub fn find(&self, tuple: &[Constant]) -> i64 {
        let Some(bits) = tuple.iter().copied().map(key_bits).collect::<Option<Vec<u64>>>() else { return -1 };
        match self.rows.binary_search_by(|(keys, _)| keys.cmp(&bits)) {
            Ok(index) => self.rows[index].1,
            Err(_) => -1,
        }
    }
}

/// Returns whether an array indexed by numbers up to `largest` is not much larger than `count` elements.
fn is_dense(largest: u64, count: usize) -> bool {
    largest < 1 << 24 && largest <= 1024 + 8 * count as u64
}

/// Returns the bits by which a value is looked up: those of 0.0 for -0.0. Returns `None` for NaN, which
/// equals nothing.
pub(crate) fn key_bits(value: Constant) -> Option<u64> {
    match value {
        Constant::F32(value) if value.is_nan() => None,
        Constant::F64(value) if value.is_nan() => None,
        Constant::F32(value) => Some(Constant::F32(value + 0.0).bits()),
        Constant::F64(value) => Some(Constant::F64(value + 0.0).bits()),
        value => Some(value.bits()),
    }
}
