//! The functions of [`math`](super) in single precision, for models that compute in single precision.
//!
//! A transcendental function is the double-precision function rounded once, so its result does not depend on
//! the platform. Arithmetic stays in single precision throughout. Only the exponential is another function:
//! see [`exp`].

use super::exponential::exp_of_sum;

/// Rounds functions in double precision once.
macro_rules! rounded {
    ($($name:ident($($argument:ident),+);)+) => {$(
        #[doc = concat!("[`", stringify!($name), "`](super::", stringify!($name), "), rounded once to single precision.")]
        #[inline]
        #[must_use]
        pub fn $name($($argument: f32),+) -> f32 {
            super::$name($(f64::from($argument)),+) as f32
        }
    )+};
}

rounded! {
    expm1(x); ln(x); log10(x); ln1p(x); sqrt(x); pow(x, y);
    sin(x); cos(x); tan(x); asin(x); acos(x); atan(x); atan2(y, x);
    sinh(x); cosh(x); tanh(x); hypot(x, y);
    floor(x); ceil(x); abs(x); rint(x); round_half_up(x); threshold(x, y);
    min_ignoring_nan(a, b); max_ignoring_nan(a, b); min_propagating_nan(a, b); max_propagating_nan(a, b);
}

/// `ln 2.7182817 − 1`.
const LN_BASE_LESS_ONE: f64 = -4.725_744_292_364_09e-8;

/// Returns 2.7182817 raised to `x` in double precision, rounded once to single precision: what the links and
/// activations of models that compute in single precision use for `e^x`.
///
/// The base is e in the eight digits that single precision holds. The reference evaluator's results are
/// powers of just that decimal, neither of e nor of the single-precision number nearest to it. The difference
/// from `e^x` grows with `x`, to 70 units in the last place. The function `exp` of expressions is different:
/// it is `e^x`, rounded once.
#[inline(always)]
#[must_use]
pub fn exp(x: f32) -> f32 {
    // The bounds are beyond those where the result becomes 0 and infinite, and within those of `exp_of_sum`.
    let x = f64::from(x.clamp(-150.0, 100.0));
    exp_of_sum(x, x * LN_BASE_LESS_ONE) as f32
}

/// Returns [`exp`] of each of some numbers. They are computed side by side if the caller is compiled for
/// vectors.
#[inline(always)]
pub(crate) fn exp_of_lanes<const N: usize>(mut lanes: [f32; N]) -> [f32; N] {
    for lane in &mut lanes {
        *lane = exp(*lane);
    }
    lanes
}

/// Returns [`tanh`] of each of some numbers. They are computed side by side if the caller is compiled for vectors.
#[inline(always)]
pub(crate) fn tanh_of_lanes<const N: usize>(lanes: [f32; N]) -> [f32; N] {
    super::tanh_of_lanes(lanes.map(f64::from)).map(|lane| lane as f32)
}

/// Returns [`ln`] of each of some numbers. They are computed side by side if the caller is compiled for vectors.
#[inline(always)]
pub(crate) fn ln_of_lanes<const N: usize>(lanes: [f32; N]) -> [f32; N] {
    super::ln_of_lanes(lanes.map(f64::from)).map(|lane| lane as f32)
}

/// Returns [`modulo`](super::modulo), each of its steps in single precision.
#[inline]
#[must_use]
pub fn modulo(a: f32, b: f32) -> f32 {
    a - floor(a / b) * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_values() {
        assert_eq!(modulo(-7.3, 2.0), 0.699_999_8);
        assert_eq!(modulo(7.3, 2.0), 1.300_000_2);
        assert_eq!(pow(0.3, 0.3), 0.696_845_3);
        assert_eq!(pow(0.3, 3.0), 0.027_000_003);
        assert_eq!(round_half_up(0.499_999_97), 0.0);
        assert_eq!(round_half_up(2.5), 3.0);
        assert_eq!(sqrt(2.0), core::f32::consts::SQRT_2);
        assert_eq!(max_ignoring_nan(f32::NAN, 1.0), 1.0);
    }

    #[test]
    fn exponentials_are_those_of_the_reference_evaluator() {
        for (x, expected) in [
            (-104.0, 0.0),
            (-103.5, 1.0e-45),
            (-100.0, 3.8e-44),
            (-95.5, 3.349e-42),
            (-88.0, 6.054_627e-39),
            (-87.0, 1.645_818_2e-38),
            (-64.0, 1.603_815_8e-28),
            (-50.5, 1.169_848_7e-22),
            (-32.0, 1.266_418_4e-14),
            (-20.0, 2.061_155_5e-9),
            (-11.5, 1.013_009_9e-5),
            (-10.0, 4.539_995_3e-5),
            (-5.0, 0.006_737_948_4),
            (-3.0, 0.049_787_074),
            (-2.0, 0.135_335_3),
            (-1.0, 0.367_879_45),
            (-0.5, 0.606_530_67),
            (-0.125, 0.882_496_9),
            (-9.765_625e-4, 0.999_023_9),
            (9.765_625e-4, 1.000_977),
            (0.25, 1.284_025_4),
            (0.75, 2.116_999_9),
            (2.0, 7.389_055_3),
            (3.0, 20.085_533),
            (4.5, 90.017_11),
            (7.0, 1_096.632_8),
            (10.0, 22_026.455),
            (16.0, 8.886_104e6),
            (25.5, 1.187_158_7e11),
            (40.0, 2.353_848_2e17),
            (63.0, 2.293_776_3e27),
            (88.0, 1.651_629_4e38),
            (89.0, f32::INFINITY),
        ] {
            assert_eq!(exp(x), expected, "{x}");
        }
        assert_eq!(exp(1.0), core::f32::consts::E);
    }

    #[test]
    fn exponentials_are_powers_of_the_decimal() {
        let mut x = -110.0_f32;
        while x < 95.0 {
            for x in [x, x / 100.0] {
                assert_eq!(exp(x), super::super::pow(2.718_281_7, f64::from(x)) as f32, "{x}");
            }
            x += 0.013_37;
        }
    }

    #[test]
    fn exponentials_at_the_limits() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-0.0), 1.0);
        assert_eq!(exp(f32::MAX), f32::INFINITY);
        assert_eq!(exp(f32::MIN), 0.0);
        assert_eq!(exp(f32::INFINITY), f32::INFINITY);
        assert_eq!(exp(f32::NEG_INFINITY), 0.0);
        assert!(exp(f32::NAN).is_nan());
    }
}
