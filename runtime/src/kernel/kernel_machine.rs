//! Kernel machines: weighted sums of a kernel function of the arguments and of constant support vectors.
//!
//! # Layout
//!
//! | words | what |
//! |---|---|
//! | 1 | the kind, [`KERNEL_MACHINES`](super::KERNEL_MACHINES) |
//! | 1 | flags: [`SINGLE`] |
//! | 1 | the function: [`LINEAR`], [`POLYNOMIAL`], [`RADIAL_BASIS`] or [`SIGMOID`] |
//! | 3 | the bits of its parameters: factor, offset, exponent |
//! | | the support vectors: a [`matrix`], of which the arguments are the places |
//! | | the machines: a matrix of coefficients, a vector per machine, of which the support vectors are the places |
//! | one per machine | the bits of its bias |
//!
//! Bits of an `f32` are in the low half of their word.
//!
//! # Evaluation
//!
//! Each support vector's sum is computed for some rows and stays in the scratch space; the function is
//! applied to all of them; then the machines are summed. So the function's value for a support vector is
//! computed once, regardless of how many machines use it.

use super::error::Error;
use super::float::Float;
use super::lanes::{LANES, LaneFunction, add_biases, apply};
use super::matrix::{self, Matrix};
use super::tile::{Columns, TileKernel, gather, write};
use crate::image::Reader;

/// A flag: numbers are in single precision, rather than double.
pub const SINGLE: u64 = 1;

/// The scalar product.
pub const LINEAR: u64 = 0;
/// A power of the scalar product, after a factor and an offset.
pub const POLYNOMIAL: u64 = 1;
/// The exponential of the negative squared distance, after a factor.
pub const RADIAL_BASIS: u64 = 2;
/// The hyperbolic tangent of the scalar product, after a factor and an offset.
pub const SIGMOID: u64 = 3;

/// Kernel machines in an image.
#[derive(Clone, Copy, Debug)]
pub struct KernelMachines<'t> {
    flags: u64,
    function: u64,
    parameters: [u64; 3],
    support_vectors: Matrix<'t>,
    /// The coefficients of the support vectors, a vector per machine.
    coefficients: Matrix<'t>,
    biases: &'t [u64],
}

impl<'t> KernelMachines<'t> {
    /// Opens an image, of which the first word has been read.
    pub(super) fn open(image: &'t [u64]) -> Result<Self, Error> {
        let mut reader = Reader(image);
        let &[flags, function, gamma, offset, degree] = reader.array().ok_or(Error::Size)?;
        if flags & !SINGLE != 0 || function > SIGMOID {
            return Err(Error::Kind);
        }
        let support_vectors = Matrix::open(&mut reader)?;
        let coefficients = Matrix::open(&mut reader)?;
        let biases = reader.0;
        if coefficients.places != support_vectors.count || biases.len() != coefficients.count {
            return Err(Error::Size);
        }
        Ok(Self {
            flags,
            function,
            parameters: [gamma, offset, degree],
            support_vectors,
            coefficients,
            biases,
        })
    }
}

impl TileKernel for KernelMachines<'_> {
    fn arguments(&self) -> usize {
        self.support_vectors.places
    }

    fn results(&self) -> usize {
        self.biases.len()
    }

    fn scratch(&self) -> usize {
        (self.support_vectors.places + self.support_vectors.count + self.coefficients.count) * LANES
    }

    fn is_single(&self) -> bool {
        self.flags & SINGLE != 0
    }

    #[inline(always)]
    fn tile<F: Float, const N: usize>(&self, columns: &mut Columns<'_>, first: usize, mask: u64) {
        let Columns { cells, scratch, arguments, results } = columns;
        let (gathered, _) = scratch.as_chunks_mut::<N>();
        let Some((rows, rest)) = gathered.split_at_mut_checked(arguments.len()) else { return };
        let Some((values, sums)) = rest.split_at_mut_checked(self.support_vectors.count) else { return };
        gather(rows, arguments, cells, first);
        match self.function {
            RADIAL_BASIS => self.support_vectors.sums::<F, { matrix::DISTANCES }, N>(rows, values),
            _ => self.support_vectors.sums::<F, { matrix::PRODUCTS }, N>(rows, values),
        }
        self.apply::<F>(values.as_flattened_mut());
        self.coefficients.sums::<F, { matrix::PRODUCTS }, N>(values, sums);
        add_biases::<F, N>(sums, self.biases);
        write(cells, results, (first, mask), sums);
    }
}

impl KernelMachines<'_> {
    /// Replaces sums by the function's values.
    #[inline(always)]
    fn apply<F: Float>(&self, sums: &mut [u64]) {
        let [gamma, offset, degree] = self.parameters.map(F::from_word);
        match self.function {
            RADIAL_BASIS => {
                apply(sums, &Exponential { factor: gamma.negative() });
            }
            POLYNOMIAL => {
                for sum in sums {
                    *sum = gamma.times(F::from_word(*sum)).plus(offset).pow(degree).to_word();
                }
            }
            SIGMOID => {
                apply(sums, &Sigmoid { gamma, offset });
            }
            _ => {}
        }
    }
}

/// e to the power of a multiple of each number.
struct Exponential<F> {
    factor: F,
}

impl<F: Float> LaneFunction<F> for Exponential<F> {
    #[inline(always)]
    fn of(&self, lanes: [F; LANES]) -> [F; LANES] {
        F::exp_of_lanes(lanes.map(|sum| self.factor.times(sum)))
    }
}

/// The hyperbolic tangent of a linear function of each number.
struct Sigmoid<F> {
    gamma: F,
    offset: F,
}

impl<F: Float> LaneFunction<F> for Sigmoid<F> {
    #[inline(always)]
    fn of(&self, lanes: [F; LANES]) -> [F; LANES] {
        F::tanh_of_lanes(lanes.map(|sum| self.gamma.times(sum).plus(self.offset)))
    }
}
