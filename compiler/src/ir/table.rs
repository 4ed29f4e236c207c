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

    /// Returns the row number of a tuple, or -1 if the map lacks it.
    pub fn find(&self, tuple: &[Constant]) -> i64 {
        let Some(bits) = tuple.iter().copied().map(key_bits).collect::<Option<Vec<u64>>>() else { return -1 };
        match self.rows.binary_search_by(|(keys, _)| keys.cmp(&bits)) {
            Ok(index) => self.rows[index].1,
            Err(_) => -1,
        }
    }
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
