//! Outcomes: one row against all splits of a tree at once.
//!
//! This is how single rows are evaluated in forests whose trees have at most 256 leaves and whose rows have at most 64
//! columns. A row's codes are the bytes of one vector; for each tree a permutation brings to every split the code of its
//! column, and a comparison with all thresholds tells which splits the row passes: their *outcomes*.
//!
//! There is no walk. The leaves of a tree are numbered from left to right, and so are its splits: split `i` lies between
//! the leaves `i` and `i + 1`. It is the root of a subtree; let `start(i)` be the first leaf of that. A row that passes the
//! split goes high, and so does not come to the leaves `start(i)..=i`. Of all leaves that no passed split excludes, the
//! first one is the row's (Lucchese and others, "QuickScorer", 2015). So leaf `l` is excluded if and only if a passed split
//! `i >= l` has `start(i) <= l`, and what is needed are the least starts of passed splits from each leaf on: minima of
//! suffixes, which come in as many steps as it takes to double a byte up to the length of the vector.
//!
//! # Layout
//!
//! All trees have as many places, a power of two ([`Shape`]). Trees of few leaves share a vector; the places of larger ones
//! go round one, two or four vectors, so that most of the suffixes need no permutation. A group of trees that fill their
//! vectors has, for each of these, 64 bytes with the columns of its splits, 64 with their thresholds and 64 with their
//! starts. Places without a split have a threshold that nothing passes. Where nodes have several parents, a tree is
//! unfolded, and 64 more bytes for each vector tell the numbers of leaves. Columns are those of sweeps, so sets have codes
//! of 0 and 1.
//!
//! It needs a processor that permutes bytes (AVX-512 VBMI); the others walk.

#[cfg(target_arch = "x86_64")]
pub(super) mod avx512;

/// How many columns of codes a row can have.
pub(super) const COLUMNS: usize = 64;

/// How many leaves a tree can have.
#[cfg(feature = "alloc")]
pub(super) const LEAVES: usize = 256;

/// How many bytes a vector has.
pub(super) const BYTES: usize = 64;

/// How trees are laid out.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Shape {
    /// How many leaves there is room for: 8, 16, 32, 64, 128 or 256.
    pub leaves: usize,
    /// Whether the numbers of leaves are told.
    pub mapped: bool,
}

impl Shape {
    /// The shape for trees of so many leaves at most.
    #[cfg(feature = "alloc")]
    pub fn new(leaves: usize, mapped: bool) -> Option<Self> {
        (leaves <= LEAVES).then_some(Self { leaves: leaves.next_power_of_two().max(8), mapped })
    }

    /// The shape as a word of an image, which is not 0.
    #[cfg(feature = "alloc")]
    pub fn word(self) -> u64 {
        super::pair(self.leaves as u32, u32::from(self.mapped))
    }

    pub fn of_word(word: u64) -> Option<Self> {
        let (leaves, mapped) = super::halves(word);
        matches!(leaves, 8 | 16 | 32 | 64 | 128 | 256)
            .then_some(Self { leaves: leaves as usize, mapped: mapped != 0 })
    }

    /// How many vectors a tree goes round.
    pub fn vectors(self) -> usize {
        (self.leaves / BYTES).max(1)
    }

    /// How many trees a group has.
    #[cfg(feature = "alloc")]
    pub fn trees(self) -> usize {
        (BYTES / self.leaves).max(1)
    }

    /// How many words a group has.
    pub fn words(self) -> usize {
        (3 + usize::from(self.mapped)) * self.vectors() * BYTES / 8
    }

    /// The vector of a place of a tree of a group, and its byte.
    #[inline]
    pub fn place(self, tree: usize, place: usize) -> (usize, usize) {
        (place % self.vectors(), tree * self.leaves + place / self.vectors())
    }
}
