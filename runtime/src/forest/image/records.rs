//! Records of an image's sections, of several words each or packed into one.

use crate::forest::definition::Feature;
use crate::image::{halves, pair};

/// A leaf.
///
/// | word | what |
/// |---|---|
/// | 0 | its number |
/// | 1 | its first term; how many terms it has |
#[derive(Clone, Copy, Debug)]
pub(in crate::forest) struct Leaf {
    /// The leaf's number, or -1 for a leaf without result.
    pub number: i64,
    pub first_term: u32,
    pub terms: u32,
}

impl Leaf {
    /// A leaf without result.
    pub const NONE: Self = Self { number: -1, first_term: 0, terms: 0 };

    #[inline]
    pub fn from_words([number, terms]: [u64; 2]) -> Self {
        let (first_term, terms) = halves(terms);
        Self { number: number as i64, first_term, terms }
    }

    pub fn words(self) -> [u64; 2] {
        [self.number as u64, pair(self.first_term, self.terms)]
    }
}

/// A tree.
///
/// | word | what |
/// |---|---|
/// | 0 | its first node; how many leaves it has |
/// | 1 | its first leaf; its first operation |
/// | 2 | how many operations it has; how many tables |
/// | 3 | the first word of its tables; its depth |
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::forest) struct Tree {
    pub first_node: u32,
    pub leaves: u32,
    pub first_leaf: u32,
    pub first_operation: u32,
    pub operations: u32,
    /// The number of accumulators that it adds to, where sums are made by tables.
    pub tables: u32,
    pub first_table: u32,
    /// The number of levels of splits.
    pub depth: u32,
}

impl Tree {
    #[inline]
    pub fn from_words(words: [u64; 4]) -> Self {
        let [(first_node, leaves), (first_leaf, first_operation), (operations, tables), (first_table, depth)] =
            words.map(halves);
        Self { first_node, leaves, first_leaf, first_operation, operations, tables, first_table, depth }
    }

    pub fn words(self) -> [u64; 4] {
        [
            pair(self.first_node, self.leaves),
            pair(self.first_leaf, self.first_operation),
            pair(self.operations, self.tables),
            pair(self.first_table, self.depth),
        ]
    }
}

/// What a binner makes of a feature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::forest) enum Kind {
    /// The rank of a number in single precision.
    RankF32,
    /// The rank of a number in double precision.
    RankF64,
    /// 0 or 1.
    Bool,
    /// 1 if the feature is present.
    Present,
    /// The position among elements, in ascending order of their bits; the number of elements for any other value, one more
    /// for a missing feature.
    Position(Feature),
    /// A string's number less the first one that has a position.
    StringOffset,
}

impl Kind {
    fn number(self) -> u32 {
        match self {
            Kind::RankF32 => 0,
            Kind::RankF64 => 1,
            Kind::Bool => 2,
            Kind::Present => 3,
            Kind::Position(Feature::Bool) => 4,
            Kind::Position(Feature::I64) => 5,
            Kind::Position(Feature::F32) => 6,
            Kind::Position(Feature::F64) => 7,
            Kind::Position(Feature::String) => 8,
            Kind::StringOffset => 9,
        }
    }

    #[inline]
    fn from_number(number: u32) -> Self {
        match number {
            0 => Kind::RankF32,
            1 => Kind::RankF64,
            2 => Kind::Bool,
            3 => Kind::Present,
            4 => Kind::Position(Feature::Bool),
            5 => Kind::Position(Feature::I64),
            6 => Kind::Position(Feature::F32),
            7 => Kind::Position(Feature::F64),
            8 => Kind::Position(Feature::String),
            _ => Kind::StringOffset,
        }
    }
}

/// A binner: what turns a feature into an integer.
///
/// | word | what |
/// |---|---|
/// | 0 | the feature; the kind |
/// | 1 | the first word of its cuts or elements (of a string offset, the first string's number); how many there are |
/// | 2 | its first window, how many it has; of positions, sets in place of windows |
/// | 3 | the column of its positions; zero |
#[derive(Clone, Copy, Debug)]
pub(in crate::forest) struct Binner {
    pub feature: u32,
    pub kind: Kind,
    pub first: u32,
    pub count: u32,
    pub first_column: u32,
    pub columns: u32,
    pub position: u32,
}

impl Binner {
    #[inline]
    pub fn from_words(words: [u64; 4]) -> Self {
        let [(feature, kind), (first, count), (first_column, columns), (position, _)] = words.map(halves);
        Self { feature, kind: Kind::from_number(kind), first, count, first_column, columns, position }
    }

    pub fn words(self) -> [u64; 4] {
        [
            pair(self.feature, self.kind.number()),
            pair(self.first, self.count),
            pair(self.first_column, self.columns),
            pair(self.position, 0),
        ]
    }
}

/// A window: a column of bins of a feature that is ranked. A bin is a rank among the window's cuts alone.
///
/// | bits | what |
/// |---|---|
/// | 0 to 31 | the first cut |
/// | 32 to 47 | how many cuts there are |
/// | 48 | whether a missing feature is above all cuts |
/// | 49 | whether NaN is |
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::forest) struct Window {
    /// The number of the first cut.
    pub first: u32,
    /// The number of cuts, and the largest bin.
    pub count: u16,
    /// Whether a missing feature is above all cuts, not below.
    pub missing_high: bool,
    /// Whether NaN is.
    pub nan_high: bool,
}

impl Window {
    #[inline]
    pub fn from_word(word: u64) -> Self {
        Self {
            first: word as u32,
            count: (word >> 32) as u16,
            missing_high: word >> 48 & 1 != 0,
            nan_high: word >> 49 & 1 != 0,
        }
    }

    pub fn word(self) -> u64 {
        u64::from(self.first)
            | u64::from(self.count) << 32
            | u64::from(self.missing_high) << 48
            | u64::from(self.nan_high) << 49
    }

    /// Returns the bin of a rank.
    #[inline]
    pub fn bin(self, rank: u32) -> u16 {
        rank.saturating_sub(self.first).min(u32::from(self.count)) as u16
    }

    /// Returns the bin above all cuts, or the one below.
    #[inline]
    pub fn extreme(self, high: bool) -> u16 {
        if high { self.count } else { 0 }
    }
}
