//! Programs before and after pruning.

use super::*;
use crate::ir::{
    Binary, Constant, Dense, FailureData, FailureKind, HistoryData, Input, InputData, InputPart, KernelData,
    Leaf, Node, Reduction, SetData, TableData, Type,
};
use std::convert::Infallible;

fn builder() -> (Builder, Value, Value) {
    let mut program = Program::default();
    for name in ["a", "b"] {
        program.inputs.push(InputData { name: name.to_owned(), ty: Type::F64, items: None, nan: false });
    }
    let mut builder = Builder::new(program);
    let [a, b] = [0, 1].map(|input| builder.input(Input::new(input), InputPart::Value));
    (builder, a, b)
}

fn pruned(program: Program) -> String {
    crate::ir::verify::verify(&program).unwrap();
    let program = run(program);
    crate::ir::verify::verify(&program).unwrap();
    program.to_string()
}

const INPUTS: &str = "input0: f64 \"a\"\ninput1: f64 \"b\"\n";

#[test]
fn unused_instructions_and_entities_go() {
    let (mut builder, a, b) = builder();
    let sum = builder.binary(Binary::Add, a, b);
    builder.contains(SetData::new(Type::F64, [Constant::F64(1.0)]), sum);
    let used = builder.contains(SetData::new(Type::F64, [Constant::F64(2.0)]), a);
    let index = builder.i64(0);
    builder.lookup(TableData::new(Type::I64, [Constant::I64(1)]), index);
    let kernel = |weight| {
        let mut dense = Dense::new(Type::F64, 1);
        dense.sum([(0, weight)], 0.5);
        KernelData::Dense(dense)
    };
    builder.kernel(kernel(1.0), &[a]);
    let product = builder.kernel(kernel(2.0), &[a])[0];
    builder.program_mut().histories.push(HistoryData { ty: Type::F64, length: 3 });
    let expected = "set0: f64 {2.0}
kernel0: 1 sums of 1 × f64
  2.0 * [0] + 0.5
body:
  v0: f64 = value of input0
  v1: bool = v0 in set0
  v2: f64 = kernel0(v0)
  yield v2, v1
";
    assert_eq!(pruned(builder.finish(vec![product, used])), INPUTS.to_owned() + expected);
}

#[test]
fn branches_keep_what_is_used() {
    let (mut builder, a, b) = builder();
    let condition = builder.binary(Binary::Less, a, b);
    let failure = |message: &str| FailureData::new(None, FailureKind::InvalidValue, message.to_owned());
    // Nothing of this one is used.
    builder
        .branch::<Infallible>(
            condition,
            |builder| Ok(vec![builder.binary(Binary::Add, a, b)]),
            |_| Ok(vec![a]),
        )
        .unwrap();
    // Of this one the second result.
    let results = builder
        .branch::<Infallible>(
            condition,
            |builder| {
                let product = builder.binary(Binary::Multiply, a, b);
                Ok(vec![product, a])
            },
            |builder| {
                let quotient = builder.binary(Binary::Divide, a, b);
                Ok(vec![a, quotient])
            },
        )
        .unwrap();
    // This one can fail.
    builder
        .branch::<Infallible>(
            condition,
            |builder| {
                builder.fail_if(condition, failure("is wrong"));
                Ok(vec![])
            },
            |_| Ok(vec![]),
        )
        .unwrap();
    builder.program_mut().failures.push(failure("is never reported"));
    let expected = "failure0: InvalidValue: is wrong
body:
  v0: f64 = value of input0
  v1: f64 = value of input1
  v2: bool = v0 < v1
  v3: f64 = if v2 {
    yield v0
  } else {
    v4: f64 = v0 / v1
    yield v4
  }
  if v2 {
    fail with failure0 if v2
  }
  yield v3, v2
";
    assert_eq!(pruned(builder.finish(vec![results[1], condition])), INPUTS.to_owned() + expected);
}

#[test]
fn features_that_are_not_tested_go() {
    let (mut builder, a, b) = builder();
    let set = builder.set(SetData::new(Type::F64, [Constant::F64(1.0)]));
    let kept = builder.set(SetData::new(Type::F64, [Constant::F64(2.0)]));
    let present = builder.binary(Binary::Less, a, b);
    let mut forest = Forest {
        features: vec![Type::Bool, Type::F64],
        nodes: Arena::new(),
        roots: vec![Node::new(0)],
        terms: vec![],
        reduction: Reduction::Leaf,
    };
    let [then, otherwise] = [1, 2].map(Node::new);
    forest.nodes.push(TreeNode::Split {
        feature: 1,
        test: Test::In(kept),
        then,
        otherwise,
        missing: otherwise,
    });
    for number in [0, 1] {
        forest.nodes.push(TreeNode::Leaf(Leaf::Result { number, first_term: 0, terms: 0 }));
    }
    let mut unused = forest.clone();
    for node in unused.nodes.values_mut() {
        if let TreeNode::Split { test, .. } = node {
            *test = Test::In(set);
        }
    }
    builder.forest(unused, &[(present, present), (b, present)]);
    let yes = builder.bool(true);
    let leaf = builder.forest(forest, &[(present, present), (b, yes)])[0];
    let expected = "set0: f64 {2.0}
forest0: leaf of each tree
  features f64
  1 trees: n0
  n0: feature 0 in set0 ? n1 : n2 missing n2
  n1: leaf 0
  n2: leaf 1
body:
  v0: f64 = value of input1
  v1: bool = true
  v2: i64 = forest0(v0, v1)
  yield v2, v1
";
    assert_eq!(pruned(builder.finish(vec![leaf, yes])), INPUTS.to_owned() + expected);
}

#[test]
fn recalls_stay_because_rows_are_charged_for_them() {
    let recalling = |used: bool| {
        let (mut builder, a, b) = builder();
        let histories =
            [1, 2].map(|length| builder.program_mut().histories.push(HistoryData { ty: Type::F64, length }));
        let (yes, no) = (builder.bool(true), builder.bool(false));
        let mut lists = Vec::new();
        for (history, value) in histories.into_iter().zip([a, b]) {
            let recall = Operation::Recall { history, value, present: yes, restart: no };
            lists.push(builder.emit(recall)[0]);
        }
        let result = if used { lists[1] } else { a };
        pruned(builder.finish(vec![result, yes]))
    };
    let recalls = "history0: f64 × 1
history1: f64 × 2
body:
  v0: f64 = value of input0
  v1: f64 = value of input1
  v2: bool = true
  v3: bool = false
  v4: list = recall history0, then record v0 if v2, restart if v3
  v5: list = recall history1, then record v1 if v2, restart if v3
";
    assert_eq!(recalling(true), format!("{INPUTS}{recalls}  yield v5, v2\n"));
    assert_eq!(recalling(false), format!("{INPUTS}{recalls}  yield v0, v2\n"));
}
