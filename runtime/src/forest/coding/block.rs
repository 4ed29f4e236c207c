//! Coding blocks, for sweeps.

use super::{Blocks, Coder, Feature, Heap, Kind};
use crate::forest::{Argument, Forest, ROWS};

impl Forest<'_> {
    /// Codes the features of blocks, of which the first lies at an offset, for sweeps: `codes` has the columns of
    /// `width` blocks. `ranks_of` computes ranks, as [`ranks`] does.
    #[inline(always)]
    pub(in crate::forest) fn code_blocks(
        &self,
        cells: &[u64],
        arguments: &[Argument],
        (first, blocks): (usize, Blocks<'_>),
        codes: &mut [[u8; ROWS]],
        width: usize,
        ranks_of: impl Fn(Heap<'_>, &[f64; ROWS], &mut [u16; ROWS]) + Copy,
    ) {
        // Coder by coder, so that its cuts stay near the processor.
        for coder in self.coders {
            let coder = Coder::from_words(*coder);
            for (block, mask) in blocks.masks.iter().enumerate() {
                if *mask != 0 {
                    let offset = first + block * blocks.stride;
                    self.code_block(coder, cells, arguments, offset, codes, (block, width), ranks_of);
                }
            }
        }
    }

    #[inline(always)]
    #[allow(clippy::too_many_arguments, reason = "what is coded, from where, to where, and how")]
    fn code_block(
        &self,
        coder: Coder,
        cells: &[u64],
        arguments: &[Argument],
        offset: usize,
        codes: &mut [[u8; ROWS]],
        (block, width): (usize, usize),
        ranks_of: impl Fn(Heap<'_>, &[f64; ROWS], &mut [u16; ROWS]) + Copy,
    ) {
        let place = |column: usize| column * width + block;
        let Some([values, present]) = self.coder_arguments(coder, arguments, offset) else { return };
        let present = present.mask(cells);
        let mut ranks = [0u16; ROWS];
        let mut nan = 0u64;
        let mask = match coder.kind {
            Kind::Bool | Kind::Position(Feature::Bool) => values.mask(cells),
            Kind::Present => present,
            _ => 0,
        };
        match coder.kind {
            Kind::RankF32 | Kind::RankF64 => {
                let bits: [u64; ROWS] = values.rows(cells, 0);
                let numbers = bits.map(|bits| match coder.kind {
                    Kind::RankF32 => f64::from(f32::from_bits(bits as u32)),
                    _ => f64::from_bits(bits),
                });
                ranks_of(Heap::new(self.cuts(coder), coder.count as usize), &numbers, &mut ranks);
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
            Kind::Position(_) | Kind::TextOffset => {
                let bits: [u64; ROWS] = match coder.kind {
                    Kind::Position(Feature::Bool) => core::array::from_fn(|row| mask >> row & 1),
                    _ => values.rows(cells, 0),
                };
                for (row, (rank, bits)) in ranks.iter_mut().zip(bits).enumerate() {
                    *rank = match present >> row & 1 {
                        0 => coder.count.saturating_add(1),
                        _ => self.position(coder, bits),
                    } as u16;
                }
                for set in coder.first_column..coder.first_column.saturating_add(coder.columns) {
                    let column = self.set_column(set);
                    let Some(codes) = codes.get_mut(place(column)) else { continue };
                    for (code, position) in codes.iter_mut().zip(ranks) {
                        *code = u8::from(self.set_contains(set, |_| position));
                    }
                }
                return;
            }
        }
        let missing = if coder.kind == Kind::Present { 0 } else { !present };
        for column in coder.first_column..coder.first_column.saturating_add(coder.columns) {
            let window = self.window(column);
            let Some(codes) = codes.get_mut(place(column as usize)) else { continue };
            let (first, count) = (window.first.min(u32::from(u16::MAX)) as u16, window.count.min(255));
            for (codes, ranks) in codes.as_chunks_mut::<16>().0.iter_mut().zip(ranks.as_chunks::<16>().0) {
                for (code, rank) in codes.iter_mut().zip(ranks) {
                    *code = rank.saturating_sub(first).min(count) as u8;
                }
            }
            overwrite(codes, nan & !missing, window.extreme(window.nan_high) as u8);
            overwrite(codes, missing, window.extreme(window.missing_high) as u8);
        }
    }
}

fn overwrite(codes: &mut [u8; ROWS], rows: u64, code: u8) {
    let mut left = rows;
    while left != 0 {
        codes[left.trailing_zeros() as usize] = code;
        left &= left - 1;
    }
}
