//! The exponential function.
//!
//! `exp` is implemented here because the last bit matters: documents carry the results of other platforms,
//! whose exponentials are almost correctly rounded. That of `libm` differs from Java's in 9.5 of 100 results,
//! this one in less than one.

mod table;

use self::table::POWERS;

/// `128 ÷ ln 2`.
const STEPS_PER_UNIT: f64 = 184.664_965_233_787_3;
/// `ln 2 ÷ 128`: its leading 33 bits, so that multiples of it are exact, and the remainder.
const STEP_HIGH: f64 = 0.005_415_212_347_543_274_5;
const STEP_LOW: f64 = 5.812_982_117_197_185e-13;

/// `1.5 · 2^52`: when added to a number below 2^51 in magnitude, it leaves the nearest whole number in the
/// lowest bits of the sum.
pub(super) const ROUNDING: f64 = 6_755_399_441_055_744.0;

/// Returns e raised to `x`.
///
/// The error is below 0.51 units in the last place, except that results below the smallest normal number are rounded
/// twice.
#[inline]
#[must_use]
pub fn exp(x: f64) -> f64 {
    exp_inline(x)
}

/// Returns e raised to each of some numbers, with the bits of [`exp`]. They are computed side by side if the
/// caller is compiled for vectors.
#[inline(always)]
pub(crate) fn exp_of_lanes<const N: usize>(mut lanes: [f64; N]) -> [f64; N] {
    for lane in &mut lanes {
        *lane = exp_inline(*lane);
    }
    lanes
}

#[inline(always)]
fn exp_inline(x: f64) -> f64 {
    // Without branches, so that a loop can be vectorized.
    let result = exp_of_sum(x.clamp(-746.0, 710.0), 0.0);
    let result = if x > 709.782_712_893_384 { f64::INFINITY } else { result };
    let result = if x < -745.133_219_101_941_2 { 0.0 } else { result };
    if x.is_nan() { f64::NAN } else { result }
}

/// Returns e raised to `x + low`, where `x` is between −746 and 710 and `low` below 10^−5 in magnitude, so
/// that it adds nothing to the steps. A `NaN` stays one.
#[inline(always)]
pub(super) fn exp_of_sum(x: f64, low: f64) -> f64 {
    // x = steps · ln 2 ÷ 128 + rest, so e^x = 2^(steps ÷ 128) · e^rest. The high product and the difference are exact.
    let rounded = x * STEPS_PER_UNIT + ROUNDING;
    let steps = rounded - ROUNDING;
    let rest = (x - steps * STEP_HIGH) + (low - steps * STEP_LOW);
    let steps = rounded.to_bits().wrapping_sub(ROUNDING.to_bits()).cast_signed();
    let (power, power_low) = POWERS[(steps & 127) as usize];
    let rest_less_one = rest
        + rest
            * rest
            * (0.5 + rest * (1.0 / 6.0 + rest * (1.0 / 24.0 + rest * (1.0 / 120.0 + rest * (1.0 / 720.0)))));
    scale(power + (power_low + power * rest_less_one), steps >> 7)
}

/// Returns `x · 2^exponent` for an exponent between −1100 and 1100. A `NaN` stays one, whatever the exponent.
#[inline(always)]
fn scale(x: f64, exponent: i64) -> f64 {
    // In two halves: 2^exponent itself may not be a normal number.
    let half = exponent >> 1;
    x * power_of_two(half) * power_of_two(exponent.wrapping_sub(half))
}

/// Returns 2 raised to an exponent between −1022 and 1023.
#[inline(always)]
pub(super) fn power_of_two(exponent: i64) -> f64 {
    f64::from_bits(exponent.wrapping_add(1023).cast_unsigned() << 52)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units_apart(a: f64, b: f64) -> u64 {
        a.to_bits().abs_diff(b.to_bits())
    }

    #[test]
    fn within_a_unit_of_the_other_implementation() {
        let mut x = -708.0;
        while x < 709.7 {
            assert!(units_apart(exp(x), libm::exp(x)) <= 1, "{x}");
            let small = x / 300.0;
            assert!(units_apart(exp(small), libm::exp(small)) <= 1, "{small}");
            x += 0.013_37;
        }
    }

    #[test]
    fn known_values() {
        assert_eq!(exp(0.0), 1.0);
        assert_eq!(exp(-0.0), 1.0);
        assert_eq!(exp(1.0), core::f64::consts::E);
        assert_eq!(exp(1e-300), 1.0);
        assert_eq!(exp(709.782_712_893_384), 1.797_693_134_862_273_2e308);
        assert_eq!(exp(-745.0), 5e-324);
        assert_eq!(exp(-708.5), 2.006_132_305_331_306e-308);
        assert_eq!(exp(710.0), f64::INFINITY);
        assert_eq!(exp(f64::NEG_INFINITY), 0.0);
        assert!(exp(f64::NAN).is_nan());
    }

    #[test]
    fn lanes_have_the_same_bits() {
        let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 710.0, -746.0, -745.0];
        for (lane, x) in exp_of_lanes(special).into_iter().zip(special) {
            assert_eq!(lane.to_bits(), exp(x).to_bits(), "{x}");
        }
        let mut x = -750.0;
        while x < 720.0 {
            let numbers = [x, x / 3.0, x / 50.0, x / 700.0, x / 1e5, x / 1e10, -x, x / 1e300];
            for (lane, x) in exp_of_lanes(numbers).into_iter().zip(numbers) {
                assert_eq!(lane.to_bits(), exp(x).to_bits(), "{x}");
            }
            x += 0.377;
        }
    }

    #[test]
    fn powers_are_powers() {
        for (index, (high, low)) in POWERS.iter().enumerate() {
            let expected = libm::exp2(index as f64 / 128.0);
            assert!(units_apart(*high, expected) <= 1, "{index}");
            assert!(low.abs() <= high * f64::EPSILON / 2.0, "{index}");
        }
    }
}
