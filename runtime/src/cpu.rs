//! Which vector instructions the processor has, found out once a process, without std.

use core::sync::atomic::{AtomicU8, Ordering};

/// What a kernel may use. Each has what those before it have.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Vectors {
    /// What the target has anyway.
    Portable = 1,
    /// AVX2: 256 bits.
    Avx2 = 2,
    /// AVX-512F: 512 bits.
    Avx512 = 3,
}

/// 0 until it is known.
static FOUND: AtomicU8 = AtomicU8::new(0);

/// The best that the processor and the operating system support.
pub(crate) fn vectors() -> Vectors {
    // All threads find the same, so that it does not matter which of them does.
    match FOUND.load(Ordering::Relaxed) {
        1 => Vectors::Portable,
        2 => Vectors::Avx2,
        3 => Vectors::Avx512,
        _ => {
            let found = detect();
            FOUND.store(found as u8, Ordering::Relaxed);
            found
        }
    }
}

#[cfg(not(target_arch = "x86_64"))]
fn detect() -> Vectors {
    Vectors::Portable
}

#[cfg(target_arch = "x86_64")]
fn detect() -> Vectors {
    use core::arch::x86_64::{__cpuid, __cpuid_count};
    const OSXSAVE: u32 = 1 << 27;
    const AVX: u32 = 1 << 28;
    const AVX2: u32 = 1 << 5;
    const AVX512F: u32 = 1 << 16;
    /// The registers of SSE and AVX are saved when threads change.
    const SAVES_AVX: u64 = 0b110;
    /// Those of AVX-512 too.
    const SAVES_AVX512: u64 = 0b1110_0110;
    if __cpuid(0).eax < 7 || __cpuid(1).ecx & (OSXSAVE | AVX) != OSXSAVE | AVX {
        return Vectors::Portable;
    }
    let features = __cpuid_count(7, 0).ebx;
    // SAFETY: the bit OSXSAVE says that the instruction is there and that the operating system has enabled it.
    let saved = unsafe { saved_registers() };
    if features & AVX2 == 0 || saved & SAVES_AVX != SAVES_AVX {
        Vectors::Portable
    } else if features & AVX512F == 0 || saved & SAVES_AVX512 != SAVES_AVX512 {
        Vectors::Avx2
    } else {
        Vectors::Avx512
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
            let avx512 = std::is_x86_feature_detected!("avx512f");
            assert_eq!(vectors() >= Vectors::Avx2, avx2);
            assert_eq!(vectors() >= Vectors::Avx512, avx2 && avx512);
        }
        assert_eq!(vectors(), vectors());
    }
}
