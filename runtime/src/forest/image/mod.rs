//! Images of forests: plain data, an array of words, that is read in place.
//!
//! An image has a [`Header`] and these sections, in this order. The header counts the items of all of them but the last,
//! which takes what is left.
//!
//! | section | an item is |
//! |---|---|
//! | cuts | a cut of a feature in Eytzinger layout, or an element of its sets: see [`eytzinger`](super::binning::eytzinger) |
//! | binners | a [`Binner`], 4 words |
//! | windows | a [`Window`], and the number of its binner: 2 words |
//! | sets | a word: the column of the feature's positions, and in the high half the first word of the set |
//! | trees | a [`Tree`], 4 words |
//! | nodes | a [`Node`](super::walk::Node), a word |
//! | leaves | a [`Leaf`], 2 words; none where sums are made by tables |
//! | terms | the accumulator's number, and the value: 2 words; none where sums are made by tables |
//! | tables | a word of a table: see [`table`](super::table) |
//! | operations | an operation of bit-parallel evaluation, a word: see [`bit_parallel`](super::bit_parallel) |
//! | QuickScorer | a word of a group of trees: see [`quick_scorer`](super::quick_scorer) |
//! | words of sets | bits, one for each position |
//! | required features | the number of a feature that rows must have to be evaluated by the sections above |
//! | all rows | a word of the image by which all other rows are evaluated |
//!
//! Where a word holds two numbers, the first is in the low half.
//!
//! An image may be damaged: every reference is checked when it is followed, so that results are wrong then,
//! but nothing else happens.

pub(super) mod header;
mod records;

pub(super) use header::{BitParallel, Properties};
pub(super) use records::{Binner, Kind, Leaf, Tree, Window};

use self::header::Header;
use super::definition::{Reduction, Term};
use crate::image::{Reader, halves};

/// A packed forest in its image.
#[derive(Clone, Copy, Debug)]
pub struct Forest<'i> {
    pub(super) properties: Properties,
    pub(super) cuts: &'i [u64],
    pub(super) binners: &'i [[u64; 4]],
    pub(super) windows: &'i [[u64; 2]],
    pub(super) sets: &'i [u64],
    pub(super) trees: &'i [[u64; 4]],
    pub(super) nodes: &'i [u64],
    pub(super) leaves: &'i [[u64; 2]],
    pub(super) terms: &'i [[u64; 2]],
    pub(super) tables: &'i [u64],
    pub(super) operations: &'i [u64],
    pub(super) quick_scorer: &'i [u64],
    pub(super) set_words: &'i [u64],
    /// The features that all rows must have, unless they are evaluated by the image `all`.
    pub(super) required: &'i [u64],
    /// The image by which rows are evaluated that lack a required feature. Empty if none is required.
    pub(super) all: &'i [u64],
}

impl<'i> Forest<'i> {
    /// Opens an image without copying it. Returns `None` if it is malformed.
    #[must_use]
    pub fn open(image: &'i [u64]) -> Option<Self> {
        let mut sections = Reader(image);
        let Header { properties, counts } = Header::read(sections.array()?)?;
        // The fields are in the order of the sections.
        Some(Self {
            properties,
            cuts: sections.words(counts.cuts)?,
            binners: sections.records(counts.binners)?,
            windows: sections.records(counts.windows)?,
            sets: sections.words(counts.sets)?,
            trees: sections.records(counts.trees)?,
            nodes: sections.words(counts.nodes)?,
            leaves: sections.records(counts.leaves)?,
            terms: sections.records(counts.terms)?,
            tables: sections.words(counts.tables)?,
            operations: sections.words(counts.operations)?,
            quick_scorer: sections.words(counts.quick_scorer)?,
            set_words: sections.words(counts.set_words)?,
            required: sections.words(counts.required)?,
            all: sections.0,
        })
    }

    /// Returns the image that [`open`](Self::open) opens.
    #[cfg(feature = "alloc")]
    pub(super) fn image(&self) -> alloc::vec::Vec<u64> {
        let counts = header::Counts {
            cuts: self.cuts.len(),
            binners: self.binners.len(),
            windows: self.windows.len(),
            sets: self.sets.len(),
            trees: self.trees.len(),
            nodes: self.nodes.len(),
            leaves: self.leaves.len(),
            terms: self.terms.len(),
            tables: self.tables.len(),
            operations: self.operations.len(),
            quick_scorer: self.quick_scorer.len(),
            set_words: self.set_words.len(),
            required: self.required.len(),
        };
        let header = Header { properties: self.properties, counts }.words();
        let sections: [&[u64]; 15] = [
            &header,
            self.cuts,
            self.binners.as_flattened(),
            self.windows.as_flattened(),
            self.sets,
            self.trees.as_flattened(),
            self.nodes,
            self.leaves.as_flattened(),
            self.terms.as_flattened(),
            self.tables,
            self.operations,
            self.quick_scorer,
            self.set_words,
            self.required,
            self.all,
        ];
        sections.concat()
    }

    /// Returns the column of the bins of a set.
    #[inline]
    pub(super) fn set_column(&self, set: u32) -> usize {
        self.windows.len() + self.properties.positions + set as usize
    }

    /// Returns a tree by its number.
    #[inline]
    pub(super) fn tree(&self, number: usize) -> Option<Tree> {
        self.trees.get(number).copied().map(Tree::from_words)
    }

    /// Returns a leaf of a tree by its number in the tree.
    #[inline]
    pub(super) fn leaf(&self, tree: Tree, number: u32) -> Leaf {
        let index = (tree.first_leaf as usize).saturating_add(number as usize);
        self.leaves.get(index).copied().map_or(Leaf::NONE, Leaf::from_words)
    }

    /// Returns the terms of a leaf, in order.
    #[inline]
    pub(super) fn terms(&self, leaf: Leaf) -> impl Iterator<Item = Term> + '_ {
        let first = leaf.first_term as usize;
        let terms = self.terms.get(first..).and_then(|terms| terms.get(..leaf.terms as usize));
        let terms = terms.unwrap_or_default().iter();
        terms.map(|[accumulator, value]| Term {
            accumulator: *accumulator as u32,
            value: f64::from_bits(*value),
        })
    }

    /// Returns the contents of a set of at most 64 positions, a bit each.
    #[inline]
    pub(super) fn set_word(&self, set: u32) -> u64 {
        let first = self.sets.get(set as usize).map(|set| halves(*set).1 as usize);
        first.and_then(|first| self.set_words.get(first)).copied().unwrap_or_default()
    }

    /// Returns whether a set contains a position, which `position` reads from the column of the set's feature.
    #[inline]
    pub(super) fn set_contains(&self, set: u32, position: impl FnOnce(u32) -> u16) -> bool {
        let Some((column, first)) = self.sets.get(set as usize).map(|set| halves(*set)) else { return false };
        let position = usize::from(position(column));
        let word = self.set_words.get((first as usize).saturating_add(position / 64));
        word.is_some_and(|word| word >> (position % 64) & 1 != 0)
    }

    /// Returns the number of the reduction's accumulators.
    pub(super) fn accumulators(&self) -> usize {
        self.properties.reduction.accumulators().map_or(0, |accumulators| accumulators.count as usize)
    }

    /// Returns the number of results.
    pub fn results(&self) -> usize {
        match self.properties.reduction {
            Reduction::Leaf => self.trees.len(),
            Reduction::Vote(accumulators) => accumulators.count as usize + 2,
            _ => self.accumulators() + 1,
        }
    }

    /// Returns the number of trees.
    pub fn trees(&self) -> usize {
        self.trees.len()
    }
}
