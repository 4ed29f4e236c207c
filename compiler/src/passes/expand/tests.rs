use super::*;
use crate::frame::{BLOCK_ROWS, Engine};
use crate::interp::Interpreter;
use crate::ir::random::{self, Random};
use crate::ir::verify::verify;
use pmml_runtime::{Context, Stream};
use std::sync::Arc;

/// Returns the bits of all results and failures for a block of random rows.
fn run(program: &Arc<Program>, seed: u64) -> Vec<u64> {
    let engine = Interpreter::new(program.clone());
    let layout = engine.layout();
    let mut context = Context::new(&program.dictionary);
    let mut frame = vec![0; layout.words];
    let mut random = Random::new(seed);
    for row in 0..BLOCK_ROWS {
        random::row(&mut random, program, layout, row, &mut frame, &mut context);
    }
    engine.run(&mut frame, u64::MAX, &mut context, &mut Stream::default());
    let mut bits: Vec<u64> = (0..BLOCK_ROWS).map(|row| frame[layout.failures + row]).collect();
    for ((value, _), columns) in program.results().zip(&layout.results) {
        bits.push(frame[columns.present]);
        match program.ty(value) {
            Type::Bool => bits.push(frame[columns.values]),
            // Both run the same instructions in the same order, so that strings and lists have the same numbers.
            _ => bits.extend_from_slice(&frame[columns.values..columns.values + BLOCK_ROWS]),
        }
    }
    bits
}

fn forests(program: &Program) -> usize {
    let mut count = 0;
    for (region, _) in regions(program) {
        let instructions = program.regions[region].instructions.iter();
        count += instructions
            .filter(|id| matches!(program.instructions[**id].operation, Operation::Forest(..)))
            .count();
    }
    count
}

#[test]
fn expanded_programs_give_the_same_bits() {
    let (mut before, mut after) = (0, 0);
    for seed in 0..500 {
        let program = random::program(&mut Random::new(seed), 60);
        let mut expanded = program.clone();
        expand(&mut expanded);
        assert_eq!(verify(&expanded), Ok(()), "seed {seed}:\n{expanded}");
        before += forests(&program);
        after += forests(&expanded);
        let (program, expanded) = (Arc::new(program), Arc::new(expanded));
        assert_eq!(run(&expanded, seed), run(&program, seed), "seed {seed}:\n{program}\n{expanded}");
    }
    assert!(after * 3 < before * 2 && after > 0, "{after} of {before} forests are left");
}
