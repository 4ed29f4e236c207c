//! Conversions and rounding functions that generated code calls, so that it contains no bare `as`.

use crate::math;

/// Converts an integer to the nearest `f64`.
#[inline]
#[must_use]
pub fn f64_of_i64(value: i64) -> f64 {
    value as f64
}

/// Converts an integer to the nearest `f32`.
#[inline]
#[must_use]
pub fn f32_of_i64(value: i64) -> f32 {
    value as f32
}

/// Converts an `f64` to the nearest `f32`.
#[inline]
#[must_use]
pub fn f32_of_f64(value: f64) -> f32 {
    value as f32
}

/// Converts an `f64` to an integer, rounded towards zero and saturated; NaN gives 0.
#[inline]
#[must_use]
pub fn i64_of_f64(value: f64) -> i64 {
    value as i64
}

/// What `f32` and `f64` have in common.
pub trait Float: Copy {
    /// Returns the square root, as IEEE 754 defines it.
    #[must_use]
    fn square_root(self) -> Self;
    /// Returns the largest whole number that is not greater.
    #[must_use]
    fn floor(self) -> Self;
    /// Returns the smallest whole number that is not less.
    #[must_use]
    fn ceil(self) -> Self;
}

impl Float for f64 {
    #[inline]
    fn square_root(self) -> Self {
        math::sqrt(self)
    }
    #[inline]
    fn floor(self) -> Self {
        math::floor(self)
    }
    #[inline]
    fn ceil(self) -> Self {
        math::ceil(self)
    }
}

impl Float for f32 {
    #[inline]
    fn square_root(self) -> Self {
        libm::sqrtf(self)
    }
    #[inline]
    fn floor(self) -> Self {
        libm::floorf(self)
    }
    #[inline]
    fn ceil(self) -> Self {
        libm::ceilf(self)
    }
}

/// Returns the square root of a float.
#[inline]
#[must_use]
pub fn square_root<F: Float>(value: F) -> F {
    value.square_root()
}

/// Returns the largest whole number that is not greater than a float.
#[inline]
#[must_use]
pub fn floor<F: Float>(value: F) -> F {
    value.floor()
}

/// Returns the smallest whole number that is not less than a float.
#[inline]
#[must_use]
pub fn ceil<F: Float>(value: F) -> F {
    value.ceil()
}
