//! Predicates: conditions that are true, false or unknown for a row.

use super::array::Array;
use super::enumeration::enumeration;
use super::{Name, Position};

/// An element of the standard's group `PREDICATE`.
#[derive(Clone, Debug)]
pub enum Predicate {
    /// Compares a field with a value.
    SimplePredicate(SimplePredicate),
    /// Combines predicates.
    CompoundPredicate(CompoundPredicate),
    /// Looks a field up in a set.
    SimpleSetPredicate(Box<SimpleSetPredicate>),
    /// Always true.
    True(Position),
    /// Always false.
    False(Position),
}

impl Predicate {
    /// The place of the predicate's element.
    pub fn position(&self) -> Position {
        match self {
            Predicate::SimplePredicate(element) => element.position,
            Predicate::CompoundPredicate(element) => element.position,
            Predicate::SimpleSetPredicate(element) => element.position,
            Predicate::True(position) | Predicate::False(position) => *position,
        }
    }
}

/// The element `SimplePredicate`.
#[derive(Clone, Debug)]
pub struct SimplePredicate {
    /// The element's place.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// The comparison.
    pub operator: Operator,
    /// The value, in the field's type; present unless the operator asks for missing values.
    pub value: Option<Name>,
}

enumeration! {
    /// A comparison of a field with a value.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum Operator {
        Equal = "equal",
        NotEqual = "notEqual",
        LessThan = "lessThan",
        LessOrEqual = "lessOrEqual",
        GreaterThan = "greaterThan",
        GreaterOrEqual = "greaterOrEqual",
        IsMissing = "isMissing",
        IsNotMissing = "isNotMissing",
    }
}

/// The element `CompoundPredicate`.
#[derive(Clone, Debug)]
pub struct CompoundPredicate {
    /// The element's place.
    pub position: Position,
    /// How the predicates are combined.
    pub boolean_operator: BooleanOperator,
    /// The predicates, in order.
    pub predicates: Vec<Predicate>,
}

enumeration! {
    /// How a `CompoundPredicate` combines predicates.
    pub enum BooleanOperator {
        /// True where any is.
        Or = "or",
        /// True where all are.
        And = "and",
        /// True where an odd number are.
        Xor = "xor",
        /// The first that is not unknown.
        Surrogate = "surrogate",
    }
}

/// The element `SimpleSetPredicate`.
#[derive(Clone, Debug)]
pub struct SimpleSetPredicate {
    /// The element's place.
    pub position: Position,
    /// The field.
    pub field: Name,
    /// Whether the value must be in the set, or must not.
    pub boolean_operator: SetOperator,
    /// The set.
    pub array: Array,
}

enumeration! {
    /// Membership in a set.
    #[allow(missing_docs, reason = "the variants are the standard's words")]
    pub enum SetOperator {
        IsIn = "isIn",
        IsNotIn = "isNotIn",
    }
}
