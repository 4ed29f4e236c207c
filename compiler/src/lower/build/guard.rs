//! Guards: where a predicate is evaluated.

use super::ternary::Ternary;
use crate::ir::{Binary, Builder, Value};

/// Where a predicate is looked at: not where those before it have decided already.
#[derive(Clone, Copy, Debug)]
pub enum Guard {
    /// Where a bool is true.
    True(Value),
    /// Where a bool is false.
    Not(Value),
    /// Where another outcome is not false.
    NotFalse(Ternary),
    /// Where another outcome is unknown.
    Unknown(Ternary),
    /// Where a double is not zero.
    NotZero(Value),
}

impl Guard {
    /// Returns a bool: whether the guard lets its predicate be evaluated.
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
