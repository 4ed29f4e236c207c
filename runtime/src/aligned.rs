//! Words in memory that starts at a cache line, where vectors are loaded and stored fastest.

use crate::block::LINE;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::{Deref, DerefMut};

/// An array of words that starts at a cache line.
#[derive(Debug, Default)]
pub struct AlignedWords {
    /// A line more than the words. It never grows, because words must stay where they are.
    memory: Vec<u64>,
    first: usize,
    words: usize,
}

impl AlignedWords {
    /// Makes an array of zeros. Pages of a large one take no memory until they are written.
    #[must_use]
    pub fn zeros(words: usize) -> Self {
        let memory = vec![0; words + LINE];
        // More than `LINE` only where alignment cannot be known, which Miri simulates.
        let first = memory.as_ptr().align_offset(LINE * size_of::<u64>()).min(LINE);
        Self { memory, first, words }
    }

    /// Makes an array with the words of another one.
    #[must_use]
    pub fn copy_of(words: &[u64]) -> Self {
        let mut copy = Self::zeros(words.len());
        copy.copy_from_slice(words);
        copy
    }

    /// Replaces the array by one with more words, which starts with the same words, unless it has as many.
    pub fn grow(&mut self, words: usize) {
        if words > self.words {
            let mut grown = Self::zeros(words);
            for (to, word) in grown.iter_mut().zip(&**self) {
                *to = *word;
            }
            *self = grown;
        }
    }

    /// Returns the number of bytes of memory that the array takes.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.memory.capacity() * size_of::<u64>()
    }
}

impl Deref for AlignedWords {
    type Target = [u64];

    #[inline]
    fn deref(&self) -> &[u64] {
        self.memory.get(self.first..self.first + self.words).unwrap_or_default()
    }
}

impl DerefMut for AlignedWords {
    #[inline]
    fn deref_mut(&mut self) -> &mut [u64] {
        self.memory.get_mut(self.first..self.first + self.words).unwrap_or_default()
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
            if !cfg!(miri) {
                assert_eq!(aligned.as_ptr().align_offset(64), 0);
            }
        }
        let mut words = AlignedWords::copy_of(&[1, 2, 3]);
        assert_eq!(*words, [1, 2, 3]);
        words.grow(9);
        assert_eq!(*words, [1, 2, 3, 0, 0, 0, 0, 0, 0]);
        words.grow(2);
        assert_eq!(words.len(), 9);
    }
}
