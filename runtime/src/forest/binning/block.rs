//! Binning of blocks, into bins of a byte.

use super::eytzinger::{self, Eytzinger};
use crate::block::{Argument, BLOCK_ROWS};
use crate::forest::definition::Feature;
use crate::forest::image::{Binner, Forest, Kind};
use crate::forest::rows::Blocks;
use crate::simd::Work;

/// The sets of a feature with fewer elements are a word each: unknown and missing values have a position too.
const ELEMENTS_OF_WORD: u32 = 63;

/// The features of some blocks, to be binned. As a [`Work`], it is compiled for several SIMD levels.
pub(in crate::forest) struct BlockBinning<'b> {
    pub forest: &'b Forest<'b>,
    pub cells: &'b [u64],
    pub arguments: &'b [Argument],
    /// The distance of the first block from the one that arguments refer to.
    pub first: usize,
    pub blocks: Blocks<'b>,
    /// The bins to write: for each column, those of `width` blocks.
    pub bins: &'b mut [[u8; BLOCK_ROWS]],
    pub width: usize,
}

impl Work for BlockBinning<'_> {
    #[inline(always)]
    fn run(self) {
        self.run_with(eytzinger::ranks);
    }
}

impl BlockBinning<'_> {
    /// Writes the bins. `ranks_of` computes ranks, as [`eytzinger::ranks`] does.
    #[inline(always)]
    pub fn run_with(
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
        let Self { forest, cells, arguments, first, blocks, width, .. } = *self;
        let bins = &mut *self.bins;
        let offset = first + block * blocks.stride;
        let place = |column: usize| column * width + block;
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
                for set in binner.first_column..binner.first_column.saturating_add(binner.columns) {
                    let column = forest.set_column(set);
                    let Some(bins) = bins.get_mut(place(column)) else { continue };
                    // In a local array for the same reason as below.
                    let mut binned = [0u8; BLOCK_ROWS];
                    if binner.count < ELEMENTS_OF_WORD {
                        let word = forest.set_word(set);
                        for (bin, position) in binned.iter_mut().zip(ranks) {
                            *bin = (word >> (position % 64)) as u8 & 1;
                        }
                    } else {
                        for (bin, position) in binned.iter_mut().zip(ranks) {
                            *bin = u8::from(forest.set_contains(set, |_| position));
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
            let (first, count) = (window.first.min(u32::from(u16::MAX)) as u16, window.count.min(255));
            // In a local array, which nothing else can overlap: the compiler vectorizes only then.
            let mut binned = [0u8; BLOCK_ROWS];
            for (bins, ranks) in binned.as_chunks_mut::<16>().0.iter_mut().zip(ranks.as_chunks::<16>().0) {
                for (bin, rank) in bins.iter_mut().zip(ranks) {
                    *bin = rank.saturating_sub(first).min(count) as u8;
                }
            }
            *bins = binned;
            overwrite(bins, nan & !missing, window.extreme(window.nan_high) as u8);
            overwrite(bins, missing, window.extreme(window.missing_high) as u8);
        }
    }
}

/// Gives some rows another bin.
fn overwrite(bins: &mut [u8; BLOCK_ROWS], rows: u64, bin: u8) {
    let mut left = rows;
    while left != 0 {
        bins[left.trailing_zeros() as usize] = bin;
        left &= left - 1;
    }
}
