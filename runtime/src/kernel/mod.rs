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
//! side, the terms of a sum never.

pub mod dense;
pub mod distances;
mod float;
pub mod machine;

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
        let Some((cells, scratch)) = frame.split_at_mut_checked(scratch) else { return };
        match self {
            Kernel::Dense(dense) => dense.evaluate(cells, scratch, arguments, results, mask),
            Kernel::Machines(machines) => machines.evaluate(cells, scratch, arguments, results, mask),
            Kernel::Distances(distances) => distances.evaluate(cells, scratch, arguments, results, mask),
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
