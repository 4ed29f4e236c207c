//! The source of random numbers, and the pools from which constants and cells are picked.

use crate::ir::Type;

/// The `f64`s of the pool.
const NUMBERS: [f64; 20] = [
    0.0,
    -0.0,
    1.0,
    -1.0,
    0.5,
    2.0,
    3.0,
    5.5,
    16777216.0,
    f64::INFINITY,
    f64::NEG_INFINITY,
    f64::NAN,
    0.1,
    1e300,
    -1e300,
    5e-324,
    1e-40,
    9007199254740993.0,
    9.3e18,
    1e39,
];
/// The integers of the pool.
pub(super) const INTEGERS: [i64; 9] = [0, 1, -1, 2, 3, 5, i64::MAX, i64::MIN, (1 << 53) + 1];
/// The strings of the pool; programs name only the first four.
pub(super) const STRINGS: [&str; 6] = ["", "a", "b", "c", "ä b", "unheard of"];
/// A source of random numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// Makes the source with the given seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    /// Returns a number below `limit`; 0 if that is 0.
    pub fn below(&mut self, limit: usize) -> usize {
        self.bits().checked_rem(limit as u64).unwrap_or(0) as usize
    }

    /// Returns true in `percent` of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Picks one of some elements, of which there must be at least one.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    pub(super) fn f64(&mut self) -> f64 {
        self.pick(&NUMBERS)
    }

    /// Returns a number for an input cell.
    pub(super) fn cell(&mut self, nan: bool) -> f64 {
        let number = self.f64();
        if number.is_nan() && !nan { 4.5 } else { number }
    }

    /// Returns a number that a feature of the type can be compared with.
    pub(super) fn threshold(&mut self, ty: Type) -> f64 {
        let number = match ty {
            Type::F32 => self.f64() as f32 as f64,
            _ => self.f64(),
        };
        if number.is_nan() { 2.0 } else { number }
    }
}
