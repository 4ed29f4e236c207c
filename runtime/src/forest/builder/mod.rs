//! Packs forests: checks plain data and lays it out as an image.
//!
//! [`Builder::finish`] goes step by step. Splits become binary nodes, which compare a code with a threshold ([`binary`]);
//! the cuts, sets and columns that these need are collected and numbered ([`columns`]); trees are laid out for walks
//! ([`layout`]) and, where that is possible, for sweeps ([`operations`]); what leaves add goes into tables where it can
//! ([`tables`]).

mod binary;
mod columns;
mod layout;
mod operations;
mod outcomes;
mod tables;

use super::walk::{LEAF, MAX_NAMED, MAX_THRESHOLD, Node};
use super::{
    BY_PLACE, Feature, Forest, HEADER, Leaf, MAGIC, MAX_BLOCKS, MAX_COUNT, MAX_SCRATCH, ON_DEMAND, PLAIN,
    Reduction, SETS_CODED, TABLED, Term, Tree, pair, sweep,
};
use alloc::vec::Vec;

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
    /// True, of a bool.
    True,
    /// Present; such a test is never missing.
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
    /// It has more nodes, terms, features, cuts or sets than the layout can number, or needs too much room to evaluate.
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

#[derive(Clone, Copy, Debug)]
enum Item {
    Split(Split),
    Leaf(Leaf),
}

/// The elements of a set: bits in ascending order, without -0.0 and NaN.
type Elements = Vec<u64>;

/// Packs a forest. Nodes are numbered as they are added, from 0.
#[derive(Clone, Debug)]
pub struct Builder {
    features: Vec<Feature>,
    reduction: Reduction,
    sets: Vec<Elements>,
    items: Vec<Item>,
    terms: Vec<Term>,
    roots: Vec<u32>,
}

impl Builder {
    /// A builder of a forest over features of the given types.
    pub fn new(features: Vec<Feature>, reduction: Reduction) -> Self {
        let (sets, items, terms, roots) = Default::default();
        Self { features, reduction, sets, items, terms, roots }
    }

    /// Adds a set of values of one type and gives its number. Its elements are the values' bits, -0.0 as 0.0 and without
    /// NaN.
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

    /// Packs the forest into an image.
    pub fn finish(self) -> Result<Vec<u64>, Error> {
        let numbers = [self.items.len(), self.terms.len(), self.sets.len(), self.roots.len()];
        if numbers.into_iter().any(|count| count >= MAX_COUNT) || self.features.len() >= MAX_COUNT {
            return Err(Error::TooLarge);
        }
        self.check_terms()?;
        let binary = binary::Nodes::new(&self)?;
        let mut trees = layout::trees(&self, &binary)?;
        let by_place = trees.iter().any(|tree| tree.leaves.len() > MAX_NAMED);
        if by_place {
            layout::number_by_place(&mut trees);
        }
        // Codes of a byte, if all trees are small enough for sweeps.
        // (Where nodes have several parents, there can be many more of them than leaves.)
        let is_small =
            |tree: &layout::Tree| tree.leaves.len() <= sweep::LEAVES && tree.nodes.len() <= 2 * sweep::LEAVES;
        let small = trees.iter().all(is_small);
        let most_cuts = if small { u8::MAX.into() } else { MAX_THRESHOLD };
        let mut columns = columns::Columns::new(&self, &binary, most_cuts)?;
        let mut swept = if small { operations::operations(&trees, &binary, &columns) } else { None };
        if small && swept.is_none() {
            columns = columns::Columns::new(&self, &binary, MAX_THRESHOLD)?;
        }
        let mut image = self.image(&trees, &binary, &columns, swept.as_ref())?;
        if swept.is_some() {
            let forest = Forest::open(&image).ok_or(Error::Malformed)?;
            // Beyond this, more blocks than fit into caches would be computed, or one block would take megabytes.
            if forest.sweep.is_some_and(|sweep| forest.sweep_scratch(sweep, MAX_BLOCKS) > MAX_SWEEP) {
                swept = None;
                columns = columns::Columns::new(&self, &binary, MAX_THRESHOLD)?;
                image = self.image(&trees, &binary, &columns, swept.as_ref())?;
            }
        }
        let forest = Forest::open(&image).ok_or(Error::Malformed)?;
        match forest.scratch(MAX_BLOCKS) <= MAX_SCRATCH {
            true => Ok(image),
            false => Err(Error::TooLarge),
        }
    }

    fn check_terms(&self) -> Result<(), Error> {
        let count = match self.reduction {
            Reduction::Leaf => return Ok(()),
            Reduction::Sum(accumulators)
            | Reduction::Vote(accumulators)
            | Reduction::Median(accumulators)
            | Reduction::Maximum(accumulators) => accumulators.count,
        };
        match self.terms.iter().any(|term| term.accumulator >= count) {
            true => Err(Error::Malformed),
            false => Ok(()),
        }
    }

    fn image(
        &self,
        trees: &[layout::Tree],
        binary: &binary::Nodes,
        columns: &columns::Columns,
        swept: Option<&operations::Operations>,
    ) -> Result<Vec<u64>, Error> {
        let tables = tables::Tables::new(self, trees, swept.is_some());
        let most_terms = trees.iter().flat_map(|tree| &tree.leaves).map(|leaf| leaf.terms as usize).max();
        let state = Forest::state_of(self.reduction, trees.len(), most_terms.unwrap_or(0));
        let state = state.filter(|state| *state <= MAX_SCRATCH / super::WALK_ROWS).ok_or(Error::TooLarge)?;
        let mut records = Vec::with_capacity(trees.len());
        let mut nodes = Vec::new();
        let (mut leaves, mut terms) = (0, 0);
        for (number, tree) in trees.iter().enumerate() {
            let (first_operation, operations) = swept.map_or((0, 0), |swept| swept.ranges[number]);
            let (first_table, table_count) = tables.as_ref().map_or((0, 0), |tables| tables.ranges[number]);
            records.push(Tree {
                first_node: u32::try_from(nodes.len()).map_err(|_| Error::TooLarge)?,
                leaves: tree.leaves.len() as u32,
                first_leaf: u32::try_from(leaves).map_err(|_| Error::TooLarge)?,
                first_operation,
                operations,
                tables: table_count,
                first_table,
                depth: layout::depth(tree),
            });
            layout::nodes(tree, binary, columns, &mut nodes)?;
            if tables.is_none() {
                leaves += tree.leaves.len();
            }
        }
        if tables.is_none() {
            terms = self.terms.len();
        }
        let (reduction, accumulators) = self.reduction.word();
        let by_place = trees.iter().any(|tree| tree.leaves.len() > MAX_NAMED);
        let by_place = if by_place { BY_PLACE } else { 0 };
        let coded = if columns.sets_coded { SETS_CODED } else { 0 };
        let on_demand = if pays_on_demand(trees, columns.coders.len()) { ON_DEMAND } else { 0 };
        let flags = by_place
            | on_demand
            | coded
            | match &tables {
                Some(tables) if tables.plain => TABLED | PLAIN,
                Some(_) => TABLED,
                None => 0,
            };
        let sweep = swept.map_or(0, |swept| pair(swept.places + 1, u32::from(swept.shared)));
        let empty = Vec::new();
        let table_words = tables.as_ref().map_or(&empty, |tables| &tables.words);
        let operation_words = swept.map_or(&empty, |swept| &swept.words);
        let outcomes = swept.and_then(|_| outcomes::Outcomes::new(trees, binary, columns));
        let outcome_words = outcomes.as_ref().map_or(&empty, |outcomes| &outcomes.words);
        let counts = [
            columns.cuts.len(),
            columns.coders.len(),
            columns.windows.len(),
            columns.positions as usize,
            columns.sets.len(),
            trees.len(),
            nodes.len(),
            leaves,
            terms,
            table_words.len(),
            operation_words.len(),
            outcome_words.len(),
        ];
        let mut image = Vec::with_capacity(HEADER + nodes.len() + table_words.len() + operation_words.len());
        image.extend([
            MAGIC,
            self.features.len() as u64,
            reduction | flags,
            accumulators.into(),
            state as u64,
            sweep,
        ]);
        image.extend(counts.map(|count| count as u64));
        image.push(outcomes.as_ref().map_or(0, |outcomes| outcomes.shape.word()));
        image.resize(HEADER, 0);
        image.extend(&columns.cuts);
        image.extend(columns.coders.iter().flat_map(|coder| coder.words()));
        image.extend(columns.windows.iter().flat_map(|(window, coder)| [window.word(), u64::from(*coder)]));
        image.extend(&columns.sets);
        image.extend(records.into_iter().flat_map(Tree::words));
        image.extend(nodes);
        if tables.is_none() {
            for leaf in trees.iter().flat_map(|tree| &tree.leaves) {
                image.extend([leaf.number as u64, pair(leaf.first_term, leaf.terms)]);
            }
            for term in &self.terms {
                image.extend([u64::from(term.accumulator), term.value.to_bits()]);
            }
        }
        image.extend(table_words);
        image.extend(operation_words);
        image.extend(outcome_words);
        image.extend(&columns.set_words);
        Ok(image)
    }
}

/// Whether walks come to so few splits that coding all features would take longer than coding what they come to. (A code
/// takes about as long either way; of those that walks come to, many are wanted twice.)
fn pays_on_demand(trees: &[layout::Tree], coders: usize) -> bool {
    let levels = |tree: &layout::Tree| 2 + tree.leaves.len().checked_ilog2().unwrap_or(0) as usize;
    2 * trees.iter().map(levels).sum::<usize>() < coders
}

/// How many words a sweep may work in.
const MAX_SWEEP: usize = 1 << 20;
