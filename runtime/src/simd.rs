//! Which vector instructions kernels use: the best that the processor has, found out once a process, without std, or less
//! if a [`cap`] is set; and work that is compiled for each.

use core::sync::atomic::{AtomicU8, Ordering};

/// What a kernel may use. Each has what those before it have. Results are the same with all of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum SimdLevel {
    /// What the target has anyway.
    Portable = 1,
    /// AVX2: 256 bits.
    Avx2 = 2,
    /// AVX-512F, BW, DQ and VL, with BMI2 and POPCNT: 512 bits.
    Avx512 = 3,
}

/// Whether bytes of a vector can be permuted (AVX-512 VBMI): 0 until it is known, 1 for no, 2 for yes.
static PERMUTES: AtomicU8 = AtomicU8::new(0);

/// 0 until it is known.
static FOUND: AtomicU8 = AtomicU8::new(0);

/// What kernels use: the best that the processor and the operating system support, within the [`cap`].
pub fn level() -> SimdLevel {
    // All threads find the same, so that it does not matter which of them does.
    match FOUND.load(Ordering::Relaxed) {
        1 => SimdLevel::Portable,
        2 => SimdLevel::Avx2,
        3 => SimdLevel::Avx512,
        _ => cap(SimdLevel::Avx512),
    }
}

/// Whether kernels may use AVX-512 and, beyond it, permute the bytes of a vector (VBMI).
pub(crate) fn permutes_bytes() -> bool {
    if level() < SimdLevel::Avx512 {
        return false;
    }
    match PERMUTES.load(Ordering::Relaxed) {
        0 => {
            let found = detect_vbmi();
            PERMUTES.store(1 + u8::from(found), Ordering::Relaxed);
            found
        }
        known => known == 2,
    }
}

/// Work that is compiled several times, with other instructions each time.
///
/// What it does is safe code of no processor in particular, which the compiler makes vectors of. No version fuses a
/// multiplication with an addition (nothing in Rust does unasked), so that all give the same bits.
pub(crate) trait Work {
    /// Does the work. All that matters in it must be `#[inline(always)]`, this function too: a function that is called is
    /// compiled for the least processor.
    fn run(self);
}

/// Does some work by the version for some vectors, or for the best that the processor has if those are less.
pub(crate) fn run(vectors: SimdLevel, work: impl Work) {
    match vectors.min(self::level()) {
        // SAFETY: the processor has what the function is compiled for, since `level()` says so.
        #[cfg(target_arch = "x86_64")]
        SimdLevel::Avx512 => unsafe { avx512(work) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        SimdLevel::Avx2 => unsafe { avx2(work) },
        _ => work.run(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn avx2(work: impl Work) {
    work.run();
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn avx512(work: impl Work) {
    work.run();
}

#[cfg(not(target_arch = "x86_64"))]
fn detect_vbmi() -> bool {
    false
}

#[cfg(target_arch = "x86_64")]
fn detect_vbmi() -> bool {
    const VBMI: u32 = 1 << 1;
    // Asked only where AVX-512 has been found, and so this leaf is there.
    core::arch::x86_64::__cpuid_count(7, 0).ecx & VBMI != 0
}

/// Lets all kernels of the process use no more than this from now on, and gives what they use: less if the processor has
/// less. For measurements and tests; results do not depend on it.
pub fn cap(most: SimdLevel) -> SimdLevel {
    let found = detect().min(most);
    FOUND.store(found as u8, Ordering::Relaxed);
    found
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> SimdLevel {
    SimdLevel::Portable
}

#[cfg(target_arch = "x86_64")]
fn detect() -> SimdLevel {
    use core::arch::x86_64::{__cpuid, __cpuid_count};
    const OSXSAVE: u32 = 1 << 27;
    const AVX: u32 = 1 << 28;
    const AVX2: u32 = 1 << 5;
    /// BMI2, AVX-512F, DQ, BW, VL.
    const AVX512: u32 = 1 << 8 | 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31;
    const POPCNT: u32 = 1 << 23;
    /// The registers of SSE and AVX are saved when threads change.
    const SAVES_AVX: u64 = 0b110;
    /// Those of AVX-512 too.
    const SAVES_AVX512: u64 = 0b1110_0110;
    if __cpuid(0).eax < 7 || __cpuid(1).ecx & (OSXSAVE | AVX) != OSXSAVE | AVX {
        return SimdLevel::Portable;
    }
    let features = __cpuid_count(7, 0).ebx;
    // SAFETY: the bit OSXSAVE says that the instruction is there and that the operating system has enabled it.
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

/// Which registers the operating system saves when threads change.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "xsave")]
fn saved_registers() -> u64 {
    // SAFETY: register 0 is there wherever the instruction is.
    unsafe { core::arch::x86_64::_xgetbv(0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_standard_library_agrees() {
        #[cfg(target_arch = "x86_64")]
        {
            let avx2 = std::is_x86_feature_detected!("avx2");
            let avx512 = std::is_x86_feature_detected!("avx512f")
                && std::is_x86_feature_detected!("avx512bw")
                && std::is_x86_feature_detected!("avx512dq")
                && std::is_x86_feature_detected!("avx512vl")
                && std::is_x86_feature_detected!("bmi2")
                && std::is_x86_feature_detected!("popcnt");
            // Other tests set limits.
            let found = detect();
            assert_eq!(found >= SimdLevel::Avx2, avx2);
            assert_eq!(found >= SimdLevel::Avx512, avx2 && avx512);
            if found >= SimdLevel::Avx512 {
                assert_eq!(detect_vbmi(), std::is_x86_feature_detected!("avx512vbmi"));
            }
            assert!(level() <= found);
        }
    }
}
