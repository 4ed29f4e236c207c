//! Every rule, with a program that violates it.

use super::*;
use crate::ir::{
    Arena, Builder, Constant, Dense, Failure, FailureData, FailureKind, ForestId, Function, HistoryData,
    Input, InputData, InputPart, InstructionData, Kernel, KernelData, Map, MapData, RegionData, Set, SetData,
    Table, TableData, Term,
};
use pmml_runtime::StringId;

/// Makes a program that returns a double and a bool.
fn sound() -> Program {
    let mut program = Program::default();
    program.inputs.push(InputData { name: "x".to_owned(), ty: Type::F64, items: None, nan: false });
    let mut builder = Builder::new(program);
    let value = builder.input(Input::new(0), InputPart::Value);
    let present = builder.bool(true);
    builder.finish(vec![value, present])
}

/// Returns the problem of the sound program once it is broken.
fn problem(break_it: impl FnOnce(&mut Program)) -> String {
    let mut program = sound();
    break_it(&mut program);
    verify(&program).expect_err("the program should not verify").to_string()
}

/// Returns the problem of a program that ends with the given operation on the sound program's double and
/// bool.
fn operation(build: impl FnOnce(&mut Program, Value, Value) -> Operation) -> String {
    problem(|program| {
        let (double, bool) = (Value::new(0), Value::new(1));
        let operation = build(program, double, bool);
        append(program, operation);
    })
}

/// Appends an instruction to the body without checking it.
fn append(program: &mut Program, operation: Operation) -> Instruction {
    let instruction = program.instructions.push(InstructionData { operation, results: Vec::new() });
    let body = program.body.unwrap();
    program.regions[body].instructions.push(instruction);
    instruction
}

#[track_caller]
fn says(problem: String, words: &str) {
    assert!(problem.contains(words), "{problem:?} does not say {words:?}");
}

#[test]
fn a_sound_program() {
    assert_eq!(verify(&sound()), Ok(()));
}

#[test]
fn bodies() {
    says(problem(|program| program.body = None), "no body");
    says(problem(|program| program.body = Some(Region::new(9))), "region9: it does not exist");
    let yields = |values: &[usize]| {
        let values = values.iter().map(|value| Value::new(*value)).collect();
        problem(|program| program.regions[Region::new(0)].yields = values)
    };
    says(yields(&[0]), "not pairs");
    says(yields(&[0, 0]), "not a bool");
    says(yields(&[0, 9]), "v9 is not defined here");
}

#[test]
fn instructions_and_results() {
    says(
        problem(|program| program.regions[Region::new(0)].instructions.push(Instruction::new(9))),
        "i9: it does not exist",
    );
    says(
        problem(|program| program.regions[Region::new(0)].instructions.push(Instruction::new(0))),
        "i0: it is used twice",
    );
    says(
        problem(|program| program.instructions[Instruction::new(0)].results = vec![Value::new(9)]),
        "v9 does not exist",
    );
    says(problem(|program| program.instructions[Instruction::new(0)].results.clear()), "wrong types");
    says(
        problem(|program| program.values[Value::new(0)].definition = Instruction::new(1)),
        "it is defined elsewhere",
    );
    // An instruction that takes a value that is defined later.
    let early = problem(|program| {
        append(program, Operation::Unary(Unary::Negate, Value::new(0)));
        program.regions[Region::new(0)].instructions.reverse();
    });
    says(early, "v0 is not defined here");
}

#[test]
fn branches() {
    let branch = |build: fn(&mut Program) -> (Region, Region)| {
        operation(|program, _, condition| {
            let (then, otherwise) = build(program);
            Operation::If { condition, then, otherwise }
        })
    };
    says(
        branch(|program| {
            let region = program.regions.push(RegionData::default());
            (region, region)
        }),
        "it is used twice",
    );
    says(
        branch(|program| {
            let yields = vec![Value::new(0)];
            let then = program.regions.push(RegionData { instructions: Vec::new(), yields });
            (then, program.regions.push(RegionData::default()))
        }),
        "yield different types",
    );
    says(
        operation(|program, double, _| {
            let [then, otherwise] = [(); 2].map(|()| program.regions.push(RegionData::default()));
            Operation::If { condition: double, then, otherwise }
        }),
        "do not fit",
    );
    // A region's values are not visible after it.
    let mut builder = Builder::new(Program::default());
    let condition = builder.bool(true);
    let mut inner = condition;
    let [then, otherwise] = [0, 1].map(|number| {
        let region = builder.open();
        inner = builder.i64(number);
        builder.close(Vec::new());
        region
    });
    builder.end_branch(condition, then, otherwise);
    says(verify(&builder.finish(vec![inner, condition])).unwrap_err().to_string(), "is not defined here");
}

#[test]
fn nesting() {
    let nested = |depth: usize| {
        let mut builder = Builder::new(Program::default());
        let condition = builder.bool(true);
        for _ in 1..depth {
            builder.open();
        }
        assert_eq!(builder.depth(), depth);
        while builder.depth() > 1 {
            let then = builder.region();
            builder.close(Vec::new());
            let otherwise = builder.open();
            builder.close(Vec::new());
            builder.end_branch(condition, then, otherwise);
        }
        verify(&builder.finish(Vec::new()))
    };
    assert_eq!(nested(MAX_NESTING), Ok(()));
    says(nested(MAX_NESTING + 1).unwrap_err().to_string(), "nested too deep");
}

#[test]
fn arguments() {
    use Operation as Op;
    let cases: Vec<String> = vec![
        operation(|_, _, _| Op::Constant(Constant::String(StringId::from_number(99)))),
        operation(|_, double, _| Op::Unary(Unary::Not, double)),
        operation(|_, _, bool| Op::Unary(Unary::Negate, bool)),
        operation(|_, double, _| Op::Unary(Unary::I64ToF64, double)),
        operation(|_, double, _| Op::Unary(Unary::F32ToF64, double)),
        operation(|_, _, bool| Op::Unary(Unary::F64ToI64, bool)),
        operation(|_, double, bool| Op::Binary(Binary::Equal, double, bool)),
        operation(|_, double, _| Op::Binary(Binary::And, double, double)),
        operation(|_, _, bool| Op::Binary(Binary::Less, bool, bool)),
        operation(|_, _, bool| Op::Binary(Binary::Divide, bool, bool)),
        operation(|_, _, bool| Op::Binary(Binary::Add, bool, bool)),
        operation(|_, double, bool| Op::Select(double, bool, bool)),
        operation(|_, double, bool| Op::Select(bool, double, bool)),
        operation(|_, _, bool| Op::Call(Function::Exp, vec![bool])),
        operation(|_, _, _| Op::Call(Function::Exp, vec![])),
        operation(|program, double, _| {
            Op::Lookup(program.tables.push(TableData::new(Type::I64, [])), double)
        }),
        operation(|program, double, _| {
            Op::Find(program.maps.push(MapData::new(vec![Type::I64], [])), vec![double])
        }),
        operation(|_, double, _| Op::Find(Map::new(0), vec![double])),
        operation(|program, _, bool| Op::Contains(program.sets.push(SetData::new(Type::F64, [])), bool)),
        operation(|_, double, _| Op::Contains(Set::new(0), double)),
        operation(|_, double, _| Op::Forest(ForestId::new(0), vec![double])),
        operation(|_, double, _| Op::Kernel(Kernel::new(0), vec![double])),
        operation(|program, _, bool| {
            let kernel = KernelData::Dense(Dense::new(Type::F64, 1));
            Op::Kernel(program.kernels.push(kernel.into()), vec![bool])
        }),
        operation(|_, double, _| Op::List(vec![double])),
        operation(|_, double, _| Op::List(vec![double, double])),
        operation(|_, double, bool| Op::List(vec![double, bool, bool, bool])),
        operation(|_, double, _| Op::FailIf(double, Failure::new(0))),
        operation(|_, _, bool| Op::FailIf(bool, Failure::new(0))),
        operation(|program, double, bool| {
            let history = program.histories.push(HistoryData { ty: Type::F64, length: 1 });
            Op::Recall { history, value: bool, present: bool, restart: double }
        }),
    ];
    for (number, problem) in cases.into_iter().enumerate() {
        assert!(problem.contains("do not fit"), "case {number}: {problem}");
    }
    says(operation(|_, _, _| Operation::List(Vec::new())), "wrong types");
}

#[test]
fn missing_entities() {
    // These would make the types of results unknown, so they are reported before the types are computed.
    says(operation(|_, _, _| Operation::Input(Input::new(9), InputPart::Value)), "do not fit");
    says(
        operation(|_, _, _| {
            let index = Value::new(0);
            Operation::Lookup(Table::new(9), index)
        }),
        "do not fit",
    );
}

#[test]
fn histories_are_recalled_once() {
    let twice = problem(|program| {
        let history = program.histories.push(HistoryData { ty: Type::F64, length: 1 });
        let (value, present) = (Value::new(0), Value::new(1));
        for _ in 0..2 {
            let instruction =
                append(program, Operation::Recall { history, value, present, restart: present });
            let result =
                program.values.push(crate::ir::ValueData { ty: Type::List, definition: instruction });
            program.instructions[instruction].results.push(result);
        }
    });
    says(twice, "recalled twice");
    let list = |program: &mut Program| {
        program.histories.push(HistoryData { ty: Type::List, length: 1 });
    };
    says(problem(list), "hold no lists");
}

#[test]
fn constant_data() {
    let table = |ty, elements| {
        problem(|program| {
            program.tables.push(TableData { ty, elements });
        })
    };
    says(table(Type::List, vec![]), "table0: it holds lists or strings");
    says(table(Type::String, vec![99]), "it holds lists or strings that do not exist");
    let set = |ty, elements| {
        problem(|program| {
            program.sets.push(SetData { ty, elements });
        })
    };
    says(set(Type::List, vec![]), "set0: it holds lists or strings");
    says(set(Type::String, vec![99]), "it holds lists or strings that do not exist");
    says(set(Type::I64, vec![2, 1]), "ascending");
    says(set(Type::I64, vec![1, 1]), "ascending");
    let map = |keys, rows| {
        problem(|program| {
            program.maps.push(MapData { keys, rows });
        })
    };
    says(map(vec![Type::I64], vec![(vec![], 0)]), "too few or too many keys");
    says(map(vec![Type::String], vec![(vec![99], 0)]), "it holds lists or strings that do not exist");
    says(map(vec![Type::I64], vec![(vec![2], 0), (vec![1], 1)]), "ascending");
    let kernel = |precision, arguments, source| {
        problem(|program| {
            let mut dense = Dense::new(precision, arguments);
            dense.sum([(source, 1.0)], 0.0);
            program.kernels.push(KernelData::Dense(dense).into());
        })
    };
    says(kernel(Type::F64, 2, 2), "kernel0: a term has the argument 2, which does not exist");
    says(kernel(Type::I64, 2, 0), "kernel0: the precision is not a float type");
    let failure = problem(|program| {
        let kind = FailureKind::InvalidValue;
        program.failures.push(FailureData::new(Some(Input::new(9)), kind, String::new()));
    });
    says(failure, "an input that does not exist");
}

/// Returns the problem of a forest with one split, `x < 1`, and two leaves, once it is broken.
fn forest(break_it: impl FnOnce(&mut Forest)) -> String {
    let mut forest = Forest {
        features: vec![Type::F64],
        nodes: Arena::new(),
        roots: vec![Node::new(0)],
        terms: vec![Term { accumulator: 0, value: 1.0 }],
        reduction: Reduction::Sum { accumulators: 1, precision: Type::F64 },
    };
    let [then, otherwise] = [1, 2].map(Node::new);
    forest.nodes.push(TreeNode::Split {
        feature: 0,
        test: Test::Less(1.0),
        then,
        otherwise,
        missing: otherwise,
    });
    forest.nodes.push(TreeNode::Leaf(Leaf::Result { number: 0, first_term: 0, terms: 1 }));
    forest.nodes.push(TreeNode::Leaf(Leaf::Missing));
    let mut program = sound();
    program.forests.push(forest.clone());
    assert_eq!(verify(&program), Ok(()));
    break_it(&mut forest);
    problem(|program| {
        program.forests.push(forest);
    })
}

#[test]
fn forests() {
    fn split(forest: &mut Forest, new_test: Test) {
        if let TreeNode::Split { test, .. } = &mut forest.nodes[Node::new(0)] {
            *test = new_test;
        }
    }
    says(forest(|forest| forest.roots.push(Node::new(9))), "root n9 does not exist");
    says(forest(|forest| forest.features.push(Type::List)), "a feature is a list");
    says(forest(|forest| forest.features.clear()), "a feature that does not exist");
    let precision = Reduction::Sum { accumulators: 1, precision: Type::I64 };
    says(forest(|forest| forest.reduction = precision), "not a float type");
    let none = Reduction::Vote { accumulators: 0, precision: Type::F64 };
    says(forest(|forest| forest.reduction = none), "an accumulator that does not exist");
    says(forest(|forest| forest.terms.clear()), "terms that do not exist");
    for child in [0, 9] {
        says(
            forest(|forest| {
                if let TreeNode::Split { missing, .. } = &mut forest.nodes[Node::new(0)] {
                    *missing = Node::new(child);
                }
            }),
            "a child that does not come after it",
        );
    }
    says(forest(|forest| split(forest, Test::Less(f64::NAN))), "does not fit");
    says(forest(|forest| split(forest, Test::True)), "does not fit");
    says(forest(|forest| split(forest, Test::In(Set::new(0)))), "does not fit");
    says(forest(|forest| forest.features[0] = Type::I64), "does not fit");
    says(
        forest(|forest| {
            // 0.1 is not an `f32`.
            forest.features[0] = Type::F32;
            split(forest, Test::Less(0.1));
        }),
        "does not fit",
    );
}
