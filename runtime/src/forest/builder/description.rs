//! What a forest is packed from: nodes, sets and terms, as they are added.

use crate::forest::definition::{Feature, Reduction, Term};
use crate::forest::image::Leaf;
use alloc::vec::Vec;

/// The largest number of terms and the like that the layout can store.
pub(super) const MAX_COUNT: usize = u32::MAX as usize;

/// The test of a split. A feature that is NaN fails all numeric tests but `NotEqual`.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Test {
    /// Less than a number.
    Less(f64),
    /// Less than a number or equal to it.
    LessOrEqual(f64),
    /// Greater than a number.
    Greater(f64),
    /// Greater than a number or equal to it.
    GreaterOrEqual(f64),
    /// Equal to a number.
    Equal(f64),
    /// Not equal to a number.
    NotEqual(f64),
    /// Element of the set of this number.
    In(u32),
    /// True, for a boolean feature.
    True,
    /// Present. The result of this test is never missing.
    Present,
}

/// An inner node.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Split {
    /// The number of the feature that is tested.
    pub feature: u32,
    /// The test.
    pub test: Test,
    /// The node where the test holds.
    pub then: u32,
    /// The node where it does not.
    pub otherwise: u32,
    /// The node where the feature is missing.
    pub missing: u32,
}

/// Why a forest cannot be packed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// It has more nodes, terms, features, cuts or sets than the layout can number, or needs too much scratch memory to evaluate.
    TooLarge,
    /// It refers to a feature, node, set, term or accumulator that does not exist, or to a node that comes before its
    /// parent, or tests a feature in a way that does not fit its type.
    Malformed,
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Error::TooLarge => "the forest is too large",
            Error::Malformed => "the forest is malformed",
        })
    }
}

impl core::error::Error for Error {}

/// A node, as it was added.
#[derive(Clone, Copy, Debug)]
pub(super) enum Item {
    Split(Split),
    Leaf(Leaf),
}

/// The elements of a set: bits in ascending order, without -0.0 and NaN.
pub(super) type Elements = Vec<u64>;

/// Packs a forest. Nodes are numbered as they are added, from 0.
#[derive(Clone, Debug)]
pub struct Builder {
    pub(super) features: Vec<Feature>,
    pub(super) reduction: Reduction,
    pub(super) sets: Vec<Elements>,
    pub(super) items: Vec<Item>,
    pub(super) terms: Vec<Term>,
    pub(super) roots: Vec<u32>,
}

impl Builder {
    /// Returns a builder of a forest without trees, over features of the given types.
    pub fn new(features: Vec<Feature>, reduction: Reduction) -> Self {
        let (sets, items, terms, roots) = Default::default();
        Self { features, reduction, sets, items, terms, roots }
    }

    /// Adds a set of values of one type. Returns its number. Its elements are the values' bits, -0.0 as 0.0 and without NaN.
    pub fn set(&mut self, elements: impl IntoIterator<Item = u64>) -> u32 {
        let mut elements: Elements = elements.into_iter().collect();
        elements.sort_unstable();
        elements.dedup();
        self.sets.push(elements);
        (self.sets.len() - 1) as u32
    }

    /// Adds an inner node. Its children are added later.
    pub fn split(&mut self, split: Split) {
        self.items.push(Item::Split(split));
    }

    /// Adds the end of a path, with the leaf's number and what it adds to the accumulators.
    pub fn leaf(&mut self, number: u32, terms: &[Term]) {
        let first_term = self.terms.len() as u32;
        self.terms.extend_from_slice(terms);
        self.items.push(Item::Leaf(Leaf {
            number: i64::from(number),
            first_term,
            terms: terms.len() as u32,
        }));
    }

    /// Adds the end of a path where a tree has no result.
    pub fn leaf_without_result(&mut self) {
        self.items.push(Item::Leaf(Leaf::NONE));
    }

    /// Adds a tree by its root.
    pub fn root(&mut self, node: u32) {
        self.roots.push(node);
    }

    /// Checks that leaves add to accumulators that exist.
    pub(super) fn check_terms(&self) -> Result<(), Error> {
        let Some(accumulators) = self.reduction.accumulators() else { return Ok(()) };
        if self.terms.iter().any(|term| term.accumulator >= accumulators.count) {
            return Err(Error::Malformed);
        }
        Ok(())
    }
}
