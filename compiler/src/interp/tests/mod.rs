//! Every operation, on rows for which its documentation determines the result.

mod forests;
mod lists;

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

/// Runs a program on rows, given by their cells. Returns each row's failure or the bits of its results.
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
                    frame[columns.strings + row] = context.intern(text).number() as u64
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

/// Returns the result of a program without inputs.
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
fn strings_are_equal_by_number() {
    let equal = |left, right| {
        value(|builder| {
            let (left, right) = (builder.string(left), builder.string(right));
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
        let (a, b) = (builder.string("a"), builder.string("b"));
        let text = builder.call(Function::Concat, &[a, b]);
        let expected = builder.string("ab");
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
    // Neither a value nor a string: zero.
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
                // A region in a region, which can use the values around it.
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
