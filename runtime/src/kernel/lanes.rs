//! Numbers side by side, as vector instructions compute them.

use super::float::Float;

/// The number of rows, or of vectors of a group, that are computed side by side.
pub const LANES: usize = 16;

/// Adds biases to sums.
#[inline(always)]
pub(super) fn add_biases<F: Float, const N: usize>(sums: &mut [[u64; N]], biases: &[u64]) {
    for (sums, bias) in sums.iter_mut().zip(biases) {
        let bias = F::from_word(*bias);
        // Keeps the compiler from making vectors across the sums of several vectors, with gathers and scatters. Sums of single
        // rows are next to each other.
        for sum in if N == 1 { sums } else { core::hint::black_box(sums) } {
            *sum = F::from_word(*sum).plus(bias).to_word();
        }
    }
}

/// A function of numbers side by side.
///
/// This is not a closure, because the compiler may call a large closure instead of inlining it, and a function that is
/// called is compiled for the baseline processor: see [`Work`](crate::simd::Work).
pub(super) trait LaneFunction<F> {
    /// Returns the function's values. Must be `#[inline(always)]`.
    fn of(&self, lanes: [F; LANES]) -> [F; LANES];
}

/// Applies a function to numbers, many of them side by side.
#[inline(always)]
pub(super) fn apply<F: Float>(words: &mut [u64], function: &impl LaneFunction<F>) {
    let (chunks, rest) = words.as_chunks_mut::<LANES>();
    let mut last = [0; LANES];
    for (word, number) in last.iter_mut().zip(&*rest) {
        *word = *number;
    }
    let count = usize::from(!rest.is_empty());
    for chunk in chunks.iter_mut().chain(core::iter::once(&mut last).take(count)) {
        *chunk = function.of(chunk.map(F::from_word)).map(F::to_word);
    }
    for (number, word) in rest.iter_mut().zip(last) {
        *number = word;
    }
}
