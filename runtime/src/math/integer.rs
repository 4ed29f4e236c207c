//! Integer arithmetic as programs call it: every function has a result, and a second one returns whether it
//! is meaningful.

use crate::math;

/// Returns whether the sum of two integers exceeds the type.
#[must_use]
pub fn add_overflows(a: i64, b: i64) -> bool {
    a.checked_add(b).is_none()
}

/// Returns whether the difference of two integers exceeds the type.
#[must_use]
pub fn subtract_overflows(a: i64, b: i64) -> bool {
    a.checked_sub(b).is_none()
}

/// Returns whether the product of two integers exceeds the type.
#[must_use]
pub fn multiply_overflows(a: i64, b: i64) -> bool {
    a.checked_mul(b).is_none()
}

/// Returns the quotient, rounded towards zero, or 0 if there is none.
#[must_use]
pub fn divide(a: i64, b: i64) -> i64 {
    math::divide_i64(a, b).unwrap_or(0)
}

/// Returns whether there is no quotient: the divisor is 0, or the result exceeds the type.
#[must_use]
pub fn cannot_divide(a: i64, b: i64) -> bool {
    math::divide_i64(a, b).is_none()
}

/// Returns the remainder of the division that rounds down, or 0 if the divisor is 0.
#[must_use]
pub fn modulo(a: i64, b: i64) -> i64 {
    math::modulo_i64(a, b).unwrap_or(0)
}

/// Returns whether the divisor is 0.
#[must_use]
pub fn cannot_modulo(a: i64, b: i64) -> bool {
    math::modulo_i64(a, b).is_none()
}

/// Returns `base` raised to `exponent`, or 0 if that is not an integer or exceeds the type.
#[must_use]
pub fn pow(base: i64, exponent: i64) -> i64 {
    math::pow_i64(base, exponent).unwrap_or(0)
}

/// Returns whether `base` raised to `exponent` is not an integer or exceeds the type.
#[must_use]
pub fn cannot_pow(base: i64, exponent: i64) -> bool {
    math::pow_i64(base, exponent).is_none()
}

/// Returns whether a whole number is NaN or exceeds the type.
#[must_use]
pub fn exceeds(x: f64) -> bool {
    math::to_i64_exact(x).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_exist_or_not() {
        assert!(add_overflows(i64::MAX, 1) && !add_overflows(i64::MAX, -1));
        assert!(subtract_overflows(i64::MIN, 1) && !subtract_overflows(0, i64::MAX));
        assert!(multiply_overflows(1 << 32, 1 << 31) && !multiply_overflows(1 << 31, 1 << 31));
        assert_eq!((divide(-7, 2), cannot_divide(-7, 2)), (-3, false));
        assert_eq!((divide(7, 0), cannot_divide(7, 0)), (0, true));
        assert_eq!((divide(i64::MIN, -1), cannot_divide(i64::MIN, -1)), (0, true));
        assert_eq!((modulo(-7, 3), cannot_modulo(-7, 3)), (2, false));
        assert_eq!((modulo(7, 0), cannot_modulo(7, 0)), (0, true));
        assert_eq!((pow(2, 3), cannot_pow(2, 3)), (8, false));
        assert_eq!((pow(2, -1), cannot_pow(2, -1)), (0, true));
        assert!(exceeds(f64::NAN) && exceeds(1e19) && !exceeds(-3.0));
    }
}
