//! Binning of blocks with AVX-512: the first levels of searches in registers.

use super::block::{Bin, BlockBinning};
use super::eytzinger::{self, Eytzinger};
use crate::block::BLOCK_ROWS;
use crate::forest::vectors::{store, words};
use crate::simd::Avx512;
use core::arch::x86_64::*;

/// Bins blocks.
pub(super) fn bin_blocks<B: Bin>(_: Avx512, binning: BlockBinning<'_, B>) {
    // SAFETY: an `Avx512` exists, so every feature in the function's `target_feature` was detected.
    unsafe { bin(binning) }
}

/// Computes the ranks of the values of a block.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi2,popcnt")]
fn ranks(layout: Eytzinger<'_>, values: &[f64; BLOCK_ROWS], ranks: &mut [u16; BLOCK_ROWS]) {
    let Some([a, b, c, d]) = layout.cuts().as_chunks::<8>().0.first_chunk() else {
        return eytzinger::ranks(layout, values, ranks);
    };
    let [a, b, c, d] = [a, b, c, d].map(|cuts| _mm512_castsi512_pd(words(cuts)));
    // The first five levels are in four registers.
    let mut places = [[0u64; 8]; BLOCK_ROWS / 8];
    for (places, values) in places.iter_mut().zip(values.as_chunks::<8>().0) {
        // SAFETY: the reference is valid for reads of its 64 bytes; an unaligned load needs no alignment.
        let values = unsafe { _mm512_loadu_pd(values.as_ptr()) };
        let mut place = _mm512_set1_epi64(1);
        for level in 0..layout.levels().min(eytzinger::LEAST_LEVELS) {
            let cuts = match level {
                0..=2 => _mm512_permutexvar_pd(place, a),
                3 => _mm512_permutexvar_pd(place, b),
                _ => _mm512_permutex2var_pd(c, place, d),
            };
            let passes = _mm512_cmp_pd_mask::<_CMP_GE_OQ>(values, cuts);
            place = _mm512_add_epi64(place, place);
            place = _mm512_mask_add_epi64(place, passes, place, _mm512_set1_epi64(1));
        }
        store(places, place);
    }
    let rows = values.iter().zip(places.as_flattened()).zip(ranks);
    match (layout.levels(), layout.sorted()) {
        (..=eytzinger::LEAST_LEVELS, _) => {
            rows.for_each(|((_, place), rank)| *rank = layout.rank(*place as usize) as u16);
        }
        (eytzinger::BYTE_LEVELS, Some(sorted)) => {
            // Then counts among eight cuts.
            let groups = sorted.as_chunks::<8>().0;
            for ((value, place), rank) in rows {
                let group = *place as usize % 32;
                let cuts = _mm512_castsi512_pd(words(&groups[group]));
                let passes = _mm512_cmp_pd_mask::<_CMP_GE_OQ>(_mm512_set1_pd(*value), cuts);
                *rank = (8 * group) as u16 + passes.count_ones() as u16;
            }
        }
        _ => {
            for ((value, place), rank) in rows {
                *rank = layout.rank(layout.search(*value, eytzinger::LEAST_LEVELS, *place as usize)) as u16;
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,bmi2,popcnt")]
fn bin<B: Bin>(binning: BlockBinning<'_, B>) {
    binning.run_with(|layout, values, to| ranks(layout, values, to));
}
