//! SIMD: which vector instructions kernels use, and work that is compiled for each SIMD level.
//!
//! Kernels use the best instructions that the processor supports, detected once per process, without std, or
//! fewer if a [`cap`] is set. Results are the same with all of them.
//!
//! Code is compiled for a level in one of two ways. Plain loops are a [`Work`], of which [`run`] has a copy
//! for each level. Code that is written with the intrinsics of AVX-512 takes an [`Avx512`] or a [`Vbmi`]: a
//! value of such a type is the proof that the processor has the instructions. Everything specific to a
//! processor is in one module each (`x86_64`, and `portable` for all others).

#[cfg(not(target_arch = "x86_64"))]
#[path = "portable.rs"]
mod arch;
#[cfg(target_arch = "x86_64")]
#[path = "x86_64.rs"]
mod arch;

use core::sync::atomic::{AtomicU8, Ordering};

pub(crate) use arch::{Avx512, Vbmi, avx512, vbmi};

/// A set of vector instructions. Each contains those before it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SimdLevel {
    /// What the target always has.
    Portable = 1,
    /// AVX2: 256 bits.
    Avx2 = 2,
    /// AVX-512F, BW, DQ and VL, with BMI1, BMI2 and POPCNT: 512 bits.
    Avx512 = 3,
}

/// The level that kernels use, as a number; 0 until it is known.
static LEVEL: AtomicU8 = AtomicU8::new(0);

/// Returns the level that kernels use: the best that the processor and the operating system support, within the [`cap`].
pub fn level() -> SimdLevel {
    // All threads detect the same, so it does not matter which of them stores it.
    match LEVEL.load(Ordering::Relaxed) {
        1 => SimdLevel::Portable,
        2 => SimdLevel::Avx2,
        3 => SimdLevel::Avx512,
        _ => cap(SimdLevel::Avx512),
    }
}

/// Limits all kernels of the process to `most` from now on. Returns the level that they use: less than `most`
/// if the processor has less. For measurements and tests; results do not depend on it.
pub fn cap(most: SimdLevel) -> SimdLevel {
    let level = arch::detect().min(most);
    LEVEL.store(level as u8, Ordering::Relaxed);
    level
}

/// Work that is compiled several times, each time for other instructions.
///
/// It is safe code for no particular processor, which the compiler vectorizes. No version fuses a
/// multiplication with an addition (Rust never does that implicitly), so that all give the same bits.
pub(crate) trait Work {
    /// Does the work. Everything that matters in it must be `#[inline(always)]`, this function too: a
    /// function that is called is compiled for the baseline processor.
    fn run(self);
}

/// Does some work with the instructions of the [`level`].
#[inline]
pub(crate) fn run(work: impl Work) {
    run_at(SimdLevel::Avx512, work);
}

/// Does some work with the instructions of a level, or of [`level`] if that is less.
pub(crate) fn run_at(most: SimdLevel, work: impl Work) {
    arch::run(most, work);
}

#[cfg(all(test, target_arch = "x86_64"))]
mod tests;
