//! Processors without a separate version: they have only what the compiler makes of plain loops.

use super::{SimdLevel, Work};

/// The proof that kernels may use AVX-512, which does not exist here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Avx512 {}

/// The proof that kernels may permute the bytes of a vector, which does not exist here.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Vbmi {}

/// Returns `None`.
#[inline]
pub(crate) fn avx512() -> Option<Avx512> {
    None
}

/// Returns `None`.
#[inline]
pub(crate) fn vbmi() -> Option<Vbmi> {
    None
}

/// Returns the best level that the processor supports.
pub(super) fn detect() -> SimdLevel {
    SimdLevel::Portable
}

/// Does some work.
#[inline]
pub(super) fn run(_: SimdLevel, work: impl Work) {
    work.run();
}
