//! Views of words as arrays of smaller numbers.
//!
//! Kernels get their memory as 64-bit words. What they keep there are bytes, `f32` or `f64`.

/// Numbers for which every bit pattern is a value.
///
/// # Safety
///
/// The type has no padding and no invalid bits, and its size divides 8.
pub(crate) unsafe trait Plain: Copy {}

// SAFETY: an unsigned integer of one byte.
unsafe impl Plain for u8 {}
// SAFETY: an unsigned integer of two bytes.
unsafe impl Plain for u16 {}
// SAFETY: an `f32` has four bytes, and every bit pattern is valid.
unsafe impl Plain for f32 {}
// SAFETY: an `f64` has eight bytes, and every bit pattern is valid.
unsafe impl Plain for f64 {}

/// Views words as numbers, as many as fit.
#[inline]
pub(crate) fn numbers<T: Plain>(words: &mut [u64]) -> &mut [T] {
    let count = size_of_val(words) / size_of::<T>();
    // SAFETY: the memory is that of the words, borrowed exclusively for the lifetime of the result; `T` is
    // neither larger nor more aligned than a word; and every bit pattern is valid for both.
    unsafe { core::slice::from_raw_parts_mut(words.as_mut_ptr().cast(), count) }
}

/// Views words that are only read as numbers, as many as fit.
#[inline]
pub(crate) fn view<T: Plain>(words: &[u64]) -> &[T] {
    let count = size_of_val(words) / size_of::<T>();
    // SAFETY: the memory is that of the words, borrowed for the lifetime of the result; `T` is neither larger nor
    // more aligned than a word; and every bit pattern is valid for it.
    unsafe { core::slice::from_raw_parts(words.as_ptr().cast(), count) }
}

/// Views words as bytes, in native byte order.
#[inline]
pub(crate) fn bytes(words: &[u64]) -> &[u8] {
    view(words)
}

#[cfg(test)]
mod tests {
    use super::{bytes, numbers, view};

    #[test]
    fn words_are_viewed_as_numbers() {
        let mut words = [0u64; 3];
        assert_eq!(numbers::<u8>(&mut words).len(), 24);
        assert_eq!(numbers::<u16>(&mut words).len(), 12);
        assert_eq!(numbers::<f32>(&mut words).len(), 6);
        numbers::<f64>(&mut words)[1] = 1.5;
        assert_eq!(words, [0, 1.5f64.to_bits(), 0]);
        assert_eq!(view::<f64>(&words), [0.0, 1.5, 0.0]);
        assert_eq!(view::<f32>(&words).len(), 6);
        assert!(numbers::<u8>(&mut []).is_empty());
        assert_eq!(bytes(&words).len(), 24);
        assert_eq!(bytes(&[u64::from_ne_bytes([1, 2, 3, 4, 5, 6, 7, 8])]), [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}
