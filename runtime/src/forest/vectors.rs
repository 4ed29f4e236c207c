//! Loads and stores of vectors, which the code for AVX-512 has in common.

use core::arch::x86_64::{__m512i, _mm512_loadu_si512, _mm512_storeu_si512};

/// Returns words as a vector.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) fn words(words: &[u64; 8]) -> __m512i {
    // SAFETY: the reference is valid for reads of its 64 bytes; an unaligned load needs no alignment.
    unsafe { _mm512_loadu_si512(words.as_ptr().cast()) }
}

/// Writes a vector as words.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
pub(super) fn store(to: &mut [u64; 8], value: __m512i) {
    // SAFETY: the reference is valid for writes of its 64 bytes; an unaligned store needs no alignment.
    unsafe { _mm512_storeu_si512(to.as_mut_ptr().cast(), value) }
}
