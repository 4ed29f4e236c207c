//! Instructions.
//!
//! An instruction takes values, returns values, and is *total*: for all arguments, it returns without
//! trapping. If a result can be undefined in PMML (a quotient of integers, a parsed number), a second
//! instruction or function returns whether it is defined, and lowering combines the two.
//!
//! Control flow is structured: [`Operation::If`] holds two regions, of which one runs. There are no jumps, so
//! a region's values are visible exactly in the region and in the regions inside it.

use super::entity::{Failure, ForestId, History, Input, Kernel, Map, Region, Set, Table, Value};
use super::function::Function;
use super::types::Constant;

/// What an instruction does.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub enum Operation {
    /// A constant.
    Constant(Constant),
    /// The result of converting an input cell.
    Input(Input, InputPart),
    /// An operation on one value.
    Unary(Unary, Value),
    /// An operation on two values of the same type.
    Binary(Binary, Value, Value),
    /// The second value if the first, a bool, is true, otherwise the third. Both are computed.
    Select(Value, Value, Value),
    /// A call of a runtime function.
    Call(Function, Vec<Value>),
    /// The element of a constant table at an `i64` index, or the table type's zero past either end.
    Lookup(Table, Value),
    /// The row number of a tuple of keys in a constant map, as `i64`, or -1 if there is none.
    Find(Map, Vec<Value>),
    /// Whether a constant set contains a value.
    Contains(Set, Value),
    /// Runs one of two regions, depending on a bool; the region's yields are the results.
    If {
        /// The bool.
        condition: Value,
        /// Runs if it is true.
        then: Region,
        /// Runs if it is false. Yields as many values, of the same types.
        otherwise: Region,
    },
    /// Evaluates a forest. Two arguments for each of its features: the value, and a bool that says whether it
    /// is present. Results: see [`Reduction`](super::forest::Reduction).
    Forest(ForestId, Vec<Value>),
    /// Evaluates a kernel, whose data determine what it takes and returns: see [`kernel`](super::kernel).
    Kernel(Kernel, Vec<Value>),
    /// A list of items. Two arguments for each: the item, and a bool that says whether it is present.
    List(Vec<Value>),
    /// The values that a history held before this row, most recent first, as a list. The row's own value is
    /// added to the history when the row is done, whether or not the row has failed: a history records what
    /// came in. A row that does not reach the instruction leaves the history unchanged. Stateful, see
    /// [`History`].
    Recall {
        /// The history.
        history: History,
        /// The value of this row.
        value: Value,
        /// Whether it is present.
        present: Value,
        /// Whether the history restarts at this row, with nothing before it.
        restart: Value,
    },
    /// Makes the row fail for the given reason if the bool is true, unless it failed before. No results; the
    /// row's other instructions still run.
    FailIf(Value, Failure),
}

/// The part of an input cell that an instruction reads.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum InputPart {
    /// Its value in the type of the input, or the type's zero if it has none.
    Value,
    /// An `i64`: [`ABSENT`](pmml_runtime::ABSENT), [`CONVERTED`](pmml_runtime::CONVERTED) or
    /// [`UNCONVERTIBLE`](pmml_runtime::UNCONVERTIBLE).
    State,
    /// The string of an unconvertible cell, or the empty string for any other.
    String,
}

/// Operations on one value.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Unary {
    /// Logical not.
    Not,
    /// The negative of a float.
    Negate,
    /// The absolute value of a float.
    Absolute,
    /// The square root of a float, as IEEE 754 defines it.
    SquareRoot,
    /// A float, rounded down to an integral value.
    Floor,
    /// A float, rounded up to an integral value.
    Ceil,
    /// Bool to `i64`: 0 or 1.
    BoolToI64,
    /// `i64` to the nearest `f64`.
    I64ToF64,
    /// `i64` to the nearest `f32`.
    I64ToF32,
    /// `f32` to `f64`, exactly.
    F32ToF64,
    /// `f64` to the nearest `f32`.
    F64ToF32,
    /// `f64` to `i64`, rounded towards zero and saturated; NaN gives 0.
    F64ToI64,
}

/// Operations on two values of the same type.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Binary {
    /// Sum of floats, or wrapping sum of integers.
    Add,
    /// Difference of floats, or wrapping difference of integers.
    Subtract,
    /// Product of floats, or wrapping product of integers.
    Multiply,
    /// Quotient of floats. (Integers: see [`Function`].)
    Divide,
    /// Logical and.
    And,
    /// Logical or.
    Or,
    /// Equality, of any type but lists. NaN equals nothing.
    Equal,
    /// The negation of [`Binary::Equal`].
    NotEqual,
    /// Order of numbers; false if either is NaN.
    Less,
    /// Order of numbers; false if either is NaN.
    LessOrEqual,
    /// Order of numbers; false if either is NaN.
    Greater,
    /// Order of numbers; false if either is NaN.
    GreaterOrEqual,
}

impl Unary {
    /// All operations on one value.
    pub const ALL: &'static [Unary] = &[
        Unary::Not,
        Unary::Negate,
        Unary::Absolute,
        Unary::SquareRoot,
        Unary::Floor,
        Unary::Ceil,
        Unary::BoolToI64,
        Unary::I64ToF64,
        Unary::I64ToF32,
        Unary::F32ToF64,
        Unary::F64ToF32,
        Unary::F64ToI64,
    ];

    /// Returns the name in the text form.
    pub fn name(self) -> &'static str {
        match self {
            Unary::Not => "not",
            Unary::Negate => "negate",
            Unary::Absolute => "absolute",
            Unary::SquareRoot => "square root",
            Unary::Floor => "floor",
            Unary::Ceil => "ceil",
            Unary::BoolToI64 => "bool to i64",
            Unary::I64ToF64 => "i64 to f64",
            Unary::I64ToF32 => "i64 to f32",
            Unary::F32ToF64 => "f32 to f64",
            Unary::F64ToF32 => "f64 to f32",
            Unary::F64ToI64 => "f64 to i64",
        }
    }
}

impl Binary {
    /// All operations on two values.
    pub const ALL: &'static [Binary] = &[
        Binary::Add,
        Binary::Subtract,
        Binary::Multiply,
        Binary::Divide,
        Binary::And,
        Binary::Or,
        Binary::Equal,
        Binary::NotEqual,
        Binary::Less,
        Binary::LessOrEqual,
        Binary::Greater,
        Binary::GreaterOrEqual,
    ];

    /// Returns the symbol in the text form.
    pub fn symbol(self) -> &'static str {
        match self {
            Binary::Add => "+",
            Binary::Subtract => "-",
            Binary::Multiply => "*",
            Binary::Divide => "/",
            Binary::And => "and",
            Binary::Or => "or",
            Binary::Equal => "==",
            Binary::NotEqual => "!=",
            Binary::Less => "<",
            Binary::LessOrEqual => "<=",
            Binary::Greater => ">",
            Binary::GreaterOrEqual => ">=",
        }
    }

    /// Returns whether the result is a bool, regardless of the operands' type.
    pub fn is_comparison(self) -> bool {
        use Binary::*;
        matches!(self, Equal | NotEqual | Less | LessOrEqual | Greater | GreaterOrEqual)
    }
}

impl Operation {
    /// Returns whether the instruction does something besides computing results, so that it must stay even if
    /// they are unused and must not be merged with another.
    pub fn has_effect(&self) -> bool {
        matches!(self, Operation::FailIf(..) | Operation::Recall { .. } | Operation::If { .. })
            || self.is_metered()
    }

    /// Returns whether the instruction charges the row, so that it must neither be dropped nor be merged with
    /// another.
    pub fn is_metered(&self) -> bool {
        matches!(self, Operation::Call(function, _) if function.is_metered())
    }

    /// Calls `visit` with every value that the instruction takes, in order. The values inside of regions are
    /// not among them.
    pub fn visit_arguments(&self, mut visit: impl FnMut(Value)) {
        match self {
            Operation::Constant(_) | Operation::Input(..) => {}
            Operation::Unary(_, a) | Operation::Lookup(_, a) | Operation::Contains(_, a) => visit(*a),
            Operation::FailIf(a, _) => visit(*a),
            Operation::Binary(_, a, b) => {
                visit(*a);
                visit(*b);
            }
            Operation::Select(a, b, c) => {
                visit(*a);
                visit(*b);
                visit(*c);
            }
            Operation::Call(_, list)
            | Operation::Find(_, list)
            | Operation::Forest(_, list)
            | Operation::Kernel(_, list)
            | Operation::List(list) => list.iter().copied().for_each(visit),
            Operation::If { condition, .. } => visit(*condition),
            Operation::Recall { value, present, restart, .. } => {
                visit(*value);
                visit(*present);
                visit(*restart);
            }
        }
    }

    /// Replaces every value that the instruction takes by what `map` returns for it.
    pub fn map_arguments(&mut self, mut map: impl FnMut(Value) -> Value) {
        match self {
            Operation::Constant(_) | Operation::Input(..) => {}
            Operation::Unary(_, a) | Operation::Lookup(_, a) | Operation::Contains(_, a) => *a = map(*a),
            Operation::FailIf(a, _) => *a = map(*a),
            Operation::Binary(_, a, b) => {
                *a = map(*a);
                *b = map(*b);
            }
            Operation::Select(a, b, c) => {
                *a = map(*a);
                *b = map(*b);
                *c = map(*c);
            }
            Operation::Call(_, list)
            | Operation::Find(_, list)
            | Operation::Forest(_, list)
            | Operation::Kernel(_, list)
            | Operation::List(list) => list.iter_mut().for_each(|value| *value = map(*value)),
            Operation::If { condition, .. } => *condition = map(*condition),
            Operation::Recall { value, present, restart, .. } => {
                *value = map(*value);
                *present = map(*present);
                *restart = map(*restart);
            }
        }
    }
}
