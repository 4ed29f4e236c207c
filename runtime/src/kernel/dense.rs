//! Weighted sums of the same arguments: each is `0 + w₁·x₁ + w₂·x₂ + … + bias`, added from left to right. In
//! a variant, the terms are squared differences, `(x₁ − w₁)²`. A function may be applied to every sum.
//!
//! # Layout
//!
//! | words | what |
//! |---|---|
//! | 1 | the kind, [`DENSE`](super::DENSE) |
//! | 1 | flags: [`SINGLE`], [`SQUARES`], and the [`function`] applied to sums in the second byte |
//! | | the weights: a [`matrix`] of a vector per sum, of which the arguments are the places |
//! | one per sum | the bits of its bias |
//!
//! Bits of an `f32` are in the low half of their word.

use super::error::Error;
use super::float::Float;
use super::lanes::{LANES, LaneFunction, add_biases, apply};
use super::matrix::{self, Matrix};
use super::tile::{Columns, TileKernel, gather, write};
use crate::image::Reader;

/// A flag: numbers are in single precision, rather than double.
pub const SINGLE: u64 = 1;
/// A flag: terms are squares of an argument's difference from the weight, rather than products.
pub const SQUARES: u64 = 2;

/// The function that is applied to a sum.
pub mod function {
    /// The sum itself.
    pub const IDENTITY: u64 = 0;
    /// `1 ÷ (1 + e^−x)`.
    pub const LOGISTIC: u64 = 1;
    /// The hyperbolic tangent.
    pub const TANH: u64 = 2;
    /// 0 if it is below 0.
    pub const RECTIFIER: u64 = 3;
}

/// Weighted sums in an image.
#[derive(Clone, Copy, Debug)]
pub struct Dense<'t> {
    flags: u64,
    weights: Matrix<'t>,
    biases: &'t [u64],
}

impl<'t> Dense<'t> {
    /// Opens an image, of which the first word has been read.
    pub(super) fn open(image: &'t [u64]) -> Result<Self, Error> {
        let mut reader = Reader(image);
        let &[flags] = reader.array().ok_or(Error::Size)?;
        if flags & !(SINGLE | SQUARES | 0xFF00) != 0 || flags >> 8 > function::RECTIFIER {
            return Err(Error::Kind);
        }
        let weights = Matrix::open(&mut reader)?;
        let biases = reader.0;
        if biases.len() != weights.count {
            return Err(Error::Size);
        }
        Ok(Self { flags, weights, biases })
    }
}

impl TileKernel for Dense<'_> {
    fn arguments(&self) -> usize {
        self.weights.places
    }

    fn results(&self) -> usize {
        self.biases.len()
    }

    fn scratch(&self) -> usize {
        (self.weights.places + self.weights.count) * LANES
    }

    fn is_single(&self) -> bool {
        self.flags & SINGLE != 0
    }

    #[inline(always)]
    fn tile<F: Float, const N: usize>(&self, columns: &mut Columns<'_>, first: usize, mask: u64) {
        let Columns { cells, scratch, arguments, results } = columns;
        let (gathered, _) = scratch.as_chunks_mut::<N>();
        let Some((rows, sums)) = gathered.split_at_mut_checked(arguments.len()) else { return };
        gather(rows, arguments, cells, first);
        if self.flags & SQUARES != 0 {
            self.weights.sums::<F, { matrix::SQUARES }, N>(rows, sums);
        } else {
            self.weights.sums::<F, { matrix::PRODUCTS }, N>(rows, sums);
        }
        let Some(sums) = sums.get_mut(..results.len()) else { return };
        add_biases::<F, N>(sums, self.biases);
        self.apply::<F>(sums.as_flattened_mut());
        write(cells, results, (first, mask), sums);
    }
}

impl Dense<'_> {
    /// Replaces sums by the function's values.
    #[inline(always)]
    fn apply<F: Float>(&self, sums: &mut [u64]) {
        match self.flags >> 8 {
            function::LOGISTIC => apply::<F>(sums, &Logistic),
            function::TANH => apply::<F>(sums, &Tanh),
            function::RECTIFIER => rectify::<F>(sums),
            _ => {}
        }
    }
}

struct Logistic;

impl<F: Float> LaneFunction<F> for Logistic {
    #[inline(always)]
    fn of(&self, lanes: [F; LANES]) -> [F; LANES] {
        F::exp_of_lanes(lanes.map(F::negative)).map(|power| F::ONE.by(F::ONE.plus(power)))
    }
}

struct Tanh;

impl<F: Float> LaneFunction<F> for Tanh {
    #[inline(always)]
    fn of(&self, lanes: [F; LANES]) -> [F; LANES] {
        F::tanh_of_lanes(lanes)
    }
}

/// Replaces numbers below 0 by 0. One loop over all numbers: of lanes within a loop the compiler would make gathers and
/// scatters.
#[inline(always)]
fn rectify<F: Float>(words: &mut [u64]) {
    for word in words {
        let sum = F::from_word(*word);
        *word = if sum < F::ZERO { F::ZERO } else { sum }.to_word();
    }
}
