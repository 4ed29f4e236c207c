//! Binning of blocks: into bins of a byte for bit-parallel evaluation, of two bytes for walks.

use super::avx512;
use super::eytzinger::{self, Eytzinger};
use crate::block::{Argument, BLOCK_ROWS};
use crate::cast::Plain;
use crate::forest::definition::Feature;
use crate::forest::image::{Binner, Forest, Kind};
use crate::forest::rows::Blocks;
use crate::simd::{self, Work};

/// The sets of a feature with fewer elements are a word each: unknown and missing values have a position too.
const ELEMENTS_OF_WORD: u32 = 63;

/// A bin of some size.
pub(in crate::forest) trait Bin: Plain + Default {
    /// The largest bin.
    const MOST: u16;

    /// Returns a number, which is at most [`MOST`](Self::MOST), as a bin.
    fn of(number: u16) -> Self;
}

impl Bin for u8 {
    const MOST: u16 = u8::MAX as u16;

    #[inline(always)]
    fn of(number: u16) -> Self {
        number as u8
    }
}

impl Bin for u16 {
    const MOST: u16 = u16::MAX;

    #[inline(always)]
    fn of(number: u16) -> Self {
        number
    }
}

/// The features of some blocks, to be binned. As a [`Work`], it is compiled for several SIMD levels.
pub(in crate::forest) struct BlockBinning<'b, B> {
    pub forest: &'b Forest<'b>,
    pub cells: &'b [u64],
    pub arguments: &'b [Argument],
    /// The distance of the first block from the one that arguments refer to.
    pub first: usize,
    pub blocks: Blocks<'b>,
    /// The bins to write.
    pub bins: &'b mut [[B; BLOCK_ROWS]],
    /// The distance of the bins of a column from those of the column before it, in blocks.
    pub column_distance: usize,
    /// The distance of the bins of a block from those of the block before it.
    pub block_distance: usize,
}

impl<B: Bin> Work for BlockBinning<'_, B> {
    #[inline(always)]
    fn run(self) {
        self.run_with(eytzinger::ranks);
    }
}

impl<B: Bin> BlockBinning<'_, B> {
    /// Writes the bins.
    pub fn bin(self) {
        match simd::avx512() {
            Some(avx512) => avx512::bin_blocks(avx512, self),
            None => simd::run(self),
        }
    }

    /// Writes the bins. `ranks_of` computes ranks, as [`eytzinger::ranks`] does.
    #[inline(always)]
    pub(super) fn run_with(
        mut self,
        ranks_of: impl Fn(Eytzinger<'_>, &[f64; BLOCK_ROWS], &mut [u16; BLOCK_ROWS]) + Copy,
    ) {
        // Binner by binner, so that its cuts stay in the cache.
        for binner in self.forest.binners {
            let binner = Binner::from_words(*binner);
            for (block, mask) in self.blocks.masks.iter().enumerate() {
                if *mask != 0 {
                    self.bin_block(binner, block, ranks_of);
                }
            }
        }
    }

    #[inline(always)]
    fn bin_block(
        &mut self,
        binner: Binner,
        block: usize,
        ranks_of: impl Fn(Eytzinger<'_>, &[f64; BLOCK_ROWS], &mut [u16; BLOCK_ROWS]) + Copy,
    ) {
        let Self { forest, cells, arguments, first, blocks, column_distance, block_distance, .. } = *self;
        let bins = &mut *self.bins;
        let offset = first + block * blocks.stride;
        let place = |column: usize| column * column_distance + block * block_distance;
        let Some([values, present]) = forest.binner_arguments(binner, arguments, offset) else { return };
        let present = present.mask(cells);
        let mut ranks = [0u16; BLOCK_ROWS];
        let mut nan = 0u64;
        let mask = match binner.kind {
            Kind::Bool | Kind::Position(Feature::Bool) => values.mask(cells),
            Kind::Present => present,
            _ => 0,
        };
        match binner.kind {
            Kind::RankF32 | Kind::RankF64 => {
                let bits: [u64; BLOCK_ROWS] = values.rows(cells, 0);
                let numbers = bits.map(|bits| match binner.kind {
                    Kind::RankF32 => f64::from(f32::from_bits(bits as u32)),
                    _ => f64::from_bits(bits),
                });
                ranks_of(Eytzinger::new(forest.cuts(binner), binner.count as usize), &numbers, &mut ranks);
                if numbers.iter().fold(false, |any, number| any | number.is_nan()) {
                    for (row, number) in numbers.iter().enumerate() {
                        nan |= u64::from(number.is_nan()) << row;
                    }
                }
            }
            Kind::Bool | Kind::Present => {
                for (row, rank) in ranks.iter_mut().enumerate() {
                    *rank = (mask >> row & 1) as u16;
                }
            }
            Kind::Position(_) | Kind::StringOffset => {
                let bits: [u64; BLOCK_ROWS] = match binner.kind {
                    Kind::Position(Feature::Bool) => core::array::from_fn(|row| mask >> row & 1),
                    _ => values.rows(cells, 0),
                };
                for (row, (rank, bits)) in ranks.iter_mut().zip(bits).enumerate() {
                    *rank = match present >> row & 1 {
                        0 => binner.count.saturating_add(1),
                        _ => forest.position(binner, bits),
                    } as u16;
                }
                if !forest.properties.sets_binned {
                    if let Some(bins) = bins.get_mut(place(binner.position as usize)) {
                        *bins = ranks.map(B::of);
                    }
                    return;
                }
                for set in binner.first_column..binner.first_column.saturating_add(binner.columns) {
                    let column = forest.set_column(set);
                    let Some(bins) = bins.get_mut(place(column)) else { continue };
                    // In a local array for the same reason as below.
                    let mut binned = [B::default(); BLOCK_ROWS];
                    if binner.count < ELEMENTS_OF_WORD {
                        let word = forest.set_word(set);
                        for (bin, position) in binned.iter_mut().zip(ranks) {
                            *bin = B::of((word >> (position % 64) & 1) as u16);
                        }
                    } else {
                        for (bin, position) in binned.iter_mut().zip(ranks) {
                            *bin = B::of(u16::from(forest.set_contains(set, |_| position)));
                        }
                    }
                    *bins = binned;
                }
                return;
            }
        }
        let missing = if binner.kind == Kind::Present { 0 } else { !present };
        for column in binner.first_column..binner.first_column.saturating_add(binner.columns) {
            let window = forest.window(column);
            let Some(bins) = bins.get_mut(place(column as usize)) else { continue };
            let (first, count) = (window.first.min(u32::from(u16::MAX)) as u16, window.count.min(B::MOST));
            // In a local array, which nothing else can overlap: the compiler vectorizes only then.
            let mut binned = [B::default(); BLOCK_ROWS];
            for (bins, ranks) in binned.as_chunks_mut::<16>().0.iter_mut().zip(ranks.as_chunks::<16>().0) {
                for (bin, rank) in bins.iter_mut().zip(ranks) {
                    *bin = B::of(rank.saturating_sub(first).min(count));
                }
            }
            *bins = binned;
            overwrite(bins, nan & !missing, B::of(window.extreme(window.nan_high)));
            overwrite(bins, missing, B::of(window.extreme(window.missing_high)));
        }
    }
}

/// Gives some rows another bin.
fn overwrite<B: Bin>(bins: &mut [B; BLOCK_ROWS], rows: u64, bin: B) {
    let mut left = rows;
    while left != 0 {
        bins[left.trailing_zeros() as usize] = bin;
        left &= left - 1;
    }
}
