//! The choice of the method by which a forest is evaluated.

use super::image::{BitParallel, Forest};
use super::rows::{Blocks, Evaluation, MAX_BLOCKS, blocks_together};
use crate::block::Argument;
use crate::simd::{self, Vbmi};
use core::fmt;

/// The number of rows from which bit-parallel evaluation pays off. Measured with forests of 31 to 255 leaves
/// per tree: walking this many rows takes about as long as bit-parallel evaluation of one block; for this
/// many rows QuickScorer takes 0.4 to 1.4 times as long, the less the larger the trees. Walks of blocks begin
/// at the same number, which was not measured for them.
const MANY_ROWS: u32 = 24;

/// The largest scratch memory of walks of several blocks, in words: what fits into a cache beside the nodes.
const MAX_BLOCK_WALK_SCRATCH: usize = 1 << 17;

/// A method to evaluate a forest, and what it needs.
#[derive(Clone, Copy, Debug)]
enum Strategy {
    BitParallel(BitParallel),
    QuickScorer(Vbmi),
    LazyWalks,
    Walks,
    BlockWalks,
}

impl Strategy {
    fn method(self) -> Method {
        match self {
            Strategy::BitParallel(_) => Method::BitParallel,
            Strategy::QuickScorer(_) => Method::QuickScorer,
            Strategy::LazyWalks => Method::LazyWalks,
            Strategy::Walks => Method::Walks,
            Strategy::BlockWalks => Method::BlockWalks,
        }
    }
}

/// A method to find the leaves that rows reach.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Method {
    /// All splits of a tree, for all rows of some blocks at once.
    BitParallel,
    /// One row against all splits of a tree at once.
    QuickScorer,
    /// Walks that bin only the features that they reach.
    LazyWalks,
    /// Walks from roots to leaves, in several trees in step.
    Walks,
    /// Walks from roots to leaves, tree by tree for the rows of some blocks.
    BlockWalks,
}

/// The methods by which a forest is evaluated on this processor. Displayed as text for people who inspect
/// models.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Methods {
    /// The method for many rows.
    pub many_rows: Method,
    /// The method for few rows.
    pub few_rows: Method,
}

impl fmt::Display for Methods {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let few_rows = match self.few_rows {
            Method::BitParallel => "evaluated bit-parallel",
            Method::QuickScorer => "evaluated by QuickScorer",
            Method::LazyWalks => "walked, with features binned lazily",
            Method::Walks => "walked",
            Method::BlockWalks => "walked in blocks",
        };
        match self.many_rows {
            Method::BitParallel => {
                write!(f, "blocks are evaluated bit-parallel, fewer than {MANY_ROWS} rows {few_rows}")
            }
            Method::BlockWalks => {
                write!(f, "blocks are walked tree by tree, fewer than {MANY_ROWS} rows {few_rows}")
            }
            _ => write!(f, "rows are {few_rows}"),
        }
    }
}

impl Forest<'_> {
    /// Returns the strategy for many rows, given the scratch space. If that is too small, it is the one for
    /// few rows.
    fn strategy_for_many_rows(&self, scratch: usize) -> Strategy {
        match self.properties.bit_parallel {
            Some(plan) if scratch >= self.bit_parallel_scratch(plan, 1) => Strategy::BitParallel(plan),
            None if self.properties.walked_in_blocks && scratch >= self.block_walk_scratch(1) => {
                Strategy::BlockWalks
            }
            _ => self.strategy_for_few_rows(),
        }
    }

    /// Returns the strategy for few rows.
    fn strategy_for_few_rows(&self) -> Strategy {
        if self.properties.lazy {
            Strategy::LazyWalks
        } else if self.properties.quick_scorer.is_some()
            && let Some(vbmi) = simd::vbmi()
        {
            Strategy::QuickScorer(vbmi)
        } else {
            Strategy::Walks
        }
    }

    /// Returns the methods by which the forest is evaluated on this processor.
    pub fn methods(&self) -> Methods {
        Methods {
            many_rows: self.strategy_for_many_rows(usize::MAX).method(),
            few_rows: self.strategy_for_few_rows().method(),
        }
    }

    /// Returns the number of words of scratch space that [`evaluate`](Self::evaluate) needs for `blocks`
    /// blocks together, at most [`MAX_BLOCKS`](super::MAX_BLOCKS), or for a single row if `blocks` is 0.
    pub fn scratch(&self, blocks: usize) -> usize {
        let all = self.for_all_rows().map_or(0, |all| all.scratch(blocks));
        self.own_scratch(blocks).max(all)
    }

    /// Returns the number of words of scratch space without those for rows that lack a required feature.
    fn own_scratch(&self, blocks: usize) -> usize {
        let few = self.row_walk_scratch();
        if blocks == 0 {
            return few;
        }
        let width = blocks_together(blocks);
        let many = match self.properties.bit_parallel {
            Some(plan) => self.bit_parallel_scratch(plan, width),
            None if self.properties.walked_in_blocks => {
                let fits = |width: &usize| self.block_walk_scratch(*width) <= MAX_BLOCK_WALK_SCRATCH;
                let width = [8, 4, 2].into_iter().filter(|fewer| *fewer <= width).find(fits).unwrap_or(1);
                self.block_walk_scratch(width)
            }
            None => 0,
        };
        few.max(many)
    }

    /// Returns the forest for rows that lack a required feature. Returns `None` if no feature is required.
    fn for_all_rows(&self) -> Option<Self> {
        // One that requires features itself is malformed.
        Forest::open(self.all).filter(|all| all.all.is_empty())
    }

    /// Evaluates the forest for some rows.
    ///
    /// `arguments` has two for each feature: its values, and the booleans that say whether they are present.
    /// `results` gives the first word of each result's column, which must hold the rows of the mask: for the
    /// first row alone, a word. Both refer to the first block. The words from `scratch` on,
    /// [`scratch`](Self::scratch) of them, are overwritten. Does nothing if the number of arguments or
    /// results is wrong, or if one is outside of the words before `scratch`.
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
        let fits = arguments.len() == 2 * self.properties.features as usize
            && results.len() == self.results()
            && scratch.len() >= self.row_walk_scratch()
            && results.iter().all(|place| inside(*place));
        if !fits {
            return;
        }
        if self.required.is_empty() {
            return self.evaluate_rows(Evaluation { cells, scratch, arguments, results, blocks });
        }
        for (number, masks) in blocks.masks.chunks(MAX_BLOCKS).enumerate() {
            let first = number * MAX_BLOCKS * blocks.stride;
            let Some(cells) = cells.get_mut(first..) else { return };
            let (mut complete, mut others) = ([0; MAX_BLOCKS], [0; MAX_BLOCKS]);
            for (block, mask) in masks.iter().enumerate() {
                complete[block] = mask & self.complete_rows(cells, arguments, block * blocks.stride);
                others[block] = mask & !complete[block];
            }
            let [complete, others] = [&complete, &others]
                .map(|rows| Blocks { stride: blocks.stride, masks: &rows[..masks.len()] });
            self.evaluate_rows(Evaluation { cells, scratch, arguments, results, blocks: complete });
            if others.masks.iter().any(|mask| *mask != 0)
                && let Some(all) = self.for_all_rows()
                && all.properties.features == self.properties.features
                && all.results() == results.len()
                && scratch.len() >= all.row_walk_scratch()
            {
                all.evaluate_rows(Evaluation { cells, scratch, arguments, results, blocks: others });
            }
        }
    }

    /// Returns the rows of the block at an offset that have all required features.
    fn complete_rows(&self, cells: &[u64], arguments: &[Argument], offset: usize) -> u64 {
        self.required.iter().fold(u64::MAX, |rows, feature| {
            let present = arguments.get((2 * *feature as usize).saturating_add(1));
            rows & present.map_or(0, |present| present.shifted(offset).mask(cells))
        })
    }

    /// Evaluates rows by the strategy for their number.
    fn evaluate_rows(&self, evaluation: Evaluation<'_>) {
        let count: u32 = evaluation.blocks.masks.iter().map(|mask| mask.count_ones()).sum();
        if count == 0 {
            return;
        }
        let way = if count >= MANY_ROWS {
            self.strategy_for_many_rows(evaluation.scratch.len())
        } else {
            self.strategy_for_few_rows()
        };
        match way {
            Strategy::BitParallel(plan) => self.evaluate_bit_parallel(plan, evaluation),
            Strategy::QuickScorer(vbmi) => self.evaluate_by_quick_scorer(vbmi, evaluation),
            Strategy::LazyWalks => self.evaluate_lazily(evaluation),
            Strategy::Walks => self.evaluate_by_walks(evaluation),
            Strategy::BlockWalks => self.evaluate_blocks_by_walks(evaluation),
        }
    }
}
