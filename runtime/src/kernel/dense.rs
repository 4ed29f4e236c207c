//! Weighted sums of the same arguments: each is `0 + w₁·x₁ + w₂·x₂ + … + bias`, added from left to right.
//! In the other variant terms are squared differences, `(x₁ − w₁)²`.
//!
//! # Layout
//!
//! | words | what |
//! |---|---|
//! | 1 | the kind, [`DENSE`](super::DENSE) |
//! | 1 | two numbers: how many arguments, how many sums |
//! | 1 | flags: [`SINGLE`], [`FULL`], [`SQUARES`] |
//! | 1 | how many terms all sums have |
//! | one a sum | the bits of its bias |
//! | one a term | the bits of its weight; the terms of a sum are together, in order |
//! | one a sum | how many terms it and those before it have |
//! | half a term | the number of its argument |
//!
//! Bits of singles are in the low half of their word. The last two are left out where every sum has one term for each
//! argument, in order ([`FULL`]).
//!
//! # Evaluation
//!
//! Some rows at a time: their arguments are gathered, row beside row, so that the innermost loop multiplies the arguments
//! of all these rows with one weight. It has no branches and no gaps, which is what the compiler needs to use vectors.

use super::float::Float;
use super::{Argument, Error, ROWS, has_column};
use crate::cpu::{self, Vectors};

/// A flag: numbers are singles, not doubles.
pub const SINGLE: u64 = 1;
/// A flag: every sum has one term for each argument, in order.
pub const FULL: u64 = 2;
/// A flag: terms are squares of an argument's difference from the weight, not products.
pub const SQUARES: u64 = 4;

/// How many rows are computed side by side.
const TILE: usize = 16;

/// Weighted sums that lie in an image.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'t> {
    arguments: usize,
    flags: u64,
    biases: &'t [u64],
    weights: &'t [u64],
    ends: &'t [u64],
    sources: &'t [u64],
}

impl<'t> Dense<'t> {
    /// Opens an image, of which the first word has been read.
    pub(super) fn open(image: &'t [u64]) -> Result<Self, Error> {
        let (&[sizes, flags, terms], rest) = image.split_first_chunk().ok_or(Error::Size)?;
        let arguments = sizes as u32 as usize;
        let sums = (sizes >> 32) as usize;
        let terms = usize::try_from(terms).map_err(|_| Error::Size)?;
        if flags & !(SINGLE | FULL | SQUARES) != 0 {
            return Err(Error::Kind);
        }
        // So that the scratch has a size.
        arguments.checked_mul(TILE).ok_or(Error::Size)?;
        let (biases, rest) = rest.split_at_checked(sums).ok_or(Error::Size)?;
        let (weights, rest) = rest.split_at_checked(terms).ok_or(Error::Size)?;
        let full = flags & FULL != 0;
        let (ends, sources) = rest.split_at_checked(if full { 0 } else { sums }).ok_or(Error::Size)?;
        let fits = match full {
            true => arguments.checked_mul(sums) == Some(terms) && sources.is_empty(),
            false => sources.len() == terms.div_ceil(2),
        };
        match fits {
            true => Ok(Self { arguments, flags, biases, weights, ends, sources }),
            false => Err(Error::Size),
        }
    }

    /// How many words the evaluation works in.
    pub(super) fn scratch(&self) -> usize {
        self.arguments * TILE
    }

    /// Evaluates the sums, see [`Kernel::evaluate`](super::Kernel::evaluate).
    pub(super) fn evaluate(
        &self,
        cells: &mut [u64],
        scratch: &mut [u64],
        arguments: &[Argument],
        results: &[usize],
        mask: u64,
    ) {
        let fits = arguments.len() == self.arguments
            && results.len() == self.biases.len()
            && scratch.len() >= self.scratch()
            && results.iter().all(|place| has_column(cells, *place, mask));
        if !fits {
            return;
        }
        Block { dense: self, arguments, results }.run(cpu::vectors(), cells, scratch, mask);
    }

    /// The terms of each sum.
    fn sums(&self) -> impl Iterator<Item = Terms<'t>> {
        let Self { arguments, flags, weights, ends, sources, .. } = *self;
        let mut start = 0;
        (0..self.biases.len()).map(move |number| {
            if flags & FULL != 0 {
                let weights = weights.get(number * arguments..).unwrap_or_default();
                return Terms { weights: weights.get(..arguments).unwrap_or_default(), sources: None };
            }
            let first = start;
            start = ends.get(number).map_or(first, |end| *end as usize);
            let weights = weights.get(first..start).unwrap_or_default();
            Terms { weights, sources: Some((sources, first)) }
        })
    }
}

/// The terms of a sum.
struct Terms<'t> {
    weights: &'t [u64],
    /// The arguments of all terms, and the number of the sum's first term; or none if they are all arguments.
    sources: Option<(&'t [u64], usize)>,
}

/// Weighted sums with the places of what they take and give.
struct Block<'e, 't> {
    dense: &'e Dense<'t>,
    arguments: &'e [Argument],
    results: &'e [usize],
}

impl Block<'_, '_> {
    /// Runs the version for a processor, which must have the vectors.
    fn run(&self, vectors: Vectors, cells: &mut [u64], scratch: &mut [u64], mask: u64) {
        match vectors {
            // One row has no use for vectors.
            _ if mask.count_ones() < 2 => self.portable(cells, scratch, mask),
            // SAFETY: the processor has them.
            #[cfg(target_arch = "x86_64")]
            Vectors::Avx512 => unsafe { self.avx512(cells, scratch, mask) },
            // SAFETY: the processor has them.
            #[cfg(target_arch = "x86_64")]
            Vectors::Avx2 => unsafe { self.avx2(cells, scratch, mask) },
            _ => self.portable(cells, scratch, mask),
        }
    }

    /// The same code with other instructions. Neither fuses a multiplication with an addition: nothing in Rust does unasked.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn avx2(&self, cells: &mut [u64], scratch: &mut [u64], mask: u64) {
        self.portable(cells, scratch, mask);
    }

    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx512f")]
    fn avx512(&self, cells: &mut [u64], scratch: &mut [u64], mask: u64) {
        self.portable(cells, scratch, mask);
    }

    #[inline(always)]
    fn portable(&self, cells: &mut [u64], scratch: &mut [u64], mask: u64) {
        match (self.dense.flags & SINGLE != 0, self.dense.flags & SQUARES != 0) {
            (false, false) => self.evaluate::<f64, false>(cells, scratch, mask),
            (false, true) => self.evaluate::<f64, true>(cells, scratch, mask),
            (true, false) => self.evaluate::<f32, false>(cells, scratch, mask),
            (true, true) => self.evaluate::<f32, true>(cells, scratch, mask),
        }
    }

    #[inline(always)]
    fn evaluate<F: Float, const SQUARES: bool>(&self, cells: &mut [u64], scratch: &mut [u64], mask: u64) {
        for first in (0..ROWS).step_by(TILE) {
            let rows = mask >> first & ((1 << TILE) - 1);
            match rows.count_ones() {
                0 => {}
                1 => {
                    let (rows, first) = (1, first + rows.trailing_zeros() as usize);
                    self.tile::<F, SQUARES, 1>(cells, scratch, first, rows);
                }
                _ => self.tile::<F, SQUARES, TILE>(cells, scratch, first, rows),
            }
        }
    }

    /// Computes `N` rows from `first` on, and writes those of a mask whose lowest bit is the first of them.
    #[inline(always)]
    fn tile<F: Float, const SQUARES: bool, const N: usize>(
        &self,
        cells: &mut [u64],
        scratch: &mut [u64],
        first: usize,
        mask: u64,
    ) {
        let (gathered, _) = scratch.as_chunks_mut::<N>();
        for (rows, argument) in gathered.iter_mut().zip(self.arguments) {
            *rows = argument.rows(cells, first);
        }
        let gathered = gathered.get(..self.arguments.len()).unwrap_or_default();
        for ((terms, bias), result) in self.dense.sums().zip(self.dense.biases).zip(self.results) {
            let sums = terms.add::<F, SQUARES, N>(gathered);
            let bias = F::from_word(*bias);
            for (row, sum) in sums.iter().enumerate() {
                if mask >> row & 1 != 0
                    && let Some(word) = cells.get_mut(result + first + row)
                {
                    *word = sum.plus(bias).to_word();
                }
            }
        }
    }
}

impl Terms<'_> {
    /// The sums of the terms for some rows.
    #[inline(always)]
    fn add<F: Float, const SQUARES: bool, const N: usize>(&self, gathered: &[[u64; N]]) -> [F; N] {
        let mut sums = [F::ZERO; N];
        let mut add = |weight: u64, arguments: &[u64; N]| {
            let weight = F::from_word(weight);
            for (sum, argument) in sums.iter_mut().zip(arguments) {
                let argument = F::from_word(*argument);
                let difference = argument.minus(weight);
                let term = if SQUARES { difference.times(difference) } else { weight.times(argument) };
                *sum = sum.plus(term);
            }
        };
        match self.sources {
            None => {
                for (weight, arguments) in self.weights.iter().zip(gathered) {
                    add(*weight, arguments);
                }
            }
            Some((sources, first)) => {
                for (number, weight) in self.weights.iter().enumerate() {
                    let term = first + number;
                    let source = sources.get(term / 2).map_or(0, |pair| (pair >> (term % 2 * 32)) as u32);
                    if let Some(arguments) = gathered.get(source as usize) {
                        add(*weight, arguments);
                    }
                }
            }
        }
        sums
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    /// Every version that the processor has gives what the portable one gives, bit for bit.
    #[test]
    fn versions_agree() {
        let mut state = 1u64;
        let mut random = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 20
        };
        for case in 0..64u64 {
            let (flags, sums, width) = (case % 8, 1 + random() as usize % 7, 1 + random() as usize % 9);
            let word = |random: u64| match flags & SINGLE {
                0 => (random as f64 / 1e11 - 40.0).to_bits(),
                _ => (random as f32 / 1e11 - 40.0).to_bits() as u64,
            };
            let terms = sums * width;
            let mut image = std::vec![width as u64 | (sums as u64) << 32, flags, terms as u64];
            image.extend((0..sums + terms).map(|_| word(random())));
            if flags & FULL == 0 {
                image.extend((1..=sums).map(|sum| (sum * width) as u64));
                let mut source = || random() % width as u64;
                image.extend((0..terms.div_ceil(2)).map(|_| source() | source() << 32));
            }
            let dense = Dense::open(&image).expect("it is right");
            let cells: Vec<u64> = (0..ROWS * (width + sums)).map(|_| word(random())).collect();
            let arguments: Vec<Argument> = (0..width).map(|at| Argument::Words(at * ROWS)).collect();
            let results: Vec<usize> = (width..width + sums).map(|at| at * ROWS).collect();
            let block = Block { dense: &dense, arguments: &arguments, results: &results };
            for mask in [u64::MAX, random() << 20 ^ random(), 1 << 40 | 1 << 41] {
                let run = |vectors| {
                    let (mut cells, mut scratch) = (cells.clone(), std::vec![0; dense.scratch()]);
                    block.run(vectors, &mut cells, &mut scratch, mask);
                    cells
                };
                let expected = run(Vectors::Portable);
                assert_ne!(expected, cells);
                for vectors in [Vectors::Avx2, Vectors::Avx512] {
                    if vectors <= cpu::vectors() {
                        assert_eq!(run(vectors), expected, "case {case}, {vectors:?}");
                    }
                }
            }
        }
    }
}
