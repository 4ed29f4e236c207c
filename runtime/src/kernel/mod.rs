//! Kernels over constant data that is laid out in an *image*: an array of 64-bit words, opened in place.
//!
//! An image is what the compiler packs and engines keep: the machine code's engine in memory, generated code as a table of
//! its own. [`Kernel::open`] checks the sizes in an image's header against its length, in constant time; after that, and
//! whatever else an image holds, nothing is read or written outside of the image and the frame. So opening is cheap enough
//! to be done at every call.
//!
//! [`Kernel::evaluate`] takes its arguments from the columns of a frame and writes its results to others, for the rows of a
//! mask. It allocates nothing, because the room that it works in is part of the frame too. Under the mask 1 it touches
//! nothing of a column but its first word, so that for a single row columns may be one word long.
//!
//! Images start with a word that tells the kind; the rest of the layout is told by the module of the kind. Where a word
//! holds two numbers of 32 bits, the first is in the low half.
//!
//! Arithmetic is that of the formula in the compiler's `ir::kernel`, rounding by rounding: rows may be computed side by
//! side, and so may several sums for one row; the terms of a sum never. The loops over what is side by side are compiled
//! for AVX2 and AVX-512 too.

pub mod dense;
pub mod distances;
mod float;
pub mod machine;
pub mod vectors;

use crate::simd;
use float::Float;
use vectors::LANES;

pub use dense::Dense;
pub use distances::Distances;
pub use machine::Machines;

/// The first word of an image of a [`Dense`].
pub const DENSE: u64 = 1;
/// The first word of an image of [`Machines`].
pub const MACHINES: u64 = 2;
/// The first word of an image of [`Distances`].
pub const DISTANCES: u64 = 3;

/// How many rows a block has.
pub const ROWS: usize = 64;

/// Where the values of an argument are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Argument {
    /// In the frame: the first word of a column, a word a row, or the word of a mask for bools.
    Words(usize),
    /// The same bits for every row.
    Constant(u64),
}

impl Argument {
    /// The argument in the block that lies so many words behind the first one in the frame.
    #[inline]
    pub fn shifted(self, offset: usize) -> Self {
        match self {
            Argument::Words(place) => Argument::Words(place.saturating_add(offset)),
            Argument::Constant(_) => self,
        }
    }

    /// The mask that an argument of bools is.
    #[inline]
    pub fn mask(self, cells: &[u64]) -> u64 {
        match self {
            Argument::Words(place) => cells.get(place).copied().unwrap_or(0),
            Argument::Constant(0) => 0,
            Argument::Constant(_) => u64::MAX,
        }
    }

    /// The bits of a row's value, of an argument that is not of bools.
    #[inline]
    pub fn bits(self, cells: &[u64], row: usize) -> u64 {
        match self {
            Argument::Words(place) => cells.get(place.saturating_add(row)).copied().unwrap_or(0),
            Argument::Constant(bits) => bits,
        }
    }

    /// The bits of the values of `N` rows from `first` on, of an argument that is not of bools.
    #[inline]
    pub fn rows<const N: usize>(self, cells: &[u64], first: usize) -> [u64; N] {
        match self {
            Argument::Words(place) => {
                let cells = cells.get(place.saturating_add(first)..).unwrap_or_default();
                cells.first_chunk().copied().unwrap_or([0; N])
            }
            Argument::Constant(bits) => [bits; N],
        }
    }
}

/// Why an image cannot be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// It is of no kind that is known.
    Kind,
    /// Its length is not what its header says.
    Size,
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Error::Kind => "the image of a kernel is of an unknown kind",
            Error::Size => "the image of a kernel has another length than its header says",
        })
    }
}

impl core::error::Error for Error {}

/// A kernel that lies in an image.
#[derive(Clone, Copy, Debug)]
pub enum Kernel<'t> {
    /// Weighted sums.
    Dense(Dense<'t>),
    /// Kernel machines.
    Machines(Machines<'t>),
    /// Distances from many instances.
    Distances(Distances<'t>),
}

impl<'t> Kernel<'t> {
    /// Opens an image.
    pub fn open(image: &'t [u64]) -> Result<Self, Error> {
        match image.split_first() {
            Some((&DENSE, rest)) => Dense::open(rest).map(Kernel::Dense),
            Some((&MACHINES, rest)) => Machines::open(rest).map(Kernel::Machines),
            Some((&DISTANCES, rest)) => Distances::open(rest).map(Kernel::Distances),
            _ => Err(Error::Kind),
        }
    }

    /// How many words [`evaluate`](Self::evaluate) works in.
    pub fn scratch(&self) -> usize {
        match self {
            Kernel::Dense(dense) => dense.scratch(),
            Kernel::Machines(machines) => machines.scratch(),
            Kernel::Distances(distances) => distances.scratch(),
        }
    }

    /// Evaluates the kernel for the rows of a mask and writes the results of those alone.
    ///
    /// `arguments` and `results` are as many as the kernel has; `results` gives the first word of each result's column, or
    /// the word of its mask if it is of bools. The words from `scratch` on, [`scratch`](Self::scratch) of them, are
    /// overwritten. Where arguments or results are too few or too many, or a result is outside of the words before
    /// `scratch`, nothing is done at all.
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

    /// The same by the version for some vectors.
    fn evaluate_with(
        &self,
        vectors: simd::SimdLevel,
        frame: &mut [u64],
        scratch: usize,
        arguments: &[Argument],
        results: &[usize],
        mask: u64,
    ) {
        let Some((cells, scratch)) = frame.split_at_mut_checked(scratch) else { return };
        match self {
            Kernel::Dense(dense) => dense.evaluate(vectors, cells, scratch, arguments, results, mask),
            Kernel::Machines(machines) => {
                machines.evaluate(vectors, cells, scratch, arguments, results, mask);
            }
            Kernel::Distances(distances) => {
                distances.evaluate(vectors, cells, scratch, arguments, results, mask);
            }
        }
    }
}

/// The two numbers that a word holds.
fn halves(word: u64) -> (usize, usize) {
    (word as u32 as usize, (word >> 32) as usize)
}

/// Fewer rows than this are computed one after the other, more of them side by side.
const FEW: u32 = 4;

/// Some rows of a block that are computed together.
#[derive(Clone, Copy, Debug)]
enum Tile {
    /// One row.
    One(usize),
    /// [`LANES`](LANES) rows from one on, of which those of a mask are wanted.
    Many(usize, u64),
}

/// The tiles that hold the rows of a mask.
fn tiles(mask: u64) -> impl Iterator<Item = Tile> {
    let mut left = mask;
    core::iter::from_fn(move || {
        if left == 0 {
            return None;
        }
        let row = left.trailing_zeros() as usize;
        let first = row - row % LANES;
        let tile = ((1 << LANES) - 1) << first;
        let wanted = left & tile;
        if wanted.count_ones() < FEW {
            left &= left - 1;
            return Some(Tile::One(row));
        }
        left &= !tile;
        Some(Tile::Many(first, wanted >> first))
    })
}

/// The rows of arguments, from a row on, side by side.
#[inline(always)]
fn gather<const N: usize>(gathered: &mut [[u64; N]], arguments: &[Argument], cells: &[u64], first: usize) {
    for (rows, argument) in gathered.iter_mut().zip(arguments) {
        *rows = argument.rows(cells, first);
    }
}

/// Adds biases to sums.
#[inline(always)]
fn add_biases<F: Float, const N: usize>(sums: &mut [[u64; N]], biases: &[u64]) {
    for (sums, bias) in sums.iter_mut().zip(biases) {
        let bias = F::from_word(*bias);
        *sums = sums.map(|sum| F::from_word(sum).plus(bias).to_word());
    }
}

/// Applies a function to numbers, many side by side.
#[inline(always)]
fn apply<F: Float>(words: &mut [u64], function: impl Fn([F; LANES]) -> [F; LANES]) {
    let (chunks, rest) = words.as_chunks_mut::<LANES>();
    let mut last = [0; LANES];
    for (word, number) in last.iter_mut().zip(&*rest) {
        *word = *number;
    }
    let count = usize::from(!rest.is_empty());
    for chunk in chunks.iter_mut().chain(core::iter::once(&mut last).take(count)) {
        *chunk = function(chunk.map(F::from_word)).map(F::to_word);
    }
    for (number, word) in rest.iter_mut().zip(last) {
        *number = word;
    }
}

/// Writes results, of the rows of a mask whose lowest bit is the row `first`.
#[inline(always)]
fn write<const N: usize>(
    cells: &mut [u64],
    results: &[usize],
    (first, mask): (usize, u64),
    values: &[[u64; N]],
) {
    for (result, values) in results.iter().zip(values) {
        let Some(column) = cells.get_mut(result.saturating_add(first)..) else { continue };
        for (row, (cell, value)) in column.iter_mut().zip(values).enumerate() {
            if mask >> row & 1 != 0 {
                *cell = *value;
            }
        }
    }
}

/// Whether a column lies inside of the cells, as far as the rows of a mask need it.
fn has_column(cells: &[u64], place: usize, mask: u64) -> bool {
    let rows = if mask == 1 { 1 } else { ROWS };
    place.checked_add(rows).is_some_and(|end| end <= cells.len())
}

#[cfg(test)]
mod tests;
