//! The natural logarithm.
//!
//! It is implemented here for the same reason as [`exp`](super::exp): that of `libm` differs from Java's in 3
//! to 7 of 100 results, this one in less than one. Nothing branches, so that a loop over lanes becomes vectors.

mod table;

use self::table::INTERVALS;
use super::exponential::ROUNDING;

/// The start of the first interval, 0.703125, in bits: 128 intervals of equal numbers of floats reach to its double.
const FIRST_START: u64 = 0x3FE6_8000_0000_0000;
/// `ln 2`: a multiple of 2⁻⁴², so that sums with multiples of it are exact, and the remainder.
const LN_2_HIGH: f64 = 0.693_147_180_559_890_3;
const LN_2_LOW: f64 = 5.497_923_018_708_371e-14;

/// Returns the natural logarithm: −∞ at 0, NaN below.
///
/// The error is below 0.51 units in the last place.
#[inline]
#[must_use]
pub fn ln(x: f64) -> f64 {
    ln_inline(x)
}

/// Returns [`ln`] of each of some numbers. They are computed side by side if the caller is compiled for vectors.
#[inline(always)]
pub(crate) fn ln_of_lanes<const N: usize>(mut lanes: [f64; N]) -> [f64; N] {
    for lane in &mut lanes {
        *lane = ln_inline(*lane);
    }
    lanes
}

#[inline(always)]
fn ln_inline(x: f64) -> f64 {
    // For numbers without a finite logarithm the reduction computes something, which is not selected.
    let Reduced { whole, low, rest, rest_error } = Reduced::of(x);
    let sum = whole + rest;
    let sum_error = rounding_error(whole, rest, sum);
    let tail = rest * rest * (-0.5 + rest * series_after_second(rest));
    let result = sum + (tail + (sum_error + rest_error + low));
    let result = if x == f64::INFINITY { x } else { result };
    let result = if x == 0.0 { f64::NEG_INFINITY } else { result };
    if x >= 0.0 { result } else { f64::NAN }
}

/// Returns the natural logarithm of a positive, finite number as a number and its error, together about 65
/// bits.
pub(super) fn ln_in_two(x: f64) -> (f64, f64) {
    let Reduced { whole, low, rest, rest_error } = Reduced::of(x);
    let sum = whole + rest;
    let sum_error = rounding_error(whole, rest, sum);
    let (square, square_error) = product_in_two(rest, rest);
    let with_square = sum - 0.5 * square;
    let with_square_error = rounding_error(sum, -0.5 * square, with_square);
    let tail = rest * rest * rest * series_after_second(rest);
    let lacking = tail
        + (with_square_error + (sum_error + ((rest_error - rest * rest_error) - 0.5 * square_error + low)));
    let high = with_square + lacking;
    (high, (with_square - high) + lacking)
}

/// `ln x` is `whole + low + ln(1 + rest + rest_error)`.
struct Reduced {
    whole: f64,
    low: f64,
    rest: f64,
    rest_error: f64,
}

impl Reduced {
    /// Reduces a positive, finite number. Of others the result means nothing.
    #[inline(always)]
    fn of(x: f64) -> Self {
        // Numbers below the smallest normal one are scaled by 2^54 first.
        let is_small = x < f64::MIN_POSITIVE;
        let bits = (if is_small { x * 18_014_398_509_481_984.0 } else { x }).to_bits();
        let shift = if is_small { 54.0 } else { 0.0 };

        // x = z · 2^exponent with z from 0.703 to 1.406, so that z is near 1 where x is.
        let from_start = bits.wrapping_sub(FIRST_START);
        let exponent = from_start.cast_signed() >> 52;
        let z = f64::from_bits(bits.wrapping_sub(exponent.cast_unsigned() << 52));
        let (inverse, high, low) = INTERVALS[(from_start >> 45 & 127) as usize];
        // Conversion by an exact sum and difference: AVX2 has no instruction that converts 64-bit integers.
        let exponent =
            f64::from_bits(ROUNDING.to_bits().wrapping_add(exponent.cast_unsigned())) - ROUNDING - shift;

        // ln z = ln(1 + rest) − ln(inverse) with rest = z · inverse − 1. Both halves of z make exact products with the
        // few bits of the inverse.
        let z_high = f64::from_bits(z.to_bits() & !0xFF_FFFF);
        let rest_high = z_high * inverse - 1.0;
        let rest_low = (z - z_high) * inverse;
        let rest = rest_high + rest_low;
        let rest_error = rounding_error(rest_high, rest_low, rest);
        Self { whole: exponent * LN_2_HIGH + high, low: exponent * LN_2_LOW + low, rest, rest_error }
    }
}

/// Returns the product of two numbers as a number and its error. Neither may be near the ends of the range.
pub(super) fn product_in_two(a: f64, b: f64) -> (f64, f64) {
    // Halves of 26 bits have exact products.
    let halves = |x: f64| {
        let scaled = x * 134_217_729.0;
        let high = scaled - (scaled - x);
        (high, x - high)
    };
    let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
    let product = a * b;
    (product, ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low)
}

/// Returns what must be added to `sum` to make it `a + b`.
#[inline(always)]
fn rounding_error(a: f64, b: f64, sum: f64) -> f64 {
    let b_in_sum = sum - a;
    (a - (sum - b_in_sum)) + (b - b_in_sum)
}

/// Returns `(ln(1 + r) − r + r²/2) ÷ r³` for `r` of at most 1/128 in magnitude.
#[inline(always)]
fn series_after_second(r: f64) -> f64 {
    let sixth = -1.0 / 6.0 + r * (1.0 / 7.0 + r * (-1.0 / 8.0 + r * (1.0 / 9.0 - r / 10.0)));
    1.0 / 3.0 + r * (-0.25 + r * (1.0 / 5.0 + r * sixth))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units_apart(a: f64, b: f64) -> u64 {
        a.to_bits().abs_diff(b.to_bits())
    }

    #[test]
    fn within_a_unit_of_the_other_implementation() {
        let mut x = 1e-320;
        while x < 1e308 {
            assert!(units_apart(ln(x), libm::log(x)) <= 1, "{x}");
            x *= 1.01;
        }
        let mut x = 0.5;
        while x < 2.0 {
            assert!(units_apart(ln(x), libm::log(x)) <= 1, "{x}");
            x += 0.000_013_37;
        }
        for ulps in 0..1000 {
            for x in [f64::from_bits(1_f64.to_bits() + ulps), f64::from_bits(1_f64.to_bits() - ulps)] {
                assert!(units_apart(ln(x), libm::log(x)) <= 1, "{x}");
            }
        }
    }

    #[test]
    fn known_values() {
        assert_eq!(ln(1.0).to_bits(), 0);
        assert_eq!(ln(2.0), core::f64::consts::LN_2);
        assert_eq!(ln(10.0), core::f64::consts::LN_10);
        assert_eq!(ln(5e-324), -744.440_071_921_381_2);
        assert_eq!(ln(f64::MAX), 709.782_712_893_384);
        assert_eq!(ln(0.0), f64::NEG_INFINITY);
        assert_eq!(ln(-0.0), f64::NEG_INFINITY);
        assert_eq!(ln(f64::INFINITY), f64::INFINITY);
        assert!(ln(-1.0).is_nan());
        assert!(ln(f64::NEG_INFINITY).is_nan());
        assert!(ln(f64::NAN).is_nan());
    }
}
