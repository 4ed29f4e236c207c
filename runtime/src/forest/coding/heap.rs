//! Ranks: how many cuts of a feature a value passes.
//!
//! Cuts are a binary search tree without pointers, a *heap*: the root is at 1, the children of the cut at `i` are at `2i` and
//! `2i + 1`, and a search goes to the latter where the value passes the cut. Levels are full: what is missing to that is NaN,
//! which nothing passes. So a search is as many steps as there are levels, without a branch, and leads to the rank plus the
//! number of places of a full level (Khuong and Morin, "Array Layouts for Comparison-Based Searching", 2017). Behind a
//! heap of 8 levels, as it has that a byte can tell, are the same cuts once more in ascending order.

use super::ROWS;

/// How many levels a heap has that a byte can tell.
pub(in crate::forest) const BYTE_LEVELS: u32 = 8;

/// How many levels a heap has at least room for.
pub(in crate::forest) const LEAST_LEVELS: u32 = 5;

/// The cuts of a feature.
#[derive(Clone, Copy)]
pub(in crate::forest) struct Heap<'i> {
    levels: u32,
    cuts: &'i [u64],
    sorted: &'i [u64],
}

/// How many levels the heap of so many cuts has.
fn levels(cuts: usize) -> u32 {
    let levels = usize::BITS - cuts.leading_zeros();
    // Between what fits into few registers and what a byte can tell there is nothing.
    if levels > LEAST_LEVELS { levels.max(BYTE_LEVELS) } else { levels }
}

impl<'i> Heap<'i> {
    pub(in crate::forest) fn new(words: &'i [u64], cuts: usize) -> Self {
        let levels = levels(cuts);
        let size = 1usize.checked_shl(levels.max(LEAST_LEVELS)).unwrap_or(usize::MAX);
        match words.split_at_checked(size) {
            Some((cuts, sorted)) if levels == BYTE_LEVELS => Self { levels, cuts, sorted },
            Some((cuts, _)) => Self { levels, cuts, sorted: &[] },
            None => Self { levels: 0, cuts: &[], sorted: &[] },
        }
    }

    /// How many levels there are.
    #[inline]
    pub fn levels(self) -> u32 {
        self.levels
    }

    /// All cuts but for the root's place, 0; at least 32 unless the image is damaged.
    #[inline]
    pub fn cuts(self) -> &'i [u64] {
        self.cuts
    }

    /// The 255 cuts of a heap of 8 levels in ascending order, and NaN.
    #[inline]
    pub fn sorted(self) -> Option<&'i [u64; 256]> {
        self.sorted.first_chunk()
    }

    /// Goes on with a search from some place at a level, to the place that tells the rank.
    #[inline]
    pub fn search(self, value: f64, from: u32, place: usize) -> usize {
        (from..self.levels).fold(place, |place, _| {
            let passes = self.cuts.get(place).is_some_and(|cut| value >= f64::from_bits(*cut));
            2 * place + usize::from(passes)
        })
    }

    /// Whether a value passes a cut, by the cut's number in ascending order.
    #[inline]
    pub fn passes(self, value: f64, cut: u64) -> bool {
        // Of the cuts in order, every second one, from the first on, is on the last level, every fourth on the one before it,
        // and so on.
        let upwards = (cut + 1).trailing_zeros();
        let Some(level) = self.levels.checked_sub(1 + upwards) else { return false };
        let place = (1 << level) + ((cut + 1) >> upwards >> 1) as usize;
        self.cuts.get(place).is_some_and(|cut| value >= f64::from_bits(*cut))
    }

    /// The rank of a value.
    #[inline]
    pub(in crate::forest) fn rank_of(self, value: f64) -> u32 {
        self.rank(self.search(value, 0, 1))
    }

    /// The rank that a place behind the last level stands for.
    #[inline]
    pub fn rank(self, place: usize) -> u32 {
        place.wrapping_sub(1 << self.levels) as u32
    }
}

/// Appends a heap of cuts in ascending order.
#[cfg(feature = "alloc")]
pub(in crate::forest) fn heap(cuts: &[u64], to: &mut alloc::vec::Vec<u64>) {
    let levels = levels(cuts.len());
    let first = to.len();
    to.resize(first + (1 << levels.max(LEAST_LEVELS)), f64::NAN.to_bits());
    for level in 0..levels {
        // The cuts of a level are every so many, the first half as far from the start.
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

/// The ranks of the values of a block, in plain code.
#[inline(always)]
pub(in crate::forest) fn ranks(heap: Heap<'_>, values: &[f64; ROWS], ranks: &mut [u16; ROWS]) {
    // Some searches side by side, since each is a chain of steps that wait for each other.
    for (values, ranks) in values.as_chunks::<8>().0.iter().zip(ranks.as_chunks_mut::<8>().0) {
        let mut places = [1; 8];
        for _ in 0..heap.levels {
            for (place, value) in places.iter_mut().zip(values) {
                let cut = heap.cuts.get(*place).copied().unwrap_or(0);
                *place = 2 * *place + usize::from(*value >= f64::from_bits(cut));
            }
        }
        for (rank, place) in ranks.iter_mut().zip(places) {
            *rank = heap.rank(place) as u16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    #[test]
    fn ranks_are_what_counting_gives() {
        for count in [0usize, 1, 2, 15, 31, 32, 63, 64, 255, 256, 257, 4095, 5000] {
            let cuts: Vec<u64> = (0..count).map(|cut| (cut as f64).to_bits()).collect();
            let mut words = Vec::new();
            heap(&cuts, &mut words);
            let heap = Heap::new(&words, count);
            let values = (0..2 * count + 4).map(|half| half as f64 / 2.0 - 1.0);
            let values: Vec<f64> = values.chain([f64::INFINITY, f64::NEG_INFINITY, f64::NAN]).collect();
            for values in values.chunks(ROWS) {
                let mut block = [0.0; ROWS];
                block[..values.len()].copy_from_slice(values);
                let mut found = [0; ROWS];
                ranks(heap, &block, &mut found);
                for (value, found) in values.iter().zip(found) {
                    let expected = cuts.iter().filter(|cut| *value >= f64::from_bits(**cut)).count();
                    assert_eq!(
                        heap.rank(heap.search(*value, 0, 1)),
                        expected as u32,
                        "{value} among {count}"
                    );
                    assert_eq!(usize::from(found), expected, "{value} among {count}");
                    for cut in expected.saturating_sub(40)..count.min(expected + 40) {
                        assert_eq!(
                            heap.passes(*value, cut as u64),
                            cut < expected,
                            "{value} and {cut} of {count}"
                        );
                    }
                }
            }
        }
    }
}
