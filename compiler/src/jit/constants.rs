//! The constant data that machine code reads, in memory that does not move.

use crate::ir::table::key_bits;
use crate::ir::{Constant, Id, Map, MapData, Program, Set, SetData, Table, Type};
use crate::memory::list;

/// A set, in the form in which code looks up values.
#[derive(Debug)]
pub(super) enum SetForm {
    /// Few elements, with each of which code compares the value.
    Few(Vec<u64>),
    /// A bit for each string id, in words; the last word is zero.
    Bits(Box<[u64]>),
    /// Anything else: a helper searches it.
    Sorted(Box<SetData>),
}

/// A map, in the form in which code looks up keys.
#[derive(Debug)]
pub(super) enum MapForm {
    /// A row number for each id of the one key, a string; the last element is -1.
    Rows(Box<[u64]>),
    /// Anything else: a helper searches it.
    Sorted(Box<MapIndex>),
}

/// The constant data of a program.
#[derive(Debug)]
pub(super) struct Constants {
    /// Each with a zero after its last element.
    tables: Vec<Box<[u64]>>,
    sets: Vec<SetForm>,
    maps: Vec<MapForm>,
}

impl Constants {
    pub fn new(program: &Program) -> Self {
        let table = |elements: &[u64]| elements.iter().copied().chain([0]).collect();
        Self {
            tables: program.tables.values().map(|data| table(&data.elements)).collect(),
            sets: program.sets.values().map(set_form).collect(),
            maps: program.maps.values().map(map_form).collect(),
        }
    }

    /// Returns the number of bytes of memory that they take.
    pub fn bytes(&self) -> usize {
        let tables = self.tables.iter().map(|table| size_of_val::<[u64]>(table));
        let sets = self.sets.iter().map(|set| match set {
            SetForm::Few(elements) => list(elements),
            SetForm::Bits(words) => size_of_val::<[u64]>(words),
            SetForm::Sorted(data) => size_of::<SetData>() + list(&data.elements),
        });
        let maps = self.maps.iter().map(|map| match map {
            MapForm::Rows(rows) => size_of_val::<[u64]>(rows),
            MapForm::Sorted(index) => size_of::<MapIndex>() + index.bytes(),
        });
        list(&self.tables)
            + list(&self.sets)
            + list(&self.maps)
            + tables.chain(sets).chain(maps).sum::<usize>()
    }

    pub fn table(&self, table: Table) -> &[u64] {
        &self.tables[table.index()]
    }

    pub fn set(&self, set: Set) -> &SetForm {
        &self.sets[set.index()]
    }

    pub fn map(&self, map: Map) -> &MapForm {
        &self.maps[map.index()]
    }
}

fn set_form(data: &SetData) -> SetForm {
    if data.elements.len() <= 4 {
        return SetForm::Few(data.elements.clone());
    }
    match data.string_bits() {
        Some(words) => SetForm::Bits(words.into_iter().chain([0]).collect()),
        None => SetForm::Sorted(Box::new(data.clone())),
    }
}

fn map_form(data: &MapData) -> MapForm {
    match data.string_rows() {
        Some(rows) => MapForm::Rows(rows.into_iter().chain([-1]).map(i64::cast_unsigned).collect()),
        None => MapForm::Sorted(Box::new(MapIndex::new(data))),
    }
}

/// A map in one block of memory.
#[derive(Debug)]
pub(super) struct MapIndex {
    types: Box<[Type]>,
    /// The tuples in ascending order, one after the other.
    keys: Box<[u64]>,
    /// The row number of each.
    rows: Box<[i64]>,
}

impl MapIndex {
    /// Returns the number of bytes of memory that its lists take.
    pub fn bytes(&self) -> usize {
        size_of_val::<[Type]>(&self.types)
            + size_of_val::<[u64]>(&self.keys)
            + size_of_val::<[i64]>(&self.rows)
    }

    pub fn new(map: &MapData) -> Self {
        Self {
            types: map.keys.clone().into(),
            keys: map.rows.iter().flat_map(|(keys, _)| keys.iter().copied()).collect(),
            rows: map.rows.iter().map(|(_, row)| *row).collect(),
        }
    }

    /// Returns the number of keys of a tuple.
    pub fn width(&self) -> usize {
        self.types.len()
    }

    /// Returns the row number of a tuple's bits, or -1 if the map lacks the tuple.
    pub fn find(&self, keys: &[u64]) -> i64 {
        let width = self.width();
        let (mut low, mut high) = (0, self.rows.len());
        // Narrows the range of tuples that agree with the first keys, key by key.
        for (column, (bits, ty)) in keys.iter().zip(&self.types).enumerate() {
            let Some(bits) = Constant::from_bits(*ty, *bits).and_then(key_bits) else { return -1 };
            let key = |row: usize| self.keys.get(row * width + column).copied().unwrap_or(u64::MAX);
            let first = partition(low, high, |row| key(row) < bits);
            high = partition(first, high, |row| key(row) <= bits);
            low = first;
        }
        if low < high { self.rows.get(low).copied().unwrap_or(-1) } else { -1 }
    }
}

/// Returns the first number from `low` to `high` for which `below` does not hold; those for which it holds come first.
fn partition(mut low: usize, mut high: usize, below: impl Fn(usize) -> bool) -> usize {
    while low < high {
        let middle = low + (high - low) / 2;
        if below(middle) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    low
}
