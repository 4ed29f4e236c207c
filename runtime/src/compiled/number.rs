//! Conversions and roundings that generated code writes as calls, so that it holds no bare `as`.

use crate::math;

/// An integer as the nearest double.
#[inline]
#[must_use]
pub fn f64_of_i64(value: i64) -> f64 {
    value as f64
}

/// An integer as the nearest single.
#[inline]
#[must_use]
pub fn f32_of_i64(value: i64) -> f32 {
    value as f32
}

/// A double as the nearest single.
#[inline]
#[must_use]
pub fn f32_of_f64(value: f64) -> f32 {
    value as f32
}

/// A double as an integer, rounded to zero and saturated; NaN gives 0.
#[inline]
#[must_use]
pub fn i64_of_f64(value: f64) -> i64 {
    value as i64
}

/// What singles and doubles have in common.
pub trait Float: Copy {
    /// The square root, as IEEE 754 defines it.
    #[must_use]
    fn square_root(self) -> Self;
    /// The largest whole number that is not above.
    #[must_use]
    fn floor(self) -> Self;
    /// The smallest whole number that is not below.
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

/// The square root of a float.
#[inline]
#[must_use]
pub fn square_root<F: Float>(value: F) -> F {
    value.square_root()
}

/// The largest whole number that is not above a float.
#[inline]
#[must_use]
pub fn floor<F: Float>(value: F) -> F {
    value.floor()
}

/// The smallest whole number that is not below a float.
#[inline]
#[must_use]
pub fn ceil<F: Float>(value: F) -> F {
    value.ceil()
}
