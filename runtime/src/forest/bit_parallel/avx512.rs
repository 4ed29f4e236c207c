//! Bit-parallel evaluation with AVX-512, from the root to the leaves: see [`super`].
//!
//! Values are masks of rows, a word for each block. Functions that callers see take an [`Avx512`], the proof
//! that the processor has all features that the inner functions enable.

use super::operation::{Bytes, LEAVES, Operation, VALUES};
use crate::block::BLOCK_ROWS;
use crate::forest::vectors::{store, words};
use crate::simd::Avx512;
use core::arch::x86_64::*;

/// Evaluates a tree of `count` leaves: writes for each row the number of its leaf. No node has several parents.
#[inline]
pub(super) fn top_down<const W: usize>(
    _: Avx512,
    operations: &[u64],
    count: u32,
    bins: &[[Bytes; W]],
    values: &mut [u64],
    leaves: &mut [Bytes; W],
) {
    // SAFETY: an `Avx512` exists, so every feature in the function's `target_feature` was detected.
    unsafe { evaluate(operations, count, bins, values, leaves) }
}

/// Adds to the sums of rows what their leaves add, from a table of 32 or 64 `f64`.
#[inline]
pub(super) fn add_doubles<const W: usize>(
    _: Avx512,
    values: &[u64],
    leaves: &[Bytes; W],
    sums: &mut [[f64; BLOCK_ROWS]; W],
) {
    // SAFETY: an `Avx512` exists, so every feature in the function's `target_feature` was detected.
    unsafe { add_f64(values, leaves, sums) }
}

/// Adds to the sums of rows what their leaves add, from a table of 32 or 64 `f32`.
#[inline]
pub(super) fn add_singles<const W: usize>(
    _: Avx512,
    values: &[u64],
    leaves: &[Bytes; W],
    sums: &mut [[f32; BLOCK_ROWS]; W],
) {
    // SAFETY: an `Avx512` exists, so every feature in the function's `target_feature` was detected.
    unsafe { add_f32(values, leaves, sums) }
}

#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn bytes(bytes: &Bytes) -> __m512i {
    // SAFETY: the reference is valid for reads of its 64 bytes; an unaligned load needs no alignment.
    unsafe { _mm512_loadu_si512(bytes.as_ptr().cast()) }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn evaluate<const W: usize>(
    operations: &[u64],
    count: u32,
    bins: &[[Bytes; W]],
    values: &mut [u64],
    leaves: &mut [Bytes; W],
) {
    let Some(masks) = values.as_chunks_mut::<W>().0.first_chunk_mut::<VALUES>() else { return };
    match operations.last() {
        Some(root) => masks[Operation(*root).slot()] = [u64::MAX; W],
        None => masks[0] = [u64::MAX; W],
    }
    for operation in operations.iter().rev() {
        let operation = Operation(*operation);
        let Some(bins) = bins.get(operation.column()) else { return };
        let threshold = _mm512_set1_epi8(operation.threshold() as i8);
        let own = masks[operation.slot()];
        let mut high = [0; W];
        for (high, bins) in high.iter_mut().zip(bins) {
            *high = _mm512_cmpgt_epu8_mask(bytes(bins), threshold);
        }
        if let (Some(high), Some(own)) = (high.first_chunk::<8>(), own.first_chunk::<8>()) {
            let (high, own) = (words(high), words(own));
            let low = masks[operation.low()].first_chunk_mut();
            low.into_iter().for_each(|low| store(low, _mm512_andnot_si512(high, own)));
            let place = masks[operation.high()].first_chunk_mut();
            place.into_iter().for_each(|place| store(place, _mm512_and_si512(high, own)));
        } else {
            let mut low = [0; W];
            for block in 0..W {
                low[block] = own[block] & !high[block];
                high[block] &= own[block];
            }
            masks[operation.low()] = low;
            masks[operation.high()] = high;
        }
    }
    let mut found = [_mm512_setzero_si512(); W];
    let mut number = _mm512_setzero_si512();
    for masks in masks[..LEAVES.min(count as usize)].iter() {
        for (found, mask) in found.iter_mut().zip(masks) {
            *found = _mm512_mask_mov_epi8(*found, *mask, number);
        }
        number = _mm512_add_epi8(number, _mm512_set1_epi8(1));
    }
    for (leaves, found) in leaves.iter_mut().zip(found) {
        // SAFETY: the reference is valid for writes of its 64 bytes; an unaligned store needs no alignment.
        unsafe { _mm512_storeu_si512(leaves.as_mut_ptr().cast(), found) }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn add_f64<const W: usize>(values: &[u64], leaves: &[Bytes; W], sums: &mut [[f64; BLOCK_ROWS]; W]) {
    let (values, _) = values.as_chunks::<8>();
    let double = |value: &[u64; 8]| _mm512_castsi512_pd(words(value));
    match values {
        [a, b, c, d] => {
            let [a, b, c, d] = [a, b, c, d].map(double);
            add_eight(leaves, sums, |leaf| {
                let low = _mm512_permutex2var_pd(a, leaf, b);
                let high = _mm512_permutex2var_pd(c, leaf, d);
                _mm512_mask_blend_pd(_mm512_test_epi64_mask(leaf, _mm512_set1_epi64(16)), low, high)
            });
        }
        [a, b, c, d, e, f, g, h] => {
            let [a, b, c, d, e, f, g, h] = [a, b, c, d, e, f, g, h].map(double);
            add_eight(leaves, sums, |leaf| {
                let odd = _mm512_test_epi64_mask(leaf, _mm512_set1_epi64(16));
                let first = _mm512_permutex2var_pd(a, leaf, b);
                let low = _mm512_mask_blend_pd(odd, first, _mm512_permutex2var_pd(c, leaf, d));
                let third = _mm512_permutex2var_pd(e, leaf, f);
                let high = _mm512_mask_blend_pd(odd, third, _mm512_permutex2var_pd(g, leaf, h));
                _mm512_mask_blend_pd(_mm512_test_epi64_mask(leaf, _mm512_set1_epi64(32)), low, high)
            });
        }
        _ => {}
    }
}

/// Adds to sums the values of leaves, eight rows at once.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn add_eight<const W: usize>(
    leaves: &[Bytes; W],
    sums: &mut [[f64; BLOCK_ROWS]; W],
    value: impl Fn(__m512i) -> __m512d,
) {
    for (leaves, sums) in leaves.iter().zip(sums) {
        for (leaves, sums) in leaves.as_chunks::<8>().0.iter().zip(sums.as_chunks_mut::<8>().0) {
            let leaf = _mm512_cvtepu8_epi64(_mm_cvtsi64_si128(i64::from_le_bytes(*leaves)));
            // SAFETY: the reference is valid for reads and writes of its 64 bytes; neither needs alignment.
            unsafe {
                let sum = _mm512_add_pd(_mm512_loadu_pd(sums.as_ptr()), value(leaf));
                _mm512_storeu_pd(sums.as_mut_ptr(), sum);
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn add_f32<const W: usize>(values: &[u64], leaves: &[Bytes; W], sums: &mut [[f32; BLOCK_ROWS]; W]) {
    let (values, _) = values.as_chunks::<8>();
    let single = |value: &[u64; 8]| _mm512_castsi512_ps(words(value));
    match values {
        [a, b] => {
            let [a, b] = [a, b].map(single);
            add_sixteen(leaves, sums, |leaf| _mm512_permutex2var_ps(a, leaf, b));
        }
        [a, b, c, d] => {
            let [a, b, c, d] = [a, b, c, d].map(single);
            add_sixteen(leaves, sums, |leaf| {
                let low = _mm512_permutex2var_ps(a, leaf, b);
                let high = _mm512_permutex2var_ps(c, leaf, d);
                _mm512_mask_blend_ps(_mm512_test_epi32_mask(leaf, _mm512_set1_epi32(32)), low, high)
            });
        }
        _ => {}
    }
}

/// Adds to sums the values of leaves, sixteen rows at once.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn add_sixteen<const W: usize>(
    leaves: &[Bytes; W],
    sums: &mut [[f32; BLOCK_ROWS]; W],
    value: impl Fn(__m512i) -> __m512,
) {
    for (leaves, sums) in leaves.iter().zip(sums) {
        for (leaves, sums) in leaves.as_chunks::<16>().0.iter().zip(sums.as_chunks_mut::<16>().0) {
            // SAFETY: one reference is valid for reads of its 16 bytes, the other for reads and writes of its 64 bytes; neither
            // needs alignment.
            unsafe {
                let leaf = _mm512_cvtepu8_epi32(_mm_loadu_si128(leaves.as_ptr().cast()));
                let sum = _mm512_add_ps(_mm512_loadu_ps(sums.as_ptr()), value(leaf));
                _mm512_storeu_ps(sums.as_mut_ptr(), sum);
            }
        }
    }
}
