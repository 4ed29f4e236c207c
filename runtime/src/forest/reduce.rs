//! What becomes of the trees' leaves.
//!
//! Rows are walked together, tree by tree, so that a tree's nodes are read once; each row's accumulators are in its cells
//! of the result columns. Medians need all leaves of a row at once and so go row by row.

use super::{Accumulators, Forest, LANES, LEAF, Leaf, Reduction, Term};
use core::array;

/// Where a row's results are: the columns, and the row.
struct Cells<'c> {
    cells: &'c mut [u64],
    results: &'c [usize],
}

impl Cells<'_> {
    fn get(&self, result: usize, row: usize) -> u64 {
        let place = self.results.get(result).map(|place| place + row);
        place.and_then(|place| self.cells.get(place)).copied().unwrap_or(0)
    }

    fn set(&mut self, result: usize, row: usize, bits: u64) {
        if let Some(cell) = self.results.get(result).and_then(|place| self.cells.get_mut(place + row)) {
            *cell = bits;
        }
    }
}

/// The arithmetic of a precision, on the bits in columns.
trait Precision {
    fn bits(value: f64) -> u64;
    fn add(sum: u64, term: f64) -> u64;
    fn value(bits: u64) -> f64;
    /// The mean of two numbers.
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
    /// How many words a reduction needs for a row: see the functions below.
    #[cfg(feature = "alloc")]
    pub(super) fn state_of(reduction: Reduction, roots: usize, most_terms: usize) -> Option<usize> {
        match reduction {
            Reduction::Leaf | Reduction::Sum(_) => Some(0),
            Reduction::Vote(accumulators) => (accumulators.count as usize).checked_mul(2)?.checked_add(1),
            Reduction::Maximum(accumulators) => Some(accumulators.count as usize),
            // One row at a time has the room of all.
            Reduction::Median(_) => {
                let words = roots.checked_mul(most_terms)?.checked_add(roots)?;
                Some(words.div_ceil(super::ROWS))
            }
        }
    }

    /// Walks the trees for rows whose features are coded, and reduces their leaves.
    pub(super) fn reduce(
        &self,
        cells: &mut [u64],
        results: &[usize],
        rows: &[usize],
        slots: &[u64],
        state: &mut [u64],
    ) {
        match self.sets.is_empty() {
            true => self.reduce_with::<false>(Cells { cells, results }, rows, slots, state),
            false => self.reduce_with::<true>(Cells { cells, results }, rows, slots, state),
        }
    }

    fn reduce_with<const SETS: bool>(
        &self,
        cells: Cells<'_>,
        rows: &[usize],
        slots: &[u64],
        state: &mut [u64],
    ) {
        match self.reduction {
            Reduction::Leaf => self.leaves::<SETS>(cells, rows, slots),
            Reduction::Sum(Accumulators { single: true, count }) => {
                self.sums::<SETS, Single>(cells, count, rows, slots, |_, _| {});
            }
            Reduction::Sum(Accumulators { single: false, count }) => {
                self.sums::<SETS, Double>(cells, count, rows, slots, |_, _| {});
            }
            Reduction::Vote(Accumulators { single: true, count }) => {
                self.vote::<SETS, Single>(cells, count, rows, slots, state);
            }
            Reduction::Vote(Accumulators { single: false, count }) => {
                self.vote::<SETS, Double>(cells, count, rows, slots, state);
            }
            Reduction::Median(Accumulators { single: true, count }) => {
                self.medians::<SETS, Single>(cells, count, rows, slots, state);
            }
            Reduction::Median(Accumulators { single: false, count }) => {
                self.medians::<SETS, Double>(cells, count, rows, slots, state);
            }
            Reduction::Maximum(Accumulators { single: true, count }) => {
                self.maxima::<SETS, Single>(cells, count, rows, slots, state);
            }
            Reduction::Maximum(Accumulators { single: false, count }) => {
                self.maxima::<SETS, Double>(cells, count, rows, slots, state);
            }
        }
    }

    /// Calls `visit` with the leaf of every tree for every row, which it names by position; one row's come in order of
    /// the trees.
    fn visit<const SETS: bool>(
        &self,
        rows: &[usize],
        slots: &[u64],
        mut visit: impl FnMut(usize, usize, Leaf),
    ) {
        let none = Leaf { number: -1, first_term: 0, terms: 0 };
        let leaf = |leaf: u32| self.leaf(leaf).unwrap_or(none);
        let of_row = |position: usize| slots.get(position * self.slots.len()..).unwrap_or_default();
        if rows.len() < LANES / 2 {
            // Some trees at a time for each row.
            for position in 0..rows.len() {
                for (group, trees) in self.roots.chunks(LANES).enumerate() {
                    let roots = array::from_fn(|lane| trees.get(lane).map_or(LEAF, |root| *root as u32));
                    let found = self.walk_lanes::<SETS>([of_row(position); LANES], roots);
                    for (lane, found) in found.into_iter().enumerate().take(trees.len()) {
                        visit(group * LANES + lane, position, leaf(found));
                    }
                }
            }
        } else {
            // Some rows at a time for each tree, so that a tree's nodes are near while it is walked.
            for (tree, root) in self.roots.iter().enumerate() {
                for first in (0..rows.len()).step_by(LANES) {
                    let count = LANES.min(rows.len() - first);
                    let roots = array::from_fn(|lane| if lane < count { *root as u32 } else { LEAF });
                    let slots = array::from_fn(|lane| of_row(first + lane.min(count - 1)));
                    let found = self.walk_lanes::<SETS>(slots, roots);
                    for (lane, found) in found.into_iter().enumerate().take(count) {
                        visit(tree, first + lane, leaf(found));
                    }
                }
            }
        }
    }

    fn terms(&self, leaf: Leaf) -> impl Iterator<Item = Term> {
        let first = leaf.first_term as usize;
        let terms = self.terms.get(first..).and_then(|terms| terms.get(..leaf.terms as usize));
        let terms = terms.unwrap_or_default().iter();
        terms.map(|[accumulator, value]| Term {
            accumulator: *accumulator as u32,
            value: f64::from_bits(*value),
        })
    }

    fn leaves<const SETS: bool>(&self, mut cells: Cells<'_>, rows: &[usize], slots: &[u64]) {
        self.visit::<SETS>(rows, slots, |tree, position, leaf| {
            cells.set(tree, rows[position], leaf.number as u64);
        });
    }

    /// Sums, and how many trees have no result. `touch` learns which accumulators get terms, in order.
    fn sums<const SETS: bool, P: Precision>(
        &self,
        mut cells: Cells<'_>,
        count: u32,
        rows: &[usize],
        slots: &[u64],
        mut touch: impl FnMut(usize, u32),
    ) {
        let count = count as usize;
        for row in rows {
            (0..=count).for_each(|result| cells.set(result, *row, 0));
        }
        self.visit::<SETS>(rows, slots, |_, position, leaf| {
            let row = rows[position];
            if leaf.number < 0 {
                cells.set(count, row, cells.get(count, row) + 1);
            }
            for term in self.terms(leaf) {
                let result = term.accumulator as usize;
                cells.set(result, row, P::add(cells.get(result, row), term.value));
                touch(position, term.accumulator);
            }
        });
    }

    /// Sums and the largest of them. A row's state: how many accumulators have terms, those in order of their first
    /// terms, and a word for each accumulator that tells whether it has one.
    fn vote<const SETS: bool, P: Precision>(
        &self,
        cells: Cells<'_>,
        count: u32,
        rows: &[usize],
        slots: &[u64],
        state: &mut [u64],
    ) {
        let Cells { cells, results } = cells;
        let size = count as usize;
        let width = 2 * size + 1;
        state.fill(0);
        self.sums::<SETS, P>(Cells { cells, results }, count, rows, slots, |position, accumulator| {
            let Some(state) = state.get_mut(position * width..(position + 1) * width) else { return };
            let seen = 1 + size + accumulator as usize;
            if state.get(seen) == Some(&0) {
                state[seen] = 1;
                state[0] += 1;
                state[state[0] as usize] = accumulator as u64;
            }
        });
        let mut cells = Cells { cells, results };
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

    /// Largest terms. A row's state: a word for each accumulator that tells whether it has a term.
    fn maxima<const SETS: bool, P: Precision>(
        &self,
        mut cells: Cells<'_>,
        count: u32,
        rows: &[usize],
        slots: &[u64],
        state: &mut [u64],
    ) {
        let count = count as usize;
        state.fill(0);
        for row in rows {
            (0..=count).for_each(|result| cells.set(result, *row, 0));
        }
        self.visit::<SETS>(rows, slots, |_, position, leaf| {
            let row = rows[position];
            if leaf.number < 0 {
                cells.set(count, row, cells.get(count, row) + 1);
            }
            for term in self.terms(leaf) {
                let result = term.accumulator as usize;
                let Some(seen) = state.get_mut(position * count + result) else { continue };
                if *seen == 0 || term.value > P::value(cells.get(result, row)) {
                    *seen = 1;
                    cells.set(result, row, P::bits(term.value));
                }
            }
        });
    }

    /// Medians of terms. The state: the row's leaves, and behind them the terms of one accumulator.
    fn medians<const SETS: bool, P: Precision>(
        &self,
        mut cells: Cells<'_>,
        count: u32,
        rows: &[usize],
        slots: &[u64],
        state: &mut [u64],
    ) {
        let width = self.slots.len();
        let Some((leaves, terms)) = state.split_at_mut_checked(self.roots.len()) else { return };
        for (position, row) in rows.iter().enumerate() {
            let slots = slots.get(position * width..).unwrap_or_default();
            let mut without_result = 0;
            for (root, leaf) in self.roots.iter().zip(leaves.iter_mut()) {
                let found = self.walk::<SETS>(slots, *root as u32);
                *leaf = u64::from(found);
                without_result += self.leaf(found).is_none_or(|leaf| leaf.number < 0) as u64;
            }
            for accumulator in 0..count {
                let own = leaves
                    .iter()
                    .filter_map(|leaf| self.leaf(*leaf as u32))
                    .flat_map(|leaf| self.terms(leaf))
                    .filter(|term| term.accumulator == accumulator);
                let mut found = 0;
                for (word, term) in terms.iter_mut().zip(own) {
                    *word = term.value.to_bits();
                    found += 1;
                }
                let median = median::<P>(&mut terms[..found]);
                cells.set(accumulator as usize, *row, P::bits(median));
            }
            cells.set(count as usize, *row, without_result);
        }
    }
}

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
