//! Weighted sums of the same arguments: each is `0 + w₁·x₁ + w₂·x₂ + … + bias`, added from left to right.
//! In the other variant terms are squared differences, `(x₁ − w₁)²`. Of every sum a function may be taken.
//!
//! # Layout
//!
//! | words | what |
//! |---|---|
//! | 1 | the kind, [`DENSE`](super::DENSE) |
//! | 1 | flags: [`SINGLE`], [`SQUARES`], and the [`function`] of sums in the second byte |
//! | | the weights: `vectors`, one a sum, of which the arguments are the places |
//! | one a sum | the bits of its bias |
//!
//! Bits of singles are in the low half of their word.

use super::float::Float;
use super::vectors::{self, LANES, SimdLevel};
use super::{Argument, Error, Tile, add_biases, apply, gather, has_column, tiles, write};
use crate::simd::{self, Work};

/// A flag: numbers are singles, not doubles.
pub const SINGLE: u64 = 1;
/// A flag: terms are squares of an argument's difference from the weight, not products.
pub const SQUARES: u64 = 2;

/// What is made of a sum.
pub mod function {
    /// The sum itself.
    pub const IDENTITY: u64 = 0;
    /// `1 ÷ (1 + e^−x)`.
    pub const LOGISTIC: u64 = 1;
    /// The hyperbolic tangent.
    pub const TANH: u64 = 2;
    /// 0 where it is below 0.
    pub const RECTIFIER: u64 = 3;
}

/// Weighted sums that lie in an image.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'t> {
    flags: u64,
    weights: SimdLevel<'t>,
    biases: &'t [u64],
}

impl<'t> Dense<'t> {
    /// Opens an image, of which the first word has been read.
    pub(super) fn open(image: &'t [u64]) -> Result<Self, Error> {
        let (&flags, rest) = image.split_first().ok_or(Error::Size)?;
        if flags & !(SINGLE | SQUARES | 0xFF00) != 0 || flags >> 8 > function::RECTIFIER {
            return Err(Error::Kind);
        }
        let (weights, biases) = SimdLevel::open(rest)?;
        match biases.len() == weights.count {
            true => Ok(Self { flags, weights, biases }),
            false => Err(Error::Size),
        }
    }

    /// How many words the evaluation works in.
    pub(super) fn scratch(&self) -> usize {
        (self.weights.places + self.weights.count) * LANES
    }

    /// Evaluates the sums, by the version for some vectors, see
    /// [`Kernel::evaluate`](super::Kernel::evaluate).
    pub(super) fn evaluate(
        &self,
        vectors: simd::SimdLevel,
        cells: &mut [u64],
        scratch: &mut [u64],
        arguments: &[Argument],
        results: &[usize],
        mask: u64,
    ) {
        let fits = arguments.len() == self.weights.places
            && results.len() == self.biases.len()
            && scratch.len() >= self.scratch()
            && results.iter().all(|place| has_column(cells, *place, mask));
        if fits {
            simd::run(vectors, Block { dense: self, arguments, results, cells, scratch, mask });
        }
    }
}

/// Weighted sums with what they take and give.
struct Block<'e, 't> {
    dense: &'e Dense<'t>,
    arguments: &'e [Argument],
    results: &'e [usize],
    cells: &'e mut [u64],
    scratch: &'e mut [u64],
    mask: u64,
}

impl Work for Block<'_, '_> {
    #[inline(always)]
    fn run(mut self) {
        match (self.dense.flags & SINGLE != 0, self.dense.flags & SQUARES != 0) {
            (false, false) => self.evaluate::<f64, { vectors::PRODUCTS }>(),
            (false, true) => self.evaluate::<f64, { vectors::SQUARES }>(),
            (true, false) => self.evaluate::<f32, { vectors::PRODUCTS }>(),
            (true, true) => self.evaluate::<f32, { vectors::SQUARES }>(),
        }
    }
}

impl Block<'_, '_> {
    #[inline(always)]
    fn evaluate<F: Float, const KIND: u8>(&mut self) {
        for tile in tiles(self.mask) {
            match tile {
                Tile::One(row) => self.tile::<F, KIND, 1>(row, 1),
                Tile::Many(first, rows) => self.tile::<F, KIND, LANES>(first, rows),
            }
        }
    }

    /// Computes `N` rows from `first` on, and writes those of a mask whose lowest bit is the first of them.
    #[inline(always)]
    fn tile<F: Float, const KIND: u8, const N: usize>(&mut self, first: usize, mask: u64) {
        let (gathered, _) = self.scratch.as_chunks_mut::<N>();
        let Some((rows, sums)) = gathered.split_at_mut_checked(self.arguments.len()) else { return };
        gather(rows, self.arguments, self.cells, first);
        self.dense.weights.sums::<F, KIND, N>(rows, sums);
        let Some(sums) = sums.get_mut(..self.results.len()) else { return };
        add_biases::<F, N>(sums, self.dense.biases);
        self.dense.apply::<F>(sums.as_flattened_mut());
        write(self.cells, self.results, (first, mask), sums);
    }
}

impl Dense<'_> {
    /// Replaces sums by the function's values.
    #[inline(always)]
    fn apply<F: Float>(&self, sums: &mut [u64]) {
        match self.flags >> 8 {
            function::LOGISTIC => apply(sums, |lanes: [F; LANES]| {
                let powers = F::exp_of_lanes(lanes.map(F::negative));
                powers.map(|power| F::ONE.by(F::ONE.plus(power)))
            }),
            function::TANH => apply(sums, |lanes: [F; LANES]| lanes.map(F::tanh)),
            function::RECTIFIER => {
                apply(sums, |lanes: [F; LANES]| lanes.map(|sum| if sum < F::ZERO { F::ZERO } else { sum }))
            }
            _ => {}
        }
    }
}
