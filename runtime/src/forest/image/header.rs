//! The header of an image: the only module that knows what each of its words means.

use crate::forest::definition::{Accumulators, Reduction};
use crate::forest::quick_scorer::shape::Shape;
use crate::image::halves;

/// The number of a header's words: full cache lines, so that the cuts, which come next, start with one.
pub(in crate::forest) const HEADER_WORDS: usize = 24;

/// The largest scratch memory of an evaluation, in words.
pub(in crate::forest) const MAX_SCRATCH: usize = 1 << 24;

/// The first word of an image.
const MAGIC: u64 = u64::from_le_bytes(*b"forest 3");

/// What is known of a forest before its sections are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::forest) struct Header {
    pub properties: Properties,
    pub counts: Counts,
}

/// The properties of a forest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::forest) struct Properties {
    /// The number of features.
    pub features: u32,
    pub reduction: Reduction,
    /// The number of words that the reduction needs for a row.
    pub state: usize,
    /// The number of columns of positions.
    pub positions: usize,
    /// How the forest is evaluated bit-parallel. `None` if it cannot be.
    pub bit_parallel: Option<BitParallel>,
    /// How trees are laid out for QuickScorer. `None` if a tree has too many leaves, or rows have too many
    /// columns.
    pub quick_scorer: Option<Shape>,
    /// Whether sums are made by tables: see [`table`](crate::forest::table).
    pub has_tables: bool,
    /// Whether there is one accumulator, and each tree has one table, which adds to it.
    pub one_table_a_tree: bool,
    /// Whether leaves are numbered by where their nodes are: see [`walk`](crate::forest::walk).
    pub leaves_by_place: bool,
    /// Whether walks test sets by their bins.
    pub sets_binned: bool,
    /// Whether walks bin only the features that they reach: see [`lazy`](crate::forest::lazy).
    pub lazy: bool,
    /// Whether many rows are walked in blocks.
    pub walked_in_blocks: bool,
}

/// What is needed to evaluate a forest bit-parallel.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::forest) struct BitParallel {
    /// The number of slots that the values of inner nodes take.
    pub slots: u32,
    /// Whether some node has several parents.
    pub shared: bool,
}

/// The number of items of each section.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(in crate::forest) struct Counts {
    pub cuts: usize,
    pub binners: usize,
    pub windows: usize,
    pub sets: usize,
    pub trees: usize,
    pub nodes: usize,
    pub leaves: usize,
    pub terms: usize,
    pub tables: usize,
    pub operations: usize,
    pub quick_scorer: usize,
    pub set_words: usize,
    pub required: usize,
}

/// The largest number of slots that the operations of bit-parallel evaluation can name.
pub(in crate::forest) const MAX_SLOTS: u32 = 128;

/// The bit of the reduction's word for [`Properties::has_tables`].
const HAS_TABLES: u64 = 1 << 63;
/// The bit for [`Properties::one_table_a_tree`].
const ONE_TABLE_A_TREE: u64 = 1 << 62;
/// The bit for [`Properties::leaves_by_place`].
const LEAVES_BY_PLACE: u64 = 1 << 61;
/// The bit for [`Properties::sets_binned`].
const SETS_BINNED: u64 = 1 << 60;
/// The bit for [`Properties::lazy`].
const LAZY: u64 = 1 << 59;
/// The bit for [`Properties::walked_in_blocks`].
const WALKED_IN_BLOCKS: u64 = 1 << 58;
/// All these bits.
const FLAGS: u64 = HAS_TABLES | ONE_TABLE_A_TREE | LEAVES_BY_PLACE | SETS_BINNED | LAZY | WALKED_IN_BLOCKS;

impl Header {
    /// Reads a header. Returns `None` if it is malformed.
    pub fn read(words: &[u64; HEADER_WORDS]) -> Option<Self> {
        let [
            MAGIC,
            features,
            reduction,
            accumulators,
            state,
            bit_parallel,
            counts @ ..,
            shape,
            set_words,
            required,
            _,
            _,
            _,
        ] = *words
        else {
            return None;
        };
        let counts: [u64; 12] = counts;
        let [
            cuts,
            binners,
            windows,
            positions,
            sets,
            trees,
            nodes,
            leaves,
            terms,
            tables,
            operations,
            quick_scorer,
        ] = counts.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let [set_words, required] =
            [set_words, required].map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let scratch = |words: usize| (words <= MAX_SCRATCH).then_some(words);
        let (slots, shared) = halves(bit_parallel);
        let properties = Properties {
            features: u32::try_from(features).ok()?,
            reduction: reduction_of(reduction & !FLAGS, u32::try_from(accumulators).ok()?)?,
            state: scratch(usize::try_from(state).ok()?)?,
            positions: scratch(positions)?,
            bit_parallel: slots
                .checked_sub(1)
                .map(|slots| BitParallel { slots: slots.min(MAX_SLOTS), shared: shared != 0 }),
            quick_scorer: Shape::from_word(shape),
            has_tables: reduction & HAS_TABLES != 0,
            one_table_a_tree: reduction & ONE_TABLE_A_TREE != 0,
            leaves_by_place: reduction & LEAVES_BY_PLACE != 0,
            sets_binned: reduction & SETS_BINNED != 0,
            lazy: reduction & LAZY != 0,
            walked_in_blocks: reduction & WALKED_IN_BLOCKS != 0,
        };
        let counts = Counts {
            cuts,
            binners,
            windows,
            sets,
            trees,
            nodes,
            leaves,
            terms,
            tables,
            operations,
            quick_scorer,
            set_words,
            required,
        };
        Some(Self { properties, counts })
    }

    /// Returns the words that [`read`](Self::read) reads.
    pub fn words(&self) -> [u64; HEADER_WORDS] {
        let Self { properties, counts } = self;
        let (reduction, accumulators) = reduction_words(properties.reduction);
        let flags = [
            (properties.has_tables, HAS_TABLES),
            (properties.one_table_a_tree, ONE_TABLE_A_TREE),
            (properties.leaves_by_place, LEAVES_BY_PLACE),
            (properties.sets_binned, SETS_BINNED),
            (properties.lazy, LAZY),
            (properties.walked_in_blocks, WALKED_IN_BLOCKS),
        ];
        let flags =
            flags.into_iter().fold(0, |flags, (is_set, flag)| if is_set { flags | flag } else { flags });
        // Slots are counted from 1, so that 0 means that there is no bit-parallel evaluation.
        let bit_parallel = properties
            .bit_parallel
            .map_or(0, |BitParallel { slots, shared }| u64::from(slots + 1) | u64::from(shared) << 32);
        [
            MAGIC,
            properties.features.into(),
            reduction | flags,
            accumulators.into(),
            properties.state as u64,
            bit_parallel,
            counts.cuts as u64,
            counts.binners as u64,
            counts.windows as u64,
            properties.positions as u64,
            counts.sets as u64,
            counts.trees as u64,
            counts.nodes as u64,
            counts.leaves as u64,
            counts.terms as u64,
            counts.tables as u64,
            counts.operations as u64,
            counts.quick_scorer as u64,
            properties.quick_scorer.map_or(0, Shape::word),
            counts.set_words as u64,
            counts.required as u64,
            0,
            0,
            0,
        ]
    }
}

/// Returns the word of a reduction, whose high half says whether it is in single precision, and the number of
/// its accumulators.
fn reduction_words(reduction: Reduction) -> (u64, u32) {
    let kind: u64 = match reduction {
        Reduction::Leaf => 0,
        Reduction::Sum(_) => 1,
        Reduction::Vote(_) => 2,
        Reduction::Median(_) => 3,
        Reduction::Maximum(_) => 4,
    };
    match reduction.accumulators() {
        None => (kind, 0),
        Some(Accumulators { count, single }) => (kind | u64::from(single) << 32, count),
    }
}

/// Returns the reduction of such a word and number. Returns `None` if the word is malformed.
fn reduction_of(word: u64, count: u32) -> Option<Reduction> {
    let (kind, single) = halves(word);
    let accumulators = Accumulators { count, single: single != 0 };
    Some(match kind {
        0 => Reduction::Leaf,
        1 => Reduction::Sum(accumulators),
        2 => Reduction::Vote(accumulators),
        3 => Reduction::Median(accumulators),
        4 => Reduction::Maximum(accumulators),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_are_read_as_they_are_written() {
        let accumulators = Accumulators { count: 3, single: true };
        for reduction in [
            Reduction::Leaf,
            Reduction::Sum(accumulators),
            Reduction::Vote(Accumulators { single: false, ..accumulators }),
            Reduction::Median(accumulators),
            Reduction::Maximum(accumulators),
        ] {
            for flag in 0..6 {
                let header = Header {
                    properties: Properties {
                        features: 7,
                        reduction,
                        state: 11,
                        positions: 2,
                        bit_parallel: (flag != 0).then_some(BitParallel { slots: flag, shared: flag == 1 }),
                        quick_scorer: Shape::new(40, flag == 2).filter(|_| flag != 3),
                        has_tables: flag == 0,
                        one_table_a_tree: flag == 1,
                        leaves_by_place: flag == 2,
                        sets_binned: flag == 3,
                        lazy: flag == 4,
                        walked_in_blocks: flag == 5,
                    },
                    counts: Counts {
                        cuts: 1,
                        binners: 2,
                        windows: 3,
                        sets: 4,
                        trees: 5,
                        nodes: 6,
                        leaves: 7,
                        terms: 8,
                        tables: 9,
                        operations: 10,
                        quick_scorer: 12,
                        set_words: 13,
                        required: 14,
                    },
                };
                assert_eq!(Header::read(&header.words()), Some(header));
            }
        }
    }
}
