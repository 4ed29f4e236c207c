//! Forests, walked one tree after the other, node by node.

use crate::ir::evaluate::contains;
use crate::ir::{Constant, Forest, Leaf, Node, Program, Reduction, Term, Test, TreeNode, Type};
use pmml_runtime::Item;

/// Returns the bits of the results of a forest for a row with the given features.
pub(super) fn run(program: &Program, forest: &Forest, features: &[Item]) -> Vec<u64> {
    let leaves: Vec<Leaf> = forest.roots.iter().map(|root| leaf(program, forest, features, *root)).collect();
    let terms = || leaves.iter().flat_map(|leaf| forest.terms_of(*leaf));
    let without_result = leaves.iter().filter(|leaf| **leaf == Leaf::Missing).count() as u64;
    // The terms of each accumulator, in the order of the trees.
    let of_accumulator =
        |accumulator: u32| terms().filter(move |term| term.accumulator == accumulator).map(|term| term.value);
    match forest.reduction {
        Reduction::Leaf => leaves.iter().map(|leaf| number(*leaf) as u64).collect(),
        Reduction::Sum { accumulators, precision } => {
            let sums = sums(accumulators, precision, terms());
            sums.into_iter().map(|sum| round(precision, sum).bits()).chain([without_result]).collect()
        }
        Reduction::Vote { accumulators, precision } => {
            let sums = sums(accumulators, precision, terms());
            let winner = winner(&sums, terms()) as u64;
            sums.into_iter().map(|sum| round(precision, sum).bits()).chain([without_result, winner]).collect()
        }
        Reduction::Median { accumulators, precision } => (0..accumulators)
            .map(|accumulator| median(precision, of_accumulator(accumulator).collect()))
            .map(|median| round(precision, median).bits())
            .chain([without_result])
            .collect(),
        Reduction::Maximum { accumulators, precision } => (0..accumulators)
            .map(|accumulator| maximum(of_accumulator(accumulator)))
            .map(|maximum| round(precision, maximum).bits())
            .chain([without_result])
            .collect(),
    }
}

/// Returns the leaf that a row reaches. Children come after their parents, so that the walk ends.
fn leaf(program: &Program, forest: &Forest, features: &[Item], root: Node) -> Leaf {
    let mut node = root;
    loop {
        match forest.nodes[node] {
            TreeNode::Leaf(leaf) => return leaf,
            TreeNode::Split { feature, test, then, otherwise, missing } => {
                let ty = forest.features[feature as usize];
                node = match outcome(program, test, ty, features[feature as usize]) {
                    Some(true) => then,
                    Some(false) => otherwise,
                    None => missing,
                };
            }
        }
    }
}

/// Returns whether a feature passes a test, or `None` if it is missing.
pub(super) fn outcome(program: &Program, test: Test, ty: Type, feature: Item) -> Option<bool> {
    if test == Test::Present {
        return Some(feature.is_some());
    }
    let bits = feature?;
    let float = match ty {
        Type::F32 => f32::from_bits(bits as u32) as f64,
        _ => f64::from_bits(bits),
    };
    Some(match test {
        Test::Less(number) => float < number,
        Test::LessOrEqual(number) => float <= number,
        Test::Greater(number) => float > number,
        Test::GreaterOrEqual(number) => float >= number,
        Test::Equal(number) => float == number,
        Test::NotEqual(number) => float != number,
        Test::In(set) => contains(&program.sets[set], ty, bits),
        Test::True => bits != 0,
        Test::Present => true,
    })
}

fn number(leaf: Leaf) -> i64 {
    match leaf {
        Leaf::Result { number, .. } => number as i64,
        Leaf::Missing => -1,
    }
}

/// Returns a number in a precision. Sums in single precision are kept as `f64` that hold `f32`.
fn round(precision: Type, number: f64) -> Constant {
    match precision {
        Type::F32 => Constant::F32(number as f32),
        _ => Constant::F64(number),
    }
}

/// Adds two numbers of a precision and rounds the sum to it.
fn add(precision: Type, left: f64, right: f64) -> f64 {
    match precision {
        Type::F32 => (left as f32 + right as f32) as f64,
        _ => left + right,
    }
}

fn sums<'t>(accumulators: u32, precision: Type, terms: impl Iterator<Item = &'t Term>) -> Vec<f64> {
    let mut sums = vec![0.0; accumulators as usize];
    for term in terms {
        let sum = &mut sums[term.accumulator as usize];
        *sum = add(precision, *sum, term.value);
    }
    sums
}

/// Returns the accumulator with the largest sum among those that have a term; on a tie, the one whose first
/// term came first.
fn winner<'t>(sums: &[f64], terms: impl Iterator<Item = &'t Term>) -> i64 {
    let mut winner: Option<u32> = None;
    for term in terms {
        if winner.is_none_or(|winner| sums[term.accumulator as usize] > sums[winner as usize]) {
            winner = Some(term.accumulator);
        }
    }
    winner.map_or(-1, i64::from)
}

fn median(precision: Type, mut terms: Vec<f64>) -> f64 {
    terms.sort_by(f64::total_cmp);
    let middle = terms.len() / 2;
    match terms.len() {
        0 => 0.0,
        length if length % 2 == 1 => terms[middle],
        _ => match precision {
            Type::F32 => ((terms[middle - 1] as f32 + terms[middle] as f32) / 2.0) as f64,
            _ => (terms[middle - 1] + terms[middle]) / 2.0,
        },
    }
}

fn maximum(terms: impl Iterator<Item = f64>) -> f64 {
    terms.reduce(|largest, term| if term > largest { term } else { largest }).unwrap_or(0.0)
}
