//! Functions of some numbers side by side.
//!
//! They are types with a method that is always inlined, because the compiler may call a large closure, and a function that is
//! called is compiled for the baseline processor: see [`Work`](crate::simd::Work).

use super::LINE;
use crate::math::{self, single};

/// A function of the numbers of a line, in both precisions.
pub(super) trait LineFunction {
    /// Returns the function's values in double precision. Must be `#[inline(always)]`.
    fn double(lanes: [f64; LINE]) -> [f64; LINE];
    /// Returns the function's values in single precision. Must be `#[inline(always)]`.
    fn single(lanes: [f32; LINE]) -> [f32; LINE];
}

/// Declares functions of lines.
macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident: |$x:ident| $double:expr, $single:expr;)*) => {$(
        $(#[$doc])*
        pub(super) struct $name;

        impl LineFunction for $name {
            #[inline(always)]
            fn double($x: [f64; LINE]) -> [f64; LINE] {
                $double
            }
            #[inline(always)]
            fn single($x: [f32; LINE]) -> [f32; LINE] {
                $single
            }
        }
    )*};
}

functions! {
    /// e to the power of a number.
    Exp: |x| math::exp_of_lanes(x), single::exp_of_lanes(x);
    /// The logistic function.
    Logistic: |x| each(math::exp_of_lanes(each(x, |x| -x)), |power| 1.0 / (1.0 + power)),
        each(single::exp_of_lanes(each(x, |x| -x)), |power| 1.0 / (1.0 + power));
    /// The hyperbolic tangent.
    Tanh: |x| math::tanh_of_lanes(x), single::tanh_of_lanes(x);
    /// The natural logarithm.
    Ln: |x| math::ln_of_lanes(x), single::ln_of_lanes(x);
    /// e to the power of a number, less 1.
    Expm1: |x| each(x, math::expm1), each(x, single::expm1);
    /// The natural logarithm of 1 and a number.
    Ln1p: |x| each(x, math::ln1p), each(x, single::ln1p);
    /// The square root.
    SquareRoot: |x| each(x, math::sqrt), each(x, single::sqrt);
    /// The nearest whole number below.
    Floor: |x| each(x, math::floor), each(x, single::floor);
    /// The nearest whole number above.
    Ceil: |x| each(x, math::ceil), each(x, |x| math::ceil(x.into()) as f32);
}

/// Applies a function to each number.
#[inline(always)]
fn each<T: Copy>(mut lanes: [T; LINE], function: impl Fn(T) -> T) -> [T; LINE] {
    for lane in &mut lanes {
        *lane = function(*lane);
    }
    lanes
}
