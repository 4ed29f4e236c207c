//! Guards: conditions under which a predicate is evaluated.

use super::ternary::Ternary;
use crate::ir::{Binary, Builder, Value};

/// A condition for evaluating a predicate: that those before it have not decided yet.
#[derive(Clone, Copy, Debug)]
pub enum Guard {
    /// A bool is true.
    True(Value),
    /// A bool is false.
    Not(Value),
    /// Another outcome is not false.
    NotFalse(Ternary),
    /// Another outcome is unknown.
    Unknown(Ternary),
    /// An `f64` is not zero.
    NotZero(Value),
}

impl Guard {
    /// Returns a bool: whether the guard allows its predicate to be evaluated.
    pub fn allows(self, builder: &mut Builder) -> Value {
        match self {
            Guard::True(value) => value,
            Guard::Not(value) => builder.not(value),
            Guard::NotFalse(outcome) => {
                let is_false = outcome.is_false(builder);
                builder.not(is_false)
            }
            Guard::Unknown(outcome) => outcome.unknown(builder),
            Guard::NotZero(value) => {
                let zero = builder.f64(0.0);
                builder.binary(Binary::NotEqual, value, zero)
            }
        }
    }
}
