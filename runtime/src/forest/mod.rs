//! Packed forests: many trees over the same features, evaluated for the rows of a block.
//!
//! A `Builder` (feature `alloc`) makes an *image* of plain data: an array of words that is the same for machine code, which
//! owns it, and for generated code, which has it as a byte string. [`Forest::open`] looks at an image without copying it.
//! [`Forest::evaluate`] reads its arguments from the columns of a frame and writes its results to others; it allocates
//! nothing, because the room that it works in is part of the frame too. An image that is damaged gives wrong results, no
//! panic.
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
//!
//! An image has a header of 13 words (see [`Forest::open`]), then slots, nodes, sets, leaves and terms, each of
//! as many words as the type of the same name says, roots, elements of slots and words of sets.

#[cfg(feature = "alloc")]
mod builder;
mod reduce;
mod walk;

#[cfg(feature = "alloc")]
pub use builder::{Builder, Error, Split, Test};

pub use crate::kernel::Argument;

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

/// The bits of a slot whose feature is missing: a NaN. A feature that is NaN has other bits in its slot.
const MISSING: u64 = u64::MAX;

/// Marks a child that is a leaf.
const LEAF: u32 = 1 << 31;

/// How many rows of a block are walked together, so that their slots stay close to the processor.
const ROWS: usize = 16;

/// How many walks go in step.
const LANES: usize = 8;

/// How a slot codes a feature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
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
    Elements { first: u32, count: u32, feature: Feature },
}

/// A feature that some split tests, coded. Words: the feature's number, and the coding's kind in the high half; two
/// numbers that belong to the coding.
#[derive(Clone, Copy, Debug)]
struct Slot {
    /// The number of the feature.
    feature: u32,
    coding: Coding,
}

/// A set of the integers that a slot codes its feature as. Words: the first of the set's words; how many there are, and
/// in the high half whether they are bits.
#[derive(Clone, Copy, Debug)]
struct Set {
    /// The first of the set's words.
    first: u32,
    /// How many words it has.
    count: u32,
    /// Whether the words are bits. Else they are the elements, in ascending order.
    bits: bool,
}

/// A split. Words: the threshold, with which the slot is compared, or the number of a set, as a double; the test; the
/// children, two a word.
///
/// The test is the slot, and in the low byte the table: bit 0 says whether the test holds if the two are unordered, bit 1
/// if the slot is less, bit 2 if it is equal, bit 4 if it is greater. Bit 7: the slot must be in a set.
///
/// The children are where the walk goes on: the test does not hold, holds, the feature is missing (twice).
#[derive(Clone, Copy, Debug)]
struct Node([u64; 4]);

impl Node {
    #[inline]
    fn threshold(self) -> f64 {
        f64::from_bits(self.0[0])
    }

    #[inline]
    fn test(self) -> u32 {
        self.0[1] as u32
    }

    /// The child of a way, of which there are 4.
    #[inline]
    fn child(self, way: u32) -> u32 {
        (self.0[2 + (way as usize >> 1 & 1)] >> (32 * (way & 1))) as u32
    }
}

/// The table bit of tests with sets.
const IN_SET: u32 = 1 << 7;

/// Words: the leaf's number; its first term, and in the high half how many it has.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    /// The leaf's number, or -1 for a leaf without result.
    number: i64,
    first_term: u32,
    terms: u32,
}

/// A packed forest, looked at in its image.
#[derive(Clone, Copy, Debug)]
pub struct Forest<'i> {
    features: u32,
    slots: &'i [[u64; 2]],
    nodes: &'i [[u64; 4]],
    sets: &'i [[u64; 2]],
    leaves: &'i [[u64; 2]],
    terms: &'i [[u64; 2]],
    /// The root of each tree, as a child.
    roots: &'i [u64],
    /// The elements of slots.
    elements: &'i [u64],
    set_words: &'i [u64],
    reduction: Reduction,
    /// How many words a row needs besides its slots.
    state: usize,
}

/// How many words the header of an image has.
const HEADER: usize = 13;

/// How large the scratch memory of an evaluation may be, in words.
const MAX_SCRATCH: usize = 1 << 24;

/// The first word of an image.
const MAGIC: u64 = u64::from_le_bytes(*b"forest 1");

impl<'i> Forest<'i> {
    /// Looks at an image; `None` if it is none.
    ///
    /// Its header: a word that tells that it is one; the number of features; the reduction, and whether it is carried out
    /// in single precision; how many accumulators there are; how many words a row needs besides its slots; the counts of slots, nodes, sets, leaves, terms, roots,
    /// elements and words of sets.
    #[must_use]
    pub fn open(image: &'i [u64]) -> Option<Self> {
        let (header, mut rest) = image.split_first_chunk::<HEADER>()?;
        let [MAGIC, features, reduction, accumulators, state, counts @ ..] = *header else { return None };
        let mut counts = counts.into_iter();
        let mut take = |width: usize| {
            let words = usize::try_from(counts.next()?).ok()?.checked_mul(width)?;
            let (taken, left) = rest.split_at_checked(words)?;
            rest = left;
            Some(taken)
        };
        let slots = take(2)?.as_chunks().0;
        let nodes = take(4)?.as_chunks().0;
        let sets = take(2)?.as_chunks().0;
        let leaves = take(2)?.as_chunks().0;
        let terms = take(2)?.as_chunks().0;
        let (roots, elements, set_words) = (take(1)?, take(1)?, take(1)?);
        let count = u32::try_from(accumulators).ok()?;
        let reduction = Reduction::of_word(reduction, count)?;
        let state = usize::try_from(state).ok().filter(|state| *state <= MAX_SCRATCH)?;
        let features = u32::try_from(features).ok()?;
        Some(Self {
            features,
            slots,
            nodes,
            sets,
            leaves,
            terms,
            roots,
            elements,
            set_words,
            reduction,
            state,
        })
    }

    fn slot(&self, number: usize) -> Option<Slot> {
        let [kind, numbers] = *self.slots.get(number)?;
        let (first, count) = (numbers as u32, (numbers >> 32) as u32);
        let elements = |feature| Coding::Elements { first, count, feature };
        let coding = match kind >> 32 {
            0 => Coding::Bool,
            1 => Coding::F32,
            2 => Coding::F64,
            3 => Coding::Text { first },
            4 => elements(Feature::Bool),
            5 => elements(Feature::I64),
            6 => elements(Feature::F32),
            7 => elements(Feature::F64),
            _ => elements(Feature::Text),
        };
        Some(Slot { feature: kind as u32, coding })
    }

    fn leaf(&self, number: u32) -> Option<Leaf> {
        let [leaf, terms] = *self.leaves.get(number as usize)?;
        Some(Leaf { number: leaf as i64, first_term: terms as u32, terms: (terms >> 32) as u32 })
    }

    fn set(&self, number: usize) -> Option<Set> {
        let [first, count] = *self.sets.get(number)?;
        Some(Set { first: first as u32, count: count as u32, bits: count >> 32 != 0 })
    }

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
    /// gives the first word of each result's column, which must hold the rows of the mask: for the first row alone, a word. The words from `scratch` on, [`scratch`](Self::scratch) of them,
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
            && results.iter().all(|place| inside(*place, 64 - mask.leading_zeros() as usize));
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

impl Reduction {
    /// The reduction as a word of an image. The number of accumulators is another one.
    #[cfg(feature = "alloc")]
    fn word(self) -> (u64, u32) {
        let with = |kind: u64, accumulators: Accumulators| {
            (kind | u64::from(accumulators.single) << 32, accumulators.count)
        };
        match self {
            Reduction::Leaf => (0, 0),
            Reduction::Sum(accumulators) => with(1, accumulators),
            Reduction::Vote(accumulators) => with(2, accumulators),
            Reduction::Median(accumulators) => with(3, accumulators),
            Reduction::Maximum(accumulators) => with(4, accumulators),
        }
    }

    fn of_word(word: u64, count: u32) -> Option<Self> {
        let accumulators = Accumulators { count, single: word >> 32 != 0 };
        Some(match word as u32 {
            0 => Reduction::Leaf,
            1 => Reduction::Sum(accumulators),
            2 => Reduction::Vote(accumulators),
            3 => Reduction::Median(accumulators),
            4 => Reduction::Maximum(accumulators),
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests;
