//! What images of forests and kernels have in common: arrays of 64-bit words that are read in place, section by section.

/// The words of an image that are still to be read.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'i>(pub &'i [u64]);

impl<'i> Reader<'i> {
    /// Takes the next `count` words. Returns `None` if there are fewer.
    pub fn words(&mut self, count: usize) -> Option<&'i [u64]> {
        let (taken, left) = self.0.split_at_checked(count)?;
        self.0 = left;
        Some(taken)
    }

    /// Takes the next `N` words. Returns `None` if there are fewer.
    pub fn array<const N: usize>(&mut self) -> Option<&'i [u64; N]> {
        let (taken, left) = self.0.split_first_chunk()?;
        self.0 = left;
        Some(taken)
    }

    /// Takes the next `count` records of `N` words. Returns `None` if there are fewer.
    pub fn records<const N: usize>(&mut self, count: usize) -> Option<&'i [[u64; N]]> {
        Some(self.words(count.checked_mul(N)?)?.as_chunks().0)
    }
}

/// Returns the two numbers of 32 bits that a word holds, that of the low half first.
#[inline]
pub(crate) fn halves(word: u64) -> (u32, u32) {
    (word as u32, (word >> 32) as u32)
}

/// Returns a word that holds two numbers of 32 bits.
#[inline]
pub(crate) fn pair(low: u32, high: u32) -> u64 {
    u64::from(low) | u64::from(high) << 32
}
