//! Words in memory that starts at a cache line, where vectors are loaded and stored fastest.

use crate::cast::CacheLine;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

/// The number of words of a cache line, and of the widest vector.
pub const LINE: usize = 8;

/// An array of words that starts at a cache line.
#[derive(Debug, Default)]
pub struct AlignedWords {
    lines: Vec<CacheLine>,
    words: usize,
}

impl AlignedWords {
    /// Makes an array of zeros.
    #[must_use]
    pub fn zeros(words: usize) -> Self {
        Self { lines: vec![CacheLine([0; LINE]); words.div_ceil(LINE)], words }
    }

    /// Makes an array with the words of another one.
    #[must_use]
    pub fn copy_of(words: &[u64]) -> Self {
        let mut copy = Self::zeros(words.len());
        copy.copy_from_slice(words);
        copy
    }

    /// Adds zeros until there are as many words. Existing words may move.
    pub fn grow(&mut self, words: usize) {
        if words > self.words {
            self.lines.resize(words.div_ceil(LINE), CacheLine([0; LINE]));
            self.words = words;
        }
    }

    /// Returns the number of bytes of memory that the array takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.lines.capacity() * size_of::<CacheLine>()
    }
}

impl Deref for AlignedWords {
    type Target = [u64];

    #[inline]
    fn deref(&self) -> &[u64] {
        bytemuck::cast_slice(&self.lines).get(..self.words).unwrap_or_default()
    }
}

impl DerefMut for AlignedWords {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u64] {
        bytemuck::cast_slice_mut(&mut self.lines).get_mut(..self.words).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_start_at_a_line() {
        for words in [0, 1, 8, 1000] {
            let aligned = AlignedWords::zeros(words);
            assert_eq!(aligned.len(), words);
            assert!(aligned.iter().all(|word| *word == 0));
            assert_eq!(aligned.as_ptr().align_offset(64), 0);
        }
        let mut words = AlignedWords::copy_of(&[1, 2, 3]);
        assert_eq!(*words, [1, 2, 3]);
        words.grow(9);
        assert_eq!(*words, [1, 2, 3, 0, 0, 0, 0, 0, 0]);
        words.grow(2);
        assert_eq!(words.len(), 9);
    }
}
