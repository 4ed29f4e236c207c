//! Forests: many trees over the same features, evaluated by one instruction.
//!
//! A tree is a graph of [`TreeNode::Split`]s with three targets each (the test holds, does not hold, or its
//! feature is missing), which ends in leaves. In general it is a directed acyclic graph, because several
//! splits may lead to the same node (for example the default child of a multi-way node). Children always come
//! *after* their parents in the arena, so that there are no cycles and passes can work in a single pass
//! without recursion.
//!
//! A leaf adds *terms* to accumulators. That one notion covers regression (one term, one accumulator), class
//! probabilities (a term per class), votes (the term of the voted class, weighing the tree's weight) and one
//! tree per class (one term for the tree's own class). The forest's [`Reduction`] combines the terms.

use super::entity::{Arena, Node, Set};
use super::types::Type;

/// A forest.
#[derive(Clone, Debug, PartialEq)]
pub struct Forest {
    /// The types of the features, in the order of the instruction's arguments: not lists.
    pub features: Vec<Type>,
    /// The nodes of all trees; parents before children.
    pub nodes: Arena<Node, TreeNode>,
    /// The root of each tree, in document order.
    pub roots: Vec<Node>,
    /// The terms of all leaves.
    pub terms: Vec<Term>,
    /// How the trees' results are combined.
    pub reduction: Reduction,
}

/// A node of a tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TreeNode {
    /// An inner node.
    Split {
        /// The number of the feature that is tested.
        feature: u32,
        /// The test.
        test: Test,
        /// Where to go if the test holds.
        then: Node,
        /// Where to go if it does not.
        otherwise: Node,
        /// Where to go if the feature is missing.
        missing: Node,
    },
    /// The end of a path.
    Leaf(Leaf),
}

/// The end of a path through a tree.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Leaf {
    /// The tree has a result.
    Result {
        /// The leaf's number, for [`Reduction::Leaf`]; lowering numbers them as its tables need.
        number: u32,
        /// The first of the leaf's terms.
        first_term: u32,
        /// The number of its terms.
        terms: u32,
    },
    /// The tree has no result.
    Missing,
}

/// What a leaf adds to an accumulator.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Term {
    /// The accumulator's number.
    pub accumulator: u32,
    /// The addend. In single precision it is an `f32`, held in an `f64`.
    pub value: f64,
}

/// A test of one feature.
///
/// The numeric tests compare an `f64` or `f32` feature with a number that its type can represent and that is
/// not NaN; a feature that is NaN fails them all but `NotEqual`. The feature types of the others are named.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Test {
    /// Less than a number.
    Less(f64),
    /// Less than a number or equal to it.
    LessOrEqual(f64),
    /// Greater than a number.
    Greater(f64),
    /// Greater than a number or equal to it.
    GreaterOrEqual(f64),
    /// Equal to a number.
    Equal(f64),
    /// Not equal to a number.
    NotEqual(f64),
    /// Element of a set, which has the feature's type: any.
    In(Set),
    /// The feature is true: `bool`.
    True,
    /// The feature is present, of any type: such a test is never missing, and `missing` is never taken.
    Present,
}

/// How the trees' results are combined.
///
/// Sums are computed over the trees in document order, start from zero, and use the reduction's precision,
/// with one rounding per addition. Trees without a result add nothing and are counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Reduction {
    /// No reduction. Results: an `i64` per tree, its leaf's number, or -1 if the tree has no result.
    Leaf,
    /// Sums. Results: a float per accumulator, then an `i64`: the number of trees without result.
    Sum {
        /// The number of accumulators.
        accumulators: u32,
        /// [`Type::F32`] or [`Type::F64`].
        precision: Type,
    },
    /// The vote: sums, and which is the largest. Results: as [`Reduction::Sum`], then an `i64`: the
    /// accumulator with the largest sum among those that a tree added to (on a tie, the one that was added to
    /// first), or -1 if there is none. NaN is not larger than anything, nor is anything larger than NaN: it
    /// stays the largest if its accumulator comes first.
    Vote {
        /// The number of accumulators.
        accumulators: u32,
        /// [`Type::F32`] or [`Type::F64`].
        precision: Type,
    },
    /// The median of each accumulator's terms, or zero if there is none. Terms are in the total order of IEEE
    /// 754 (-0.0 before 0.0); for an even number of terms it is half the sum of the middle two. Results: as
    /// [`Reduction::Sum`].
    Median {
        /// The number of accumulators.
        accumulators: u32,
        /// [`Type::F32`] or [`Type::F64`].
        precision: Type,
    },
    /// The largest term of each accumulator (on a tie, the first), or zero if there is none. Results: as
    /// [`Reduction::Sum`].
    Maximum {
        /// The number of accumulators.
        accumulators: u32,
        /// [`Type::F32`] or [`Type::F64`].
        precision: Type,
    },
}

impl Forest {
    /// Returns the types of the instruction's results.
    pub fn results(&self) -> Vec<Type> {
        match self.reduction {
            Reduction::Leaf => vec![Type::I64; self.roots.len()],
            Reduction::Sum { accumulators, precision }
            | Reduction::Median { accumulators, precision }
            | Reduction::Maximum { accumulators, precision } => {
                let mut types = vec![precision; accumulators as usize];
                types.push(Type::I64);
                types
            }
            Reduction::Vote { accumulators, precision } => {
                let mut types = vec![precision; accumulators as usize];
                types.extend([Type::I64, Type::I64]);
                types
            }
        }
    }

    /// Returns which of the results is the count of trees without a result.
    pub fn missing_count(&self) -> Option<usize> {
        match self.reduction {
            Reduction::Leaf => None,
            Reduction::Sum { accumulators, .. }
            | Reduction::Vote { accumulators, .. }
            | Reduction::Median { accumulators, .. }
            | Reduction::Maximum { accumulators, .. } => Some(accumulators as usize),
        }
    }

    /// Returns whether every tree always has a result.
    pub fn is_complete(&self) -> bool {
        self.nodes.values().all(|node| *node != TreeNode::Leaf(Leaf::Missing))
    }

    /// Returns the terms of a leaf.
    pub fn terms_of(&self, leaf: Leaf) -> &[Term] {
        match leaf {
            Leaf::Result { first_term, terms, .. } => {
                let first = first_term as usize;
                self.terms.get(first..first.saturating_add(terms as usize)).unwrap_or_default()
            }
            Leaf::Missing => &[],
        }
    }
}
