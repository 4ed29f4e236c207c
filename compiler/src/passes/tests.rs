//! The property that all passes have: they change no result, no failure and no history.

use super::{PASSES, check, optimize};
use crate::frame::{Engine, ROWS};
use crate::interp::Interpreter;
use crate::ir::random::{self, Random};
use crate::ir::{Program, Type};
use pmml_runtime::{Context, List, Stream, Text};
use std::sync::Arc;

/// What two engines must agree on: for each row either the failure or the results, as text.
fn outcomes(program: &Program, seed: u64, blocks: usize) -> Vec<String> {
    let interpreter = Interpreter::new(Arc::new(program.clone()));
    let layout = interpreter.layout();
    let mut context = Context::new(&program.dictionary);
    let mut stream = Stream::default();
    let mut random = Random::new(seed);
    let mut outcomes = Vec::new();
    for _ in 0..blocks {
        context.clear();
        let mut frame = vec![0; layout.words];
        for row in 0..ROWS {
            random::row(&mut random, program, layout, row, &mut frame, &mut context);
        }
        interpreter.run(&mut frame, u64::MAX, &mut context, &mut stream);
        for row in 0..ROWS {
            let failure = frame[layout.failures + row];
            if failure != 0 {
                let failure = &program.failures.values().as_slice()[failure as usize - 1];
                outcomes.push(format!("row {row}: {failure:?}"));
                continue;
            }
            let mut outcome = format!("row {row}:");
            for ((value, _), columns) in program.results().zip(&layout.results) {
                let present = frame[columns.present] >> row & 1 != 0;
                let bits = match program.ty(value) {
                    Type::Bool => frame[columns.values] >> row & 1,
                    _ => frame[columns.values + row],
                };
                let text = text(&context, program.ty(value), bits);
                outcome.push_str(&format!(" {text} ({present})"));
            }
            outcomes.push(outcome);
        }
    }
    outcomes
}

fn text(context: &Context<'_>, ty: Type, bits: u64) -> String {
    match ty {
        // The sign and payload of NaN are nobody's business; other numbers print differently if they differ.
        Type::F64 => format!("{:?}", f64::from_bits(bits)),
        Type::F32 => format!("{:?}", f32::from_bits(bits as u32)),
        Type::Text => format!("{:?}", context.text(Text::from_number(bits as u32))),
        Type::List => {
            // The lists of random programs hold integers and doubles.
            let items = context.items(List::from_number(bits as u32)).iter();
            let item = |item: &Option<u64>| match item {
                Some(bits) if f64::from_bits(*bits).is_nan() => "NaN".to_owned(),
                item => format!("{item:?}"),
            };
            items.map(item).collect::<Vec<_>>().join(", ")
        }
        Type::Bool | Type::I64 => format!("{}", bits as i64),
    }
}

/// Checks that no pass changes what a program does; gives the optimized program.
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
