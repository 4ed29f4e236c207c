//! Every operation, on rows where its answer is known from its documentation.

use super::*;
use crate::ir::{
    Arena, Binary, Builder, Constant, Failure, FailureData, FailureKind, Forest, Function, HistoryData,
    InputData, Leaf, MapData, Node, Reduction, SetData, TableData, Term, Test, TreeNode, Unary, Value,
};
use pmml_runtime::List;
use std::convert::Infallible;

/// A cell of a row.
#[derive(Clone, Copy)]
enum Cell {
    Absent,
    Unconvertible(&'static str),
    Value(Constant),
    String(&'static str),
}

/// Runs a program on rows, given by their cells; gives each row's failure or the bits of its results.
fn run_rows(program: Program, rows: &[&[Cell]]) -> Vec<Result<Vec<Item>, Failure>> {
    crate::ir::verify::verify(&program).unwrap();
    let program = Arc::new(program);
    let interpreter = Interpreter::new(program.clone());
    let layout = interpreter.layout();
    // Old contents of the frame must not matter.
    let mut frame = vec![0xaaaa_aaaa_aaaa_aaaa; layout.words];
    let mut context = Context::new(&program.dictionary);
    for (row, cells) in rows.iter().enumerate() {
        for (columns, cell) in layout.inputs.iter().zip(*cells) {
            let mut set = |mask: usize, bit| write_bit(&mut frame[mask], row, bit);
            set(columns.present, matches!(cell, Cell::Value(_) | Cell::String(_)));
            set(columns.unconvertible, matches!(cell, Cell::Unconvertible(_)));
            match *cell {
                Cell::Absent => {}
                Cell::Unconvertible(text) => {
                    frame[columns.texts + row] = context.intern(text).number() as u64
                }
                Cell::Value(Constant::Bool(value)) => set(columns.values, value),
                Cell::Value(value) => frame[columns.values + row] = value.bits(),
                Cell::String(text) => frame[columns.values + row] = context.intern(text).number() as u64,
            }
        }
    }
    let mask = (1u64 << rows.len()) - 1;
    interpreter.run(&mut frame, mask, &mut context, &mut Stream::default());
    (0..rows.len())
        .map(|row| match frame[layout.failures + row] {
            0 => Ok(program
                .results()
                .zip(&layout.results)
                .map(|((value, _), columns)| {
                    let bits = match program.ty(value) {
                        Type::Bool => frame[columns.values] >> row & 1,
                        _ => frame[columns.values + row],
                    };
                    (frame[columns.present] >> row & 1 != 0).then_some(bits)
                })
                .collect()),
            failure => Err(Failure::new(failure as usize - 1)),
        })
        .collect()
}

/// The value that a program without inputs gives.
fn value(build: impl FnOnce(&mut Builder) -> Value) -> Constant {
    let mut builder = Builder::new(Program::default());
    let value = build(&mut builder);
    let ty = builder.program().ty(value);
    let present = builder.bool(true);
    let results = run_rows(builder.finish(vec![value, present]), &[&[]]);
    Constant::from_bits(ty, results[0].as_ref().unwrap()[0].unwrap()).unwrap()
}

fn unary(unary: Unary, argument: Constant) -> Constant {
    value(|builder| {
        let argument = builder.constant(argument);
        builder.unary(unary, argument)
    })
}

fn binary(binary: Binary, left: Constant, right: Constant) -> Constant {
    value(|builder| {
        let (left, right) = (builder.constant(left), builder.constant(right));
        builder.binary(binary, left, right)
    })
}

use Constant::{Bool, F32, F64, I64};

#[test]
fn operations_on_one_value() {
    let cases = [
        (Unary::Not, Bool(true), Bool(false)),
        (Unary::Not, Bool(false), Bool(true)),
        (Unary::Negate, F64(0.0), F64(-0.0)),
        (Unary::Negate, F32(1.5), F32(-1.5)),
        (Unary::Absolute, F64(-0.0), F64(0.0)),
        (Unary::Absolute, F32(-2.0), F32(2.0)),
        (Unary::SquareRoot, F64(2.0), F64(std::f64::consts::SQRT_2)),
        (Unary::SquareRoot, F32(9.0), F32(3.0)),
        (Unary::Floor, F64(-1.5), F64(-2.0)),
        (Unary::Floor, F32(1.5), F32(1.0)),
        (Unary::Ceil, F64(-0.5), F64(-0.0)),
        (Unary::Ceil, F32(1.5), F32(2.0)),
        (Unary::BoolToI64, Bool(true), I64(1)),
        (Unary::I64ToF64, I64((1 << 53) + 1), F64(9007199254740992.0)),
        (Unary::I64ToF32, I64((1 << 24) + 1), F32(16777216.0)),
        (Unary::F32ToF64, F32(0.1), F64(0.1f32 as f64)),
        (Unary::F64ToF32, F64(0.1), F32(0.1)),
        (Unary::F64ToF32, F64(1e300), F32(f32::INFINITY)),
        (Unary::F64ToI64, F64(-1.9), I64(-1)),
        (Unary::F64ToI64, F64(1e300), I64(i64::MAX)),
        (Unary::F64ToI64, F64(f64::NEG_INFINITY), I64(i64::MIN)),
        (Unary::F64ToI64, F64(f64::NAN), I64(0)),
    ];
    for (operation, argument, result) in cases {
        assert_eq!(unary(operation, argument), result, "{operation:?} {argument:?}");
    }
    assert!(matches!(unary(Unary::SquareRoot, F64(-1.0)), F64(number) if number.is_nan()));
}

#[test]
fn operations_on_two_values() {
    let nan = F64(f64::NAN);
    let cases = [
        (Binary::Add, F64(0.1), F64(0.2), F64(0.1 + 0.2)),
        (Binary::Add, F32(16777216.0), F32(1.0), F32(16777216.0)),
        (Binary::Add, I64(i64::MAX), I64(1), I64(i64::MIN)),
        (Binary::Subtract, F64(1.0), F64(0.5), F64(0.5)),
        (Binary::Subtract, F32(1.0), F32(0.5), F32(0.5)),
        (Binary::Subtract, I64(i64::MIN), I64(1), I64(i64::MAX)),
        (Binary::Multiply, F64(3.0), F64(-2.0), F64(-6.0)),
        (Binary::Multiply, F32(1e30), F32(1e30), F32(f32::INFINITY)),
        (Binary::Multiply, I64(i64::MAX), I64(2), I64(-2)),
        (Binary::Divide, F64(1.0), F64(-0.0), F64(f64::NEG_INFINITY)),
        (Binary::Divide, F32(1.0), F32(3.0), F32(1.0 / 3.0)),
        (Binary::And, Bool(true), Bool(true), Bool(true)),
        (Binary::And, Bool(true), Bool(false), Bool(false)),
        (Binary::Or, Bool(false), Bool(true), Bool(true)),
        (Binary::Or, Bool(false), Bool(false), Bool(false)),
        (Binary::Equal, F64(0.0), F64(-0.0), Bool(true)),
        (Binary::Equal, nan, nan, Bool(false)),
        (Binary::NotEqual, nan, nan, Bool(true)),
        (Binary::Equal, Bool(true), Bool(true), Bool(true)),
        (Binary::NotEqual, I64(1), I64(2), Bool(true)),
        (Binary::Less, nan, F64(1.0), Bool(false)),
        (Binary::GreaterOrEqual, nan, F64(1.0), Bool(false)),
        (Binary::Less, I64(-1), I64(0), Bool(true)),
        (Binary::LessOrEqual, F32(1.0), F32(1.0), Bool(true)),
        (Binary::Greater, F32(1.0), F32(1.0), Bool(false)),
        (Binary::GreaterOrEqual, I64(1), I64(1), Bool(true)),
    ];
    for (operation, left, right, result) in cases {
        assert_eq!(binary(operation, left, right), result, "{left:?} {operation:?} {right:?}");
    }
}

#[test]
fn texts_are_equal_by_number() {
    let equal = |left, right| {
        value(|builder| {
            let (left, right) = (builder.text(left), builder.text(right));
            builder.binary(Binary::Equal, left, right)
        })
    };
    assert_eq!(equal("a", "a"), Bool(true));
    assert_eq!(equal("a", "b"), Bool(false));
}

#[test]
fn selections_and_calls() {
    for (condition, result) in [(true, 1), (false, 2)] {
        let selected = value(|builder| {
            let (condition, one, two) = (builder.bool(condition), builder.i64(1), builder.i64(2));
            builder.select(condition, one, two)
        });
        assert_eq!(selected, I64(result));
    }
    let exp = value(|builder| {
        let zero = builder.f64(0.0);
        builder.call(Function::Exp, &[zero])
    });
    assert_eq!(exp, F64(1.0));
    let concatenated = value(|builder| {
        builder.intern("ab");
        let (a, b) = (builder.text("a"), builder.text("b"));
        let text = builder.call(Function::Concat, &[a, b]);
        let expected = builder.text("ab");
        builder.binary(Binary::Equal, text, expected)
    });
    assert_eq!(concatenated, Bool(true));
}

#[test]
fn constant_data() {
    let lookup = |index| {
        value(|builder| {
            let index = builder.i64(index);
            builder.lookup(TableData::new(Type::F64, [F64(1.5), F64(2.5)]), index)
        })
    };
    assert_eq!([0, 1, 2, -1].map(lookup), [F64(1.5), F64(2.5), F64(0.0), F64(0.0)]);
    let find = |first, second| {
        value(|builder| {
            let keys = [builder.f64(first), builder.i64(second)];
            let rows = [vec![F64(0.0), I64(1)], vec![F64(2.0), I64(2)], vec![F64(-0.0), I64(1)]];
            builder.find(MapData::new(vec![Type::F64, Type::I64], rows), &keys)
        })
    };
    assert_eq!(find(-0.0, 1), I64(0));
    assert_eq!(find(2.0, 2), I64(1));
    assert_eq!(find(2.0, 1), I64(-1));
    assert_eq!(find(f64::NAN, 1), I64(-1));
    let contains = |number| {
        value(|builder| {
            let number = builder.f64(number);
            builder.contains(SetData::new(Type::F64, [F64(0.0), F64(f64::NAN), F64(3.0)]), number)
        })
    };
    assert_eq!([-0.0, 3.0, 1.0, f64::NAN].map(contains), [true, true, false, false].map(Bool));
}

fn program_with_inputs(types: &[Type]) -> Builder {
    let mut program = Program::default();
    for ty in types {
        let items = (*ty == Type::List).then_some(Type::F64);
        program.inputs.push(InputData { name: "x".to_owned(), ty: *ty, items, nan: true });
    }
    Builder::new(program)
}

#[test]
fn input_cells() {
    let mut builder = program_with_inputs(&[Type::F64, Type::Bool, Type::String, Type::List]);
    let mut yields = Vec::new();
    for input in builder.program().inputs.ids() {
        for part in [InputPart::Value, InputPart::State, InputPart::String] {
            yields.push(builder.input(input, part));
            yields.push(builder.bool(true));
        }
    }
    let text = builder.intern("text").number() as u64;
    let results = run_rows(
        builder.finish(yields),
        &[
            &[Cell::Absent; 4],
            &[Cell::Unconvertible("text"); 4],
            &[Cell::Value(F64(2.0)), Cell::Value(Bool(true)), Cell::String("text"), Cell::Value(I64(7))],
        ],
    );
    let row = |cells: [[u64; 3]; 4]| Ok(cells.as_flattened().iter().copied().map(Some).collect());
    // No value, no text: zero.
    assert_eq!(results[0], row([[0, ABSENT as u64, 0]; 4]));
    assert_eq!(results[1], row([[0, UNCONVERTIBLE as u64, text]; 4]));
    let converted = |value| [value, CONVERTED as u64, 0];
    assert_eq!(results[2], row([2.0f64.to_bits(), 1, text, 7].map(converted)));
}

#[test]
fn one_region_runs() {
    let mut builder = program_with_inputs(&[Type::Bool]);
    let condition = builder.input(Input::new(0), InputPart::Value);
    let always = builder.bool(true);
    let failure = FailureData::new(None, FailureKind::UndefinedResult, String::new());
    let results = builder
        .branch::<Infallible>(
            condition,
            |builder| {
                // A region in a region, which sees the values around it.
                let inner = builder.branch::<Infallible>(
                    condition,
                    |builder| Ok(vec![builder.i64(1)]),
                    |builder| Ok(vec![builder.i64(2)]),
                )?;
                Ok(vec![inner[0], always])
            },
            |builder| {
                builder.fail_if(always, failure);
                Ok(vec![builder.i64(3), condition])
            },
        )
        .unwrap();
    let program = builder.finish(results);
    let rows: [&[Cell]; 2] = [&[Cell::Value(Bool(true))], &[Cell::Value(Bool(false))]];
    assert_eq!(run_rows(program, &rows), [Ok(vec![Some(1)]), Err(Failure::new(0))]);
}

#[test]
fn the_first_failure_counts_and_rows_fail_alone() {
    let mut builder = program_with_inputs(&[Type::Bool, Type::Bool]);
    for (number, input) in builder.program().inputs.ids().enumerate() {
        let condition = builder.input(input, InputPart::Value);
        let message = format!("{number}");
        builder.fail_if(condition, FailureData::new(None, FailureKind::InvalidValue, message));
    }
    let program = builder.finish(Vec::new());
    let [yes, no] = [true, false].map(|value| Cell::Value(Bool(value)));
    let rows: [&[Cell]; 4] = [&[yes, yes], &[no, yes], &[no, no], &[yes, no]];
    let [first, second] = [0, 1].map(Failure::new);
    assert_eq!(run_rows(program, &rows), [Err(first), Err(second), Ok(vec![]), Err(first)]);
}

#[test]
fn rows_outside_the_mask_are_left_alone() {
    let mut builder = program_with_inputs(&[]);
    let (value, present) = (builder.i64(5), builder.bool(true));
    let program = Arc::new(builder.finish(vec![value, present, present, present]));
    let interpreter = Interpreter::new(program.clone());
    let layout = interpreter.layout();
    let mut frame = vec![u64::MAX; layout.words];
    frame[layout.results[1].values] = 0;
    interpreter.run(&mut frame, 0b100, &mut Context::new(&program.dictionary), &mut Stream::default());
    assert_eq!(frame[layout.failures..][..4], [u64::MAX, u64::MAX, 0, u64::MAX]);
    assert_eq!(frame[layout.results[0].values..][..4], [u64::MAX, u64::MAX, 5, u64::MAX]);
    assert_eq!(frame[layout.results[1].values], 0b100);
}

/// Runs a program whose first result is a list on rows of one cell; gives the items.
fn lists(program: Program, stream: &mut Stream, rows: &[Cell]) -> Vec<Vec<Item>> {
    let program = Arc::new(program);
    let interpreter = Interpreter::new(program.clone());
    let layout = interpreter.layout();
    let mut frame = vec![0; layout.words];
    // Each row is a call of its own, which forgets the texts and lists of the one before.
    let mut context = Context::new(&program.dictionary);
    rows.iter()
        .map(|cell| {
            context.clear();
            let columns = layout.inputs[0];
            frame[columns.present] = !matches!(cell, Cell::Absent) as u64;
            frame[columns.values] = match *cell {
                Cell::Value(value) => value.bits(),
                Cell::String(text) => {
                    // Numbers of texts differ from call to call.
                    context.intern(&format!("{text} is not the first"));
                    context.intern(text).number() as u64
                }
                _ => 0,
            };
            interpreter.run(&mut frame, 1, &mut context, stream);
            let list = List::from_number(frame[layout.results[0].values] as u32);
            let texts = program.inputs[Input::new(0)].ty == Type::String;
            let item = |item: &Item| match item {
                Some(bits) if texts => {
                    Some(context.text(StringId::from_number(*bits as u32)).bytes().next().unwrap_or(0) as u64)
                }
                item => *item,
            };
            context.items(list).iter().map(item).collect()
        })
        .collect()
}

#[test]
fn lists_have_present_and_missing_items() {
    let mut builder = program_with_inputs(&[Type::I64]);
    let (one, two) = (builder.i64(1), builder.i64(2));
    let (yes, no) = (builder.bool(true), builder.bool(false));
    let list = builder.list(&[(one, yes), (two, no)]);
    let program = builder.finish(vec![list, yes]);
    assert_eq!(lists(program, &mut Stream::default(), &[Cell::Absent]), [[Some(1), None]]);
}

/// A program that recalls two previous values of its input, restarts where that is `restart`, and fails where it is
/// missing.
fn recalling(ty: Type, restart: Option<i64>) -> Program {
    let mut builder = program_with_inputs(&[ty]);
    let history = builder.program_mut().histories.push(HistoryData { ty, length: 2 });
    let value = builder.input(Input::new(0), InputPart::Value);
    let state = builder.input(Input::new(0), InputPart::State);
    let converted = builder.i64(CONVERTED);
    let present = builder.binary(Binary::Equal, state, converted);
    let restart = match restart {
        Some(restart) => {
            let restart = builder.i64(restart);
            builder.binary(Binary::Equal, value, restart)
        }
        None => builder.bool(false),
    };
    let list = builder.emit(Operation::Recall { history, value, present, restart })[0];
    let missing = builder.not(present);
    let failure = FailureData::new(None, FailureKind::MissingValue, String::new());
    builder.fail_if(missing, failure);
    builder.finish(vec![list, present])
}

#[test]
fn histories_go_from_row_to_row() {
    let rows = [Some(1), Some(2), None, Some(3), Some(9), Some(4), Some(5)];
    let cells = rows.map(|row| row.map_or(Cell::Absent, |row| Cell::Value(I64(row))));
    let lists = lists(recalling(Type::I64, Some(9)), &mut Stream::default(), &cells);
    let expected: [&[Item]; 7] = [
        &[],
        &[Some(1)],
        &[Some(2), Some(1)],
        // The row with the missing value failed and is recorded all the same.
        &[None, Some(2)],
        // The history starts anew, with this row's value as its first.
        &[],
        &[Some(9)],
        &[Some(4), Some(9)],
    ];
    assert_eq!(lists, expected);
}

#[test]
fn histories_keep_texts_themselves() {
    let cells = ["x", "y", "z"].map(Cell::String);
    let lists = lists(recalling(Type::String, None), &mut Stream::default(), &cells);
    let byte = |byte: u8| Some(byte as u64);
    let expected: [&[Item]; 3] = [&[], &[byte(b'x')], &[byte(b'y'), byte(b'x')]];
    assert_eq!(lists, expected);
}

/// A threshold, and the terms (accumulator and value) of what is below it and of what is not.
type Stump<'t> = (f64, &'t [(u32, f64)], &'t [(u32, f64)]);

/// A forest over one feature whose trees are `x < threshold ? first terms : second terms`, without result where x is
/// missing.
fn stumps(reduction: Reduction, trees: &[Stump<'_>]) -> Forest {
    let mut forest = Forest {
        features: vec![Type::F64],
        nodes: Arena::new(),
        roots: Vec::new(),
        terms: Vec::new(),
        reduction,
    };
    for (number, (threshold, then, otherwise)) in trees.iter().enumerate() {
        let root = forest.nodes.len();
        forest.roots.push(Node::new(root));
        let [then_node, otherwise_node, missing] = [1, 2, 3].map(|offset| Node::new(root + offset));
        forest.nodes.push(TreeNode::Split {
            feature: 0,
            test: Test::Less(*threshold),
            then: then_node,
            otherwise: otherwise_node,
            missing,
        });
        for (side, terms) in [then, otherwise].into_iter().enumerate() {
            let first_term = forest.terms.len() as u32;
            forest.terms.extend(
                terms.iter().map(|(accumulator, value)| Term { accumulator: *accumulator, value: *value }),
            );
            let number = (10 * number + side) as u32;
            forest.nodes.push(TreeNode::Leaf(Leaf::Result { number, first_term, terms: terms.len() as u32 }));
        }
        forest.nodes.push(TreeNode::Leaf(Leaf::Missing));
    }
    forest
}

/// The bits of the forest's results for a value of its feature.
fn forest(forest: Forest, x: Option<f64>) -> Vec<u64> {
    let mut builder = program_with_inputs(&[]);
    let value = builder.f64(x.unwrap_or(0.0));
    let present = builder.bool(x.is_some());
    let results = builder.forest(forest, &[(value, present)]);
    let present = builder.bool(true);
    let yields = results.into_iter().flat_map(|result| [result, present]).collect();
    let results = run_rows(builder.finish(yields), &[&[]]);
    results[0].as_ref().unwrap().iter().map(|item| item.unwrap()).collect()
}

#[test]
fn leaves() {
    let trees = stumps(Reduction::Leaf, &[(1.0, &[], &[]), (2.0, &[], &[])]);
    assert_eq!(forest(trees.clone(), Some(1.5)), [1, 10]);
    assert_eq!(forest(trees.clone(), Some(f64::NAN)), [1, 11]);
    assert_eq!(forest(trees, None), [-1i64 as u64, -1i64 as u64]);
}

#[test]
fn sums() {
    let trees: &[Stump<'_>] = &[
        (1.0, &[(0, 16777216.0)], &[(1, 0.5)]),
        (1.0, &[(0, 1.0)], &[(1, 0.25)]),
        (1.0, &[(0, 1.0), (1, -0.0)], &[]),
    ];
    let sum = |precision| stumps(Reduction::Sum { accumulators: 2, precision }, trees);
    let doubles = |a: f64, b: f64, without: u64| vec![a.to_bits(), b.to_bits(), without];
    assert_eq!(forest(sum(Type::F64), Some(0.0)), doubles(16777218.0, 0.0, 0));
    assert_eq!(forest(sum(Type::F64), Some(1.0)), doubles(0.0, 0.75, 0));
    assert_eq!(forest(sum(Type::F64), None), doubles(0.0, 0.0, 3));
    // In single precision each addition is rounded.
    let single = 16777216f32.to_bits() as u64;
    assert_eq!(forest(sum(Type::F32), Some(0.0)), [single, 0, 0]);
}

#[test]
fn votes() {
    let vote = |trees| stumps(Reduction::Vote { accumulators: 3, precision: Type::F64 }, trees);
    let winner = |results: Vec<u64>| results[4] as i64;
    // Of equals the one that was added to first.
    let equals = vote(&[(1.0, &[(2, 1.0)], &[(0, -1.0)]), (1.0, &[(1, 1.0)], &[(2, -3.0)])]);
    assert_eq!(winner(forest(equals.clone(), Some(0.0))), 2);
    // Accumulators that no tree added to do not take part, though zero is larger.
    assert_eq!(winner(forest(equals.clone(), Some(1.0))), 0);
    let nothing = forest(equals, None);
    assert_eq!((nothing[3], winner(nothing)), (2, -1));
    let later = vote(&[(1.0, &[(0, 1.0)], &[]), (1.0, &[(1, 2.0)], &[])]);
    assert_eq!(winner(forest(later, Some(0.0))), 1);
}

#[test]
fn medians_and_maxima() {
    let trees: &[Stump<'_>] =
        &[(5.0, &[(0, 3.0)], &[(0, -4.0)]), (5.0, &[(0, -1.0)], &[(0, -2.0)]), (1.0, &[(0, 10.0)], &[])];
    let median = stumps(Reduction::Median { accumulators: 2, precision: Type::F64 }, trees);
    let doubles = |a: f64, without: u64| vec![a.to_bits(), 0, without];
    assert_eq!(forest(median.clone(), Some(0.0)), doubles(3.0, 0));
    assert_eq!(forest(median.clone(), Some(2.0)), doubles(1.0, 0));
    assert_eq!(forest(median, None), doubles(0.0, 3));
    let maximum = stumps(Reduction::Maximum { accumulators: 2, precision: Type::F32 }, trees);
    let singles = |a: f32, without: u64| vec![a.to_bits() as u64, 0, without];
    assert_eq!(forest(maximum.clone(), Some(0.0)), singles(10.0, 0));
    assert_eq!(forest(maximum.clone(), Some(7.0)), singles(-2.0, 0));
    assert_eq!(forest(maximum, None), singles(0.0, 3));
}

#[test]
fn tests_of_features() {
    let outcome = |test, ty, x: Constant| {
        let mut builder = program_with_inputs(&[]);
        builder.set(SetData::new(ty, [x]));
        builder.set(SetData::new(ty, []));
        super::forest::outcome(builder.program(), test, ty, Some(x.bits()))
    };
    let number = |test, x| outcome(test, Type::F64, F64(x));
    let set = crate::ir::Set::new;
    for (test, below, equal, above, nan) in [
        (Test::Less(0.0), true, false, false, false),
        (Test::LessOrEqual(0.0), true, true, false, false),
        (Test::Greater(0.0), false, false, true, false),
        (Test::GreaterOrEqual(0.0), false, true, true, false),
        (Test::Equal(0.0), false, true, false, false),
        (Test::NotEqual(0.0), true, false, true, true),
    ] {
        let outcomes = [-1.0, -0.0, 1.0, f64::NAN].map(|x| number(test, x));
        assert_eq!(outcomes, [below, equal, above, nan].map(Some), "{test:?}");
        assert_eq!(outcome(test, Type::F32, F32(-0.0)), Some(equal), "{test:?}");
    }
    assert_eq!(number(Test::In(set(0)), 2.0), Some(true));
    assert_eq!(number(Test::In(set(1)), 2.0), Some(false));
    assert_eq!(outcome(Test::True, Type::Bool, Bool(true)), Some(true));
    assert_eq!(outcome(Test::True, Type::Bool, Bool(false)), Some(false));
    assert_eq!(number(Test::Present, 2.0), Some(true));
    let program = Program::default();
    assert_eq!(super::forest::outcome(&program, Test::Present, Type::F64, None), Some(false));
    assert_eq!(super::forest::outcome(&program, Test::Less(1.0), Type::F64, None), None);
}
