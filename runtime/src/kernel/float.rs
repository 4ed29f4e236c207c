//! The float types that kernels compute with.

use crate::math;

/// A float type, as words hold it. Every operation is rounded once, and none is contracted with another.
pub(super) trait Float: Copy {
    const ZERO: Self;
    fn from_word(word: u64) -> Self;
    fn to_word(self) -> u64;
    fn plus(self, other: Self) -> Self;
    fn minus(self, other: Self) -> Self;
    fn times(self, other: Self) -> Self;
    fn negative(self) -> Self;
    /// What models take for e to the power of a number, see [`math::single::exp`].
    fn exp(self) -> Self;
    fn pow(self, exponent: Self) -> Self;
    fn tanh(self) -> Self;
}

macro_rules! float {
    ($float:ty, $bits:ty, $($math:ident)::+) => {
        impl Float for $float {
            const ZERO: Self = 0.0;
            #[inline]
            fn from_word(word: u64) -> Self {
                <$float>::from_bits(word as $bits)
            }
            #[inline]
            fn to_word(self) -> u64 {
                self.to_bits() as u64
            }
            #[inline]
            fn plus(self, other: Self) -> Self {
                self + other
            }
            #[inline]
            fn minus(self, other: Self) -> Self {
                self - other
            }
            #[inline]
            fn times(self, other: Self) -> Self {
                self * other
            }
            #[inline]
            fn negative(self) -> Self {
                -self
            }
            #[inline]
            fn exp(self) -> Self {
                $($math)::+::exp(self)
            }
            #[inline]
            fn pow(self, exponent: Self) -> Self {
                $($math)::+::pow(self, exponent)
            }
            #[inline]
            fn tanh(self) -> Self {
                $($math)::+::tanh(self)
            }
        }
    };
}

float!(f64, u64, math);
float!(f32, u32, math::single);
