//! Forests.

use super::*;

/// A threshold, and the terms (accumulator and value) below it and from it on.
type Stump<'t> = (f64, &'t [(u32, f64)], &'t [(u32, f64)]);

/// Makes a forest over one feature whose trees are `x < threshold ? first terms : second terms`, without
/// result if x is missing.
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

/// Returns the bits of the forest's results for a value of its feature.
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
    // On a tie, the accumulator that was added to first.
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
