//! The functions of [`math`](super) in single precision, for models that compute in single precision.
//!
//! A transcendental function is the double-precision function rounded once, so its result does not depend on the
//! platform. Arithmetic stays in single precision throughout.

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
    exp(x); expm1(x); ln(x); log10(x); ln1p(x); sqrt(x); pow(x, y);
    sin(x); cos(x); tan(x); asin(x); acos(x); atan(x); atan2(y, x);
    sinh(x); cosh(x); tanh(x); hypot(x, y);
    floor(x); ceil(x); abs(x); rint(x); round_half_up(x); threshold(x, y);
    min_ignoring_nan(a, b); max_ignoring_nan(a, b); min_propagating_nan(a, b); max_propagating_nan(a, b);
}

/// [`modulo`](super::modulo), each of its steps in single precision.
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
}
