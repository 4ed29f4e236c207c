//! The strings of a call, which come in with rows or are computed.

use super::dictionary::Dictionary;
use crate::word::StringId;
use alloc::string::String;
use alloc::vec::Vec;
use core::hash::BuildHasher;
use hashbrown::{DefaultHashBuilder, HashTable};

/// The strings that came in with rows or were computed, numbered from 0. Their memory is reused.
#[derive(Clone, Debug, Default)]
pub(super) struct CallStrings {
    /// The strings, one after the other.
    bytes: String,
    /// The end of each string.
    ends: Vec<usize>,
    /// Their numbers, by their hashes.
    numbers: HashTable<u32>,
    hasher: DefaultHashBuilder,
}

impl CallStrings {
    /// Returns the number of strings.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Returns the bytes of memory that the strings themselves take.
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Forgets all strings.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.ends.clear();
        self.numbers.clear();
    }

    /// Returns the string of a number. Returns the empty string if no string has the number.
    pub fn get(&self, number: usize) -> &str {
        string_of(&self.bytes, &self.ends, number)
    }

    /// Interns a string. Returns its number.
    pub fn intern(&mut self, string: &str) -> u32 {
        let Self { bytes, ends, numbers, hasher } = self;
        let hash = hasher.hash_one(string);
        if let Some(number) = numbers.find(hash, |number| string_of(bytes, ends, *number as usize) == string)
        {
            return *number;
        }
        let number = ends.len() as u32;
        bytes.push_str(string);
        ends.push(bytes.len());
        numbers
            .insert_unique(hash, number, |number| hasher.hash_one(string_of(bytes, ends, *number as usize)));
        number
    }
}

/// Returns the string of a number among strings that are stored one after the other.
fn string_of<'t>(bytes: &'t str, ends: &[usize], number: usize) -> &'t str {
    let first = number.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
    ends.get(number).and_then(|end| bytes.get(first..*end)).unwrap_or_default()
}

/// The strings that a call knows: those of the program and its own.
#[derive(Clone, Copy)]
pub(crate) struct KnownStrings<'c> {
    pub(super) dictionary: &'c Dictionary,
    pub(super) strings: &'c CallStrings,
}

impl<'c> KnownStrings<'c> {
    /// Returns the string of a number. Returns the empty string if neither the dictionary nor this call has the number.
    #[inline]
    pub fn get(self, string: StringId) -> &'c str {
        match self.dictionary.get(string) {
            Some(string) => string,
            None => {
                let index = (string.0 as usize).wrapping_sub(self.dictionary.len());
                self.strings.get(index)
            }
        }
    }
}
