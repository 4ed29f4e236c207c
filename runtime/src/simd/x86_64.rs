//! What x86-64 processors support, and work compiled for it.

use super::{SimdLevel, Work, level};
use core::arch::x86_64::{__cpuid, __cpuid_count};
use core::sync::atomic::{AtomicU8, Ordering};

/// The proof that the processor and the operating system support AVX-512F, BW, DQ and VL, BMI1, BMI2 and POPCNT, and that
/// kernels may use them. Only [`avx512`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Avx512(());

/// The proof that, beyond [`Avx512`], the processor permutes the bytes of a vector (AVX-512 VBMI). Only [`vbmi`] makes one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Vbmi(());

/// Returns the proof that kernels may use AVX-512, or `None` if the [`level`] is less.
#[inline]
pub(crate) fn avx512() -> Option<Avx512> {
    (level() == SimdLevel::Avx512).then_some(Avx512(()))
}

/// Returns the proof that kernels may permute the bytes of a vector, or `None` if the [`level`] is less than AVX-512 or
/// the processor lacks VBMI.
#[inline]
pub(crate) fn vbmi() -> Option<Vbmi> {
    /// 0 until it is known, 1 for no, 2 for yes.
    static FOUND: AtomicU8 = AtomicU8::new(0);
    avx512()?;
    let found = match FOUND.load(Ordering::Relaxed) {
        0 => {
            let found = 1 + u8::from(detect_vbmi());
            FOUND.store(found, Ordering::Relaxed);
            found
        }
        found => found,
    };
    (found == 2).then_some(Vbmi(()))
}

/// Does some work with the instructions of a level, or of [`level`] if that is less.
#[inline]
pub(super) fn run(most: SimdLevel, work: impl Work) {
    match most.min(level()) {
        // SAFETY: `level() == Avx512`, so every feature in this function's `target_feature` was detected.
        SimdLevel::Avx512 => unsafe { run_avx512(work) },
        // SAFETY: `level() >= Avx2`, so AVX2 was detected.
        SimdLevel::Avx2 => unsafe { run_avx2(work) },
        SimdLevel::Portable => work.run(),
    }
}

#[target_feature(enable = "avx2")]
fn run_avx2(work: impl Work) {
    work.run();
}

#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn run_avx512(work: impl Work) {
    work.run();
}

/// Returns whether the processor has VBMI, if it has AVX-512.
pub(super) fn detect_vbmi() -> bool {
    const VBMI: u32 = 1 << 1;
    // A processor with AVX-512 has this leaf.
    __cpuid_count(7, 0).ecx & VBMI != 0
}

/// Returns the best level that the processor and the operating system support.
pub(super) fn detect() -> SimdLevel {
    const OSXSAVE: u32 = 1 << 27;
    const AVX: u32 = 1 << 28;
    const AVX2: u32 = 1 << 5;
    /// BMI1, BMI2, AVX-512F, DQ, BW, VL.
    const AVX512: u32 = 1 << 3 | 1 << 8 | 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31;
    const POPCNT: u32 = 1 << 23;
    /// The registers of SSE and AVX are saved on context switches.
    const SAVES_AVX: u64 = 0b110;
    /// Those of AVX-512 are saved too.
    const SAVES_AVX512: u64 = 0b1110_0110;
    if __cpuid(0).eax < 7 || __cpuid(1).ecx & (OSXSAVE | AVX) != OSXSAVE | AVX {
        return SimdLevel::Portable;
    }
    let features = __cpuid_count(7, 0).ebx;
    // SAFETY: the bit OSXSAVE says that the processor has XGETBV and that the operating system has enabled it.
    let saved = unsafe { saved_registers() };
    if features & AVX2 == 0 || saved & SAVES_AVX != SAVES_AVX {
        SimdLevel::Portable
    } else if features & AVX512 != AVX512
        || __cpuid(1).ecx & POPCNT == 0
        || saved & SAVES_AVX512 != SAVES_AVX512
    {
        SimdLevel::Avx2
    } else {
        SimdLevel::Avx512
    }
}

/// Returns which registers the operating system saves on context switches.
#[target_feature(enable = "xsave")]
fn saved_registers() -> u64 {
    // SAFETY: register 0 exists wherever the instruction does.
    unsafe { core::arch::x86_64::_xgetbv(0) }
}
