//! The float types that kernels compute with.

use crate::ir::types::{Constant, Type};
use pmml_runtime::math;
use std::ops::{Add, Div, Mul, Neg, Sub};

/// Returns the bits of a number in a float type.
pub(super) fn bits(precision: Type, number: f64) -> u64 {
    match precision {
        Type::F32 => Constant::F32(number as f32).bits(),
        _ => Constant::F64(number).bits(),
    }
}

/// Evaluates a kernel in its float type: calls one of its methods that is generic over [`Number`].
macro_rules! in_precision {
    ($kernel:ident.$method:ident($($argument:expr),*)) => {
        match $kernel.precision {
            $crate::ir::types::Type::F32 => $kernel.$method::<f32>($($argument),*),
            _ => $kernel.$method::<f64>($($argument),*),
        }
    };
}
pub(super) use in_precision;

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
    /// Returns the number with the bits of a constant.
    fn from_bits(bits: u64) -> Self;
    /// Returns the bits of a constant.
    fn into_bits(self) -> u64;
    /// Returns the nearest number to an `f64`.
    fn from_f64(double: f64) -> Self;
    /// Returns the same number as an `f64`.
    fn to_f64(self) -> f64;
    fn abs(self) -> Self;
    fn sqrt(self) -> Self;
    /// Returns e, as models use it, to the power of a number: see [`math::single::exp`].
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
