//! What a forest is made of: types of features, reductions and terms.

/// The type of a feature.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Feature {
    /// A boolean.
    Bool,
    /// An integer.
    I64,
    /// A number in single precision.
    F32,
    /// A number in double precision.
    F64,
    /// The number of a string.
    String,
}

/// How the trees' results are combined. Sums are computed in the order of the trees, from zero, with one
/// rounding per addition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reduction {
    /// Results: an `i64` per tree, its leaf's number, or -1 if the tree has no result.
    Leaf,
    /// Results: the sum of each accumulator's terms, then an `i64`: the number of trees without result.
    Sum(Accumulators),
    /// Results: as for sums, then an `i64`: the accumulator with the largest sum among those that have terms
    /// (on a tie, the one whose first term came first), or -1 if there is none.
    Vote(Accumulators),
    /// Results: as for sums, but the median of each accumulator's terms, or zero if there is none.
    Median(Accumulators),
    /// Results: as for sums, but the largest of each accumulator's terms, or zero if there is none.
    Maximum(Accumulators),
}

impl Reduction {
    /// Returns the reduction's accumulators. Returns `None` for leaf numbers.
    pub(super) fn accumulators(self) -> Option<Accumulators> {
        match self {
            Reduction::Leaf => None,
            Reduction::Sum(accumulators)
            | Reduction::Vote(accumulators)
            | Reduction::Median(accumulators)
            | Reduction::Maximum(accumulators) => Some(accumulators),
        }
    }
}

/// The accumulators of a reduction.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Accumulators {
    /// The number of accumulators.
    pub count: u32,
    /// Whether they are in single precision, rather than double.
    pub single: bool,
}

/// A value that a leaf adds to an accumulator.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Term {
    /// The accumulator's number.
    pub accumulator: u32,
    /// The addend. Where accumulators are in single precision, so is the value.
    pub value: f64,
}
