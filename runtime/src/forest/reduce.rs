//! How the trees' leaves become results, by whatever method they were found.
//!
//! Each row's accumulators are in its cells of the result columns. What else a reduction must know about a
//! row is in its *state*. Leaves come row by row or tree by tree, in the order of trees for each row.

use super::definition::{Accumulators, Reduction, Term};
use super::image::{Forest, Leaf};
use super::rows::{ResultCells, Row};

/// Something that finds the leaves of rows.
pub(super) trait Leaves {
    /// Calls `visit` with the tree, the row's position and the number of the leaf in the tree, for every tree
    /// and row; for each row in the order of trees.
    fn visit(&mut self, visit: impl FnMut(usize, usize, u32));
}

/// The arithmetic of a precision, on the bits in columns.
trait Precision {
    fn bits(value: f64) -> u64;
    fn add(sum: u64, term: f64) -> u64;
    fn value(bits: u64) -> f64;
    /// Returns the mean of two numbers.
    fn mean(left: f64, right: f64) -> f64;
}

struct Single;
struct Double;

impl Precision for Single {
    fn bits(value: f64) -> u64 {
        (value as f32).to_bits() as u64
    }
    fn add(sum: u64, term: f64) -> u64 {
        (f32::from_bits(sum as u32) + term as f32).to_bits() as u64
    }
    fn value(bits: u64) -> f64 {
        f32::from_bits(bits as u32) as f64
    }
    fn mean(left: f64, right: f64) -> f64 {
        ((left as f32 + right as f32) / 2.0) as f64
    }
}

impl Precision for Double {
    fn bits(value: f64) -> u64 {
        value.to_bits()
    }
    fn add(sum: u64, term: f64) -> u64 {
        (f64::from_bits(sum) + term).to_bits()
    }
    fn value(bits: u64) -> f64 {
        f64::from_bits(bits)
    }
    fn mean(left: f64, right: f64) -> f64 {
        (left + right) / 2.0
    }
}

impl Forest<'_> {
    /// Returns the number of words that a reduction needs for a row: see the functions below. Returns `None`
    /// if it overflows.
    #[cfg(feature = "alloc")]
    pub(super) fn state_of(reduction: Reduction, roots: usize, most_terms: usize) -> Option<usize> {
        match reduction {
            // Sums by tables may need some too: see `Tables`.
            Reduction::Leaf | Reduction::Sum(_) => Some(0),
            Reduction::Vote(accumulators) => (accumulators.count as usize).checked_mul(2)?.checked_add(1),
            Reduction::Maximum(accumulators) => Some(accumulators.count as usize),
            Reduction::Median(_) => roots.checked_mul(most_terms)?.checked_add(roots),
        }
    }

    /// Reduces the leaves of rows. Medians and the like find a row's state by its position among the rows.
    pub(super) fn reduce(
        &self,
        cells: &mut [u64],
        results: &[usize],
        rows: &[Row],
        state: &mut [u64],
        leaves: impl Leaves,
    ) {
        let cells = ResultCells { cells, results };
        match self.properties.reduction {
            Reduction::Leaf => self.leaf_numbers(cells, rows, leaves),
            Reduction::Sum(accumulators) if self.properties.has_tables => {
                self.sum_tables(cells, accumulators, rows, state, leaves);
            }
            Reduction::Sum(Accumulators { single: true, count }) => {
                self.sums::<Single>(cells, count, rows, leaves, |_, _| {});
            }
            Reduction::Sum(Accumulators { single: false, count }) => {
                self.sums::<Double>(cells, count, rows, leaves, |_, _| {});
            }
            Reduction::Vote(Accumulators { single: true, count }) => {
                self.vote::<Single>(cells, count, rows, leaves, state);
            }
            Reduction::Vote(Accumulators { single: false, count }) => {
                self.vote::<Double>(cells, count, rows, leaves, state);
            }
            Reduction::Median(Accumulators { single: true, count }) => {
                self.medians::<Single>(cells, count, rows, leaves, state);
            }
            Reduction::Median(Accumulators { single: false, count }) => {
                self.medians::<Double>(cells, count, rows, leaves, state);
            }
            Reduction::Maximum(Accumulators { single: true, count }) => {
                self.maxima::<Single>(cells, count, rows, leaves, state);
            }
            Reduction::Maximum(Accumulators { single: false, count }) => {
                self.maxima::<Double>(cells, count, rows, leaves, state);
            }
        }
    }

    /// Calls `visit` with the number of the tree, the position of the row and the leaf, for every tree and row.
    fn visit(&self, mut leaves: impl Leaves, mut visit: impl FnMut(usize, usize, Leaf)) {
        leaves.visit(|number, position, leaf| {
            let found = self.tree(number).map_or(Leaf::NONE, |tree| self.leaf(tree, leaf));
            visit(number, position, found);
        });
    }

    /// Writes the numbers of leaves.
    fn leaf_numbers(&self, mut cells: ResultCells<'_>, rows: &[Row], leaves: impl Leaves) {
        self.visit(leaves, |tree, position, leaf| {
            cells.set(tree, rows[position], leaf.number as u64);
        });
    }

    /// Clears the results of rows, counts trees without result, and calls `add` with the cells, the position of the row and
    /// each term, in order.
    fn add_terms(
        &self,
        cells: &mut ResultCells<'_>,
        count: usize,
        rows: &[Row],
        leaves: impl Leaves,
        mut add: impl FnMut(&mut ResultCells<'_>, usize, Term),
    ) {
        for row in rows {
            (0..=count).for_each(|result| cells.set(result, *row, 0));
        }
        self.visit(leaves, |_, position, leaf| {
            let row = rows[position];
            if leaf.number < 0 {
                cells.set(count, row, cells.get(count, row) + 1);
            }
            self.terms(leaf).for_each(|term| add(cells, position, term));
        });
    }

    /// Computes sums, and the number of trees without result. Calls `touch` with the row and the accumulator of each term,
    /// in order.
    fn sums<P: Precision>(
        &self,
        mut cells: ResultCells<'_>,
        count: u32,
        rows: &[Row],
        leaves: impl Leaves,
        mut touch: impl FnMut(usize, u32),
    ) {
        self.add_terms(&mut cells, count as usize, rows, leaves, |cells, position, term| {
            let (result, row) = (term.accumulator as usize, rows[position]);
            cells.set(result, row, P::add(cells.get(result, row), term.value));
            touch(position, term.accumulator);
        });
    }

    /// Computes sums and the largest of them. A row's state: the number of accumulators that have terms,
    /// those accumulators in the order of their first terms, and a word for each accumulator that says
    /// whether it has one.
    fn vote<P: Precision>(
        &self,
        cells: ResultCells<'_>,
        count: u32,
        rows: &[Row],
        leaves: impl Leaves,
        state: &mut [u64],
    ) {
        let ResultCells { cells, results } = cells;
        let size = count as usize;
        let width = 2 * size + 1;
        state.fill(0);
        self.sums::<P>(ResultCells { cells, results }, count, rows, leaves, |position, accumulator| {
            let Some(state) = state.get_mut(position * width..(position + 1) * width) else { return };
            let seen = 1 + size + accumulator as usize;
            if state.get(seen) == Some(&0) {
                state[seen] = 1;
                state[0] += 1;
                state[state[0] as usize] = accumulator as u64;
            }
        });
        let mut cells = ResultCells { cells, results };
        for (row, state) in rows.iter().zip(state.chunks_exact(width)) {
            let mut winner = None;
            for accumulator in state.iter().skip(1).take(state[0] as usize) {
                let sum = P::value(cells.get(*accumulator as usize, *row));
                if winner.is_none_or(|(_, largest)| sum > largest) {
                    winner = Some((*accumulator, sum));
                }
            }
            cells.set(size + 1, *row, winner.map_or(-1i64 as u64, |(accumulator, _)| accumulator));
        }
    }

    /// Computes the largest terms. A row's state: a word for each accumulator that says whether it has a term.
    fn maxima<P: Precision>(
        &self,
        mut cells: ResultCells<'_>,
        count: u32,
        rows: &[Row],
        leaves: impl Leaves,
        state: &mut [u64],
    ) {
        let count = count as usize;
        state.fill(0);
        self.add_terms(&mut cells, count, rows, leaves, |cells, position, term| {
            let (result, row) = (term.accumulator as usize, rows[position]);
            let Some(seen) = state.get_mut(position * count + result) else { return };
            if *seen == 0 || term.value > P::value(cells.get(result, row)) {
                *seen = 1;
                cells.set(result, row, P::bits(term.value));
            }
        });
    }

    /// Computes medians of terms. A row's state: its leaves, and behind them the terms of one accumulator.
    fn medians<P: Precision>(
        &self,
        mut cells: ResultCells<'_>,
        count: u32,
        rows: &[Row],
        mut leaves: impl Leaves,
        state: &mut [u64],
    ) {
        let width = self.properties.state;
        leaves.visit(|tree, position, leaf| {
            if let Some(word) = state.get_mut(position * width + tree) {
                *word = u64::from(leaf);
            }
        });
        for (position, row) in rows.iter().enumerate() {
            // Without trees the state is empty, but there is still a result.
            let state = state.get_mut(position * width..(position + 1) * width);
            let Some((found, terms)) = state.and_then(|state| state.split_at_mut_checked(self.trees.len()))
            else {
                return;
            };
            let found = |number: usize| {
                let leaf = found.get(number).map_or(u32::MAX, |leaf| *leaf as u32);
                self.tree(number).map_or(Leaf::NONE, |tree| self.leaf(tree, leaf))
            };
            let without_result = (0..self.trees.len()).filter(|tree| found(*tree).number < 0).count();
            for accumulator in 0..count {
                let all = (0..self.trees.len()).flat_map(|tree| self.terms(found(tree)));
                let own = all.filter(|term| term.accumulator == accumulator);
                let mut found = 0;
                for (word, term) in terms.iter_mut().zip(own) {
                    *word = term.value.to_bits();
                    found += 1;
                }
                let median = median::<P>(&mut terms[..found]);
                cells.set(accumulator as usize, *row, P::bits(median));
            }
            cells.set(count as usize, *row, without_result as u64);
        }
    }
}

/// Returns the median of terms, or zero if there is none. Sorts them.
fn median<P: Precision>(terms: &mut [u64]) -> f64 {
    terms.sort_unstable_by(|left, right| f64::from_bits(*left).total_cmp(&f64::from_bits(*right)));
    let middle = terms.len() / 2;
    let term = |index: usize| terms.get(index).map_or(0.0, |bits| f64::from_bits(*bits));
    match terms.len() % 2 {
        _ if terms.is_empty() => 0.0,
        1 => term(middle),
        _ => P::mean(term(middle - 1), term(middle)),
    }
}
