//! Packing, step by step.

use super::binary::{self, Rows};
use super::bit_parallel::{self, Operations};
use super::columns::Columns;
use super::description::{Builder, Error, MAX_COUNT};
use super::layout;
use super::quick_scorer::QuickScorer;
use super::tables::Tables;
use crate::forest::bit_parallel::LEAVES;
use crate::forest::image::header::MAX_SCRATCH;
use crate::forest::image::{Binner, BitParallel, Forest, Leaf, Properties, Tree};
use crate::forest::rows::MAX_BLOCKS;
use crate::forest::walk::{MAX_NAMED, MAX_THRESHOLD};
use alloc::vec::Vec;

/// The largest scratch memory of bit-parallel evaluation, in words.
const MAX_BIT_PARALLEL_SCRATCH: usize = 1 << 20;

/// The largest number of words that a row may take in walks of blocks.
const MAX_BLOCK_WALK_WORDS: usize = 1 << 14;

/// The largest state of a row, in words.
const MAX_STATE: usize = MAX_SCRATCH / 16;

impl Builder {
    /// Packs the forest into an image.
    pub fn finish(self) -> Result<Vec<u64>, Error> {
        let numbers = [self.items.len(), self.terms.len(), self.sets.len(), self.roots.len()];
        if numbers.into_iter().any(|count| count >= MAX_COUNT) || self.features.len() >= MAX_COUNT {
            return Err(Error::TooLarge);
        }
        self.check_terms()?;
        let all = self.pack(Rows::All, &[], &[])?;
        // Half of the nodes may be tests for presence. Rows of which nothing is missing do without.
        match &*binary::required(&self) {
            [] => Ok(all),
            required => self.pack(Rows::Complete, required, &all),
        }
    }

    /// Packs the forest for some rows. `required` are the features that they must have, and `all` is the image for
    /// all rows, unless these are all.
    fn pack(&self, rows: Rows, required: &[u64], all: &[u64]) -> Result<Vec<u64>, Error> {
        let binary = binary::Nodes::new(self, rows)?;
        let mut trees = layout::trees(self, &binary)?;
        let leaves_by_place = trees.iter().any(|tree| tree.leaves.len() > MAX_NAMED);
        if leaves_by_place {
            layout::number_by_place(&mut trees);
        }
        // Bins of a byte, if all trees are small enough for bit-parallel evaluation. (If nodes have several
        // parents, there can be many more nodes than leaves.)
        let is_small = |tree: &layout::Tree| tree.leaves.len() <= LEAVES && tree.nodes.len() <= 2 * LEAVES;
        let small = trees.iter().all(is_small);
        let most_cuts = if small { u8::MAX.into() } else { MAX_THRESHOLD };
        let mut columns = Columns::new(self, &binary, most_cuts)?;
        let operations = if small { bit_parallel::operations(&trees, &binary, &columns) } else { None };
        if small && operations.is_none() {
            columns = Columns::new(self, &binary, MAX_THRESHOLD)?;
        }
        let image = |columns: &Columns, operations: Option<&Operations>| {
            self.image(&trees, &binary, columns, operations, required, all)
        };
        let mut packed = image(&columns, operations.as_ref())?;
        if operations.is_some() {
            let forest = Forest::open(&packed).ok_or(Error::Malformed)?;
            let plan = forest.properties.bit_parallel;
            // Beyond this, more blocks than fit into caches would be computed, or one block would take megabytes.
            if plan
                .is_some_and(|plan| forest.bit_parallel_scratch(plan, MAX_BLOCKS) > MAX_BIT_PARALLEL_SCRATCH)
            {
                columns = Columns::new(self, &binary, MAX_THRESHOLD)?;
                packed = image(&columns, None)?;
            }
        }
        let forest = Forest::open(&packed).ok_or(Error::Malformed)?;
        if forest.scratch(MAX_BLOCKS) > MAX_SCRATCH {
            return Err(Error::TooLarge);
        }
        Ok(packed)
    }

    /// Returns the image, for bit-parallel evaluation if there are operations for it.
    fn image(
        &self,
        trees: &[layout::Tree],
        binary: &binary::Nodes,
        columns: &Columns,
        operations: Option<&Operations>,
        required: &[u64],
        all: &[u64],
    ) -> Result<Vec<u64>, Error> {
        let leaves_by_place = trees.iter().any(|tree| tree.leaves.len() > MAX_NAMED);
        let tables = Tables::new(self, trees, operations.is_some(), leaves_by_place);
        let most_terms = trees.iter().flat_map(|tree| &tree.leaves).map(|leaf| leaf.terms as usize).max();
        let state = match &tables {
            Some(tables) if operations.is_none() => Some(tables.state),
            _ => Forest::state_of(self.reduction, trees.len(), most_terms.unwrap_or(0)),
        };
        let state = state.filter(|state| *state <= MAX_STATE).ok_or(Error::TooLarge)?;
        let mut records = Vec::with_capacity(trees.len());
        let mut nodes = Vec::new();
        let mut leaves: Vec<[u64; 2]> = Vec::new();
        for (number, tree) in trees.iter().enumerate() {
            let (first_operation, operations) = operations.map_or((0, 0), |made| made.ranges[number]);
            let (first_table, table_count) = tables.as_ref().map_or((0, 0), |tables| tables.ranges[number]);
            let record = Tree {
                first_node: u32::try_from(nodes.len()).map_err(|_| Error::TooLarge)?,
                leaves: tree.leaves.len() as u32,
                first_leaf: u32::try_from(leaves.len()).map_err(|_| Error::TooLarge)?,
                first_operation,
                operations,
                tables: table_count,
                first_table,
                depth: layout::depth(tree),
            };
            records.push(record.words());
            let names = tables.as_ref().and_then(|tables| tables.names.get(number));
            layout::nodes(tree, names.map_or(&[], Vec::as_slice), binary, columns, &mut nodes)?;
            if tables.is_none() {
                leaves.extend(tree.leaves.iter().copied().map(Leaf::words));
            }
        }
        let terms = self.terms.iter().map(|term| [u64::from(term.accumulator), term.value.to_bits()]);
        let terms: Vec<[u64; 2]> = if tables.is_none() { terms.collect() } else { Vec::new() };
        let binners: Vec<[u64; 4]> = columns.binners.iter().copied().map(Binner::words).collect();
        let windows = columns.windows.iter().map(|(window, binner)| [window.word(), u64::from(*binner)]);
        let windows: Vec<[u64; 2]> = windows.collect();
        let quick_scorer = operations.and_then(|_| QuickScorer::new(trees, binary, columns));
        let forest = Forest {
            properties: Properties {
                features: self.features.len() as u32,
                reduction: self.reduction,
                state,
                positions: columns.positions as usize,
                bit_parallel: operations
                    .map(|operations| BitParallel { slots: operations.slots, shared: operations.shared }),
                quick_scorer: quick_scorer.as_ref().map(|quick_scorer| quick_scorer.shape),
                has_tables: tables.is_some(),
                one_table_a_tree: tables.as_ref().is_some_and(|tables| tables.one_a_tree),
                leaves_by_place,
                sets_binned: columns.sets_binned,
                lazy: lazy_pays(trees, columns.binners.len()),
                walked_in_blocks: operations.is_none()
                    && columns.ranks_fit()
                    && columns.count() + state <= MAX_BLOCK_WALK_WORDS
                    && blocks_pay(trees, columns.binners.len()),
            },
            cuts: &columns.cuts,
            binners: &binners,
            windows: &windows,
            sets: &columns.sets,
            trees: &records,
            nodes: &nodes,
            leaves: &leaves,
            terms: &terms,
            tables: tables.as_ref().map_or(&[], |tables| &tables.words),
            operations: operations.map_or(&[], |operations| &operations.words),
            quick_scorer: quick_scorer.as_ref().map_or(&[], |quick_scorer| &quick_scorer.words),
            set_words: &columns.set_words,
            required,
            all,
        };
        Ok(forest.image())
    }
}

/// Returns whether walks reach so few splits that binning all features would take longer than binning those
/// that they reach. (A bin takes about as long either way; of those that walks reach, many are needed twice.)
fn lazy_pays(trees: &[layout::Tree], binners: usize) -> bool {
    2 * reached(trees) < binners
}

/// Returns whether walks of blocks take less time than lazy walks, although they bin all features: that takes a
/// fraction of the time for blocks.
fn blocks_pay(trees: &[layout::Tree], binners: usize) -> bool {
    binners <= 16 * reached(trees)
}

/// Returns an estimate of the number of splits that the walks of a row reach.
fn reached(trees: &[layout::Tree]) -> usize {
    let levels = |tree: &layout::Tree| 2 + tree.leaves.len().checked_ilog2().unwrap_or(0) as usize;
    trees.iter().map(levels).sum()
}
