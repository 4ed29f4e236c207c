//! Constant data of generated code.
//!
//! Large constants are byte strings in little-endian order, which the Rust compiler reads without parsing
//! every number. A byte string has an alignment of 1; [`Aligned`] gives it that of a cache line, so that it
//! can be read as words. All functions are total: a malformed table acts as an empty one.

use crate::word::{StringId, Word};

/// Data that is aligned to a cache line.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Aligned<T>(pub T);

impl<const N: usize> Aligned<[u8; N]> {
    /// Aligns bytes to a cache line. Does not compile for a big-endian target, where [`words`] would return none and every
    /// score that depends on them would be wrong.
    #[must_use]
    pub const fn new(bytes: [u8; N]) -> Self {
        const { assert!(cfg!(target_endian = "little"), "large models need a little-endian target") };
        Self(bytes)
    }
}

/// Returns the words of an [`Aligned`] byte string, or none if it is not aligned, not a whole number of words, or if the target
/// is big-endian.
#[must_use]
pub fn words(bytes: &[u8]) -> &[u64] {
    if cfg!(target_endian = "little") { bytemuck::try_cast_slice(bytes).unwrap_or_default() } else { &[] }
}

/// Returns the element of an array at an index, or zero past either end.
#[inline]
#[must_use]
pub fn element<T: Word>(array: &[T], index: i64) -> T {
    usize::try_from(index).ok().and_then(|index| array.get(index)).copied().unwrap_or_default()
}

/// Returns the element at an index of a table with a word per element, or zero past either end.
#[inline]
#[must_use]
pub fn lookup<T: Word>(table: &[u8], index: i64) -> T {
    let index = usize::try_from(index).ok();
    index.and_then(|index| words(table).get(index)).map_or(T::default(), |word| T::from_word(*word))
}

/// Returns one of some fixed strings, or the empty string past their end.
#[inline]
#[must_use]
pub fn string(strings: &[&'static str], text: StringId) -> &'static str {
    strings.get(text.number() as usize).copied().unwrap_or_default()
}

/// Returns whether a set contains a value. The set consists of the keys of its elements, in ascending order.
#[must_use]
pub fn contains(set: &[u8], value: impl Word) -> bool {
    value.key().is_some_and(|key| words(set).binary_search(&key).is_ok())
}

/// Returns the row number of a tuple of keys in a map, or -1 if the map lacks it.
///
/// The map holds its tuples in ascending order, each followed by its row number; a tuple with a key that equals nothing
/// (`None`) is not found.
#[must_use]
pub fn find<const WIDTH: usize>(map: &[u8], keys: [Option<u64>; WIDTH]) -> i64 {
    let words = words(map);
    let size = WIDTH + 1;
    let tuple = |row: usize| words.get(row * size..row * size + WIDTH).unwrap_or_default();
    let mut wanted = [0; WIDTH];
    for (place, key) in wanted.iter_mut().zip(keys) {
        match key {
            Some(key) => *place = key,
            None => return -1,
        }
    }
    let (mut low, mut high) = (0, words.len() / size);
    while low < high {
        let middle = low + (high - low) / 2;
        if tuple(middle) < wanted.as_slice() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if tuple(low) == wanted.as_slice() {
        words.get(low * size + WIDTH).map_or(-1, |row| *row as i64)
    } else {
        -1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    static TABLE: Aligned<[u8; 24]> =
        Aligned(*b"\x01\0\0\0\0\0\0\0\x05\0\0\0\0\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff");

    #[test]
    #[cfg_attr(target_endian = "big", ignore = "tables are little-endian")]
    fn tables() {
        assert_eq!(words(&TABLE.0), [1, 5, u64::MAX]);
        assert_eq!(words(&TABLE.0[1..9]), [0; 0]);
        assert_eq!(lookup::<i64>(&TABLE.0, 1), 5);
        assert_eq!(lookup::<i64>(&TABLE.0, 2), -1);
        assert_eq!(lookup::<i64>(&TABLE.0, 3), 0);
        assert_eq!(lookup::<f64>(&TABLE.0, -1), 0.0);
        assert_eq!(element(&[1.5, 2.5], 1), 2.5);
        assert_eq!(element(&[1.5, 2.5], i64::MIN), 0.0);
        assert!(contains(&TABLE.0, 5_i64));
        assert!(!contains(&TABLE.0, 4_i64));
        assert!(!contains(&[], 4_i64));
    }

    #[test]
    #[cfg_attr(target_endian = "big", ignore = "tables are little-endian")]
    fn maps() {
        let rows: [[u64; 3]; 3] = [[1, 2, 7], [1, 3, 8], [2, 0, 9]];
        let words: Vec<u64> = rows.concat();
        let bytes: &[u8] = bytemuck::cast_slice(&words);
        for [a, b, row] in rows {
            assert_eq!(find(bytes, [Some(a), Some(b)]), row as i64);
        }
        assert_eq!(find(bytes, [Some(1), Some(4)]), -1);
        assert_eq!(find(bytes, [Some(9), Some(9)]), -1);
        assert_eq!(find(bytes, [Some(1), None]), -1);
        assert_eq!(find(&[], [Some(1)]), -1);
    }
}
