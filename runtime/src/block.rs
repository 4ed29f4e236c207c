//! Blocks of rows, and where the values of their rows are.
//!
//! Engines evaluate rows in blocks of [`BLOCK_ROWS`], whose values lie in a *frame*: an array of 64-bit words, cut into
//! columns of a word a row and masks of a bit a row.

/// The number of rows of a block: as many as a mask has bits.
pub const BLOCK_ROWS: usize = 64;

/// Where the values of an argument are.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Argument {
    /// In the frame: the index of a column's first word, a word a row; or, for booleans, of the word that is their mask.
    Words(usize),
    /// The same bits for every row.
    Constant(u64),
}

impl Argument {
    /// Returns the argument in the block that lies `offset` words behind the first one in the frame.
    #[inline]
    pub fn shifted(self, offset: usize) -> Self {
        match self {
            Argument::Words(place) => Argument::Words(place.saturating_add(offset)),
            Argument::Constant(_) => self,
        }
    }

    /// Returns the mask that an argument of booleans is.
    #[inline]
    pub fn mask(self, cells: &[u64]) -> u64 {
        match self {
            Argument::Words(place) => cells.get(place).copied().unwrap_or(0),
            Argument::Constant(0) => 0,
            Argument::Constant(_) => u64::MAX,
        }
    }

    /// Returns the bits of a row's value, of an argument that is not of booleans.
    #[inline]
    pub fn bits(self, cells: &[u64], row: usize) -> u64 {
        match self {
            Argument::Words(place) => cells.get(place.saturating_add(row)).copied().unwrap_or(0),
            Argument::Constant(bits) => bits,
        }
    }

    /// Returns the bits of the values of `N` rows from `first` on, of an argument that is not of booleans.
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
