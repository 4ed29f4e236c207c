//! The engine against the interpreter, bit for bit, and against expected numbers.

use super::Jit;
use crate::frame::{Engine, Layout, ROWS};
use crate::interp::Interpreter;
use crate::ir::random::{self, Random};
use crate::ir::{Program, Type};
use crate::passes::stage::{Limits, Plan};
use pmml_runtime::{Context, Stream, Text};
use std::sync::Arc;

/// A value as both engines must agree on it: texts and lists by content, not by number; all NaNs alike, because which
/// bits a NaN has is nobody's business.
fn shown(ty: Type, bits: u64, context: &Context<'_>) -> String {
    match ty {
        Type::Text => format!("{:?}", context.text(Text::from_number(bits as u32))),
        Type::List => {
            let items = context.items(pmml_runtime::List::from_number(bits as u32));
            let nan = |bits: &u64| f64::from_bits(*bits).is_nan();
            format!("{:?}", items.iter().map(|item| item.filter(|bits| !nan(bits))).collect::<Vec<_>>())
        }
        Type::F32 if f32::from_bits(bits as u32).is_nan() => "NaN".to_owned(),
        Type::F64 if f64::from_bits(bits).is_nan() => "NaN".to_owned(),
        _ => format!("{bits:#x}"),
    }
}

/// What an engine leaves for the rows of a mask, in words.
fn results(
    program: &Program,
    layout: &Layout,
    frame: &[u64],
    mask: u64,
    context: &Context<'_>,
) -> Vec<String> {
    let mut lines = Vec::new();
    for row in (0..ROWS).filter(|row| mask >> row & 1 != 0) {
        let failure = frame[layout.failures + row];
        let mut line = format!("row {row}: failure {failure}");
        for ((value, _), columns) in program.results().zip(&layout.results).filter(|_| failure == 0) {
            let ty = program.ty(value);
            let present = frame[columns.present] >> row & 1 != 0;
            let bits = match ty {
                Type::Bool => frame[columns.values] >> row & 1,
                _ => frame[columns.values + row],
            };
            line += &format!(" {present} {}", shown(ty, bits, context));
        }
        lines.push(line);
    }
    lines
}

/// Runs a program on random rows, twice over the same stream, and gives what the engine leaves.
fn run(engine: &dyn Engine, program: &Program, seed: u64, mask: u64) -> Vec<String> {
    let mut context = Context::new(&program.dictionary);
    let mut stream = Stream::default();
    let mut random = Random::new(seed);
    let mut lines = Vec::new();
    let layout = engine.layout();
    let mut frame = vec![0x5555_5555_5555_5555; layout.words];
    for _ in 0..2 {
        context.clear();
        for row in 0..ROWS {
            random::row(&mut random, program, layout, row, &mut frame, &mut context);
        }
        let before = results(program, layout, &frame, !mask, &context);
        engine.run(&mut frame, mask, &mut context, &mut stream);
        let after = results(program, layout, &frame, !mask, &context);
        assert_eq!(before, after, "rows outside of the mask were touched");
        lines.extend(results(program, layout, &frame, mask, &context));
    }
    lines
}

fn compare(program: Program, seed: u64) {
    let plan = Plan::new(&program);
    compare_plan(program, plan, seed);
}

fn compare_plan(program: Program, plan: Plan, seed: u64) {
    let jit = match Jit::from_plan(&program, plan) {
        Ok(jit) => jit,
        Err(error) => panic!("seed {seed}: {error}\n{program}"),
    };
    let program = Arc::new(program);
    let interpreter = Interpreter::new(program.clone());
    for mask in [u64::MAX, 1, 0x8000_0001_0204_0a00, Random::new(seed).bits(), 0] {
        let expected = run(&interpreter, &program, seed, mask);
        let found = run(&jit, &program, seed, mask);
        assert_eq!(found, expected, "seed {seed}, mask {mask:#x}:\n{program}");
    }
}

#[test]
fn random_programs_give_what_the_interpreter_gives() {
    for seed in 0..300 {
        compare(random::program(&mut Random::new(seed), 60), seed);
    }
}

#[test]
fn small_stages_give_what_the_interpreter_gives() {
    for seed in 0..200 {
        let program = random::program(&mut Random::new(seed), 60);
        let limits = Limits { operations: 1 + seed as usize % 7, depth: seed as usize % 2 };
        let plan = Plan::with_limits(&program, limits);
        compare_plan(program, plan, seed);
    }
}

#[test]
fn long_random_programs_give_what_the_interpreter_gives() {
    for seed in 0..4 {
        compare(random::program(&mut Random::new(seed), 8_000), seed);
    }
}
