//! Calls of functions: the arguments that every function gets, and the result that it returns.

use crate::document::data_dictionary::DataType;
use crate::document::expression::{Apply, Expression};
use crate::error::Error;
use crate::ir::{Binary, Builder, Function, Value};
use crate::lower::build::operand::{Operand, both, type_of};
use crate::lower::field::Field;

/// A call with its arguments.
pub(super) struct Call<'d> {
    /// The element.
    pub apply: &'d Apply,
    /// The arguments, whose number the function accepts.
    pub arguments: Vec<Argument<'d>>,
}

impl Call<'_> {
    /// Returns an error about an argument, by its index.
    pub fn wrong(&self, index: usize, what: &str) -> Error {
        let message = format!("argument {} of the function `{}` {what}", index + 1, self.apply.function);
        let position = self.apply.expressions.get(index).map_or(self.apply.position, Expression::position);
        Error::invalid(position, "Apply", message)
    }
}

/// An argument of a call.
#[derive(Clone, Copy)]
pub(super) struct Argument<'d> {
    /// Its value.
    pub operand: Operand,
    /// The field, if the argument is just a reference to one.
    pub field: Option<Field<'d>>,
}

/// The result of a call.
#[derive(Clone, Copy)]
pub(super) struct CallResult {
    /// The result.
    pub operand: Operand,
    /// A bool: a result that is present does not exist; `None` if it always exists.
    pub invalid: Option<Value>,
    /// Whether a result that does not exist still has a value, NaN, which can be used `asIs`.
    pub is_usable: bool,
}

impl CallResult {
    /// Returns a result that always exists.
    pub fn valid(operand: Operand) -> Self {
        Self { operand, invalid: None, is_usable: false }
    }

    /// Returns a result that does not exist if a bool is true.
    pub fn invalid_where(operand: Operand, invalid: Value) -> Self {
        Self { operand, invalid: Some(invalid), is_usable: false }
    }

    /// Returns a result that does not exist if it is NaN.
    pub fn unless_nan(builder: &mut Builder, operand: Operand) -> Self {
        if !type_of(operand.data_type).is_float() {
            return Self::valid(operand);
        }
        let is_nan = builder.binary(Binary::NotEqual, operand.value, operand.value);
        Self { operand, invalid: Some(is_nan), is_usable: true }
    }
}

/// Formats an argument by a pattern with the function `format`; the result does not exist unless the function `can`
/// returns true.
pub(super) fn formatted(
    builder: &mut Builder,
    argument: Operand,
    pattern: Operand,
    can: Function,
    format: Function,
) -> CallResult {
    let present = both(builder, argument.present, pattern.present);
    let valid = builder.call(can, &[argument.value, pattern.value]);
    let invalid = builder.not(valid);
    let value = builder.call(format, &[argument.value, pattern.value]);
    let result = Operand { value, present, data_type: DataType::String, is_list: false };
    CallResult::invalid_where(result, invalid)
}
