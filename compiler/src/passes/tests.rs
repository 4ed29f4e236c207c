//! The property that all passes have: they change no result, no failure and no history.

use super::{PASSES, check, optimize};
use crate::interp::Interpreter;
use crate::ir::random::{self, Random};
use crate::ir::{Binary, Builder, Id, Input, InputData, InputPart, MAX_NESTING, Program, Type};
use std::sync::Arc;

/// Returns what the interpreter computes for random rows.
fn outcomes(program: &Program, seed: u64, blocks: usize) -> Vec<String> {
    random::outcomes(&Interpreter::new(Arc::new(program.clone())), program, seed, blocks)
}

/// Checks that no pass changes what a program does. Returns the optimized program.
fn unchanged(original: &Program, seed: u64) -> Program {
    let expected = outcomes(original, seed, 2);
    let mut program = original.clone();
    for (name, pass) in PASSES {
        program = pass(program);
        check(name, &program);
        let actual = outcomes(&program, seed, 2);
        assert_eq!(expected, actual, "seed {seed}, pass {name}\n{original}\n{program}");
    }
    assert_eq!(program.to_string(), optimize(original.clone()).to_string(), "seed {seed}");
    program
}

#[test]
fn passes_change_nothing() {
    let mut sizes = (0, 0);
    for seed in 0..1000 {
        let original = random::program(&mut Random::new(seed), 10 + seed as usize % 60);
        let program = unchanged(&original, seed);
        sizes.0 += original.instructions.len();
        sizes.1 += program.instructions.len();
    }
    assert!(sizes.1 * 2 < sizes.0, "the passes do little: {sizes:?} instructions");
}

#[test]
fn normalized_forests_give_the_same() {
    let mut sizes = (0, 0);
    for seed in 0..600 {
        let random = &mut Random::new(seed);
        let trees = random.below(8);
        let original = random::forest(random, trees, 4 + seed as usize % 60);
        let program = unchanged(&original, seed);
        for (before, after) in original.forests.values().zip(program.forests.values()) {
            assert!(after.nodes.len() <= before.nodes.len());
            sizes.0 += before.nodes.len();
            sizes.1 += after.nodes.len();
        }
    }
    assert!(sizes.1 * 4 < sizes.0 * 3, "the pass does little: {sizes:?} nodes");
}

#[test]
fn random_rows_fail_and_do_not() {
    let mut failed = 0;
    let mut rows = 0;
    for seed in 0..300 {
        let program = random::program(&mut Random::new(seed), 50);
        for outcome in outcomes(&program, seed, 1) {
            rows += 1;
            failed += outcome.contains("FailureData") as usize;
        }
    }
    assert!(failed > rows / 20 && failed < rows * 3 / 4, "{failed} of {rows} failed");
}

#[test]
fn the_deepest_nesting_does_not_overflow_the_stack() {
    let mut program = Program::default();
    program.inputs.push(InputData { name: "x".to_owned(), ty: Type::I64, items: None, nan: false });
    let mut builder = Builder::new(program);
    let x = builder.input(Input::new(0), InputPart::Value);
    let mut conditions = Vec::new();
    for depth in 1..MAX_NESTING {
        let number = builder.i64(depth as i64);
        conditions.push(builder.binary(Binary::Less, x, number));
        builder.open();
    }
    let mut result = builder.binary(Binary::Add, x, x);
    while let Some(condition) = conditions.pop() {
        let then = builder.region();
        builder.close(vec![result]);
        let otherwise = builder.open();
        let square = builder.binary(Binary::Multiply, x, x);
        builder.close(vec![square]);
        result = builder.end_branch(condition, then, otherwise)[0];
    }
    let yes = builder.bool(true);
    let program = unchanged(&builder.finish(vec![result, yes]), 1);
    assert_eq!(program.regions.len(), 2 * MAX_NESTING - 1);
}
