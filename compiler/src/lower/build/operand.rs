//! Operands, the values of lowering: a value of the program, its presence, and its PMML data type.

use crate::document::data_dictionary::DataType;
use crate::error::{Error, Position, Result};
use crate::ir::{Builder, Constant, Type, Value};
use std::collections::HashSet;

/// A value that may be missing.
///
/// If it is missing, `value` is unspecified: users must test `present`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand {
    /// The value; for a list, the list.
    pub value: Value,
    /// A bool: whether the value is present; `None`: always.
    pub present: Option<Value>,
    /// The data type; for a list, that of its items.
    pub data_type: DataType,
    /// Whether the value is a list.
    pub is_list: bool,
}

impl Operand {
    /// Returns a value that is always present.
    pub fn present(value: Value, data_type: DataType) -> Self {
        Self { value, present: None, data_type, is_list: false }
    }

    /// Returns a value that is present if a bool is true.
    pub fn optional(value: Value, present: Value, data_type: DataType) -> Self {
        Self { value, present: Some(present), data_type, is_list: false }
    }

    /// Returns the missing value of a type.
    pub fn missing(builder: &mut Builder, data_type: DataType) -> Self {
        let value = builder.zero(type_of(data_type));
        let present = builder.bool(false);
        Self::optional(value, present, data_type)
    }

    /// Returns a bool: whether the value is present.
    pub fn presence(self, builder: &mut Builder) -> Value {
        match self.present {
            Some(present) => present,
            None => builder.bool(true),
        }
    }

    /// Returns the same value, present only if `condition` is true too.
    pub fn only_if(self, builder: &mut Builder, condition: Value) -> Self {
        let present = both(builder, self.present, Some(condition));
        Self { present, ..self }
    }

    /// Returns whether the value is known to be missing in every row.
    pub fn is_always_missing(self, builder: &Builder) -> bool {
        self.present.is_some_and(|present| builder.program().constant(present) == Some(Constant::Bool(false)))
    }

    /// Fails if the operand is a list. `does` is the verb that the message uses for what the element does with it.
    pub fn refuse_list(self, does: &str, position: Position, element: &str) -> Result<()> {
        if !self.is_list {
            return Ok(());
        }
        Err(Error::unsupported(position, element, format!("`{element}` {does} a list of values")))
    }

    /// Returns the type of the value in the IR.
    pub fn ty(self) -> Type {
        if self.is_list { Type::List } else { type_of(self.data_type) }
    }

    /// Returns this value if it is present, else the other, which must have the same type.
    pub fn or(self, builder: &mut Builder, other: Operand) -> Self {
        let Some(present) = self.present else { return self };
        let value = builder.select(present, self.value, other.value);
        let present = other.present.map(|other| builder.or(present, other));
        Self { value, present, ..self }
    }

    /// Selects between two operands of the same type by a bool.
    pub fn choose(builder: &mut Builder, condition: Value, then: Operand, otherwise: Operand) -> Self {
        let value = builder.select(condition, then.value, otherwise.value);
        let present = match (then.present, otherwise.present) {
            (None, None) => None,
            _ => {
                let (then, otherwise) = (then.presence(builder), otherwise.presence(builder));
                Some(builder.select(condition, then, otherwise))
            }
        };
        Self { value, present, ..then }
    }
}

/// Returns the conjunction of two conditions; `None` means true.
pub fn both(builder: &mut Builder, left: Option<Value>, right: Option<Value>) -> Option<Value> {
    match (left, right) {
        (Some(left), Some(right)) if left != right => Some(builder.and(left, right)),
        (left, right) => left.or(right),
    }
}

/// Returns the conjunction of the presence of some operands, each tested once; `None` means true.
pub fn all_present<'o>(
    builder: &mut Builder,
    operands: impl IntoIterator<Item = &'o Operand>,
) -> Option<Value> {
    let mut known = HashSet::new();
    let mut all = None;
    for present in operands.into_iter().filter_map(|operand| operand.present) {
        if known.insert(present) {
            all = both(builder, all, Some(present));
        }
    }
    all
}

/// Returns the type by which the IR represents a data type.
pub fn type_of(data_type: DataType) -> Type {
    match data_type {
        DataType::String => Type::String,
        DataType::Float => Type::F32,
        DataType::Double => Type::F64,
        DataType::Boolean => Type::Bool,
        // Integers; dates and times count days or seconds.
        _ => Type::I64,
    }
}

/// Returns whether values of a data type are numbers to compute with.
pub fn is_numeric(data_type: DataType) -> bool {
    matches!(data_type, DataType::Integer | DataType::Float | DataType::Double)
}

/// Returns whether a data type counts days or seconds, so that its values can be used as integers.
pub fn is_count(data_type: DataType) -> bool {
    use DataType::{Boolean, Date, DateTime, Double, Float, Integer, String, Time};
    !matches!(data_type, String | Integer | Float | Double | Boolean | Date | Time | DateTime)
}

/// Returns the more general of two numeric types, in which their values are combined or compared.
pub fn common_numeric(left: DataType, right: DataType) -> DataType {
    use DataType::{Double, Float, Integer};
    match (left, right) {
        (Integer, Integer) => Integer,
        (Float, Float) | (Float, Integer) | (Integer, Float) => Float,
        _ => Double,
    }
}
