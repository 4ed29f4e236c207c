//! The float types that kernels compute with.

use crate::math;

/// A float type, as words hold it. Every operation is rounded once, and none is contracted with another.
pub(crate) trait Float: Copy + PartialOrd {
    const ZERO: Self;
    const ONE: Self;
    const INFINITY: Self;
    const NAN: Self;
    /// Slightly more than 1.
    const ABOVE_ONE: Self;
    /// The smallest normal number.
    const MIN_POSITIVE: Self;
    /// The logarithm of 2.
    const LN_2: Self;
    /// Returns the number that a word holds.
    fn from_word(word: u64) -> Self;
    fn to_word(self) -> u64;
    /// Returns the nearest number to an `f64`.
    fn from_f64(double: f64) -> Self;
    /// Returns the same number as an `f64`.
    fn to_f64(self) -> f64;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn by(self, other: Self) -> Self;
    fn negative(self) -> Self;
    fn absolute(self) -> Self;
    fn sqrt(self) -> Self;
    /// Returns e, as models use it, raised to each of some numbers: see [`math::single::exp`].
    fn exp_of_lanes<const N: usize>(lanes: [Self; N]) -> [Self; N];
    fn pow(self, exponent: Self) -> Self;
    fn tanh_of_lanes<const N: usize>(lanes: [Self; N]) -> [Self; N];

    /// Returns whether the number is NaN.
    #[inline(always)]
    fn is_nan(self) -> bool {
        self.partial_cmp(&self).is_none()
    }
}

macro_rules! float {
    ($float:ident, $bits:ty, $($math:ident)::+) => {
        impl Float for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            const INFINITY: Self = $float::INFINITY;
            const NAN: Self = $float::NAN;
            const ABOVE_ONE: Self = 1.0 + 8.0 * $float::EPSILON;
            const MIN_POSITIVE: Self = $float::MIN_POSITIVE;
            const LN_2: Self = core::$float::consts::LN_2;
            #[inline(always)]
            fn from_word(word: u64) -> Self {
                <$float>::from_bits(word as $bits)
            }
            #[inline(always)]
            fn to_word(self) -> u64 {
                self.to_bits() as u64
            }
            #[inline(always)]
            fn from_f64(double: f64) -> Self {
                double as $float
            }
            #[inline(always)]
            fn to_f64(self) -> f64 {
                self as f64
            }
            #[inline(always)]
            fn plus(self, other: Self) -> Self {
                self + other
            }
            #[inline(always)]
            fn minus(self, other: Self) -> Self {
                self - other
            }
            #[inline(always)]
            fn times(self, other: Self) -> Self {
                self * other
            }
            #[inline(always)]
            fn by(self, other: Self) -> Self {
                self / other
            }
            #[inline(always)]
            fn negative(self) -> Self {
                -self
            }
            #[inline(always)]
            fn absolute(self) -> Self {
                self.abs()
            }
            #[inline(always)]
            fn sqrt(self) -> Self {
                $($math)::+::sqrt(self)
            }
            #[inline(always)]
            fn exp_of_lanes<const N: usize>(lanes: [Self; N]) -> [Self; N] {
                $($math)::+::exp_of_lanes(lanes)
            }
            #[inline(always)]
            fn pow(self, exponent: Self) -> Self {
                $($math)::+::pow(self, exponent)
            }
            #[inline(always)]
            fn tanh_of_lanes<const N: usize>(lanes: [Self; N]) -> [Self; N] {
                $($math)::+::tanh_of_lanes(lanes)
            }
        }
    };
}

float!(f64, u64, math);
float!(f32, u32, math::single);
