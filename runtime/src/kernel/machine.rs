//! Kernel machines: weighted sums of what a function makes of the arguments and of constant vectors.
//!
//! # Layout
//!
//! | words | what |
//! |---|---|
//! | 1 | the kind, [`MACHINES`](super::MACHINES) |
//! | 1 | flags: [`SINGLE`] |
//! | 1 | the function: [`LINEAR`], [`POLYNOMIAL`], [`RADIAL_BASIS`] or [`SIGMOID`] |
//! | 3 | the bits of its parameters: factor, offset, exponent |
//! | | the `vectors`, of which the arguments are the places |
//! | | the machines: vectors of coefficients, of which the vectors above are the places |
//! | one a machine | the bits of its bias |
//!
//! Bits of singles are in the low half of their word.
//!
//! # Evaluation
//!
//! Each vector's sum is computed for some rows and stays in the scratch; the function is applied to all of them; then the
//! machines are summed. So the function's value for a vector is computed once, however many machines use it.

use super::float::Float;
use super::vectors::{self, LANES, SimdLevel};
use super::{Argument, Error, Tile, add_biases, apply, gather, has_column, tiles, write};
use crate::simd::{self, Work};

/// A flag: numbers are singles, not doubles.
pub const SINGLE: u64 = 1;

/// The scalar product.
pub const LINEAR: u64 = 0;
/// A power of the scalar product, after a factor and an offset.
pub const POLYNOMIAL: u64 = 1;
/// The exponential of the negative squared distance, after a factor.
pub const RADIAL_BASIS: u64 = 2;
/// The hyperbolic tangent of the scalar product, after a factor and an offset.
pub const SIGMOID: u64 = 3;

/// Kernel machines that lie in an image.
#[derive(Clone, Copy, Debug)]
pub struct Machines<'t> {
    flags: u64,
    function: u64,
    parameters: [u64; 3],
    vectors: SimdLevel<'t>,
    machines: SimdLevel<'t>,
    biases: &'t [u64],
}

impl<'t> Machines<'t> {
    /// Opens an image, of which the first word has been read.
    pub(super) fn open(image: &'t [u64]) -> Result<Self, Error> {
        let (&[flags, function, gamma, offset, degree], rest) =
            image.split_first_chunk().ok_or(Error::Size)?;
        if flags & !SINGLE != 0 || function > SIGMOID {
            return Err(Error::Kind);
        }
        let (vectors, rest) = SimdLevel::open(rest)?;
        let (machines, biases) = SimdLevel::open(rest)?;
        match machines.places == vectors.count && biases.len() == machines.count {
            true => {
                Ok(Self { flags, function, parameters: [gamma, offset, degree], vectors, machines, biases })
            }
            false => Err(Error::Size),
        }
    }

    /// How many words the evaluation works in.
    pub(super) fn scratch(&self) -> usize {
        (self.vectors.places + self.vectors.count + self.machines.count) * LANES
    }

    /// Evaluates the machines, by the version for some vectors, see
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
        let fits = arguments.len() == self.vectors.places
            && results.len() == self.biases.len()
            && scratch.len() >= self.scratch()
            && results.iter().all(|place| has_column(cells, *place, mask));
        if fits {
            simd::run(vectors, Block { machines: self, arguments, results, cells, scratch, mask });
        }
    }
}

/// Kernel machines with what they take and give.
struct Block<'e, 't> {
    machines: &'e Machines<'t>,
    arguments: &'e [Argument],
    results: &'e [usize],
    cells: &'e mut [u64],
    scratch: &'e mut [u64],
    mask: u64,
}

impl Work for Block<'_, '_> {
    #[inline(always)]
    fn run(mut self) {
        match self.machines.flags & SINGLE != 0 {
            true => self.evaluate::<f32>(),
            false => self.evaluate::<f64>(),
        }
    }
}

impl Block<'_, '_> {
    #[inline(always)]
    fn evaluate<F: Float>(&mut self) {
        for tile in tiles(self.mask) {
            match tile {
                Tile::One(row) => self.tile::<F, 1>(row, 1),
                Tile::Many(first, rows) => self.tile::<F, LANES>(first, rows),
            }
        }
    }

    /// Computes `N` rows from `first` on, and writes those of a mask whose lowest bit is the first of them.
    #[inline(always)]
    fn tile<F: Float, const N: usize>(&mut self, first: usize, mask: u64) {
        let Machines { vectors, machines, biases, function, .. } = *self.machines;
        let (gathered, _) = self.scratch.as_chunks_mut::<N>();
        let Some((rows, rest)) = gathered.split_at_mut_checked(self.arguments.len()) else { return };
        let Some((values, sums)) = rest.split_at_mut_checked(vectors.count) else { return };
        gather(rows, self.arguments, self.cells, first);
        match function {
            RADIAL_BASIS => vectors.sums::<F, { vectors::DISTANCES }, N>(rows, values),
            _ => vectors.sums::<F, { vectors::PRODUCTS }, N>(rows, values),
        }
        self.machines.apply::<F>(values.as_flattened_mut());
        machines.sums::<F, { vectors::PRODUCTS }, N>(values, sums);
        add_biases::<F, N>(sums, biases);
        write(self.cells, self.results, (first, mask), sums);
    }
}

impl Machines<'_> {
    /// Replaces sums by the function's values.
    #[inline(always)]
    fn apply<F: Float>(&self, sums: &mut [u64]) {
        let [gamma, offset, degree] = self.parameters.map(F::from_word);
        match self.function {
            RADIAL_BASIS => {
                let factor = gamma.negative();
                apply(sums, |lanes: [F; LANES]| F::exp_of_lanes(lanes.map(|sum| factor.times(sum))));
            }
            POLYNOMIAL => {
                for sum in sums {
                    *sum = gamma.times(F::from_word(*sum)).plus(offset).pow(degree).to_word();
                }
            }
            SIGMOID => {
                for sum in sums {
                    *sum = gamma.times(F::from_word(*sum)).plus(offset).tanh().to_word();
                }
            }
            _ => {}
        }
    }
}
