//! Three-valued logic: true, false or unknown.

use crate::ir::{Builder, Value};

/// The outcome of a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ternary {
    /// A bool: whether the outcome is true.
    pub is_true: Value,
    /// A bool: whether the outcome is unknown, in which case `is_true` is false. `None`: never.
    pub is_unknown: Option<Value>,
}

impl Ternary {
    /// Returns an outcome that is never unknown.
    pub fn known(is_true: Value) -> Self {
        Self { is_true, is_unknown: None }
    }

    /// Returns `condition` if a value is present, else unknown.
    pub fn where_present(builder: &mut Builder, condition: Value, present: Option<Value>) -> Self {
        match present {
            None => Self::known(condition),
            Some(present) => {
                let is_true = builder.and(present, condition);
                let is_unknown = builder.not(present);
                Self { is_true, is_unknown: Some(is_unknown) }
            }
        }
    }

    /// Returns a bool: whether the outcome is false.
    pub fn is_false(self, builder: &mut Builder) -> Value {
        let settled = match self.is_unknown {
            None => self.is_true,
            Some(is_unknown) => builder.or(self.is_true, is_unknown),
        };
        builder.not(settled)
    }

    /// Returns a bool: whether the outcome is unknown.
    pub fn unknown(self, builder: &mut Builder) -> Value {
        match self.is_unknown {
            Some(is_unknown) => is_unknown,
            None => builder.bool(false),
        }
    }

    /// Returns the conjunction: true if both are, false if either is.
    pub fn and(self, builder: &mut Builder, other: Self) -> Self {
        let is_true = builder.and(self.is_true, other.is_true);
        if self.is_unknown.is_none() && other.is_unknown.is_none() {
            return Self::known(is_true);
        }
        let (left, right) = (self.is_false(builder), other.is_false(builder));
        let is_false = builder.or(left, right);
        Self::settled(builder, is_true, is_false)
    }

    /// Returns the disjunction: true if either is, false if both are.
    pub fn or(self, builder: &mut Builder, other: Self) -> Self {
        let is_true = builder.or(self.is_true, other.is_true);
        if self.is_unknown.is_none() && other.is_unknown.is_none() {
            return Self::known(is_true);
        }
        let (left, right) = (self.is_false(builder), other.is_false(builder));
        let is_false = builder.and(left, right);
        Self::settled(builder, is_true, is_false)
    }

    /// Returns the exclusive disjunction: true if they differ, unknown if either is.
    pub fn xor(self, builder: &mut Builder, other: Self) -> Self {
        use crate::ir::Binary;
        let differ = builder.binary(Binary::NotEqual, self.is_true, other.is_true);
        let is_unknown = match (self.is_unknown, other.is_unknown) {
            (Some(left), Some(right)) => Some(builder.or(left, right)),
            (left, right) => left.or(right),
        };
        match is_unknown {
            None => Self::known(differ),
            Some(is_unknown) => {
                let known = builder.not(is_unknown);
                let is_true = builder.and(known, differ);
                Self { is_true, is_unknown: Some(is_unknown) }
            }
        }
    }

    /// Returns this outcome, or the other if this is unknown.
    pub fn surrogate(self, builder: &mut Builder, other: Self) -> Self {
        let Some(is_unknown) = self.is_unknown else { return self };
        let instead = builder.and(is_unknown, other.is_true);
        let is_true = builder.or(self.is_true, instead);
        let is_unknown = other.is_unknown.map(|other| builder.and(is_unknown, other));
        Self { is_true, is_unknown }
    }

    /// Returns an outcome that is unknown if it is neither true nor false.
    fn settled(builder: &mut Builder, is_true: Value, is_false: Value) -> Self {
        let settled = builder.or(is_true, is_false);
        let is_unknown = builder.not(settled);
        Self { is_true, is_unknown: Some(is_unknown) }
    }
}
