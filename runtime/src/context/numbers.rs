//! The numbers of strings, which are looked up for each string of each row.
//!
//! Most strings of tables are short. A string of at most 16 bytes is two words and its length, so that it is found without
//! comparing bytes in memory.

use alloc::boxed::Box;
use core::hash::{Hash, Hasher};
use hashbrown::HashMap;

/// The numbers of strings.
#[derive(Clone, Debug, Default)]
pub(super) struct Numbers {
    short: HashMap<Short, u32>,
    long: HashMap<Box<str>, u32>,
}

impl Numbers {
    /// Returns the number of a string.
    #[inline]
    pub fn get(&self, string: &str) -> Option<u32> {
        match Short::of(string) {
            Some(short) => self.short.get(&short).copied(),
            None => self.long.get(string).copied(),
        }
    }

    /// Gives a string a number.
    pub fn insert(&mut self, string: &str, number: u32) {
        match Short::of(string) {
            Some(short) => self.short.insert(short, number),
            None => self.long.insert(string.into(), number),
        };
    }

    /// Returns the bytes of memory that they take, without the allocator's overhead.
    pub fn bytes(&self) -> usize {
        self.short.allocation_size()
            + self.long.allocation_size()
            + self.long.keys().map(|string| string.len()).sum::<usize>()
    }
}

/// A string of at most 16 bytes. Strings are equal exactly if these are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Short {
    /// The first bytes and the last bytes, eight each, or less if the string is shorter than eight bytes. They may overlap.
    ends: [u64; 2],
    length: usize,
}

impl Hash for Short {
    #[inline]
    fn hash<H: Hasher>(&self, state: &mut H) {
        // The lengths of strings with the same ends differ seldom.
        let [first, last] = self.ends;
        state.write_u64(first);
        state.write_u64(last);
    }
}

impl Short {
    #[inline]
    fn of(string: &str) -> Option<Self> {
        let bytes = string.as_bytes();
        let ends = match bytes {
            [] => [0, 0],
            [first, .., last] if bytes.len() < 4 => {
                // The second of three bytes; of two, the last.
                let second = bytes.get(1).copied().unwrap_or_default();
                [u64::from(*first) | u64::from(second) << 8, u64::from(*last)]
            }
            [byte] => [u64::from(*byte), 0],
            _ if bytes.len() > 16 => return None,
            _ => match (bytes.first_chunk(), bytes.last_chunk()) {
                (Some(first), Some(last)) => [u64::from_le_bytes(*first), u64::from_le_bytes(*last)],
                _ => [
                    u32::from_le_bytes(*bytes.first_chunk()?).into(),
                    u32::from_le_bytes(*bytes.last_chunk()?).into(),
                ],
            },
        };
        Some(Self { ends, length: bytes.len() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::String;
    use std::vec::Vec;

    #[test]
    fn every_string_has_its_own_number() {
        // All strings of at most three letters of two, longer ones that differ in one place, and long ones.
        let mut strings: Vec<String> = std::vec![String::new()];
        for length in 1..=20 {
            let letters =
                |ones: u32| (0..length).map(|place| if ones >> place & 1 != 0 { 'b' } else { 'a' }).collect();
            if length <= 3 {
                strings.extend((0..1 << length).map(letters));
            } else {
                strings.push(letters(0));
                strings.extend((0..length).map(|place| letters(1 << place)));
            }
            strings.push("\0".repeat(length));
        }
        let mut numbers = Numbers::default();
        for (number, string) in strings.iter().enumerate() {
            assert_eq!(numbers.get(string), None, "{string:?}");
            numbers.insert(string, number as u32);
        }
        for (number, string) in strings.iter().enumerate() {
            assert_eq!(numbers.get(string), Some(number as u32), "{string:?}");
        }
        assert!(numbers.bytes() > 0);
    }
}
