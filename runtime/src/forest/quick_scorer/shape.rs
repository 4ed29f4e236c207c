//! How trees are laid out for QuickScorer.

use crate::image::{halves, pair};

/// The largest number of columns of bins of a row.
pub(in crate::forest) const COLUMNS: usize = 64;

/// The largest number of leaves of a tree.
pub(in crate::forest) const LEAVES: usize = 256;

/// The number of bytes of a vector.
pub(in crate::forest) const BYTES: usize = 64;

/// How trees are laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::forest) struct Shape {
    /// The number of leaves that a tree has places for: 8, 16, 32, 64, 128 or 256.
    pub leaves: usize,
    /// Whether a tree holds the numbers of its leaves.
    pub mapped: bool,
}

impl Shape {
    /// Returns the shape for trees of at most `leaves` leaves. Returns `None` if that is too many.
    pub fn new(leaves: usize, mapped: bool) -> Option<Self> {
        (leaves <= LEAVES).then_some(Self { leaves: leaves.next_power_of_two().max(8), mapped })
    }

    /// Returns the shape as a word of an image, which is not 0.
    pub fn word(self) -> u64 {
        pair(self.leaves as u32, u32::from(self.mapped))
    }

    /// Returns the shape that a word stands for, or `None` if it stands for none.
    pub fn from_word(word: u64) -> Option<Self> {
        let (leaves, mapped) = halves(word);
        matches!(leaves, 8 | 16 | 32 | 64 | 128 | 256)
            .then_some(Self { leaves: leaves as usize, mapped: mapped != 0 })
    }

    /// Returns the number of vectors between which the places of a tree alternate.
    pub fn vectors(self) -> usize {
        (self.leaves / BYTES).max(1)
    }

    /// Returns the number of trees of a group.
    pub fn trees(self) -> usize {
        (BYTES / self.leaves).max(1)
    }

    /// Returns the number of words of a group.
    pub fn words(self) -> usize {
        (3 + usize::from(self.mapped)) * self.vectors() * BYTES / 8
    }

    /// Returns the vector of a place of a tree of a group, and its byte.
    #[inline]
    pub fn place(self, tree: usize, place: usize) -> (usize, usize) {
        (place % self.vectors(), tree * self.leaves + place / self.vectors())
    }
}
