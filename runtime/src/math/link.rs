//! Inverse link functions: from a model's linear predictor to the scale of its target.
//!
//! Each is evaluated as the standard writes it, so that a result equals the one that the exporting framework
//! computed. The inverse of the probit link is [`std_normal_cdf`](crate::math::distribution::std_normal_cdf).

use super::{atan, exp, single};

/// Returns the logistic function `1 ÷ (1 + e^−x)`, the inverse of the logit.
#[inline]
#[must_use]
pub fn logistic(x: f64) -> f64 {
    1.0 / (1.0 + exp(-x))
}

/// Returns [`logistic`] with each step in single precision.
#[inline]
#[must_use]
pub fn logistic_single(x: f32) -> f32 {
    1.0 / (1.0 + single::exp(-x))
}

/// Returns `1 − e^(−e^x)`, the inverse of the complementary log-log link.
#[inline]
#[must_use]
pub fn inverse_cloglog(x: f64) -> f64 {
    1.0 - exp(-exp(x))
}

/// Returns `e^(−e^−x)`, the inverse of the log-log link.
#[inline]
#[must_use]
pub fn inverse_loglog(x: f64) -> f64 {
    exp(-exp(-x))
}

/// Returns `½ + atan(x) ÷ π`, the inverse of the Cauchy link.
#[inline]
#[must_use]
pub fn inverse_cauchit(x: f64) -> f64 {
    0.5 + core::f64::consts::FRAC_1_PI * atan(x)
}

/// Returns [`inverse_cloglog`] in single precision: `1 − e^(−e^x)`, each step rounded.
#[inline]
#[must_use]
pub fn inverse_cloglog_single(x: f32) -> f32 {
    1.0 - single::exp(-single::exp(x))
}

/// Returns [`inverse_loglog`] in single precision: `e^(−e^(−x))`, each step rounded.
#[inline]
#[must_use]
pub fn inverse_loglog_single(x: f32) -> f32 {
    single::exp(-single::exp(-x))
}

/// Returns [`inverse_cauchit`] in single precision: `½ + (1 ÷ π) · atan x`, each step rounded.
#[inline]
#[must_use]
pub fn inverse_cauchit_single(x: f32) -> f32 {
    0.5 + core::f32::consts::FRAC_1_PI * single::atan(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(logistic(0.0), 0.5);
        assert_eq!(logistic(1000.0), 1.0);
        assert_eq!(logistic(-1000.0), 0.0);
        assert_eq!(logistic_single(0.0), 0.5);
        assert_eq!(inverse_cauchit(0.0), 0.5);
        assert!((inverse_cauchit(1.0) - 0.75).abs() < 1e-15);
        assert!((inverse_cloglog(0.0) - 0.632_120_558_828_557_7).abs() < 1e-15);
        assert!((inverse_loglog(0.0) - 0.367_879_441_171_442_33).abs() < 1e-15);
        assert!(logistic(f64::NAN).is_nan());
    }
}
