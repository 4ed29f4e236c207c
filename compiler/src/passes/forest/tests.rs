//! Trees before and after normalization.

use super::*;
use crate::ir::{Builder, Input, InputData, InputPart, Term, Type};

/// A forest of one tree over two features, `x` (`f64`) and `t` (`string`): its nodes in order, with a leaf's
/// value as the only term.
struct Tree {
    nodes: Vec<TreeNode>,
    terms: Vec<Term>,
}

impl Tree {
    fn new() -> Self {
        Self { nodes: Vec::new(), terms: Vec::new() }
    }

    /// Makes a split with the given children: then, otherwise, missing.
    fn split(mut self, feature: u32, test: Test, children: [usize; 3]) -> Self {
        let [then, otherwise, missing] = children.map(Node::new);
        self.nodes.push(TreeNode::Split { feature, test, then, otherwise, missing });
        self
    }

    fn leaf(mut self, value: f64) -> Self {
        let first_term = self.terms.len() as u32;
        self.terms.push(Term { accumulator: 0, value });
        self.nodes.push(TreeNode::Leaf(Leaf::Result { number: first_term, first_term, terms: 1 }));
        self
    }

    /// Returns the forest's nodes after the pass, as printed. `present` is whether both features always are
    /// present.
    fn normalized(self, nan: bool, present: Option<bool>) -> String {
        let reduction = Reduction::Sum { accumulators: 1, precision: Type::F64 };
        self.reduced(reduction, nan, present)
    }

    fn reduced(self, reduction: Reduction, nan: bool, present: Option<bool>) -> String {
        let mut program = Program::default();
        for (name, ty) in [("x", Type::F64), ("t", Type::String)] {
            program.inputs.push(InputData {
                name: name.to_owned(),
                ty,
                items: None,
                nan: nan && ty == Type::F64,
            });
        }
        let mut builder = Builder::new(program);
        for strings in [&["a", "b"][..], &["c"], &["a"], &["a", "b", "c"]] {
            let elements: Vec<Constant> =
                strings.iter().map(|text| Constant::String(builder.intern(text))).collect();
            builder.set(SetData::new(Type::String, elements));
        }
        let [x, t] = [0, 1].map(|input| builder.input(Input::new(input), InputPart::Value));
        let presence = match present {
            Some(present) => builder.bool(present),
            None => {
                let state = builder.input(Input::new(0), InputPart::State);
                builder.binary(crate::ir::Binary::Equal, state, state)
            }
        };
        let mut nodes = Arena::new();
        for node in self.nodes {
            nodes.push(node);
        }
        let features = vec![Type::F64, Type::String];
        let forest = Forest { features, nodes, roots: vec![Node::new(0)], terms: self.terms, reduction };
        let results = builder.forest(forest, &[(x, presence), (t, presence)]);
        let program = builder.finish(results.into_iter().flat_map(|result| [result, presence]).collect());
        crate::ir::verify::verify(&program).unwrap();
        let program = run(program);
        crate::ir::verify::verify(&program).unwrap();
        let text = program.to_string();
        let (_, nodes) = text.split_once("trees: ").unwrap();
        let (nodes, _) = nodes.split_once("body:").unwrap();
        nodes.to_owned()
    }
}

/// Tests `x <= 5`, and if that fails `x > 5`, and if that fails too, leaf 3; a missing value leads from test
/// to test.
fn opposites() -> Tree {
    Tree::new()
        .split(0, Test::LessOrEqual(5.0), [2, 1, 1])
        .split(0, Test::Greater(5.0), [3, 4, 4])
        .leaf(1.0)
        .leaf(2.0)
        .leaf(3.0)
}

#[test]
fn opposite_tests_become_one() {
    assert_eq!(
        opposites().normalized(false, Some(true)),
        "n0
  n0: feature 0 <= 5.0 ? n1 : n2 missing n2
  n1: leaf 0, [0] += 1.0
  n2: leaf 1, [0] += 2.0
"
    );
    // The value may be missing: what was a test of order tests for presence.
    assert_eq!(
        opposites().normalized(false, None),
        "n0
  n0: feature 0 <= 5.0 ? n1 : n2 missing n2
  n1: leaf 0, [0] += 1.0
  n2: feature 0 is present ? n3 : n4 missing n4
  n3: leaf 1, [0] += 2.0
  n4: leaf 2, [0] += 3.0
"
    );
}

#[test]
fn nan_is_neither() {
    let expected = "n0
  n0: feature 0 <= 5.0 ? n1 : n2 missing n2
  n1: leaf 0, [0] += 1.0
  n2: feature 0 > 5.0 ? n3 : n4 missing n4
  n3: leaf 1, [0] += 2.0
  n4: leaf 2, [0] += 3.0
";
    assert_eq!(opposites().normalized(true, Some(true)), expected);
}

#[test]
fn features_that_are_never_present() {
    assert_eq!(opposites().normalized(false, Some(false)), "n0\n  n0: leaf 2, [0] += 3.0\n");
}

#[test]
fn bounds_are_known_on_the_way() {
    let tree = Tree::new()
        .split(0, Test::Less(5.0), [1, 2, 2])
        .split(0, Test::Less(7.0), [3, 4, 4])
        .split(0, Test::GreaterOrEqual(5.0), [4, 5, 6])
        .leaf(1.0)
        .leaf(2.0)
        .leaf(3.0)
        .leaf(4.0);
    assert_eq!(
        tree.normalized(false, None),
        "n0
  n0: feature 0 < 5.0 ? n1 : n2 missing n2
  n1: leaf 0, [0] += 1.0
  n2: feature 0 is present ? n3 : n4 missing n4
  n3: leaf 1, [0] += 2.0
  n4: leaf 3, [0] += 4.0
"
    );
}

#[test]
fn equality_determines_order() {
    let tree = Tree::new()
        .split(0, Test::Equal(5.0), [1, 2, 2])
        .split(0, Test::Greater(4.0), [3, 4, 4])
        .split(0, Test::NotEqual(5.0), [3, 4, 4])
        .leaf(1.0)
        .leaf(2.0);
    // That x does not equal 5 is known, but not kept as a bound, unless 5 is one.
    assert_eq!(
        tree.normalized(true, Some(true)),
        "n0
  n0: feature 0 == 5.0 ? n1 : n2 missing n2
  n1: leaf 0, [0] += 1.0
  n2: feature 0 != 5.0 ? n3 : n4 missing n4
  n3: leaf 0, [0] += 1.0
  n4: leaf 1, [0] += 2.0
"
    );
}

#[test]
fn membership_is_known_on_the_way() {
    let [ab, c, a, abc] = [0, 1, 2, 3].map(Set::new);
    let tree = Tree::new()
        .split(1, Test::In(ab), [1, 2, 2])
        .split(1, Test::In(abc), [3, 4, 4])
        .split(1, Test::In(a), [3, 5, 5])
        .split(1, Test::In(c), [5, 6, 6])
        .leaf(1.0)
        .leaf(2.0)
        .leaf(3.0);
    assert_eq!(
        tree.normalized(false, Some(true)),
        "n0
  n0: feature 1 in set0 ? n1 : n2 missing n2
  n1: leaf 2, [0] += 3.0
  n2: leaf 1, [0] += 2.0
"
    );
}

#[test]
fn equal_leaves_merge() {
    let tree = |values: [f64; 3]| {
        Tree::new()
            .split(0, Test::Less(5.0), [1, 2, 3])
            .split(1, Test::In(Set::new(0)), [4, 5, 6])
            .leaf(values[0])
            .leaf(values[0])
            .leaf(values[0])
            .leaf(values[1])
            .leaf(values[2])
    };
    assert_eq!(tree([1.0; 3]).normalized(true, None), "n0\n  n0: leaf 2, [0] += 1.0\n");
    // Only presence distinguishes the leaves of the second split.
    assert_eq!(
        tree([1.0, 1.0, 2.0]).normalized(true, None),
        "n0
  n0: feature 0 < 5.0 ? n1 : n4 missing n5
  n1: feature 1 is present ? n2 : n3 missing n3
  n2: leaf 3, [0] += 1.0
  n3: leaf 4, [0] += 2.0
  n4: leaf 0, [0] += 1.0
  n5: leaf 1, [0] += 1.0
"
    );
    // 0.0 and -0.0 are different results, and leaves with different numbers differ if the numbers are the
    // results.
    assert!(tree([0.0, 0.0, -0.0]).normalized(true, None).contains("-0.0"));
    assert!(tree([1.0; 3]).reduced(Reduction::Leaf, true, None).contains("feature 0 < 5.0"));
}

#[test]
fn trees_that_would_grow_stay() {
    // Two targets share a chain of tests of another feature; only one of them knows the first test's outcome.
    let shared = |feature| {
        Tree::new()
            .split(0, Test::Less(1.0), [1, 2, 2])
            .split(0, Test::Less(0.0), [3, 4, 4])
            .split(0, Test::Less(2.0), [4, 3, 3])
            .split(feature, Test::In(Set::new(0)), [5, 6, 6])
            .split(feature, Test::In(Set::new(1)), [6, 5, 7])
            .leaf(1.0)
            .leaf(2.0)
            .leaf(3.0)
    };
    let original = "n0
  n0: feature 0 < 1.0 ? n1 : n2 missing n2
  n1: feature 0 < 0.0 ? n3 : n4 missing n4
  n2: feature 0 < 2.0 ? n4 : n3 missing n3
  n3: feature 1 in set0 ? n5 : n6 missing n6
  n4: feature 1 in set1 ? n6 : n5 missing n7
  n5: leaf 0, [0] += 1.0
  n6: leaf 1, [0] += 2.0
  n7: leaf 2, [0] += 3.0
";
    assert_eq!(shared(1).normalized(false, None), original);
}

#[test]
fn unreachable_nodes_go() {
    let tree = Tree::new().split(0, Test::Less(1.0), [3, 2, 2]).leaf(7.0).leaf(1.0).leaf(2.0);
    assert_eq!(
        tree.normalized(true, None),
        "n0
  n0: feature 0 < 1.0 ? n1 : n2 missing n2
  n1: leaf 2, [0] += 2.0
  n2: leaf 1, [0] += 1.0
"
    );
}

#[test]
fn deep_trees_need_no_stack() {
    let depth = 50_000;
    let mut tree = Tree::new();
    for level in 0..depth {
        tree = tree
            .split(0, Test::Less(-(level as f64)), [2 * level + 2, 2 * level + 1, 2 * level + 1])
            .leaf(level as f64);
    }
    let nodes = tree.leaf(-1.0).normalized(false, None);
    assert!(nodes.contains(&format!("{} nodes in all", 2 * depth + 1)), "{nodes}");
}

#[test]
fn a_forest_of_two_instructions_knows_what_both_know() {
    let mut program = Program::default();
    program.inputs.push(InputData { name: "x".to_owned(), ty: Type::F64, items: None, nan: false });
    let mut builder = Builder::new(program);
    let x = builder.input(Input::new(0), InputPart::Value);
    let zero = builder.f64(0.0);
    let quotient = builder.binary(crate::ir::Binary::Divide, x, zero);
    let (yes, no) = (builder.bool(true), builder.bool(false));
    let features = vec![Type::F64];
    let mut forest = Forest {
        features,
        nodes: Arena::new(),
        roots: vec![Node::new(0)],
        terms: vec![],
        reduction: Reduction::Leaf,
    };
    for node in opposites().nodes {
        forest.nodes.push(node);
    }
    forest.terms = opposites().terms;
    let before = forest.clone();
    let first = builder.forest(forest, &[(x, yes)])[0];
    let second = builder.emit(Operation::Forest(crate::ir::ForestId::new(0), vec![quotient, no]))[0];
    let known = &known_features(builder.program())[0][0];
    assert_eq!((known.presence, known.value.nan), (None, true));
    // What is true for one is not for the other: nothing can be dropped.
    let program = run(builder.finish(vec![first, yes, second, yes]));
    assert_eq!(program.forests[crate::ir::ForestId::new(0)].nodes.len(), before.nodes.len());
}
