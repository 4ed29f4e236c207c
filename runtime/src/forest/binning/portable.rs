//! Binning with AVX-512 on other processors, where [`Avx512`] has no values.

use super::block::{Bin, BlockBinning};
use crate::simd::Avx512;

/// Bins blocks.
pub(super) fn bin_blocks<B: Bin>(avx512: Avx512, _: BlockBinning<'_, B>) {
    match avx512 {}
}
