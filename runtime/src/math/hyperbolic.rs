//! The hyperbolic tangent.
//!
//! Java's `Math.tanh` is that of fdlibm, and documents carry its results; so the formulas and constants here are those of
//! fdlibm's `tanh` and `expm1` (Sun Microsystems, 1993), and give the same bits. What differs is that nothing branches: all
//! forms of a result are computed and one is selected, so that a loop over lanes becomes vectors.

use super::exponential::{ROUNDING, power_of_two};

/// `ln 2`: its leading 33 bits, so that small multiples of it are exact, and the remainder.
const LN_2_HIGH: f64 = 0.693_147_180_369_123_8;
const LN_2_LOW: f64 = 1.908_214_929_270_587_7e-10;

/// Arguments of [`exp_less_one`] below this are not reduced, and those below the second one are reduced by one `ln 2`: about
/// 0.5 and 1.5 of it, as fdlibm compares them by their upper halves.
const UNREDUCED: f64 = f64::from_bits(0x3FD6_2E43 << 32);
const REDUCED_ONCE: f64 = f64::from_bits(0x3FF0_A2B2 << 32);

/// The coefficients of `r·(e^r + 1) ÷ (e^r − 1)` as a polynomial in `r² ÷ 2`, without the leading 1.
const COEFFICIENTS: [f64; 5] = [
    -3.333_333_333_333_313e-2,
    1.587_301_587_254_814_6e-3,
    -7.936_507_578_674_88e-5,
    4.008_217_827_329_362e-6,
    -2.010_992_181_836_243_7e-7,
];

/// Returns the hyperbolic tangent.
#[inline]
#[must_use]
pub fn tanh(x: f64) -> f64 {
    tanh_inline(x)
}

/// Returns [`tanh`] of each of some numbers. They are computed side by side if the caller is compiled for vectors.
#[inline(always)]
pub(crate) fn tanh_of_lanes<const N: usize>(mut lanes: [f64; N]) -> [f64; N] {
    for lane in &mut lanes {
        *lane = tanh_inline(*lane);
    }
    lanes
}

/// Computes `1 − 2 ÷ (e^2x + 1)` from 1 on, and `(1 − e^−2x) ÷ (1 + e^−2x)` below, each from `e^… − 1`.
#[inline(always)]
fn tanh_inline(x: f64) -> f64 {
    let size = f64::from_bits(x.to_bits() & !SIGN);
    let is_large = size >= 1.0;
    // Beyond 22 the result is 1; the bound keeps the powers of two normal.
    let double = if size < 22.0 { 2.0 * size } else { 44.0 };
    let less_one = exp_less_one(double, !is_large);
    let dividend = if is_large { 2.0 } else { -less_one };
    let quotient = dividend / (less_one + 2.0);
    let result = if is_large { 1.0 - quotient } else { quotient };
    let result = if size < 1e-17 { size } else { result };
    let result = f64::from_bits(result.to_bits() | x.to_bits() & SIGN);
    if x.is_nan() { f64::NAN } else { result }
}

/// The sign of a number in its bits.
const SIGN: u64 = 1 << 63;

/// Returns e raised to `size`, or to its negative, less 1, where `size` is between 2 and 44, or between 0 and 2 if it is to be
/// negated.
#[inline(always)]
fn exp_less_one(size: f64, is_negative: bool) -> f64 {
    let signed = |size: f64| if is_negative { -size } else { size };
    // ±size = k · ln 2 + r + c, where c is the error of r.
    let steps = size * core::f64::consts::LOG2_E + 0.5;
    let rounded = (steps + ROUNDING) - ROUNDING;
    let steps = if rounded > steps { rounded - 1.0 } else { rounded };
    let steps = if size < REDUCED_ONCE { 1.0 } else { steps };
    let steps = if size < UNREDUCED { 0.0 } else { steps };
    let (high, low) = (signed(size) - signed(steps) * LN_2_HIGH, signed(steps) * LN_2_LOW);
    let r = high - low;
    let c = (high - r) - low;

    // e^r = 1 + r − e
    let half = 0.5 * r;
    let square = r * half;
    let [q1, q2, q3, q4, q5] = COEFFICIENTS;
    let series = 1.0 + square * (q1 + square * (q2 + square * (q3 + square * (q4 + square * q5))));
    let t = 3.0 - series * half;
    let e = square * ((series - t) / (6.0 - r * t));
    let e = (r * (e - c) - c) - square;

    let exponent = (steps + ROUNDING).to_bits().wrapping_sub(ROUNDING.to_bits()).cast_signed();
    let (power, inverse) = (power_of_two(exponent), power_of_two(exponent.wrapping_neg()));
    let raised = if steps < 20.0 { (r - e) + (1.0 - inverse) } else { (r - (e + inverse)) + 1.0 };
    let of_negative = if steps == 1.0 { 0.5 * (r - e) - 0.5 } else { ((r - e) + 1.0) * inverse - 1.0 };
    let of_negative = if steps == 0.0 { r - e } else { of_negative };
    if is_negative { of_negative } else { raised * power }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the same from `libm`'s `expm1`, which is fdlibm's.
    fn branching(x: f64) -> f64 {
        let size = libm::fabs(x);
        let result = if size > 22.0 {
            1.0
        } else if size >= 1.0 {
            1.0 - 2.0 / (libm::expm1(2.0 * size) + 2.0)
        } else if size < 1e-17 {
            size
        } else {
            let less_one = libm::expm1(-2.0 * size);
            -less_one / (less_one + 2.0)
        };
        if x.is_nan() { f64::NAN } else { libm::copysign(result, x) }
    }

    #[test]
    fn bits_are_those_of_fdlibm() {
        let mut x = 1e-320;
        while x < 1e300 {
            assert_eq!(tanh(x).to_bits(), branching(x).to_bits(), "{x}");
            x *= 1.000_7;
        }
        for step in 0..1_000_000 {
            let x = f64::from(step) * 2.3e-5;
            assert_eq!(tanh(x).to_bits(), branching(x).to_bits(), "{x}");
            assert_eq!(tanh(-x).to_bits(), branching(-x).to_bits(), "-{x}");
        }
        // Where another form begins.
        for double in [UNREDUCED, REDUCED_ONCE, 2.0, 44.0, 1e-17, 19.5 * core::f64::consts::LN_2] {
            let bits = (double / 2.0).to_bits();
            for x in (bits - 2_000..bits + 2_000).map(f64::from_bits) {
                assert_eq!(tanh(x).to_bits(), branching(x).to_bits(), "{x}");
            }
        }
    }

    #[test]
    fn lanes_have_the_same_bits() {
        let special = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 0.0, -0.0, 5e-324, -1e-17, 22.0];
        for (lane, x) in tanh_of_lanes(special).into_iter().zip(special) {
            assert_eq!(lane.to_bits(), branching(x).to_bits(), "{x}");
        }
        for step in 0..20_000 {
            let x = f64::from(step) * 1.3e-3 - 13.0;
            let numbers = [x, x / 3.0, x / 50.0, x / 1e5, x / 1e17, -x, x * 3.0, x * 1e10];
            for (lane, x) in tanh_of_lanes(numbers).into_iter().zip(numbers) {
                assert_eq!(lane.to_bits(), tanh(x).to_bits(), "{x}");
            }
        }
    }

    #[test]
    fn known_values() {
        assert_eq!(tanh(f64::INFINITY), 1.0);
        assert_eq!(tanh(-30.0), -1.0);
        assert_eq!(tanh(0.0), 0.0);
        assert!(tanh(-0.0).is_sign_negative());
        assert_eq!(tanh(1e-300), 1e-300);
        assert_eq!(tanh(0.5), 0.462_117_157_260_009_74);
        assert!(tanh(f64::NAN).is_nan());
    }
}
