//! Arithmetic and the elementary functions, in double precision and on 64-bit integers.
//!
//! Every engine calls these functions and no others, even where the standard library or the processor has its
//! own: this makes results the same on every engine and platform. Real functions follow IEEE 754: outside
//! their domain they are NaN, past the range infinite. Integer functions are checked: they return `None` if
//! there is no result (overflow, division by zero).
//!
//! `exp`, `ln`, `pow` and `tanh` are implemented here and agree with Java's `Math` in 99.7 of 100 results or
//! more; the others are those of `libm`, whose results differ in the last place at most.
//!
//! [`single`] holds the same functions in single precision, [`link`] the link functions of regression models.

pub mod distribution;
mod exponential;
mod hyperbolic;
pub mod integer;
pub mod link;
mod logarithm;
mod power;
pub mod single;

pub use self::exponential::exp;
pub(crate) use self::exponential::exp_of_lanes;
pub use self::hyperbolic::tanh;
pub(crate) use self::hyperbolic::tanh_of_lanes;
pub use self::logarithm::ln;
pub(crate) use self::logarithm::ln_of_lanes;
pub use self::power::pow;

/// Names functions of `libm` with their documentation.
macro_rules! from_libm {
    ($($(#[$doc:meta])* $name:ident = $libm:ident($($argument:ident),+);)+) => {$(
        $(#[$doc])*
        #[inline]
        #[must_use]
        pub fn $name($($argument: f64),+) -> f64 {
            libm::$libm($($argument),+)
        }
    )+};
}

from_libm! {
    /// e raised to `x`, minus 1, exact also where `x` is close to 0.
    expm1 = expm1(x);
    /// The logarithm to base 10: −∞ at 0, NaN below.
    log10 = log10(x);
    /// The natural logarithm of `1 + x`, exact also where `x` is close to 0.
    ln1p = log1p(x);
    /// The square root: NaN below 0.
    sqrt = sqrt(x);
    /// The sine of `x` radians.
    sin = sin(x);
    /// The cosine of `x` radians.
    cos = cos(x);
    /// The tangent of `x` radians.
    tan = tan(x);
    /// The angle whose sine is `x`: NaN outside of −1 to 1.
    asin = asin(x);
    /// The angle whose cosine is `x`: NaN outside of −1 to 1.
    acos = acos(x);
    /// The angle whose tangent is `x`.
    atan = atan(x);
    /// The angle of the point with the coordinates `x` and `y`.
    atan2 = atan2(y, x);
    /// The hyperbolic sine.
    sinh = sinh(x);
    /// The hyperbolic cosine.
    cosh = cosh(x);
    /// The length of the hypotenuse, without overflow on the way.
    hypot = hypot(x, y);
    /// The largest whole number that is not greater than `x`.
    floor = floor(x);
    /// The smallest whole number that is not less than `x`.
    ceil = ceil(x);
    /// The absolute value.
    abs = fabs(x);
    /// The nearest whole number; on a tie, the even one.
    rint = rint(x);
}

/// Returns the nearest whole number, on a tie the greater one: 2.5 gives 3, −2.5 gives −2.
#[inline]
#[must_use]
pub fn round_half_up(x: f64) -> f64 {
    // Adding one half before taking the floor would round 0.49999999999999994 up to 1; the difference is exact.
    let below = floor(x);
    if x - below >= 0.5 { below + 1.0 } else { below }
}

/// Returns the remainder of the division that rounds down, `a − ⌊a ÷ b⌋ · b`: it has the sign of `b`.
///
/// The formula is evaluated as written, so the result is NaN where `b` is zero or infinite.
#[inline]
#[must_use]
pub fn modulo(a: f64, b: f64) -> f64 {
    a - floor(a / b) * b
}

/// Returns 1 if `x` is greater than `y`, otherwise 0.
#[inline]
#[must_use]
pub fn threshold(x: f64, y: f64) -> f64 {
    if x > y { 1.0 } else { 0.0 }
}

/// Returns the lesser of two values; a NaN counts as absent, and −0 is less than +0.
#[inline]
#[must_use]
pub fn min_ignoring_nan(a: f64, b: f64) -> f64 {
    if a < b || b.is_nan() || (a == b && a.is_sign_negative()) { a } else { b }
}

/// Returns the greater of two values; a NaN counts as absent, and +0 is greater than −0.
#[inline]
#[must_use]
pub fn max_ignoring_nan(a: f64, b: f64) -> f64 {
    if a > b || b.is_nan() || (a == b && a.is_sign_positive()) { a } else { b }
}

/// Returns the lesser of two values: NaN if either is NaN. −0 is less than +0.
#[inline]
#[must_use]
pub fn min_propagating_nan(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { min_ignoring_nan(a, b) }
}

/// Returns the greater of two values: NaN if either is NaN. +0 is greater than −0.
#[inline]
#[must_use]
pub fn max_propagating_nan(a: f64, b: f64) -> f64 {
    if a.is_nan() || b.is_nan() { f64::NAN } else { max_ignoring_nan(a, b) }
}

/// Returns +0 for −0, and any other number unchanged.
///
/// The reference keeps no negative zero: `1 / (-1 * 0)` is +∞ there.
#[inline]
#[must_use]
pub fn without_negative_zero(x: f64) -> f64 {
    x + 0.0
}

/// Returns the mean, updated value by value: the mean of 0.1, 0.2 and 0.3 is 0.2, though their sum in floating point is
/// 0.6000000000000001, and no sum can overflow. Returns
/// `None` if there are no values.
///
/// Numbers of single precision have the mean that this function returns, rounded once.
#[must_use]
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut count = 0.0;
    let mut mean = 0.0;
    for value in values {
        count += 1.0;
        mean += (value - mean) / count;
    }
    (count > 0.0).then_some(mean)
}

/// Returns the median: the middle of the values in ascending order, or the mean of the two middle ones.
/// Returns `None` if there are no values.
///
/// Sorts `values`. NaN is greater than every other value.
#[must_use]
pub fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(middle.checked_sub(1)?)?;
    // Halves first if the sum would overflow, otherwise the sum first: that is exact for small numbers.
    let sum = lower + upper;
    Some(if sum.is_finite() { sum / 2.0 } else { lower / 2.0 + upper / 2.0 })
}

/// Returns `x` as an integer, if it is a whole number and fits.
#[inline]
#[must_use]
pub fn to_i64_exact(x: f64) -> Option<i64> {
    // 2^63 itself does not fit, and no float lies between it and the greatest integer.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    ((-LIMIT..LIMIT).contains(&x) && libm::trunc(x) == x).then_some(x as i64)
}

/// Returns the whole part of `x`, rounded towards zero; the nearest integer past the range, 0 for NaN.
#[inline]
#[must_use]
pub fn to_i64_saturating(x: f64) -> i64 {
    x as i64
}

/// Returns the quotient of two integers, rounded towards zero. Returns `None` for a divisor of zero and on overflow.
#[inline]
#[must_use]
pub fn divide_i64(a: i64, b: i64) -> Option<i64> {
    a.checked_div(b)
}

/// Returns the remainder of the integer division that rounds down: it has the sign of `b`. Returns `None` for a divisor
/// of zero.
#[inline]
#[must_use]
pub fn modulo_i64(a: i64, b: i64) -> Option<i64> {
    if b == 0 {
        return None;
    }
    let remainder = a.wrapping_rem(b);
    // The remainder is smaller than `b` and of the other sign: the sum cannot overflow.
    Some(if remainder != 0 && (remainder < 0) != (b < 0) { remainder.wrapping_add(b) } else { remainder })
}

/// Returns `base` raised to `exponent`. Returns `None` on overflow and where the exponent is negative.
#[must_use]
pub fn pow_i64(base: i64, exponent: i64) -> Option<i64> {
    match (base, exponent) {
        (_, ..0) => None,
        (0 | 1, _) => Some(if exponent == 0 { 1 } else { base }),
        (-1, _) => Some(if exponent % 2 == 0 { 1 } else { -1 }),
        _ => base.checked_pow(u32::try_from(exponent).ok()?),
    }
}

#[cfg(test)]
mod lane_tests;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounding() {
        for (x, expected) in [
            (2.5, 3.0),
            (-2.5, -2.0),
            (0.499_999_999_999_999_94, 0.0),
            (0.5, 1.0),
            (-0.5, 0.0),
            (4_503_599_627_370_497.5, 4_503_599_627_370_498.0),
            (9_007_199_254_740_993.0, 9_007_199_254_740_992.0),
            (1e300, 1e300),
            (f64::INFINITY, f64::INFINITY),
        ] {
            assert_eq!(round_half_up(x), expected, "{x}");
        }
        assert!(round_half_up(f64::NAN).is_nan());
        assert_eq!([0.5, 1.5, 2.5, -2.5].map(rint), [0.0, 2.0, 2.0, -2.0]);
    }

    #[test]
    fn modulo_has_the_sign_of_the_divisor() {
        assert_eq!(modulo(-7.5, 2.0), 0.5);
        assert_eq!(modulo(7.5, -2.0), -0.5);
        assert_eq!(modulo(-1e-20, 3.0), 3.0);
        assert_eq!(modulo(1e300, 3.0), 0.0);
        assert!(modulo(7.5, 0.0).is_nan());
        assert!(modulo(5.0, f64::INFINITY).is_nan());
        assert_eq!(modulo_i64(-7, 3), Some(2));
        assert_eq!(modulo_i64(7, -3), Some(-2));
        assert_eq!(modulo_i64(6, -3), Some(0));
        assert_eq!(modulo_i64(i64::MIN, -1), Some(0));
        assert_eq!(modulo_i64(i64::MAX, i64::MIN), Some(-1));
        assert_eq!(modulo_i64(7, 0), None);
    }

    #[test]
    fn least_and_greatest() {
        assert_eq!(min_ignoring_nan(f64::NAN, 1.0), 1.0);
        assert_eq!(min_ignoring_nan(1.0, f64::NAN), 1.0);
        assert_eq!(max_ignoring_nan(f64::NAN, 1.0), 1.0);
        assert_eq!(max_ignoring_nan(1.0, f64::NAN), 1.0);
        assert!(min_ignoring_nan(f64::NAN, f64::NAN).is_nan());
        assert!(min_propagating_nan(f64::NAN, 1.0).is_nan());
        assert!(max_propagating_nan(1.0, f64::NAN).is_nan());
        for (a, b) in [(0.0, -0.0), (-0.0, 0.0)] {
            assert!(min_ignoring_nan(a, b).is_sign_negative());
            assert!(max_ignoring_nan(a, b).is_sign_positive());
        }
        assert_eq!(without_negative_zero(-0.0).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn means_and_medians() {
        assert_eq!(mean([0.1, 0.2, 0.3]), Some(0.2));
        assert_eq!(mean([1.1, 7.23, 1000.3]), Some(336.210_000_000_000_04));
        assert_eq!(mean([1e308, 1e308, 1.0]), Some(6.666_666_666_666_667e307));
        assert_eq!(mean([]), None);
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [3.0]), Some(3.0));
        assert_eq!(median(&mut [3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&mut [4.0, 3.0, 1.0, 2.0]), Some(2.5));
        assert_eq!(median(&mut [f64::MAX, f64::MAX]), Some(f64::MAX));
    }

    #[test]
    fn integers() {
        assert_eq!(divide_i64(-7, 2), Some(-3));
        assert_eq!(divide_i64(7, 0), None);
        assert_eq!(divide_i64(i64::MIN, -1), None);
        assert_eq!(pow_i64(2, 62), Some(1 << 62));
        assert_eq!(pow_i64(2, 63), None);
        assert_eq!(pow_i64(-2, 63), Some(i64::MIN));
        assert_eq!(pow_i64(0, 0), Some(1));
        assert_eq!(pow_i64(1, i64::MAX), Some(1));
        assert_eq!(pow_i64(-1, i64::MAX), Some(-1));
        assert_eq!(pow_i64(2, i64::MAX), None);
        assert_eq!(pow_i64(2, -1), None);
    }

    #[test]
    fn conversions_to_integers() {
        assert_eq!(to_i64_exact(3.0), Some(3));
        assert_eq!(to_i64_exact(3.5), None);
        assert_eq!(to_i64_exact(9_223_372_036_854_775_808.0), None);
        assert_eq!(to_i64_exact(-9_223_372_036_854_775_808.0), Some(i64::MIN));
        assert_eq!(to_i64_exact(f64::NAN), None);
        assert_eq!(to_i64_saturating(f64::NAN), 0);
        assert_eq!(to_i64_saturating(1e300), i64::MAX);
    }

    #[test]
    fn elementary_functions_at_their_edges() {
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert!(ln(-1.0).is_nan());
        assert_eq!(exp(1000.0), f64::INFINITY);
        assert_eq!(exp(-1000.0), 0.0);
        assert_eq!(pow(0.0, -1.0), f64::INFINITY);
        assert!(pow(-8.0, 0.333).is_nan());
        assert_eq!(pow(-8.0, 3.0), -512.0);
        assert_eq!(log10(1000.0), 3.0);
        assert_eq!(hypot(3.0, 4.0), 5.0);
        assert_eq!(expm1(1e-9), 1.000_000_000_500_000_1e-9);
        assert_eq!(ln1p(1e-9), 9.999_999_995e-10);
    }
}
