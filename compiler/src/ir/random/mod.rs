//! Random programs and random rows, for tests that compare engines and passes.
//!
//! Everything follows from the seed. Programs verify, use every operation, and favor what passes look for:
//! repeated conditions, constants, inputs that may be missing, forests whose tests repeat. Numbers come from
//! a small pool around the limits of the types.

mod generator;
mod rows;
mod source;
mod trees;

pub use rows::{outcomes, row};
pub use source::Random;

use super::{Binary, HistoryData, Input, InputData, InputPart, Program, Type};
use generator::Generator;
use pmml_runtime::CONVERTED;
use source::STRINGS;

/// Makes a random program, whose number of instructions is about `size`.
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

/// Makes a random program that only evaluates a forest on its inputs, and returns all results. The trees have
/// about `size` nodes each.
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
            // A feature that is always present: zero if the cell is not.
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
