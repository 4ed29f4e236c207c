//! Codes: features as small integers.
//!
//! A *coder* turns a feature into one integer: a rank among cuts, a bool, whether the feature is present, or a position
//! among elements of sets. *Windows* make columns of ranks: a window starts at a cut and is as long as a code is large,
//! and says where missing features and NaN go; most coders have one or two. *Sets* look bits up by position.
//!
//! Columns are numbered: first windows, then positions, then sets. Sweeps use the first and the last, with codes of a byte,
//! which are 0 or 1 for sets. Walks have codes of 16 bits; where there are many sets, they look bits of sets up when they
//! come to them, by positions.

mod block;
mod heap;
mod row;

#[cfg(feature = "alloc")]
pub(super) use heap::heap as make_heap;
pub(super) use heap::{BYTE_LEVELS, Heap, LEAST_LEVELS, ranks};
pub(super) use row::RowCodes;

use super::{Argument, Blocks, Feature, Forest, ROWS, Row, halves};

/// What a coder makes of a feature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// The rank of a single.
    RankF32,
    /// The rank of a double.
    RankF64,
    /// 0 or 1.
    Bool,
    /// 1 if the feature is present.
    Present,
    /// The position among elements, in ascending order of their bits; the number of elements for any other value, one more
    /// for a missing feature.
    Position(Feature),
    /// A text's number less the first one that has a position.
    TextOffset,
}

impl Kind {
    #[cfg(feature = "alloc")]
    pub fn number(self) -> u32 {
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
            Kind::TextOffset => 9,
        }
    }

    fn of_number(number: u32) -> Self {
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
            _ => Kind::TextOffset,
        }
    }
}

/// A coder. Words, two numbers each: the feature, the kind; the first word of its cuts or elements (a text offset: the
/// first text's number), how many there are; its first window, how many it has (positions: sets in place of windows); the
/// column of its positions, zero.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coder {
    pub feature: u32,
    pub kind: Kind,
    pub first: u32,
    pub count: u32,
    pub first_column: u32,
    pub columns: u32,
    pub position: u32,
}

impl Coder {
    fn from_words(words: [u64; 4]) -> Self {
        let [(feature, kind), (first, count), (first_column, columns), (position, _)] = words.map(halves);
        Self { feature, kind: Kind::of_number(kind), first, count, first_column, columns, position }
    }

    #[cfg(feature = "alloc")]
    pub fn words(self) -> [u64; 4] {
        use super::pair;
        [
            pair(self.feature, self.kind.number()),
            pair(self.first, self.count),
            pair(self.first_column, self.columns),
            pair(self.position, 0),
        ]
    }
}

/// A window. Words: the first cut, how many cuts there are (16 bits), and the bits 48 and 49, which tell where missing
/// features and NaN go; the number of its coder.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Window {
    /// The number of the first cut.
    pub first: u32,
    /// The number of cuts, and the largest code.
    pub count: u16,
    /// Whether a missing feature is above all cuts, not below.
    pub missing_high: bool,
    /// Whether NaN is.
    pub nan_high: bool,
}

impl Window {
    fn from_word(word: u64) -> Self {
        Self {
            first: word as u32,
            count: (word >> 32) as u16,
            missing_high: word >> 48 & 1 != 0,
            nan_high: word >> 49 & 1 != 0,
        }
    }

    #[cfg(feature = "alloc")]
    pub fn word(self) -> u64 {
        u64::from(self.first)
            | u64::from(self.count) << 32
            | u64::from(self.missing_high) << 48
            | u64::from(self.nan_high) << 49
    }

    /// The code of a rank.
    #[inline]
    fn code(self, rank: u32) -> u16 {
        rank.saturating_sub(self.first).min(u32::from(self.count)) as u16
    }

    fn extreme(self, high: bool) -> u16 {
        if high { self.count } else { 0 }
    }
}

impl Feature {
    /// The bits under which a value is found in a set: those of 0.0 for -0.0, none for NaN.
    fn key(self, bits: u64) -> Option<u64> {
        match self {
            Feature::F32 => {
                let value = f32::from_bits(bits as u32);
                (!value.is_nan()).then_some(u64::from((value + 0.0).to_bits()))
            }
            Feature::F64 => {
                let value = f64::from_bits(bits);
                (!value.is_nan()).then_some((value + 0.0).to_bits())
            }
            Feature::String => Some(u64::from(bits as u32)),
            Feature::Bool | Feature::I64 => Some(bits),
        }
    }
}

impl Forest<'_> {
    /// The values of a coder's feature and the bools that tell whether they are present, in the block at an offset.
    fn coder_arguments(&self, coder: Coder, arguments: &[Argument], offset: usize) -> Option<[Argument; 2]> {
        let first = 2 * coder.feature as usize;
        let [values, present] = *arguments.get(first..)?.first_chunk()?;
        Some([values.shifted(offset), present.shifted(offset)])
    }

    fn window(&self, number: u32) -> Window {
        self.windows.get(number as usize).map_or(Window::from_word(0), |[word, _]| Window::from_word(*word))
    }

    /// The number of a window's coder.
    fn window_coder(&self, number: usize) -> usize {
        self.windows.get(number).map_or(usize::MAX, |[_, coder]| *coder as usize)
    }

    fn cuts(&self, coder: Coder) -> &[u64] {
        self.cuts.get(coder.first as usize..).unwrap_or_default()
    }

    /// The position of a value.
    fn position(&self, coder: Coder, bits: u64) -> u32 {
        match coder.kind {
            Kind::Position(feature) => {
                let elements = self.cuts(coder).get(..coder.count as usize).unwrap_or_default();
                let found = feature.key(bits).and_then(|key| elements.binary_search(&key).ok());
                found.map_or(coder.count, |position| position as u32)
            }
            _ => (bits as u32).wrapping_sub(coder.first).min(coder.count),
        }
    }

    /// Whether a position is in a set.
    #[inline]
    pub(super) fn set_contains(&self, set: u32, position: impl FnOnce(u32) -> u16) -> bool {
        let Some((column, first)) = self.sets.get(set as usize).map(|set| halves(*set)) else { return false };
        let position = usize::from(position(column));
        let word = self.set_words.get((first as usize).saturating_add(position / 64));
        word.is_some_and(|word| word >> (position % 64) & 1 != 0)
    }
}
