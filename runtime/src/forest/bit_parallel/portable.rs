//! The functions for AVX-512 on other processors, where [`Avx512`] has no values.

use super::operation::Bytes;
use crate::block::BLOCK_ROWS;
use crate::simd::Avx512;

/// Evaluates a tree from the root to the leaves.
pub(super) fn top_down<const W: usize>(
    avx512: Avx512,
    _: &[u64],
    _: u32,
    _: &[[Bytes; W]],
    _: &mut [u64],
    _: &mut [Bytes; W],
) {
    match avx512 {}
}

/// Adds to the sums of rows what their leaves add, from a table of `f64`.
pub(super) fn add_doubles<const W: usize>(
    avx512: Avx512,
    _: &[u64],
    _: &[Bytes; W],
    _: &mut [[f64; BLOCK_ROWS]; W],
) {
    match avx512 {}
}

/// Adds to the sums of rows what their leaves add, from a table of `f32`.
pub(super) fn add_singles<const W: usize>(
    avx512: Avx512,
    _: &[u64],
    _: &[Bytes; W],
    _: &mut [[f32; BLOCK_ROWS]; W],
) {
    match avx512 {}
}
