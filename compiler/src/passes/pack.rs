//! Packs forests into the runtime's layout.

use crate::ir;
use crate::ir::{Forest, Id, Leaf, Program, Set, TreeNode, Type};
use pmml_runtime::forest::{Accumulators, Builder, Error, Feature, Reduction, Split, Term, Test};
use std::collections::HashMap;

/// Packs a forest of a verified program into an image.
pub fn pack(program: &Program, forest: &Forest) -> Result<Vec<u64>, Error> {
    let features = forest.features.iter().map(|ty| feature(*ty)).collect::<Result<Vec<Feature>, Error>>()?;
    let mut builder = Builder::new(features, reduction(forest.reduction));
    let mut sets: HashMap<Set, u32> = HashMap::new();
    for node in forest.nodes.values() {
        match *node {
            TreeNode::Split { feature, test, then, otherwise, missing } => {
                let test = match test {
                    ir::Test::Less(number) => Test::Less(number),
                    ir::Test::LessOrEqual(number) => Test::LessOrEqual(number),
                    ir::Test::Greater(number) => Test::Greater(number),
                    ir::Test::GreaterOrEqual(number) => Test::GreaterOrEqual(number),
                    ir::Test::Equal(number) => Test::Equal(number),
                    ir::Test::NotEqual(number) => Test::NotEqual(number),
                    ir::Test::In(set) => Test::In(
                        *sets
                            .entry(set)
                            .or_insert_with(|| builder.set(program.sets[set].elements.iter().copied())),
                    ),
                    ir::Test::True => Test::True,
                    ir::Test::Present => Test::Present,
                };
                let [then, otherwise, missing] = [then, otherwise, missing].map(|node| node.index() as u32);
                builder.split(Split { feature, test, then, otherwise, missing });
            }
            TreeNode::Leaf(leaf) => {
                let term = |term: &ir::Term| Term { accumulator: term.accumulator, value: term.value };
                match leaf {
                    Leaf::Missing => builder.leaf_without_result(),
                    Leaf::Result { number, .. } => {
                        // Leaves of forests without accumulators may have terms that mean nothing.
                        let terms: Vec<Term> = forest.terms_of(leaf).iter().map(term).collect();
                        builder.leaf(number, &terms);
                    }
                }
            }
        }
    }
    for root in &forest.roots {
        builder.root(root.index() as u32);
    }
    builder.finish()
}

fn feature(ty: Type) -> Result<Feature, Error> {
    Ok(match ty {
        Type::Bool => Feature::Bool,
        Type::I64 => Feature::I64,
        Type::F32 => Feature::F32,
        Type::F64 => Feature::F64,
        Type::String => Feature::String,
        // The verifier lets no feature be a list.
        Type::List => return Err(Error::Malformed),
    })
}

fn reduction(reduction: ir::Reduction) -> Reduction {
    let accumulators = |count: u32, precision: Type| Accumulators { count, single: precision == Type::F32 };
    match reduction {
        ir::Reduction::Leaf => Reduction::Leaf,
        ir::Reduction::Sum { accumulators: count, precision } => {
            Reduction::Sum(accumulators(count, precision))
        }
        ir::Reduction::Vote { accumulators: count, precision } => {
            Reduction::Vote(accumulators(count, precision))
        }
        ir::Reduction::Median { accumulators: count, precision } => {
            Reduction::Median(accumulators(count, precision))
        }
        ir::Reduction::Maximum { accumulators: count, precision } => {
            Reduction::Maximum(accumulators(count, precision))
        }
    }
}
