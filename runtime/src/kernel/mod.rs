//! Kernels over constant data that is laid out in an *image*: an array of 64-bit words, opened in place.
//!
//! The compiler packs images, and engines keep them: the JIT in memory, generated code as a separate table.
//! [`Kernel::open`] checks the sizes in an image's header against its length, in constant time; after that,
//! whatever else an image holds, nothing is read or written outside of the image and the frame. So opening is
//! cheap enough to be done at every call.
//!
//! [`Kernel::evaluate`] takes its arguments from the columns of a frame and writes its results to others, for
//! the rows of a mask. It allocates nothing, because its scratch space is part of the frame too. Under the
//! mask 1 it accesses only the first word of a column, so that for a single row columns may be one word long.
//!
//! Images start with a word that is the kind; the module of the kind documents the rest of the layout. Where
//! a word holds two numbers of 32 bits, the first is in the low half.
//!
//! The arithmetic is that of the formula in the compiler's `ir::kernel`, rounding by rounding: rows may be
//! computed side by side, and so may several sums for one row, but never the terms of a sum. All kernels run
//! alike (`tile`): the loops over what is side by side are compiled for AVX2 and AVX-512 too.

pub mod dense;
pub mod distances;
mod error;
pub(crate) mod float;
pub mod kernel_machine;
mod lanes;
pub mod matrix;
mod tile;

use self::tile::{Columns, TileKernel};
use crate::simd::{self, SimdLevel};

pub use crate::block::Argument;
pub use dense::Dense;
pub use distances::Distances;
pub use error::Error;
pub use kernel_machine::KernelMachines;
pub use lanes::LANES;

/// The first word of an image of a [`Dense`].
pub const DENSE: u64 = 1;
/// The first word of an image of [`KernelMachines`].
pub const KERNEL_MACHINES: u64 = 2;
/// The first word of an image of [`Distances`].
pub const DISTANCES: u64 = 3;

/// A kernel in an image.
#[derive(Clone, Copy, Debug)]
pub enum Kernel<'t> {
    /// Weighted sums.
    Dense(Dense<'t>),
    /// Kernel machines.
    KernelMachines(KernelMachines<'t>),
    /// Distances from many instances.
    Distances(Distances<'t>),
}

impl<'t> Kernel<'t> {
    /// Opens an image.
    pub fn open(image: &'t [u64]) -> Result<Self, Error> {
        match image.split_first() {
            Some((&DENSE, rest)) => Dense::open(rest).map(Kernel::Dense),
            Some((&KERNEL_MACHINES, rest)) => KernelMachines::open(rest).map(Kernel::KernelMachines),
            Some((&DISTANCES, rest)) => Distances::open(rest).map(Kernel::Distances),
            _ => Err(Error::Kind),
        }
    }

    /// Returns the number of words of scratch space that [`evaluate`](Self::evaluate) needs.
    pub fn scratch(&self) -> usize {
        match self {
            Kernel::Dense(dense) => dense.scratch(),
            Kernel::KernelMachines(machines) => machines.scratch(),
            Kernel::Distances(distances) => distances.scratch(),
        }
    }

    /// Evaluates the kernel for the rows of a mask and writes only their results.
    ///
    /// There must be as many `arguments` and `results` as the kernel has; `results` gives the first word of
    /// each result's column, or the word of its mask if it is of booleans. The words from `scratch` on,
    /// [`scratch`](Self::scratch) of them, are overwritten. Does nothing if the number of arguments or
    /// results is wrong, or if a result is outside of the words before `scratch`.
    pub fn evaluate(
        &self,
        frame: &mut [u64],
        scratch: usize,
        arguments: &[Argument],
        results: &[usize],
        mask: u64,
    ) {
        self.evaluate_with(simd::level(), frame, scratch, arguments, results, mask);
    }

    /// Evaluates the kernel with the instructions of a level.
    fn evaluate_with(
        &self,
        level: SimdLevel,
        frame: &mut [u64],
        scratch: usize,
        arguments: &[Argument],
        results: &[usize],
        mask: u64,
    ) {
        let Some((cells, scratch)) = frame.split_at_mut_checked(scratch) else { return };
        let columns = Columns { cells, scratch, arguments, results };
        match self {
            Kernel::Dense(dense) => tile::evaluate(dense, level, columns, mask),
            Kernel::KernelMachines(machines) => tile::evaluate(machines, level, columns, mask),
            Kernel::Distances(distances) => tile::evaluate(distances, level, columns, mask),
        }
    }
}

#[cfg(test)]
mod tests;
