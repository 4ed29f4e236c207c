//! Random programs and random rows, for tests that compare engines and passes.
//!
//! Everything follows from the seed. Programs verify, use every operation, and lean to what passes look at: conditions
//! that come again, constants, inputs that may be missing, forests whose tests repeat. Numbers come from a small pool
//! around the limits of the types.

mod generator;
mod rows;
mod trees;

pub use rows::{outcomes, row};

use super::{Binary, HistoryData, Input, InputData, InputPart, Program, Type};
use generator::Generator;
use pmml_runtime::CONVERTED;

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
const INTEGERS: [i64; 9] = [0, 1, -1, 2, 3, 5, i64::MAX, i64::MIN, (1 << 53) + 1];
/// The strings of the pool; programs name the first four only.
const STRINGS: [&str; 6] = ["", "a", "b", "c", "ä b", "unheard of"];
/// The largest number of calls of functions in context of a program: each may double the length of a string.
const CALLS_IN_CONTEXT: usize = 6;

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

    /// Returns true in so many of a hundred cases.
    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// Picks one of some elements, of which there must be one at least.
    pub fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }

    fn f64(&mut self) -> f64 {
        self.pick(&NUMBERS)
    }

    /// Returns a number for an input cell.
    fn cell(&mut self, nan: bool) -> f64 {
        let number = self.f64();
        if number.is_nan() && !nan { 4.5 } else { number }
    }

    /// Returns a number that a feature of the type can be compared with.
    fn threshold(&mut self, ty: Type) -> f64 {
        let number = match ty {
            Type::F32 => self.f64() as f32 as f64,
            _ => self.f64(),
        };
        if number.is_nan() { 2.0 } else { number }
    }
}

/// Makes a random program, the size of which grows with `size` (its number of instructions is about that).
pub fn program(random: &mut Random, size: usize) -> Program {
    let mut program = Program::default();
    for string in &STRINGS[..4] {
        std::sync::Arc::make_mut(&mut program.dictionary).intern(string);
    }
    for number in 0..3 + random.below(4) {
        let ty =
            random.pick(&[Type::Bool, Type::I64, Type::F32, Type::F64, Type::F64, Type::String, Type::List]);
        let items = (ty == Type::List).then_some(Type::F64);
        let nan = ty.is_float() && random.chance(50);
        program.inputs.push(InputData { name: format!("x{number}"), ty, items, nan });
    }
    for ty in [Type::F64, Type::String] {
        program.histories.push(HistoryData { ty, length: random.below(4) as u32 });
    }
    let mut generator = Generator::new(random, program);
    generator.inputs();
    if generator.random.chance(30) {
        generator.recalls();
    }
    generator.steps(size, 0);
    let results = 1 + generator.random.below(5);
    let mut yields = Vec::new();
    for _ in 0..results {
        let ty = generator.ty();
        yields.push(generator.value(ty));
        yields.push(generator.value(Type::Bool));
    }
    generator.builder.finish(yields)
}

/// Makes a random program that only evaluates a forest on its inputs, and returns all results. The trees have about
/// `size` nodes each.
pub fn forest(random: &mut Random, trees: usize, size: usize) -> Program {
    let mut program = Program::default();
    for string in &STRINGS[..4] {
        std::sync::Arc::make_mut(&mut program.dictionary).intern(string);
    }
    for number in 0..1 + random.below(4) {
        let ty = random.pick(&[Type::Bool, Type::F32, Type::F64, Type::F64, Type::String, Type::I64]);
        let nan = ty.is_float() && random.chance(50);
        program.inputs.push(InputData { name: format!("x{number}"), ty, items: None, nan });
    }
    let mut generator = Generator::new(random, program);
    let inputs: Vec<Input> = generator.builder.program().inputs.ids().collect();
    let mut arguments = Vec::new();
    let converted = generator.builder.i64(CONVERTED);
    for input in inputs {
        let value = generator.builder.input(input, InputPart::Value);
        let state = generator.builder.input(input, InputPart::State);
        let present = match generator.random.chance(20) {
            // A feature that is always there: zero where the cell is not.
            true => generator.builder.bool(true),
            false => generator.builder.binary(Binary::Equal, state, converted),
        };
        arguments.push((value, present));
    }
    let results = generator.forest_of(&arguments, trees, size);
    let present = generator.builder.bool(true);
    let yields = results.into_iter().flat_map(|result| [result, present]).collect();
    generator.builder.finish(yields)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::verify::verify;

    #[test]
    fn random_programs_verify() {
        for seed in 0..500 {
            let program = program(&mut Random::new(seed), 40);
            assert_eq!(verify(&program), Ok(()), "seed {seed}:\n{program}");
        }
    }

    #[test]
    fn the_seed_decides() {
        let text = |seed| program(&mut Random::new(seed), 40).to_string();
        assert_eq!(text(1), text(1));
        assert_ne!(text(1), text(2));
    }
}
