//! The engine against the interpreter, bit for bit, and against expected numbers.

use super::Jit;
use crate::frame::{Engine, Layout, ROWS};
use crate::interp::Interpreter;
use crate::ir::kernel::distances::{Aggregate, Compare, DistanceField};
use crate::ir::random::{self, Random};
use crate::ir::{
    Activation, Arena, Binary, Builder, Constant, Dense, Distances, FailureData, FailureKind, Forest, Id,
    Input, InputData, InputPart, KernelData, Leaf, Machines, MapData, Node, Operation, Program, Reduction,
    SetData, Similarity, TableData, Term, Test, TreeNode, Type, Unary, Value,
};
use crate::passes::stage::{Limits, MAX_OPERATIONS, Plan, Work};
use pmml_runtime::{Context, Interrupt, Stream, StringId};
use std::sync::Arc;

/// A value as both engines must agree on it: texts and lists by content, not by number; all NaNs alike, because which
/// bits a NaN has is nobody's business.
fn shown(ty: Type, bits: u64, context: &Context<'_>) -> String {
    match ty {
        Type::String => format!("{:?}", context.text(StringId::from_number(bits as u32))),
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

/// A builder of a program with inputs of the given types, and their values.
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

/// The bits of the results, and the failure, for rows of `f64` inputs, all present.
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

/// Adds 1 so many times.
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
            // Constants and inputs come on top.
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
    assert!(plan.layout.words <= before + 3 * ROWS, "{} words", plan.layout.words);
}

/// Sets and maps in all the forms that code and kernels have for them.
#[test]
fn large_sets_and_maps_give_what_the_interpreter_gives() {
    for seed in 0..20 {
        let random = &mut Random::new(seed);
        let (mut builder, x) = builder(&[Type::F64, Type::F32, Type::I64, Type::String, Type::Bool]);
        for number in 0..300 {
            builder.intern(["", "a", "b", "c", "unheard of"].get(number).unwrap_or(&&*format!("t{number}")));
        }
        let sparse = 1 + random.below(40);
        let element = |ty: Type, number: usize, sparse: usize| match ty {
            Type::F64 => Constant::F64(
                [0.0, -1.0, 0.5, f64::INFINITY, f64::NAN, 0.1][number % 6] + (number / 6) as f64,
            ),
            Type::F32 => Constant::F32(number as f32 - 2.0),
            Type::I64 => {
                Constant::I64([i64::MIN, i64::MAX, -1][number % 3].wrapping_add((number / 3) as i64))
            }
            Type::String => Constant::String(StringId::from_number((number * sparse % 300) as u32)),
            _ => Constant::Bool(number.is_multiple_of(2)),
        };
        let types = [Type::F64, Type::F32, Type::I64, Type::String, Type::Bool];
        let mut sets = Vec::new();
        for ty in types {
            for size in [0, 1, 6, 200] {
                let from = random.below(3);
                sets.push(SetData::new(ty, (from..from + size).map(|number| element(ty, number, sparse))));
            }
        }
        let mut results = Vec::new();
        for set in &sets {
            let value = x[types.iter().position(|ty| *ty == set.ty).expect("a type of the list")];
            results.push(builder.contains(set.clone(), value));
        }
        for keys in [vec![3], vec![3, 0], vec![2], vec![1, 3, 4]] {
            let tuple = |row: usize| keys.iter().map(|key| element(types[*key], row, sparse)).collect();
            let map = MapData::new(keys.iter().map(|key| types[*key]).collect(), (0..40).map(tuple));
            let values: Vec<Value> = keys.iter().map(|key| x[*key]).collect();
            results.push(builder.find(map, &values));
        }
        let converted = builder.i64(pmml_runtime::CONVERTED);
        let mut features = Vec::new();
        for (input, value) in x.iter().enumerate() {
            let state = builder.input(Input::new(input), InputPart::State);
            features.push((*value, builder.binary(Binary::Equal, state, converted)));
        }
        let mut forest = Forest {
            features: types.to_vec(),
            nodes: Arena::new(),
            roots: Vec::new(),
            terms: Vec::new(),
            reduction: Reduction::Leaf,
        };
        for set in sets {
            let feature = types.iter().position(|ty| *ty == set.ty).expect("a type of the list") as u32;
            let [root, then, otherwise, missing] = [0, 1, 2, 3].map(|at| Node::new(forest.nodes.len() + at));
            let test = Test::In(builder.set(set));
            forest.roots.push(root);
            forest.nodes.push(TreeNode::Split { feature, test, then, otherwise, missing });
            for number in 0..3 {
                forest.nodes.push(TreeNode::Leaf(Leaf::Result { number, first_term: 0, terms: 0 }));
            }
        }
        results.extend(builder.forest(forest, &features));
        compare(finish(builder, &results), seed);
    }
}

/// A forest that is too large to be anything but a kernel, inside branches, with each reduction.
#[test]
fn large_forests_give_what_the_interpreter_gives() {
    for seed in 0..24 {
        let random = &mut Random::new(seed);
        let (mut builder, x) = builder(&[Type::F64, Type::F32, Type::Bool, Type::F64]);
        let converted = builder.i64(pmml_runtime::CONVERTED);
        let mut features = Vec::new();
        for (input, value) in x.iter().enumerate() {
            let state = builder.input(Input::new(input), InputPart::State);
            features.push((*value, builder.binary(Binary::Equal, state, converted)));
        }
        let (accumulators, precision) = (1 + random.below(4) as u32, random.pick(&[Type::F32, Type::F64]));
        let reduction = match seed % 5 {
            0 => Reduction::Leaf,
            1 => Reduction::Sum { accumulators, precision },
            2 => Reduction::Vote { accumulators, precision },
            3 => Reduction::Median { accumulators, precision },
            _ => Reduction::Maximum { accumulators, precision },
        };
        let types = vec![Type::F64, Type::F32, Type::Bool, Type::F64];
        let (nodes, roots, terms) = (Arena::new(), Vec::new(), Vec::new());
        let mut forest = Forest { features: types, nodes, roots, terms, reduction };
        for _ in 0..20 {
            let first = forest.nodes.len();
            forest.roots.push(Node::new(first));
            for number in 0..31 {
                let children = [2 * number + 1, 2 * number + 2].map(|child| Node::new(first + child));
                let feature = random.below(4);
                let threshold = random.pick(&[0.0, -1.0, 0.5, 2.0, 3.0, f64::INFINITY]);
                let test = match feature {
                    2 => Test::True,
                    _ => random.pick(&[
                        Test::Less(threshold),
                        Test::LessOrEqual(threshold),
                        Test::Greater(threshold),
                        Test::GreaterOrEqual(threshold),
                        Test::Equal(threshold),
                        Test::NotEqual(threshold),
                        Test::Present,
                    ]),
                };
                forest.nodes.push(match number {
                    0..15 => TreeNode::Split {
                        feature: feature as u32,
                        test,
                        then: children[0],
                        otherwise: children[1],
                        missing: random.pick(&children),
                    },
                    _ if random.chance(10) => TreeNode::Leaf(Leaf::Missing),
                    _ => {
                        let first_term = forest.terms.len() as u32;
                        for _ in 0..2 {
                            let accumulator = random.below(accumulators as usize) as u32;
                            let value = random.below(1000) as f64 / 16.0 - 20.0;
                            forest.terms.push(Term { accumulator, value });
                        }
                        TreeNode::Leaf(Leaf::Result { number: number as u32, first_term, terms: 2 })
                    }
                });
            }
        }
        let outer = builder.forest(forest.clone(), &features);
        let present = features[0].1;
        let results = builder
            .branch::<()>(
                present,
                |builder| {
                    let always = builder.bool(true);
                    let features: Vec<_> = features.iter().map(|(value, _)| (*value, always)).collect();
                    Ok(builder.forest(forest, &features))
                },
                |_| Ok(outer.clone()),
            )
            .expect("no error");
        let results: Vec<Value> = outer.into_iter().chain(results).collect();
        compare(finish(builder, &results), seed);
    }
}

/// Weighted sums in every shape, of arguments that may be missing (and then are zero: what lies behind an empty cell is
/// anything), that are constant, and that come from another kernel; in branches too, so that masks are any.
#[test]
fn dense_kernels_give_what_the_interpreter_gives() {
    for seed in 0..24 {
        let random = &mut Random::new(seed);
        let precision = if seed % 3 == 0 { Type::F32 } else { Type::F64 };
        let (mut builder, mut arguments) = builder(&[precision; 5]);
        arguments.push(builder.zero(precision));
        let layer = |random: &mut Random, width: usize, sums: usize| {
            let mut dense = match seed % 5 {
                0 => Dense::of_squares(precision, width),
                _ => Dense::new(precision, width),
            };
            let activations =
                [Activation::Identity, Activation::Logistic, Activation::Tanh, Activation::Rectifier];
            dense.activate(activations[random.below(4)]);
            for _ in 0..sums {
                let terms = match seed % 2 {
                    0 => (0..width).collect(),
                    _ => (0..random.below(20)).map(|_| random.below(width)).collect::<Vec<usize>>(),
                };
                let number = |random: &mut Random| random.below(2000) as f64 / 7.0 - 130.0;
                let terms: Vec<_> = terms.into_iter().map(|source| (source, number(random))).collect();
                dense.sum(terms, number(random));
            }
            KernelData::Dense(dense)
        };
        let first = layer(random, arguments.len(), 37);
        let hidden = builder.kernel(first.clone(), &arguments);
        assert_eq!(hidden, builder.kernel(first, &arguments), "equal kernels are one");
        let second = layer(random, hidden.len(), 3);
        let outer = builder.kernel(second.clone(), &hidden);
        let zero = builder.zero(precision);
        let condition = builder.binary(Binary::Less, outer[0], zero);
        let inner = builder
            .branch::<()>(
                condition,
                |builder| {
                    let twice: Vec<Value> =
                        hidden.iter().map(|value| builder.binary(Binary::Add, *value, *value)).collect();
                    Ok(builder.kernel(second, &twice))
                },
                |_| Ok(outer.clone()),
            )
            .expect("no error");
        let results: Vec<Value> = outer.into_iter().chain(inner).collect();
        let program = finish(builder, &results);
        assert_eq!(program.kernels.len(), 2);
        compare(program, seed);
    }
}

/// Machines of every function, with vectors that have a number everywhere or gaps, some used by several machines.
#[test]
fn kernel_machines_give_what_the_interpreter_gives() {
    let (gamma, offset) = (0.03125, 0.75);
    let similarities = [
        Similarity::Linear,
        Similarity::Polynomial { gamma, offset, degree: 3.0 },
        Similarity::RadialBasis { gamma },
        Similarity::Sigmoid { gamma, offset },
    ];
    for seed in 0..24 {
        let random = &mut Random::new(seed);
        let precision = if seed % 3 == 0 { Type::F32 } else { Type::F64 };
        let (mut builder, mut arguments) = builder(&[precision; 5]);
        arguments.push(builder.zero(precision));
        let width = arguments.len();
        let mut machines = Machines::new(precision, width, similarities[seed as usize % 4]);
        let number = |random: &mut Random| random.below(2000) as f64 / 700.0 - 1.3;
        for _ in 0..37 {
            let places: Vec<usize> = (0..width).filter(|_| seed < 8 || random.chance(40)).collect();
            machines.vector(places.into_iter().map(|place| (place, number(random))).collect::<Vec<_>>());
        }
        for _ in 0..3 {
            let terms: Vec<_> = (0..random.below(60)).map(|_| (random.below(37), number(random))).collect();
            machines.machine(terms, number(random));
        }
        let kernel = KernelData::Machines(machines);
        let outer = builder.kernel(kernel.clone(), &arguments);
        let zero = builder.zero(precision);
        let condition = builder.binary(Binary::Less, outer[0], zero);
        let inner = builder
            .branch::<()>(
                condition,
                |builder| Ok(builder.kernel(kernel, &arguments.iter().rev().copied().collect::<Vec<_>>())),
                |_| Ok(outer.clone()),
            )
            .expect("no error");
        compare(finish(builder, &outer.into_iter().chain(inner).collect::<Vec<_>>()), seed);
    }
}

/// Distances by every function and measure, from instances with gaps, of arguments that may be missing, are constant, or
/// are no numbers at all; all of them, or the nearest.
#[test]
fn distance_kernels_give_what_the_interpreter_gives() {
    for seed in 0..48 {
        let random = &mut Random::new(seed);
        let aggregates = [
            Aggregate::SumOfSquares,
            Aggregate::RootOfSquares,
            Aggregate::Sum,
            Aggregate::Greatest,
            Aggregate::RootOfPowers(3.0),
            Aggregate::Counts([1.0, 0.25, 0.5, 1.0], [1.0, 2.0, 2.0, 1.0]),
        ];
        let aggregate = aggregates[seed as usize % aggregates.len()];
        let width = if seed % 4 == 3 { 70 } else { 5 };
        let (mut builder, inputs) = builder(&[Type::F64; 5]);
        let mut codes: Vec<Value> = (0..width).map(|field| inputs[field % 5]).collect();
        let mut present = Vec::new();
        for code in &mut codes {
            let limit = builder.f64(random.below(9) as f64 - 4.0);
            present.push(match random.below(3) {
                0 => builder.bool(true),
                _ => builder.binary(Binary::Less, limit, *code),
            });
            if random.below(6) == 0 {
                *code = builder.f64(1.0);
            }
        }
        let compares = [Compare::Difference, Compare::Bell(1.5), Compare::Delta, Compare::Equal];
        let fields = (0..width).map(|_| DistanceField {
            compare: compares[random.below(4)],
            weight: random.below(5) as f64 / 3.0,
            missing_weight: random.below(3) as f64 / 7.0,
        });
        let fields: Vec<DistanceField> = fields.collect();
        let instance = |random: &mut Random| -> Vec<Option<f64>> {
            let gaps = if seed % 2 == 0 { 5 } else { usize::MAX };
            (0..width).map(|_| (random.below(gaps) != 0).then(|| random.below(4) as f64 - 1.0)).collect()
        };
        let instances: Vec<_> = (0..23).map(|_| instance(random)).collect();
        let greatest_is_best = random.below(2) == 0;
        let precision = if seed % 5 == 0 { Type::F32 } else { Type::F64 };
        let mut kernel =
            Distances { precision, aggregate, greatest_is_best, nearest: None, fields, instances };
        let arguments = [codes, present].concat();
        let mut results = builder.kernel(KernelData::Distances(kernel.clone()), &arguments);
        kernel.nearest = Some([1, 4, 23][random.below(3)]);
        results.extend(builder.kernel(KernelData::Distances(kernel), &arguments));
        compare(finish(builder, &results), seed);
    }
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
