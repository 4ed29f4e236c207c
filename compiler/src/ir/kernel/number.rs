//! The float types that kernels compute with.

use pmml_runtime::math;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// A float type.
pub trait Number:
    Copy
    + PartialOrd
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Neg<Output = Self>
{
    /// 0.
    const ZERO: Self;
    /// 1.
    const ONE: Self;
    /// From the bits of a constant.
    fn from_bits(bits: u64) -> Self;
    /// As the bits of a constant.
    fn into_bits(self) -> u64;
    /// The nearest number to a double.
    fn from_f64(double: f64) -> Self;
    /// The same number as a double.
    fn to_f64(self) -> f64;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
    /// What models take for e to the power of a number, see [`math::single::exp`].
    fn exp(self) -> Self;
    fn pow(self, exponent: Self) -> Self;
    fn tanh(self) -> Self;
}

macro_rules! number {
    ($float:ident, $bits:ty, $($math:ident)::+) => {
        impl Number for $float {
            const ZERO: Self = 0.0;
            const ONE: Self = 1.0;
            fn from_bits(bits: u64) -> Self {
                $float::from_bits(bits as $bits)
            }
            fn into_bits(self) -> u64 {
                self.to_bits() as u64
            }
            fn from_f64(double: f64) -> Self {
                double as $float
            }
            fn to_f64(self) -> f64 {
                self as f64
            }
            fn abs(self) -> Self {
                $float::abs(self)
            }
            fn sqrt(self) -> Self {
                $($math)::+::sqrt(self)
            }
            fn exp(self) -> Self {
                $($math)::+::exp(self)
            }
            fn pow(self, exponent: Self) -> Self {
                $($math)::+::pow(self, exponent)
            }
            fn tanh(self) -> Self {
                $($math)::+::tanh(self)
            }
        }
    };
}

number!(f64, u64, math);
number!(f32, u32, math::single);
