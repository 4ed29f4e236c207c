//! Blocks of rows, and where the values of their rows are.
//!
//! Engines evaluate rows in blocks of [`BLOCK_ROWS`]. The values of a block are in a *frame*: an array of
//! 64-bit words, divided into columns (a word per row) and masks (a bit per row).

/// The number of rows of a block: as many as a mask has bits.
pub const BLOCK_ROWS: usize = 64;

/// The number of words of a cache line, and of the widest vector. Columns of a frame start at multiples of it.
pub const LINE: usize = 8;

/// Returns the rows of a mask, from the lowest bit to the highest.
#[inline]
pub fn rows_of_mask(mask: u64) -> impl Iterator<Item = usize> {
    let mut rest = mask;
    core::iter::from_fn(move || {
        (rest != 0).then(|| {
            let row = rest.trailing_zeros() as usize;
            rest &= rest - 1;
            row
        })
    })
}

/// Where the values of an argument are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Argument {
    /// In the frame: the index of a column's first word, with a word per row; or, for booleans, of the word
    /// that is their mask.
    Words(usize),
    /// The same bits for every row.
    Constant(u64),
}

impl Argument {
    /// Returns the argument in the block that starts `offset` words after the first block of the frame.
    #[inline]
    pub fn shifted(self, offset: usize) -> Self {
        match self {
            Argument::Words(place) => Argument::Words(place.saturating_add(offset)),
            Argument::Constant(_) => self,
        }
    }

    /// Returns the mask of an argument that holds booleans.
    #[inline]
    pub fn mask(self, cells: &[u64]) -> u64 {
        match self {
            Argument::Words(place) => cells.get(place).copied().unwrap_or(0),
            Argument::Constant(0) => 0,
            Argument::Constant(_) => u64::MAX,
        }
    }

    /// Returns the bits of a row's value, for an argument that does not hold booleans.
    #[inline]
    pub fn bits(self, cells: &[u64], row: usize) -> u64 {
        match self {
            Argument::Words(place) => cells.get(place.saturating_add(row)).copied().unwrap_or(0),
            Argument::Constant(bits) => bits,
        }
    }

    /// Returns the bits of the values of `N` rows from `first` on, for an argument that does not hold
    /// booleans.
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
