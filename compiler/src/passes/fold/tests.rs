//! Bodies before and after folding.

use super::*;
use crate::ir::{
    Arena, Binary, Dense, FailureData, FailureKind, Forest, Function, HistoryData, Input, InputData,
    InputPart, KernelData, Leaf, MapData, Node, Reduction, SetData, TableData, Term, Test, TreeNode, Unary,
};
use std::convert::Infallible;

/// Makes a builder of a program with an input of each type but lists, and their values.
fn builder() -> (Builder, [Value; 5]) {
    let mut program = Program::default();
    for ty in [Type::Bool, Type::I64, Type::F32, Type::F64, Type::String] {
        program.inputs.push(InputData { name: ty.to_string(), ty, items: None, nan: ty.is_float() });
    }
    let mut builder = Builder::new(program);
    let values = [0, 1, 2, 3, 4].map(|input| builder.input(Input::new(input), InputPart::Value));
    (builder, values)
}

fn body(program: &Program) -> String {
    crate::ir::verify::verify(program).unwrap();
    let text = program.to_string();
    let (_, body) = text.split_once("body:\n").unwrap();
    body.to_owned()
}

/// Returns what the pass makes of a value: its definition, as printed.
fn folded(build: impl FnOnce(&mut Builder, [Value; 5]) -> Value) -> String {
    let (mut builder, inputs) = builder();
    let value = build(&mut builder, inputs);
    let present = builder.bool(true);
    let program = crate::passes::prune::run(run(builder.finish(vec![value, present])));
    let body = body(&program);
    let (value, _) = body.rsplit_once("yield ").unwrap().1.split_once(',').unwrap();
    let definition = body.lines().find_map(|line| {
        let (name, definition) = line.trim().split_once(": ")?;
        (name == value).then_some(definition)
    });
    definition.unwrap().to_owned()
}

#[test]
fn constants_fold() {
    let exp = folded(|builder, _| {
        let zero = builder.f64(0.0);
        builder.call(Function::Exp, &[zero])
    });
    assert_eq!(exp, "f64 = 1.0");
    let square = folded(|builder, [.., x, _]| {
        let two = builder.f64(2.0);
        builder.call(Function::Pow, &[x, two])
    });
    assert!(square.starts_with("f64 = v") && square.contains(" * v"), "{square}");
    let lookup = folded(|builder, _| {
        let (one, two) = (builder.i64(1), builder.i64(2));
        let index = builder.binary(Binary::Subtract, two, one);
        builder.lookup(TableData::new(Type::F32, [1.0, 2.0].map(Constant::F32)), index)
    });
    assert_eq!(lookup, "f32 = 2.0f32");
    let find = folded(|builder, _| {
        let key = builder.string("b");
        let (a, b) = (builder.intern("a"), builder.intern("b"));
        builder
            .find(MapData::new(vec![Type::String], [a, b].map(|text| vec![Constant::String(text)])), &[key])
    });
    assert_eq!(find, "i64 = 1");
    let kernel = folded(|builder, _| {
        let mut dense = Dense::new(Type::F64, 1);
        dense.sum([(0, 3.0)], 0.5);
        let two = builder.f64(2.0);
        builder.kernel(KernelData::Dense(dense), &[two])[0]
    });
    assert_eq!(kernel, "f64 = 6.5");
    let strings = folded(|builder, _| {
        let (a, b) = (builder.string("a"), builder.string("b"));
        builder.call(Function::Concat, &[a, b])
    });
    assert_eq!(strings, "string = concat(v0, v1)", "a function in context needs a context that lasts");
}

#[test]
fn logic_simplifies() {
    type Build = fn(&mut Builder, Value, Value) -> Value;
    let cases: &[(Build, &str)] = &[
        (
            |b, x, _| {
                let yes = b.bool(true);
                b.and(x, yes)
            },
            "bool = value of input0",
        ),
        (
            |b, x, _| {
                let no = b.bool(false);
                b.and(no, x)
            },
            "bool = false",
        ),
        (
            |b, x, _| {
                let no = b.bool(false);
                b.or(x, no)
            },
            "bool = value of input0",
        ),
        (
            |b, x, _| {
                let yes = b.bool(true);
                b.or(yes, x)
            },
            "bool = true",
        ),
        (|b, x, _| b.and(x, x), "bool = value of input0"),
        (
            |b, x, _| {
                let not = b.not(x);
                b.not(not)
            },
            "bool = value of input0",
        ),
        (
            |b, x, _| {
                let not = b.not(x);
                b.and(x, not)
            },
            "bool = false",
        ),
        (
            |b, x, _| {
                let not = b.not(x);
                b.or(not, x)
            },
            "bool = true",
        ),
        (
            |b, x, y| {
                let or = b.or(x, y);
                b.and(or, x)
            },
            "bool = value of input0",
        ),
        (
            |b, x, y| {
                let and = b.and(x, y);
                b.or(x, and)
            },
            "bool = value of input0",
        ),
        (
            |b, x, y| {
                let and = b.and(x, y);
                b.and(and, y)
            },
            "bool = v0 and v1",
        ),
        (|b, x, y| b.select(x, y, y), "bool = state of input0 == 1"),
        (
            |b, x, y| {
                let yes = b.bool(true);
                b.select(x, yes, y)
            },
            "bool = v0 or v1",
        ),
        (
            |b, x, y| {
                let no = b.bool(false);
                b.select(x, y, no)
            },
            "bool = v0 and v1",
        ),
        (|b, x, y| b.select(x, x, y), "bool = v0 or v1"),
        (|b, x, y| b.select(x, y, x), "bool = v0 and v1"),
        (
            |b, x, _| {
                let (no, yes) = (b.bool(false), b.bool(true));
                b.select(x, no, yes)
            },
            "bool = not v0",
        ),
        (
            |b, x, _| {
                let no = b.bool(false);
                b.binary(Binary::Equal, x, no)
            },
            "bool = not v0",
        ),
        (
            |b, x, _| {
                let no = b.bool(false);
                b.binary(Binary::NotEqual, no, x)
            },
            "bool = value of input0",
        ),
    ];
    for (number, (build, expected)) in cases.iter().enumerate() {
        let folded = folded(|builder, [x, ..]| {
            let state = builder.input(Input::new(0), InputPart::State);
            let one = builder.i64(1);
            let y = builder.binary(Binary::Equal, state, one);
            build(builder, x, y)
        });
        // If the second operand is the result, its definition is printed.
        let expected = expected.replace("state of input0 == 1", "v0 == v1");
        assert!(folded == expected || folded == expected.replace("v1", "v3"), "case {number}: {folded}");
    }
}

#[test]
fn selections_simplify() {
    let nested = folded(|builder, [condition, integer, ..]| {
        let (one, two) = (builder.i64(1), builder.i64(2));
        let inner = builder.select(condition, integer, one);
        let not = builder.not(condition);
        builder.select(not, two, inner)
    });
    assert_eq!(nested, "i64 = select v0 ? v1 : v2");
}

#[test]
fn comparisons_of_a_value_with_itself() {
    let compare = |binary, number: usize| {
        folded(|builder, inputs| builder.binary(binary, inputs[number], inputs[number]))
    };
    assert_eq!(compare(Binary::Equal, 1), "bool = true");
    assert_eq!(compare(Binary::NotEqual, 4), "bool = false");
    assert_eq!(compare(Binary::LessOrEqual, 1), "bool = true");
    assert_eq!(compare(Binary::Less, 3), "bool = false");
    // These test whether the number is NaN.
    assert_eq!(compare(Binary::Equal, 3), "bool = v0 == v0");
    assert_eq!(compare(Binary::NotEqual, 2), "bool = v0 != v0");
    assert_eq!(compare(Binary::GreaterOrEqual, 3), "bool = v0 >= v0");
}

#[test]
fn arithmetic_stays_exact() {
    let right = |binary, operand: f64| {
        folded(|builder, [.., double, _]| {
            let operand = builder.f64(operand);
            builder.binary(binary, double, operand)
        })
    };
    assert_eq!(right(Binary::Add, 0.0), "f64 = v0 + v1", "-0.0 + 0.0 is 0.0");
    assert_eq!(right(Binary::Add, -0.0), "f64 = value of input3");
    assert_eq!(right(Binary::Subtract, 0.0), "f64 = value of input3");
    assert_eq!(right(Binary::Subtract, -0.0), "f64 = v0 - v1", "-0.0 - -0.0 is 0.0");
    assert_eq!(right(Binary::Multiply, 1.0), "f64 = value of input3");
    assert_eq!(right(Binary::Multiply, 0.0), "f64 = v0 * v1", "0.0 times infinity is NaN");
    assert_eq!(right(Binary::Divide, 1.0), "f64 = value of input3");
    let left = folded(|builder, [_, integer, ..]| {
        let zero = builder.i64(0);
        builder.binary(Binary::Add, zero, integer)
    });
    assert_eq!(left, "i64 = value of input1");
}

#[test]
fn constant_branches_are_inlined() {
    let inlined = folded(|builder, [_, integer, ..]| {
        let condition = builder.bool(false);
        let one = builder.i64(1);
        let results = builder.branch::<Infallible>(
            condition,
            |builder| Ok(vec![builder.i64(7)]),
            |builder| Ok(vec![builder.binary(Binary::Multiply, integer, one)]),
        );
        results.unwrap()[0]
    });
    assert_eq!(inlined, "i64 = value of input1");
    let selected = folded(|builder, [condition, ..]| {
        let results = builder.branch::<Infallible>(
            condition,
            |builder| Ok(vec![builder.f64(1.0)]),
            |builder| Ok(vec![builder.f64(2.0)]),
        );
        results.unwrap()[0]
    });
    assert_eq!(selected, "f64 = select v0 ? v1 : v2");
}

#[test]
fn a_condition_is_known_in_its_branches() {
    let (mut builder, [condition, integer, ..]) = builder();
    let three = builder.i64(3);
    let is_three = builder.binary(Binary::Equal, integer, three);
    let both = builder.and(condition, is_three);
    let results = builder.branch::<Infallible>(
        both,
        |builder| {
            let sum = builder.binary(Binary::Add, integer, three);
            Ok(vec![sum, condition])
        },
        |builder| {
            let not = builder.not(both);
            let either = builder.and(not, condition);
            Ok(vec![integer, either])
        },
    );
    let program = builder.finish(results.unwrap());
    assert_eq!(
        body(&program),
        "  v0: bool = value of input0
  v1: i64 = value of input1
  v2: f32 = value of input2
  v3: f64 = value of input3
  v4: string = value of input4
  v5: i64 = 3
  v6: bool = v1 == v5
  v7: bool = v0 and v6
  v8: i64, v9: bool = if v7 {
    v10: i64 = v1 + v5
    yield v10, v0
  } else {
    v11: bool = not v7
    v12: bool = v11 and v0
    yield v1, v12
  }
  yield v8, v9
"
    );
    // In the first region the integer is 3, so that only constants are left; the bool is true there, and
    // itself in the second, where only `both` is known to be false.
    assert_eq!(
        body(&run(program)),
        "  v0: bool = value of input0
  v1: i64 = value of input1
  v2: f32 = value of input2
  v3: f64 = value of input3
  v4: string = value of input4
  v5: i64 = 3
  v6: bool = v1 == v5
  v7: bool = v0 and v6
  v8: i64 = 6
  v9: i64 = select v7 ? v8 : v1
  v10: bool = true
  yield v9, v0
"
    );
}

#[test]
fn facts_end_with_their_region() {
    let (mut builder, [condition, integer, ..]) = builder();
    let results = builder.branch::<Infallible>(
        condition,
        |builder| Ok(vec![builder.binary(Binary::Add, integer, integer), condition]),
        |_| Ok(vec![integer, condition]),
    );
    let results = results.unwrap();
    let after = builder.not(condition);
    let program = run(builder.finish(vec![results[0], after]));
    assert!(body(&program).contains("= not v0"), "{program}");
}

#[test]
fn zero_is_not_known_by_comparing() {
    let quotient = |number: f64| {
        let (mut builder, [.., double, _]) = builder();
        let (number, one) = (builder.f64(number), builder.f64(1.0));
        let equal = builder.binary(Binary::Equal, double, number);
        let results = builder.branch::<Infallible>(
            equal,
            |builder| Ok(vec![builder.binary(Binary::Divide, one, double)]),
            |_| Ok(vec![double]),
        );
        let value = results.unwrap()[0];
        body(&run(builder.finish(vec![value, equal])))
    };
    assert!(quotient(0.0).contains(" / "), "-0.0 equals 0.0 as well");
    assert!(!quotient(2.0).contains(" / "));
}

/// Makes a program that fails if a bool is true and then uses it.
fn failing(mut builder: Builder, condition: Value) -> String {
    let failure = FailureData::new(None, FailureKind::InvalidValue, "is wrong".to_owned());
    builder.fail_if(condition, failure.clone());
    let never = builder.bool(false);
    builder.fail_if(never, failure);
    let not = builder.not(condition);
    body(&run(builder.finish(vec![not, not])))
}

#[test]
fn failures_are_facts_without_histories() {
    let (builder, [condition, ..]) = self::builder();
    let folded = failing(builder, condition);
    assert_eq!(folded.matches("fail with").count(), 1, "{folded}");
    assert!(!folded.contains("not"), "{folded}");
    let (mut builder, [condition, ..]) = self::builder();
    let history = builder.program_mut().histories.push(HistoryData { ty: Type::Bool, length: 1 });
    builder.emit(Operation::Recall { history, value: condition, present: condition, restart: condition });
    assert!(failing(builder, condition).contains("not"));
}

#[test]
fn empty_data_has_nothing() {
    let contains = folded(|builder, [_, integer, ..]| builder.contains(SetData::new(Type::I64, []), integer));
    assert_eq!(contains, "bool = false");
    let find =
        folded(|builder, [_, integer, ..]| builder.find(MapData::new(vec![Type::I64], []), &[integer]));
    assert_eq!(find, "i64 = -1");
}

#[test]
fn equal_operations_are_one() {
    let sum = folded(|builder, [_, integer, ..]| {
        let three = builder.i64(3);
        let left = builder.binary(Binary::Add, integer, three);
        let right = builder.binary(Binary::Add, three, integer);
        builder.binary(Binary::Equal, left, right)
    });
    assert_eq!(sum, "bool = true");
    let negated = folded(|builder, [.., double, _]| {
        let equal = builder.binary(Binary::Equal, double, double);
        builder.unary(Unary::Not, equal)
    });
    assert_eq!(negated, "bool = v0 != v0");
}

#[test]
fn opposites_decide() {
    for (binary, truth) in [(Binary::And, "false"), (Binary::Or, "true")] {
        // x or (y or not (x or y))
        let decided = folded(|builder, [x, i, ..]| {
            let one = builder.i64(1);
            let y = builder.binary(Binary::Equal, i, one);
            let both = builder.binary(binary, x, y);
            let neither = builder.not(both);
            let rest = builder.binary(binary, y, neither);
            builder.binary(binary, x, rest)
        });
        assert_eq!(decided, format!("bool = {truth}"));
        let integers = folded(|builder, [_, i, ..]| {
            let one = builder.i64(1);
            let less = builder.binary(Binary::Less, i, one);
            let not_less = builder.binary(Binary::GreaterOrEqual, i, one);
            builder.binary(binary, less, not_less)
        });
        assert_eq!(integers, format!("bool = {truth}"));
        // Neither holds for NaN.
        let floats = folded(|builder, [_, _, _, x, _]| {
            let one = builder.f64(1.0);
            let less = builder.binary(Binary::Less, x, one);
            let not_less = builder.binary(Binary::GreaterOrEqual, x, one);
            builder.binary(binary, less, not_less)
        });
        assert_ne!(floats, format!("bool = {truth}"));
    }
}

#[test]
fn forests_whose_trees_always_have_results_count_nothing() {
    let leaf = Leaf::Result { number: 0, first_term: 0, terms: 1 };
    for (otherwise, is_constant) in [(Leaf::Missing, false), (leaf, true)] {
        let count = folded(|builder, [_, _, _, x, _]| {
            let mut nodes = Arena::new();
            let [then, other] = [Node::new(1), Node::new(2)];
            nodes.push(TreeNode::Split {
                feature: 0,
                test: Test::Less(1.0),
                then,
                otherwise: other,
                missing: then,
            });
            nodes.push(TreeNode::Leaf(leaf));
            nodes.push(TreeNode::Leaf(otherwise));
            let forest = Forest {
                features: vec![Type::F64],
                nodes,
                roots: vec![Node::new(0)],
                terms: vec![Term { accumulator: 0, value: 1.0 }],
                reduction: Reduction::Sum { accumulators: 1, precision: Type::F64 },
            };
            let present = builder.bool(true);
            let count = builder.forest(forest, &[(x, present)])[1];
            let zero = builder.i64(0);
            builder.binary(Binary::Equal, count, zero)
        });
        assert_eq!(count == "bool = true", is_constant, "{count}");
    }
}
