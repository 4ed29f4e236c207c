//! Packed forests: many trees over the same features, evaluated for the rows of some blocks.
//!
//! A `Builder` (feature `alloc`) makes an *image* of plain data: an array of words that is the same for machine code, which
//! owns it, and for generated code, which has it as a byte string. [`Forest::open`] looks at an image without copying it.
//! [`Forest::evaluate`] reads its arguments from the columns of a frame and writes its results to others; it allocates
//! nothing, because the room that it works in is part of the frame too. An image that is damaged gives wrong results, no
//! panic.
//!
//! # Codes
//!
//! Before trees are evaluated, the features that splits test are *coded* as small integers (`coding`). A number becomes
//! its rank among the *cuts* of the feature, all numbers that the forest compares it with: it is how many cuts `c` there are
//! with `x >= c`. (`x > t` is `x >= c` for the least double `c` above `t`.) Nothing is rounded, and every comparison of the
//! forest becomes `code > threshold`, whose two ways out are *low* and *high*. A missing feature and one that is NaN must
//! go low in some splits and high in others: the feature then has several *columns* of codes, in which they are coded as
//! less than all cuts or greater than all. Where sets of values are tested, a feature is coded as its *position* among the
//! elements of all of its sets, and a set is an array of bits. A split whose missing way is neither of the two others
//! becomes two, of which the first tests for presence.
//!
//! # Ways to evaluate
//!
//! *Walks* (`walk`) follow a row from the root to a leaf, in several trees or for several rows in step. They are the way
//! for few rows and for large trees. A node is a word: threshold, column, and how far away its two children are, which
//! are neighbors. A leaf is a node that leads to itself.
//!
//! Where walks come to few of many features, they code only these (`on_demand`).
//!
//! *Sweeps* (`sweep`) compute all splits of a tree for all rows of up to 8 blocks at once, 64 codes in one vector. They
//! need codes of a byte and trees of at most 256 leaves, and pay from some rows on (`SWEEP_ROWS`). A tree is a list of
//! operations, each of which has a split's column and threshold and the places of two operands and a result.
//!
//! *Outcomes* (`outcome`) take the place of walks for single rows, where the processor can compare a row with all
//! splits of a tree at once: they need codes of a byte too, 64 columns at most, and trees of at most 256 leaves.
//!
//! All end in the numbers of leaves, of which a [`Reduction`] makes the results (`reduce`, `table`).
//!
//! # Layout
//!
//! An image has a header of `HEADER` words and sections: see [`Forest::open`]; the words of each section's records are
//! described where they are read.

#[cfg(feature = "alloc")]
mod builder;
mod coding;
mod on_demand;
mod outcome;
mod reduce;
mod sweep;
mod table;
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
    String,
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

/// How many rows a block has.
const ROWS: usize = 64;

/// How many blocks are swept together at most.
pub const MAX_BLOCKS: usize = 8;

/// From how many rows on sweeps pay. Measured with forests of 31 to 255 leaves a tree: walks of so many rows take about as
/// long as a sweep of one block, outcomes of so many 0.4 to 1.4 times as long, the less the larger the trees.
const SWEEP_ROWS: u32 = 24;
const _: () = assert!(SWEEP_ROWS == 24, "`Forest::describe` says so");

/// How many rows are walked together, so that their codes stay close to the processor.
const WALK_ROWS: usize = 16;

/// How large the scratch memory of an evaluation may be, in words.
const MAX_SCRATCH: usize = 1 << 24;

/// The largest number of terms and the like that fits where the layout keeps it.
#[cfg(feature = "alloc")]
const MAX_COUNT: usize = u32::MAX as usize;

/// How many words the header of an image has.
///
/// Full cache lines, so that the cuts, which come next, start with one.
const HEADER: usize = 24;

/// The first word of an image.
const MAGIC: u64 = u64::from_le_bytes(*b"forest 2");

/// A leaf. Words: its number; its first term, and in the high half how many it has.
#[derive(Clone, Copy, Debug)]
struct Leaf {
    /// The leaf's number, or -1 for a leaf without result.
    number: i64,
    first_term: u32,
    terms: u32,
}

impl Leaf {
    /// A leaf without result.
    const NONE: Self = Self { number: -1, first_term: 0, terms: 0 };
}

/// A tree. Words, two numbers each: its first node, how many leaves it has; its first leaf, its first operation; how many
/// operations it has, how many tables; the first word of its tables, how many levels of splits it has.
#[derive(Clone, Copy, Debug, Default)]
struct Tree {
    first_node: u32,
    leaves: u32,
    first_leaf: u32,
    first_operation: u32,
    operations: u32,
    /// How many accumulators it adds to, where sums are made by tables.
    tables: u32,
    first_table: u32,
    depth: u32,
}

impl Tree {
    fn from_words(words: [u64; 4]) -> Self {
        let [(first_node, leaves), (first_leaf, first_operation), (operations, tables), (first_table, depth)] =
            words.map(halves);
        Self { first_node, leaves, first_leaf, first_operation, operations, tables, first_table, depth }
    }

    #[cfg(feature = "alloc")]
    fn words(self) -> [u64; 4] {
        [
            pair(self.first_node, self.leaves),
            pair(self.first_leaf, self.first_operation),
            pair(self.operations, self.tables),
            pair(self.first_table, self.depth),
        ]
    }
}

/// Two numbers in a word.
#[cfg(feature = "alloc")]
fn pair(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}

/// The two numbers of a word.
#[inline]
fn halves(word: u64) -> (u32, u32) {
    (word as u32, (word >> 32) as u32)
}

/// What is needed to sweep a forest.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Sweep {
    /// How many places the values of inner nodes take.
    places: u32,
    /// Whether some node has several parents.
    shared: bool,
}

/// A packed forest, looked at in its image.
#[derive(Clone, Copy, Debug)]
pub struct Forest<'i> {
    features: u32,
    reduction: Reduction,
    /// None if the forest can only be walked.
    sweep: Option<Sweep>,
    /// Whether sums are made by tables ([`table`]).
    tabled: bool,
    /// Whether there is one accumulator, and each tree has one table, which adds to it.
    plain: bool,
    /// Whether leaves are numbered by where their nodes are: see [`walk`].
    leaves_by_place: bool,
    /// Whether walks test sets by their codes.
    sets_coded: bool,
    /// Whether walks code only what they come to.
    on_demand: bool,
    coders: &'i [[u64; 4]],
    windows: &'i [[u64; 2]],
    /// How many columns of positions there are.
    positions: usize,
    sets: &'i [u64],
    trees: &'i [[u64; 4]],
    nodes: &'i [u64],
    leaves: &'i [[u64; 2]],
    terms: &'i [[u64; 2]],
    tables: &'i [u64],
    operations: &'i [u64],
    /// Trees for single rows on processors that permute bytes.
    outcomes: &'i [u64],
    /// How these are laid out; none if some tree has too many leaves, or rows too many columns.
    outcome_shape: Option<outcome::Shape>,
    /// Cuts, and the elements of sets.
    cuts: &'i [u64],
    set_words: &'i [u64],
    /// How many words the reduction needs for a row.
    state: usize,
}

/// The rows to evaluate: those of masks, one for each of some blocks, whose columns lie `stride` words apart.
#[derive(Clone, Copy, Debug)]
pub struct Blocks<'m> {
    /// How many words a block of the frame has.
    pub stride: usize,
    /// For each block, its rows.
    pub masks: &'m [u64],
}

/// A row of some blocks.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    /// What must be added to the place of a column or mask of the first block.
    offset: usize,
    /// The row's number in its block.
    row: usize,
}

impl<'i> Forest<'i> {
    /// Looks at an image; `None` if it is none.
    ///
    /// Its header: a word that tells that it is one; the number of features; the reduction, and whether it is carried out
    /// in single precision; how many accumulators there are; how many words the reduction needs for a row; how it can be
    /// swept: 0 for not at all, else the number of places plus 1, and in the high half whether nodes are shared; the counts
    /// of cuts, coders, windows, columns of positions, sets, trees, nodes, leaves, terms, words of tables, operations and
    /// words of outcomes; the shape of outcomes, 0 for none; zeros. The sections follow in this order, those of outcomes
    /// before the words of sets, which are all that is left. The five highest bits of the reduction's word tell whether sums
    /// are made by tables, whether there is one accumulator and one table a tree, whether leaves are numbered by place,
    /// whether walks test sets by their codes, and whether they code only what they come to.
    #[must_use]
    pub fn open(image: &'i [u64]) -> Option<Self> {
        let (header, rest) = image.split_first_chunk::<HEADER>()?;
        let [MAGIC, features, reduction, accumulators, state, sweep, counts @ ..] = *header else {
            return None;
        };
        let [
            cuts,
            coders,
            windows,
            positions,
            sets,
            trees,
            nodes,
            leaves,
            terms,
            tables,
            operations,
            outcomes,
            ..,
        ] = counts.map(|count| usize::try_from(count).unwrap_or(usize::MAX));
        let mut rest = rest;
        let mut take = |count: usize, width: usize| {
            let (taken, left) = rest.split_at_checked(count.checked_mul(width)?)?;
            rest = left;
            Some(taken)
        };
        let cuts = take(cuts, 1)?;
        let count = u32::try_from(accumulators).ok()?;
        let (places, shared) = halves(sweep);
        Some(Self {
            features: u32::try_from(features).ok()?,
            reduction: Reduction::of_word(reduction & !FLAGS, count)?,
            sweep: places
                .checked_sub(1)
                .map(|places| Sweep { places: places.min(sweep::MAX_PLACES), shared: shared != 0 }),
            tabled: reduction & TABLED != 0,
            plain: reduction & PLAIN != 0,
            leaves_by_place: reduction & BY_PLACE != 0,
            sets_coded: reduction & SETS_CODED != 0,
            on_demand: reduction & ON_DEMAND != 0,
            coders: take(coders, 4)?.as_chunks().0,
            windows: take(windows, 2)?.as_chunks().0,
            positions: (positions <= MAX_SCRATCH).then_some(positions)?,
            sets: take(sets, 1)?,
            trees: take(trees, 4)?.as_chunks().0,
            nodes: take(nodes, 1)?,
            leaves: take(leaves, 2)?.as_chunks().0,
            terms: take(terms, 2)?.as_chunks().0,
            tables: take(tables, 1)?,
            operations: take(operations, 1)?,
            outcomes: take(outcomes, 1)?,
            outcome_shape: outcome::Shape::of_word(counts[12]),
            cuts,
            set_words: rest,
            state: usize::try_from(state).ok().filter(|state| *state <= MAX_SCRATCH)?,
        })
    }

    /// The column of a set's codes.
    #[inline]
    fn set_column(&self, set: u32) -> usize {
        self.windows.len() + self.positions + set as usize
    }

    fn tree(&self, number: usize) -> Option<Tree> {
        self.trees.get(number).copied().map(Tree::from_words)
    }

    /// The leaf of a tree.
    fn leaf(&self, tree: Tree, number: u32) -> Leaf {
        let index = (tree.first_leaf as usize).saturating_add(number as usize);
        self.leaves.get(index).map_or(Leaf::NONE, |[leaf, terms]| {
            let (first_term, terms) = halves(*terms);
            Leaf { number: *leaf as i64, first_term, terms }
        })
    }

    /// The reduction's accumulators.
    fn accumulators(&self) -> usize {
        match self.reduction {
            Reduction::Leaf => 0,
            Reduction::Sum(accumulators)
            | Reduction::Vote(accumulators)
            | Reduction::Median(accumulators)
            | Reduction::Maximum(accumulators) => accumulators.count as usize,
        }
    }

    /// How many results there are.
    pub fn results(&self) -> usize {
        match self.reduction {
            Reduction::Leaf => self.trees.len(),
            Reduction::Vote(accumulators) => accumulators.count as usize + 2,
            _ => self.accumulators() + 1,
        }
    }

    /// How many trees there are.
    pub fn trees(&self) -> usize {
        self.trees.len()
    }

    /// How many words [`evaluate`](Self::evaluate) works in, for so many blocks at once, of [`MAX_BLOCKS`] at most, or,
    /// if there are none, for a single row.
    pub fn scratch(&self, blocks: usize) -> usize {
        match blocks {
            0 => self.walk_scratch(1),
            blocks => {
                let swept = self.sweep.map_or(0, |sweep| self.sweep_scratch(sweep, sweep::width(blocks)));
                self.walk_scratch(WALK_ROWS).max(swept)
            }
        }
    }

    /// How the forest is evaluated on this processor, in words: for those who inspect models.
    pub fn describe(&self) -> &'static str {
        #[cfg(target_arch = "x86_64")]
        let outcomes = self.outcome_shape.is_some() && crate::simd::permutes_bytes();
        #[cfg(not(target_arch = "x86_64"))]
        let outcomes = false;
        match (self.sweep, outcomes && !self.on_demand) {
            (None, _) if self.on_demand => "rows are walked, and coded as far as walks come",
            (None, _) => "rows are walked",
            (Some(_), false) => "blocks are swept, fewer than 24 rows walked",
            (Some(_), true) => {
                "blocks are swept, fewer than 24 rows compared with all splits of a tree at once"
            }
        }
    }

    /// Evaluates the forest for some rows.
    ///
    /// `arguments` has two for each feature: its values, and the bools that tell whether they are present. `results`
    /// gives the first word of each result's column, which must hold the rows of the mask: for the first row alone, a word.
    /// Both are places in the first block. The words from `scratch` on, [`scratch`](Self::scratch) of them,
    /// are overwritten. Where arguments or results are too few or outside of the words before `scratch`, nothing is
    /// done at all.
    pub fn evaluate(
        &self,
        frame: &mut [u64],
        scratch: usize,
        arguments: &[Argument],
        results: &[usize],
        blocks: Blocks<'_>,
    ) {
        let Some((cells, scratch)) = frame.split_at_mut_checked(scratch) else { return };
        let Some(last) = blocks.masks.iter().rposition(|mask| *mask != 0) else { return };
        let rows = 64 - blocks.masks[last].leading_zeros() as usize;
        let inside = |place: usize| {
            let offset = last.checked_mul(blocks.stride).and_then(|offset| offset.checked_add(rows));
            offset.and_then(|offset| place.checked_add(offset)).is_some_and(|end| end <= cells.len())
        };
        let fits = arguments.len() == 2 * self.features as usize
            && results.len() == self.results()
            && scratch.len() >= self.walk_scratch(1)
            && results.iter().all(|place| inside(*place));
        if !fits {
            return;
        }
        let count: u32 = blocks.masks.iter().map(|mask| mask.count_ones()).sum();
        match self.sweep {
            Some(sweep) if count >= SWEEP_ROWS && scratch.len() >= self.sweep_scratch(sweep, 1) => {
                self.evaluate_by_sweeps(sweep, cells, scratch, arguments, results, blocks);
            }
            _ if self.on_demand => self.evaluate_on_demand(cells, scratch, arguments, results, blocks),
            #[cfg(target_arch = "x86_64")]
            _ if self.outcome_shape.is_some() && crate::simd::permutes_bytes() => {
                self.evaluate_by_outcomes(cells, scratch, arguments, results, blocks);
            }
            _ => self.evaluate_by_walks(cells, scratch, arguments, results, blocks),
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn evaluate_by_outcomes(
        &self,
        cells: &mut [u64],
        scratch: &mut [u64],
        arguments: &[Argument],
        results: &[usize],
        blocks: Blocks<'_>,
    ) {
        for row in blocks.rows() {
            // SAFETY: the processor has been asked.
            let outcomes = unsafe { outcome::avx512::Outcomes::new(self, cells, arguments, row) };
            self.reduce(cells, results, &[row], scratch, outcomes);
        }
    }
}

/// The bit of the reduction's word that tells whether sums are made by tables.
const TABLED: u64 = 1 << 63;

/// The bit that tells whether there is one accumulator, and each tree has one table, which adds to it.
const PLAIN: u64 = 1 << 62;

/// The bit that tells whether leaves are numbered by place.
const BY_PLACE: u64 = 1 << 61;

/// The bit that tells whether walks test sets by their codes.
const SETS_CODED: u64 = 1 << 60;

/// The bit that tells whether walks code only what they come to.
const ON_DEMAND: u64 = 1 << 59;

/// All these bits.
const FLAGS: u64 = TABLED | PLAIN | BY_PLACE | SETS_CODED | ON_DEMAND;

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

impl Blocks<'_> {
    /// The rows, in order.
    fn rows(&self) -> impl Iterator<Item = Row> {
        let blocks = self.masks.iter().enumerate();
        blocks.flat_map(|(block, mask)| {
            let offset = block * self.stride;
            let mut left = *mask;
            core::iter::from_fn(move || {
                (left != 0).then(|| {
                    let row = left.trailing_zeros() as usize;
                    left &= left - 1;
                    Row { offset, row }
                })
            })
        })
    }
}

#[cfg(test)]
mod tests;
