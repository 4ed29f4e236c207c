//! The density of the Poisson distribution in Loader's (2000) saddle-point form, bit for bit as the reference
//! evaluator computes it.

use crate::math::{exp, ln};
use core::f64::consts::TAU;

/// Returns the probability of exactly `k` events if `mean` are expected: `k` a whole number, `mean` positive.
/// For other arguments the result is meaningless.
#[must_use]
pub fn poisson_density(k: f64, mean: f64) -> f64 {
    if k == 0.0 {
        return exp(-mean);
    }
    if !(k > 0.0 && k < f64::INFINITY) {
        return 0.0;
    }
    // The terms are subtracted one by one, not as the one logarithm of √(2πk).
    exp(-stirling_error(k) - deviance(k, mean) - 0.5 * ln(TAU) - 0.5 * ln(k))
}

/// Returns how much the logarithm of `k!` exceeds that of Stirling's formula, for `k` from 1.
fn stirling_error(k: f64) -> f64 {
    if let Some(exact) = EXACT.get((k as usize).wrapping_sub(1)) {
        return *exact;
    }
    let square = k * k;
    (1.0 / 12.0
        - (1.0 / 360.0 - (1.0 / 1260.0 - (1.0 / 1680.0 - 1.0 / 1188.0 / square) / square) / square) / square)
        / k
}

/// [`stirling_error`] of 1 to 15.
const EXACT: [f64; 15] = [
    0.081_061_466_795_327_26,
    0.041_340_695_955_409_3,
    0.027_677_925_684_998_34,
    0.020_790_672_103_765_093,
    0.016_644_691_189_821_193,
    0.013_876_128_823_070_748,
    0.011_896_709_945_891_77,
    0.010_411_265_261_972_096,
    0.009_255_462_182_712_733,
    0.008_330_563_433_362_87,
    0.007_573_675_487_951_841,
    0.006_942_840_107_209_53,
    0.006_408_994_188_004_207,
    0.005_951_370_112_758_847_5,
    0.005_554_733_551_962_801,
];

/// Returns `k ln(k / mean) + mean - k`, by a series where the terms would cancel.
fn deviance(k: f64, mean: f64) -> f64 {
    let difference = k - mean;
    if difference.abs() >= 0.1 * (k + mean) {
        return k * ln(k / mean) + mean - k;
    }
    let ratio = difference / (k + mean);
    let mut sum = difference * ratio;
    let mut term = 2.0 * k * ratio;
    let square = ratio * ratio;
    // The ratio is below a tenth: a dozen terms are enough.
    for power in 1..100 {
        term *= square;
        let next = sum + term / f64::from(2 * power + 1);
        if next == sum {
            break;
        }
        sum = next;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_and_large_counts() {
        assert_eq!(poisson_density(0.0, 1.5), exp(-1.5));
        assert_eq!(poisson_density(-1.0, 1.5), 0.0);
        assert_eq!(poisson_density(f64::INFINITY, 1.5), 0.0);
        // e^-λ λ^k / k!
        assert!((poisson_density(2.0, 1.5) / (exp(-1.5) * 1.125) - 1.0).abs() < 1e-15);
        assert!((poisson_density(20.0, 20.0) / 0.088_835_317_392_084_8 - 1.0).abs() < 1e-14);
        assert_eq!(poisson_density(1000.0, 1.5), 0.0);
    }

    #[test]
    fn other_arguments_do_no_harm() {
        for k in [0.5, 1.5, 1e-300, 1e300, f64::NAN] {
            for mean in [0.0, -1.0, 1e-300, 1e300, f64::NAN, f64::INFINITY] {
                let _ = poisson_density(k, mean);
            }
        }
    }
}
