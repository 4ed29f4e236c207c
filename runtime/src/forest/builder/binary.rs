//! Splits as binary nodes, each of which compares one bin with one threshold.
//!
//! A numeric test is one comparison `x >= cut` or two; see the comments at [`Nodes::numeric`]. A node
//! determines where a missing feature and NaN go, low or high, and with that the column that it reads. A
//! split that sends a missing feature to a third node becomes two nodes: the first tests for presence. If rows
//! are known to have the feature, the second is enough.

use super::description::{Builder, Error, Item, Split, Test};
use crate::forest::definition::Feature;
use crate::forest::image::Leaf;
use alloc::vec::Vec;

/// What a binary node compares.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) enum Comparison {
    /// High where the feature is not less than a cut. No feature passes a cut that is NaN.
    Cut(f64),
    /// High where the feature is in a set.
    Set(u32),
    /// High where the feature is true.
    True,
    /// High where the feature is present.
    Present,
}

/// The rows that nodes are for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Rows {
    All,
    /// Rows that have all [`required`] features.
    Complete,
}

/// Returns the features, in ascending order, that some split sends to a third node if they are missing.
pub(super) fn required(builder: &Builder) -> Vec<u64> {
    let mut required: Vec<u64> = Vec::new();
    for item in &builder.items {
        if let Item::Split(split) = item
            && split.test != Test::Present
            && split.missing != split.then
            && split.missing != split.otherwise
        {
            required.push(split.feature.into());
        }
    }
    required.sort_unstable();
    required.dedup();
    required
}

/// Where an edge leads.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Target {
    /// To the first node of an item, or to the leaf that it is.
    Item(u32),
    /// To a node.
    Node(u32),
}

/// A binary node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Binary {
    pub feature: u32,
    pub comparison: Comparison,
    pub low: Target,
    pub high: Target,
    pub missing_high: bool,
    pub nan_high: bool,
}

/// Binary nodes, parents before children.
#[derive(Debug)]
pub(super) struct Nodes {
    pub nodes: Vec<Binary>,
    /// For each item, what an edge to it leads to.
    entries: Vec<Entry>,
}

/// What an edge finally leads to.
#[derive(Clone, Copy, Debug)]
pub(super) enum Entry {
    Node(u32),
    Leaf(Leaf),
}

impl Nodes {
    /// Returns the nodes of all splits, for rows that have all [`required`] features, or for all rows.
    pub fn new(builder: &Builder, rows: Rows) -> Result<Self, Error> {
        let mut nodes = Self { nodes: Vec::new(), entries: Vec::with_capacity(builder.items.len()) };
        for (number, item) in builder.items.iter().enumerate() {
            match item {
                Item::Leaf(leaf) => nodes.entries.push(Entry::Leaf(*leaf)),
                Item::Split(split) => {
                    let first = u32::try_from(nodes.nodes.len()).map_err(|_| Error::TooLarge)?;
                    nodes.entries.push(Entry::Node(first));
                    nodes.split(builder, number, split, rows)?;
                }
            }
        }
        Ok(nodes)
    }

    /// Returns what an edge leads to.
    pub fn resolve(&self, target: Target) -> Entry {
        match target {
            Target::Item(item) => self.entries[item as usize],
            Target::Node(node) => Entry::Node(node),
        }
    }

    /// Returns what a root is.
    pub fn root(&self, item: u32) -> Result<Entry, Error> {
        self.entries.get(item as usize).copied().ok_or(Error::Malformed)
    }

    /// Adds the nodes of a split.
    fn split(&mut self, builder: &Builder, number: usize, split: &Split, rows: Rows) -> Result<(), Error> {
        let feature = *builder.features.get(split.feature as usize).ok_or(Error::Malformed)?;
        let child = |node: u32| {
            let comes_later = (node as usize) < builder.items.len() && node as usize > number;
            comes_later.then_some(Target::Item(node)).ok_or(Error::Malformed)
        };
        let (then, otherwise) = (child(split.then)?, child(split.otherwise)?);
        let missing = if split.test == Test::Present { otherwise } else { child(split.missing)? };
        if rows == Rows::All && missing != then && missing != otherwise {
            let test = self.nodes.len() as u32 + 1;
            self.nodes.push(Binary {
                feature: split.feature,
                comparison: Comparison::Present,
                low: missing,
                high: Target::Node(test),
                missing_high: false,
                nan_high: true,
            });
        }
        let number = matches!(feature, Feature::F32 | Feature::F64);
        let mut bit = |comparison| {
            self.nodes.push(Binary {
                feature: split.feature,
                comparison,
                low: otherwise,
                high: then,
                missing_high: missing == then,
                nan_high: false,
            });
        };
        match split.test {
            Test::In(set) if (set as usize) < builder.sets.len() => bit(Comparison::Set(set)),
            Test::True if feature == Feature::Bool => bit(Comparison::True),
            Test::Present => bit(Comparison::Present),
            Test::In(_) | Test::True => return Err(Error::Malformed),
            _ if !number => return Err(Error::Malformed),
            test => self.numeric(split.feature, test, then, otherwise, missing),
        }
        Ok(())
    }

    /// Adds the nodes of a numeric test. `x > t` is `x >= above(t)`.
    fn numeric(&mut self, feature: u32, test: Test, then: Target, otherwise: Target, missing: Target) {
        // NaN fails the test, and so goes where the test does not hold.
        let (cut, low, high, nan_high) = match test {
            Test::Less(number) => (number, then, otherwise, true),
            Test::LessOrEqual(number) => (above(number), then, otherwise, true),
            Test::Greater(number) => (above(number), otherwise, then, false),
            Test::GreaterOrEqual(number) => (number, otherwise, then, false),
            Test::NotEqual(number) => return self.equal(feature, number, otherwise, then, missing),
            Test::Equal(number) => return self.equal(feature, number, then, otherwise, missing),
            Test::In(_) | Test::True | Test::Present => return,
        };
        // If it does not matter where a missing feature goes, it goes with NaN, so that there are few
        // columns.
        let missing_high = match (missing == low, missing == high) {
            (true, false) => false,
            (false, true) => true,
            _ => nan_high,
        };
        let comparison = Comparison::Cut(plain(cut));
        self.nodes.push(Binary { feature, comparison, low, high, missing_high, nan_high });
    }

    /// Adds two comparisons: not less than the number, and not greater. NaN is not equal.
    fn equal(&mut self, feature: u32, number: f64, equal: Target, unequal: Target, missing: Target) {
        let second = self.nodes.len() as u32 + 1;
        let missing_high = missing == equal && missing != unequal;
        self.nodes.push(Binary {
            feature,
            comparison: Comparison::Cut(plain(number)),
            low: unequal,
            high: Target::Node(second),
            missing_high,
            nan_high: false,
        });
        self.nodes.push(Binary {
            feature,
            comparison: Comparison::Cut(plain(above(number))),
            low: equal,
            high: unequal,
            // A missing feature gets here only if it counts as equal, NaN never.
            missing_high: false,
            nan_high: false,
        });
    }
}

/// Returns the least number above a number; NaN for infinity.
fn above(number: f64) -> f64 {
    if number == f64::INFINITY { f64::NAN } else { number.next_up() }
}

/// Returns a cut with its one bit pattern: zero is positive, and there is one NaN.
fn plain(cut: f64) -> f64 {
    if cut.is_nan() { f64::NAN } else { cut + 0.0 }
}
