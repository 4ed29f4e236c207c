//! Packed forests: many trees over the same features, evaluated for the rows of a block.
//!
//! A [`Forest`] is made by a [`Builder`] from plain data and never changes. [`Forest::evaluate`] reads its arguments from
//! the columns of a frame and writes its results to others; it allocates nothing, because the room that it works in is
//! part of the frame too.
//!
//! # Layout
//!
//! Before the trees are walked, each feature that some split tests is *coded*: it becomes one `f64` in a *slot* of the row.
//! A number is itself, a bool 0 or 1, a text its number. Where sets of a feature are tested, the slot holds the position of
//! the value among all elements of its sets, so that a set is a set of small integers whatever it was before. A missing
//! feature is a NaN of its own, `MISSING`.
//!
//! All splits are then alike: they compare the slot with a threshold, and a table of bits says for which outcomes of the
//! comparison (unordered, less, equal, greater) the test holds. One walk without jumps thus does for all numeric tests,
//! tests of bools and of presence, and equality of categories. Only larger sets need a look into their bits.
//!
//! A node is 32 bytes: threshold, slot and table, three children. A child is the number of a node, or, with the highest
//! bit set, of a leaf. Children have higher numbers than their parents, so that every walk ends.

mod builder;
mod reduce;
mod walk;

pub use builder::{Builder, Error, Split, Test};

use alloc::vec::Vec;

/// The type of a feature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Feature {
    /// A truth value.
    Bool,
    /// An integer.
    I64,
    /// An IEEE single.
    F32,
    /// An IEEE double.
    F64,
    /// The number of a text.
    Text,
}

/// What becomes of the trees' results. Sums run over the trees in order, from zero, one rounding an addition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reduction {
    /// Results: an `i64` a tree, its leaf's number, or -1 where the tree has no result.
    Leaf,
    /// Results: the sum of each accumulator's terms, then an `i64`: how many trees had no result.
    Sum(Accumulators),
    /// Results: as for sums, then an `i64`: the accumulator with the largest sum among those that have terms, of equals
    /// the one that had the first; -1 where there is none.
    Vote(Accumulators),
    /// Results: as for sums, but the median of each accumulator's terms, zero where there is none.
    Median(Accumulators),
    /// Results: as for sums, but the largest of each accumulator's terms, zero where there is none.
    Maximum(Accumulators),
}

/// The accumulators of a reduction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accumulators {
    /// How many there are.
    pub count: u32,
    /// Whether they are singles, not doubles.
    pub single: bool,
}

/// A value that a leaf adds to an accumulator.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Term {
    /// The accumulator's number.
    pub accumulator: u32,
    /// The addend; a single, held in a double, where accumulators are singles.
    pub value: f64,
}

/// Where the values of an argument are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Argument {
    /// In the frame: the first word of a column, a word a row, or the word of a mask for bools.
    Words(usize),
    /// The same bits for every row.
    Constant(u64),
}

/// The bits of a slot whose feature is missing: a NaN. A feature that is NaN has other bits in its slot.
const MISSING: u64 = u64::MAX;

/// Marks a child that is a leaf.
const LEAF: u32 = 1 << 31;

/// How many rows of a block are walked together, so that their slots stay close to the processor.
const ROWS: usize = 16;

/// How many walks go in step.
const LANES: usize = 8;

/// How a slot codes a feature.
#[derive(Clone, Debug)]
enum Coding {
    /// A bool: 0 or 1.
    Bool,
    /// A number: itself.
    F32,
    /// A number: itself.
    F64,
    /// A text: its number less that of the first one of its sets.
    Text { first: u32 },
    /// The position among the elements of all sets (bits, in ascending order), or their number for any other value.
    Elements { elements: Vec<u64>, feature: Feature },
}

#[derive(Clone, Debug)]
struct Slot {
    /// The number of the feature.
    feature: u32,
    coding: Coding,
}

/// A set of the integers that a slot codes its feature as.
#[derive(Clone, Copy, Debug)]
struct Set {
    /// The first of the set's words.
    first: u32,
    /// How many words it has.
    count: u32,
    /// Whether the words are bits. Else they are the elements, in ascending order.
    bits: bool,
}

/// A split.
#[repr(C, align(32))]
#[derive(Clone, Copy, Debug)]
struct Node {
    /// The number with which the slot is compared, or the number of a set.
    threshold: f64,
    /// The slot, and in the low byte the table: bit 0 says whether the test holds if the two are unordered, bit 1 if
    /// the slot is less, bit 2 if it is equal, bit 4 if it is greater. Bit 7: the slot must be in a set.
    test: u32,
    _reserved: u32,
    /// Where the walk goes on: the test does not hold, holds, the feature is missing (twice).
    children: [u32; 4],
}

/// The table bit of tests with sets.
const IN_SET: u32 = 1 << 7;

#[derive(Clone, Copy, Debug)]
struct Leaf {
    /// The leaf's number, or -1 for a leaf without result.
    number: i64,
    first_term: u32,
    terms: u32,
}

/// A packed forest.
#[derive(Clone, Debug)]
pub struct Forest {
    features: u32,
    slots: Vec<Slot>,
    sets: Vec<Set>,
    set_words: Vec<u64>,
    nodes: Vec<Node>,
    leaves: Vec<Leaf>,
    terms: Vec<Term>,
    /// The root of each tree, as a child.
    roots: Vec<u32>,
    reduction: Reduction,
    /// How many words a row needs besides its slots.
    state: usize,
}

impl Forest {
    /// How many words [`evaluate`](Self::evaluate) works in.
    pub fn scratch(&self) -> usize {
        ROWS * (self.slots.len() + self.state)
    }

    /// How many results there are.
    pub fn results(&self) -> usize {
        match self.reduction {
            Reduction::Leaf => self.roots.len(),
            Reduction::Sum(accumulators)
            | Reduction::Median(accumulators)
            | Reduction::Maximum(accumulators) => accumulators.count as usize + 1,
            Reduction::Vote(accumulators) => accumulators.count as usize + 2,
        }
    }

    /// Evaluates the forest for the rows of a mask.
    ///
    /// `arguments` has two for each feature: its values, and the bools that tell whether they are present. `results`
    /// gives the first word of each result's column. The words from `scratch` on, [`scratch`](Self::scratch) of them,
    /// are overwritten. Where arguments or results are too few or outside of the words before `scratch`, nothing is
    /// done at all.
    pub fn evaluate(
        &self,
        frame: &mut [u64],
        scratch: usize,
        arguments: &[Argument],
        results: &[usize],
        mask: u64,
    ) {
        let Some((cells, scratch)) = frame.split_at_mut_checked(scratch) else { return };
        let inside =
            |place: usize, words: usize| place.checked_add(words).is_some_and(|end| end <= cells.len());
        let fits = arguments.len() == 2 * self.features as usize
            && results.len() == self.results()
            && scratch.len() >= self.scratch()
            && results.iter().all(|place| inside(*place, 64));
        if !fits {
            return;
        }
        let (slots, state) = scratch.split_at_mut(ROWS * self.slots.len());
        let mut left = mask;
        while left != 0 {
            let mut rows = [0; ROWS];
            let mut count = 0;
            while left != 0 && count < ROWS {
                rows[count] = left.trailing_zeros() as usize;
                left &= left - 1;
                count += 1;
            }
            self.code(cells, arguments, &rows[..count], slots);
            self.reduce(cells, results, &rows[..count], slots, state);
        }
    }
}

#[cfg(test)]
mod tests;
