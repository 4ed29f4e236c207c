//! The engine against the interpreter, bit for bit, and against expected numbers.

mod kernels;

use super::Jit;
use crate::frame::{BLOCK_ROWS, Engine, Layout};
use crate::interp::Interpreter;
use crate::ir::kernel::distances::{Aggregate, Compare, DistanceField};
use crate::ir::random::{self, Random};
use crate::ir::{
    Activation, Arena, Binary, Builder, Constant, Dense, Distances, FailureData, FailureKind, Forest, Id,
    Input, InputData, InputPart, KernelData, KernelMachines, Leaf, MapData, Node, Operation, Program,
    Reduction, SetData, Similarity, TableData, Term, Test, TreeNode, Type, Unary, Value,
};
use crate::passes::stage::{Limits, MAX_OPERATIONS, Plan, Work};
use pmml_runtime::{Context, Interrupt, Stream, StringId};
use std::sync::Arc;

/// Prints a value so that both engines must agree on it: strings and lists by content, not by number; all
/// NaNs alike, because engines may differ in the bits of a NaN.
fn shown(ty: Type, bits: u64, context: &Context<'_>) -> String {
    match ty {
        Type::String => format!("{:?}", context.string(StringId::from_number(bits as u32))),
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

/// Prints the results of an engine for the rows of a mask.
fn results(
    program: &Program,
    layout: &Layout,
    frame: &[u64],
    mask: u64,
    context: &Context<'_>,
) -> Vec<String> {
    let mut lines = Vec::new();
    for row in (0..BLOCK_ROWS).filter(|row| mask >> row & 1 != 0) {
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

/// Runs a program on random rows, twice over the same stream, and returns the engine's results.
fn run(engine: &dyn Engine, program: &Program, seed: u64, mask: u64) -> Vec<String> {
    let mut context = Context::new(&program.dictionary);
    let mut stream = Stream::default();
    let mut random = Random::new(seed);
    let mut lines = Vec::new();
    let layout = engine.layout();
    let mut frame = vec![0x5555_5555_5555_5555; layout.words];
    for _ in 0..2 {
        context.clear();
        for row in 0..BLOCK_ROWS {
            random::row(&mut random, program, layout, row, &mut frame, &mut context);
        }
        let before = results(program, layout, &frame, !mask, &context);
        engine.run(&mut frame, mask, &mut context, &mut stream);
        let after = results(program, layout, &frame, !mask, &context);
        assert_eq!(before, after, "rows outside of the mask were changed");
        lines.extend(results(program, layout, &frame, mask, &context));
    }
    lines
}

fn compare(program: Program, seed: u64) {
    let plan = Plan::new(&program).expect("the program is packed");
    compare_plan(program, plan, seed);
}

fn compare_plan(program: Program, plan: Plan, seed: u64) {
    let jit = match Jit::from_plan(&program, plan, &Interrupt::new()) {
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
        let plan = Plan::with_limits(&program, limits, &Interrupt::new()).expect("the program is packed");
        compare_plan(program, plan, seed);
    }
}

#[test]
fn long_random_programs_give_what_the_interpreter_gives() {
    for seed in 0..4 {
        compare(random::program(&mut Random::new(seed), 8_000), seed);
    }
}

/// Makes a builder of a program with inputs of the given types, and their values.
fn builder(types: &[Type]) -> (Builder, Vec<Value>) {
    let mut program = Program::default();
    for ty in types {
        let items = (*ty == Type::List).then_some(Type::F64);
        program.inputs.push(InputData { name: "x".to_owned(), ty: *ty, items, nan: false });
    }
    let mut builder = Builder::new(program);
    let inputs: Vec<Input> = builder.program().inputs.ids().collect();
    let values = inputs.into_iter().map(|input| builder.input(input, InputPart::Value)).collect();
    (builder, values)
}

/// Ends a program whose results are present values.
fn finish(mut builder: Builder, results: &[Value]) -> Program {
    let present = builder.bool(true);
    let program = builder.finish(results.iter().flat_map(|value| [*value, present]).collect());
    assert_eq!(crate::ir::verify::verify(&program), Ok(()));
    program
}

/// Returns the bits of the results, and the failure, for rows of `f64` inputs, all present.
fn score(program: &Program, rows: &[&[f64]]) -> Vec<(u64, Vec<u64>)> {
    let jit = Jit::compile(program).expect("it compiles");
    let layout = jit.layout();
    let mut frame = vec![u64::MAX; layout.words];
    for (row, cells) in rows.iter().enumerate() {
        for (columns, cell) in layout.inputs.iter().zip(*cells) {
            frame[columns.values + row] = cell.to_bits();
        }
    }
    let mask = u64::MAX >> (64 - rows.len());
    jit.run(&mut frame, mask, &mut Context::new(&program.dictionary), &mut Stream::default());
    let result = |row: usize, place: usize, ty: Type| match ty {
        Type::Bool => frame[place] >> row & 1,
        _ => frame[place + row],
    };
    (0..rows.len())
        .map(|row| {
            let results = program.results().zip(&layout.results);
            let bits = results.map(|((value, _), columns)| result(row, columns.values, program.ty(value)));
            (frame[layout.failures + row], bits.collect())
        })
        .collect()
}

fn one(program: &Program, row: &[f64]) -> Vec<u64> {
    score(program, &[row]).remove(0).1
}

#[test]
fn comparisons_of_nan_are_false_but_for_not_equal() {
    use Binary::*;
    let (mut builder, x) = builder(&[Type::F64, Type::F64]);
    let results: Vec<Value> = [Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual]
        .into_iter()
        .map(|binary| builder.binary(binary, x[0], x[1]))
        .collect();
    let program = finish(builder, &results);
    assert_eq!(one(&program, &[f64::NAN, f64::NAN]), [0, 1, 0, 0, 0, 0]);
    assert_eq!(one(&program, &[1.0, f64::NAN]), [0, 1, 0, 0, 0, 0]);
    assert_eq!(one(&program, &[0.0, -0.0]), [1, 0, 0, 1, 0, 1]);
    assert_eq!(one(&program, &[f64::NEG_INFINITY, f64::INFINITY]), [0, 1, 1, 1, 0, 0]);
}

#[test]
fn conversions_saturate_and_integers_wrap() {
    let (mut builder, x) = builder(&[Type::F64]);
    let integer = builder.unary(Unary::F64ToI64, x[0]);
    let next = builder.i64(1);
    let next = builder.binary(Binary::Add, integer, next);
    let program = finish(builder, &[integer, next]);
    assert_eq!(one(&program, &[f64::NAN]), [0, 1]);
    assert_eq!(one(&program, &[-2.9]), [-2i64 as u64, -1i64 as u64]);
    assert_eq!(one(&program, &[f64::INFINITY]), [i64::MAX as u64, i64::MIN as u64]);
    assert_eq!(one(&program, &[-1e300]), [i64::MIN as u64, i64::MIN as u64 + 1]);
}

#[test]
fn lookups_past_either_end_give_zero() {
    let (mut builder, x) = builder(&[Type::F64]);
    let index = builder.unary(Unary::F64ToI64, x[0]);
    let table = TableData::new(Type::F64, [1.5, 2.5].map(Constant::F64));
    let element = builder.lookup(table, index);
    let nothing = builder.lookup(TableData::new(Type::I64, []), index);
    let program = finish(builder, &[element, nothing]);
    let elements = score(&program, &[&[0.0], &[1.0], &[2.0], &[-1.0], &[1e300], &[-1e300]]);
    let elements: Vec<f64> = elements.iter().map(|(_, bits)| f64::from_bits(bits[0])).collect();
    assert_eq!(elements, [1.5, 2.5, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn the_first_failure_counts_and_fails_its_row_alone() {
    let (mut builder, x) = builder(&[Type::F64]);
    let failure = |message: &str| FailureData::new(None, FailureKind::InvalidValue, message.to_owned());
    for limit in [3.0, 2.0, 1.0] {
        let limit_value = builder.f64(limit);
        let above = builder.binary(Binary::Greater, x[0], limit_value);
        builder.fail_if(above, failure(&format!("is above {limit}")));
    }
    let program = finish(builder, &[x[0]]);
    let failures: Vec<u64> =
        score(&program, &[&[0.5], &[1.5], &[9.0], &[1.0]]).iter().map(|(failure, _)| *failure).collect();
    assert_eq!(failures, [0, 3, 1, 0]);
}

/// Adds 1 `times` times.
fn count(builder: &mut Builder, start: Value, times: usize) -> Value {
    let one = builder.f64(1.0);
    (0..times).fold(start, |sum, _| builder.binary(Binary::Add, sum, one))
}

#[test]
fn long_programs_are_cut_and_large_branches_opened() {
    let (mut builder, x) = builder(&[Type::F64]);
    let zero = builder.f64(0.0);
    let positive = builder.binary(Binary::Greater, x[0], zero);
    let results = builder
        .branch::<()>(
            positive,
            |builder| {
                let sum = count(builder, x[0], 3 * MAX_OPERATIONS);
                let thousand = builder.f64(1000.0);
                let large = builder.binary(Binary::Greater, x[0], thousand);
                let failure = FailureData::new(None, FailureKind::InvalidValue, String::new());
                builder.fail_if(large, failure);
                Ok(vec![sum, positive])
            },
            |builder| Ok(vec![count(builder, x[0], 2 * MAX_OPERATIONS), positive]),
        )
        .expect("no error");
    let end = count(&mut builder, results[0], MAX_OPERATIONS);
    let program = finish(builder, &[end, results[1], results[0]]);
    let plan = Plan::new(&program).expect("the program is packed");
    assert!(plan.stages.iter().any(|stage| matches!(stage.work, Work::Split { .. })));
    for stage in &plan.stages {
        if let Work::Scalar(scalar) = &stage.work {
            // Constants and inputs are not counted.
            assert!(scalar.instructions.len() <= MAX_OPERATIONS + 8);
        }
    }
    let results = score(&program, &[&[5.0], &[-5.0], &[2000.0], &[f64::NAN]]);
    let size = MAX_OPERATIONS as f64;
    let expected = |end: f64, then: u64, inner: f64| vec![end.to_bits(), then, inner.to_bits()];
    assert_eq!(results[0], (0, expected(5.0 + 4.0 * size, 1, 5.0 + 3.0 * size)));
    assert_eq!(results[1], (0, expected(-5.0 + 3.0 * size, 0, -5.0 + 2.0 * size)));
    assert_eq!(results[2].0, 1);
    assert_eq!((results[3].0, results[3].1[1]), (0, 0));
    compare(program, 1);
}

#[test]
fn deep_nesting_is_opened() {
    let (mut builder, x) = builder(&[Type::F64]);
    let mut limits = Vec::new();
    for depth in 0..100 {
        let limit = builder.f64(depth as f64);
        limits.push(builder.binary(Binary::Greater, x[0], limit));
        builder.open();
    }
    let mut result = builder.f64(100.0);
    for depth in (0..100).rev() {
        let then = builder.region();
        builder.close(vec![result]);
        let otherwise = builder.open();
        let value = builder.f64(depth as f64);
        builder.close(vec![value]);
        result = builder.end_branch(limits[depth], then, otherwise)[0];
    }
    let program = finish(builder, &[result]);
    let results = score(&program, &[&[-1.0], &[0.5], &[70.5], &[1e9], &[f64::NAN]]);
    let results: Vec<f64> = results.iter().map(|(_, bits)| f64::from_bits(bits[0])).collect();
    assert_eq!(results, [0.0, 1.0, 71.0, 100.0, 0.0]);
}

#[test]
fn programs_of_thousands_of_stages_share_columns() {
    let (mut builder, x) = builder(&[Type::F64]);
    let end = count(&mut builder, x[0], 2000);
    let program = finish(builder, &[end]);
    let before = Layout::new(&program).words;
    let limits = Limits { operations: 1, depth: 1 };
    let plan = Plan::with_limits(&program, limits, &Interrupt::new()).expect("the program is packed");
    assert!(plan.stages.len() >= 2000);
    assert!(plan.layout.words <= before + 3 * BLOCK_ROWS, "{} words", plan.layout.words);
}

#[test]
fn lists_hold_their_items() {
    let (mut builder, x) = builder(&[Type::F64, Type::F64]);
    let zero = builder.f64(0.0);
    let positive = builder.binary(Binary::Greater, x[1], zero);
    let list = builder.list(&[(x[0], positive), (x[1], positive)]);
    let program = finish(builder, &[list]);
    assert!(matches!(program.definition(list), Operation::List(_)));
    for seed in 0..10 {
        compare(program.clone(), seed);
    }
}

#[test]
fn threads_share_an_engine() {
    let (mut builder, x) = builder(&[Type::F64]);
    let double = builder.binary(Binary::Add, x[0], x[0]);
    let program = finish(builder, &[double]);
    let jit = Jit::compile(&program).expect("it compiles");
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let (jit, program) = (&jit, &program);
            scope.spawn(move || {
                let layout = jit.layout();
                let mut context = Context::new(&program.dictionary);
                let mut frame = vec![u64::MAX; layout.words];
                for number in 0..1000 {
                    let cell = (thread * 1000 + number) as f64;
                    frame[layout.inputs[0].values] = cell.to_bits();
                    jit.run(&mut frame, 1, &mut context, &mut Stream::default());
                    assert_eq!(frame[layout.results[0].values], (2.0 * cell).to_bits());
                }
            });
        }
    });
}
