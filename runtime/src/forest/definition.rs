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

/// What becomes of the trees' results. Sums run over the trees in order, from zero, one rounding an addition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Reduction {
    /// Results: an `i64` a tree, its leaf's number, or -1 where the tree has no result.
    Leaf,
    /// Results: the sum of each accumulator's terms, then an `i64`: how many trees had no result.
    Sum(Accumulators),
    /// Results: as for sums, then an `i64`: the accumulator with the largest sum among those that have terms, of equals
    /// the one that had the first; -1 where there is none.
    Vote(Accumulators),
    /// Results: as for sums, but the median of each accumulator's terms, zero where there is none.
    Median(Accumulators),
    /// Results: as for sums, but the largest of each accumulator's terms, zero where there is none.
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
    /// How many there are.
    pub count: u32,
    /// Whether they are in single precision, not in double.
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
