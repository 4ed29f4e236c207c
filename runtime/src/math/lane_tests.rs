//! Functions of lanes have the bits of the scalar functions, whatever instructions they are compiled for.

use super::single;
use crate::simd::{self, SimdLevel, Work};
use std::vec::Vec;

const N: usize = 16;

/// A function of lanes and the scalar function that it must agree with.
trait Pair<T> {
    fn lanes(numbers: [T; N]) -> [T; N];
    fn scalar(number: T) -> T;
}

macro_rules! pairs {
    ($($name:ident: $float:ident, $lanes:path, $scalar:path;)*) => {$(
        struct $name;

        impl Pair<$float> for $name {
            #[inline(always)]
            fn lanes(numbers: [$float; N]) -> [$float; N] {
                $lanes(numbers)
            }
            fn scalar(number: $float) -> $float {
                $scalar(number)
            }
        }
    )*};
}

pairs! {
    Exp: f64, super::exp_of_lanes, super::exp;
    Ln: f64, super::ln_of_lanes, super::ln;
    Tanh: f64, super::tanh_of_lanes, super::tanh;
    SingleExp: f32, single::exp_of_lanes, single::exp;
    SingleLn: f32, single::ln_of_lanes, single::ln;
    SingleTanh: f32, single::tanh_of_lanes, single::tanh;
}

/// Replaces numbers by a function's values.
struct Apply<'n, T, P> {
    numbers: &'n mut [[T; N]],
    function: core::marker::PhantomData<P>,
}

impl<T: Copy, P: Pair<T>> Work for Apply<'_, T, P> {
    #[inline(always)]
    fn run(self) {
        for numbers in self.numbers {
            *numbers = P::lanes(*numbers);
        }
    }
}

/// Returns bits that look random.
fn random() -> impl Iterator<Item = u64> {
    core::iter::successors(Some(0x9E37_79B9_7F4A_7C15_u64), |state| {
        let state = state ^ state << 13;
        let state = state ^ state >> 7;
        Some(state ^ state << 17)
    })
}

/// Returns arguments in double precision: special ones, any bits, and those of a size that is common.
fn doubles() -> Vec<f64> {
    let special =
        [0.0, 5e-324, 1e-310, f64::MIN_POSITIVE, 0.703_125, 1.0, 1.406_25, 22.0, 709.8, 745.2, f64::MAX];
    let special = special.into_iter().chain([f64::INFINITY, f64::NAN]).flat_map(|x| [x, -x]);
    let around_one =
        (0..500).flat_map(|ulps| [1_f64.to_bits() + ulps, 1_f64.to_bits() - ulps]).map(f64::from_bits);
    let any = random().map(f64::from_bits).take(20_000);
    let common = random().take(20_000).flat_map(|bits| {
        let x = (bits >> 11) as f64 / (1_u64 << 53) as f64;
        [x, 3.0 * x, 50.0 * x - 25.0, 1_500.0 * x - 750.0]
    });
    let mut numbers: Vec<f64> = special.chain(around_one).chain(any).chain(common).collect();
    numbers.resize(numbers.len().next_multiple_of(N), 0.0);
    numbers
}

/// Compares a function of lanes on every level with the scalar function.
fn sweep<T: Copy + core::fmt::Debug, P: Pair<T>>(numbers: &[T], bits: impl Fn(T) -> u64) {
    for level in [SimdLevel::Portable, SimdLevel::Avx2, SimdLevel::Avx512] {
        let mut lanes = numbers.to_vec();
        let (chunks, _) = lanes.as_chunks_mut::<N>();
        simd::run_at(level, Apply { numbers: chunks, function: core::marker::PhantomData::<P> });
        for (lane, number) in lanes.into_iter().zip(numbers) {
            assert_eq!(bits(lane), bits(P::scalar(*number)), "{number:?} {level:?}");
        }
    }
}

#[test]
fn lanes_have_the_bits_of_the_scalar_functions() {
    let numbers = doubles();
    sweep::<f64, Exp>(&numbers, f64::to_bits);
    sweep::<f64, Ln>(&numbers, f64::to_bits);
    sweep::<f64, Tanh>(&numbers, f64::to_bits);
    let numbers: Vec<f32> = numbers.into_iter().map(|number| number as f32).collect();
    let bits = |number: f32| u64::from(number.to_bits());
    sweep::<f32, SingleExp>(&numbers, bits);
    sweep::<f32, SingleLn>(&numbers, bits);
    sweep::<f32, SingleTanh>(&numbers, bits);
}
