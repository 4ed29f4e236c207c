//! Ranks: the number of cuts of a feature that a value passes, that is, that are not greater than the value.
//!
//! Cuts are in Eytzinger layout, a binary search tree without pointers: the root is at 1, the children of the
//! cut at `i` are at `2i` and `2i + 1`, and a search goes to the latter if the value passes the cut. Levels
//! are full: unused places hold NaN, which no value passes. So a search takes as many steps as there are
//! levels, without a branch, and ends at the rank plus the number of places of a full level (Khuong and
//! Morin, "Array Layouts for Comparison-Based Searching", 2017). After 8 levels, which are as many as a byte
//! can count, the same cuts follow once more in ascending order.

use crate::block::BLOCK_ROWS;

/// The number of levels whose ranks fit into a byte.
pub(in crate::forest) const BYTE_LEVELS: u32 = 8;

/// The smallest number of levels of a layout: 32 cuts, which fit into four vector registers.
pub(in crate::forest) const LEAST_LEVELS: u32 = 5;

/// The cuts of a feature in Eytzinger layout.
#[derive(Clone, Copy)]
pub(in crate::forest) struct Eytzinger<'i> {
    levels: u32,
    cuts: &'i [u64],
    sorted: &'i [u64],
}

/// Returns the number of levels for some number of cuts.
#[inline]
fn levels(cuts: usize) -> u32 {
    let levels = usize::BITS - cuts.leading_zeros();
    // There is no separate search for sizes between what fits into few registers and what a byte can count.
    if levels > LEAST_LEVELS { levels.max(BYTE_LEVELS) } else { levels }
}

impl<'i> Eytzinger<'i> {
    /// Returns the cuts at the front of some words.
    #[inline]
    pub fn new(words: &'i [u64], cuts: usize) -> Self {
        let levels = levels(cuts);
        let size = 1usize.checked_shl(levels.max(LEAST_LEVELS)).unwrap_or(usize::MAX);
        match words.split_at_checked(size) {
            Some((cuts, sorted)) if levels == BYTE_LEVELS => Self { levels, cuts, sorted },
            Some((cuts, _)) => Self { levels, cuts, sorted: &[] },
            None => Self { levels: 0, cuts: &[], sorted: &[] },
        }
    }

    /// Returns the number of levels.
    #[inline]
    pub fn levels(self) -> u32 {
        self.levels
    }

    /// Returns all places, of which the one at 0 holds no cut. There are at least 32 unless the image is
    /// damaged.
    #[inline]
    pub fn cuts(self) -> &'i [u64] {
        self.cuts
    }

    /// Returns the 255 cuts of 8 levels in ascending order, and NaN. Returns `None` for any other number of levels.
    #[inline]
    pub fn sorted(self) -> Option<&'i [u64; 256]> {
        self.sorted.first_chunk()
    }

    /// Continues a search from a place at a level, to the place that stands for the rank.
    #[inline]
    pub fn search(self, value: f64, from: u32, place: usize) -> usize {
        (from..self.levels).fold(place, |place, _| {
            let passes = self.cuts.get(place).is_some_and(|cut| value >= f64::from_bits(*cut));
            2 * place + usize::from(passes)
        })
    }

    /// Returns whether a value passes a cut, by the cut's number in ascending order.
    #[inline]
    pub fn passes(self, value: f64, cut: u64) -> bool {
        // Of the cuts in order, every second one, from the first on, is on the last level, every fourth on the one before it,
        // and so on.
        let upwards = (cut + 1).trailing_zeros();
        let Some(level) = self.levels.checked_sub(1 + upwards) else { return false };
        let place = (1 << level) + ((cut + 1) >> upwards >> 1) as usize;
        self.cuts.get(place).is_some_and(|cut| value >= f64::from_bits(*cut))
    }

    /// Returns the rank of a value.
    #[inline]
    pub fn rank_of(self, value: f64) -> u32 {
        self.rank(self.search(value, 0, 1))
    }

    /// Returns the rank that a place after the last level stands for.
    #[inline]
    pub fn rank(self, place: usize) -> u32 {
        place.wrapping_sub(1 << self.levels) as u32
    }
}

/// Appends cuts, which are in ascending order, in Eytzinger layout.
#[cfg(feature = "alloc")]
pub(in crate::forest) fn push(cuts: &[u64], to: &mut alloc::vec::Vec<u64>) {
    let levels = levels(cuts.len());
    let first = to.len();
    to.resize(first + (1 << levels.max(LEAST_LEVELS)), f64::NAN.to_bits());
    for level in 0..levels {
        // The cuts of a level are `step` apart, the first one half of that from the start.
        let step = 1usize << (levels - level);
        for place in 0..1usize << level {
            if let Some(cut) = cuts.get(step / 2 - 1 + place * step) {
                to[first + (1 << level) + place] = *cut;
            }
        }
    }
    if levels == BYTE_LEVELS {
        to.extend(cuts);
        to.resize(first + 512, f64::NAN.to_bits());
    }
}

/// Computes the ranks of the values of a block, in a plain loop.
#[inline(always)]
pub(in crate::forest) fn ranks(
    cuts: Eytzinger<'_>,
    values: &[f64; BLOCK_ROWS],
    ranks: &mut [u16; BLOCK_ROWS],
) {
    // Some searches side by side, since each is a chain of dependent steps.
    for (values, ranks) in values.as_chunks::<8>().0.iter().zip(ranks.as_chunks_mut::<8>().0) {
        let mut places = [1; 8];
        for _ in 0..cuts.levels {
            for (place, value) in places.iter_mut().zip(values) {
                let cut = cuts.cuts.get(*place).copied().unwrap_or(0);
                *place = 2 * *place + usize::from(*value >= f64::from_bits(cut));
            }
        }
        for (rank, place) in ranks.iter_mut().zip(places) {
            *rank = cuts.rank(place) as u16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn ranks_are_what_counting_gives() {
        let counts = [0usize, 1, 2, 15, 31, 32, 63, 64, 255, 256, 257, 4095, 5000];
        // Miri takes minutes for the long ones.
        let most = if cfg!(miri) { 32 } else { usize::MAX };
        for count in counts.into_iter().filter(|count| *count <= most) {
            let cuts: Vec<u64> = (0..count).map(|cut| (cut as f64).to_bits()).collect();
            let mut words = Vec::new();
            push(&cuts, &mut words);
            let layout = Eytzinger::new(&words, count);
            let values = (0..2 * count + 4).map(|half| half as f64 / 2.0 - 1.0);
            let values: Vec<f64> = values.chain([f64::INFINITY, f64::NEG_INFINITY, f64::NAN]).collect();
            for values in values.chunks(BLOCK_ROWS) {
                let mut block = [0.0; BLOCK_ROWS];
                block[..values.len()].copy_from_slice(values);
                let mut found = [0; BLOCK_ROWS];
                ranks(layout, &block, &mut found);
                for (value, found) in values.iter().zip(found) {
                    let expected = cuts.iter().filter(|cut| *value >= f64::from_bits(**cut)).count();
                    assert_eq!(
                        layout.rank(layout.search(*value, 0, 1)),
                        expected as u32,
                        "{value} among {count}"
                    );
                    assert_eq!(usize::from(found), expected, "{value} among {count}");
                    for cut in expected.saturating_sub(40)..count.min(expected + 40) {
                        assert_eq!(
                            layout.passes(*value, cut as u64),
                            cut < expected,
                            "{value} and {cut} of {count}"
                        );
                    }
                }
            }
        }
    }
}
