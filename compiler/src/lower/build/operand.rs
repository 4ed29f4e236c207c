//! Values as lowering sees them: a value of the program, whether it is present, and its PMML data type.

use crate::document::data_dictionary::DataType;
use crate::error::{Error, Position, Result};
use crate::ir::{Builder, Constant, Type, Value};
use std::collections::HashSet;

/// A value that may be missing.
///
/// Where it is missing, `value` is the type's zero or anything else: users must look at `present`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operand {
    /// The value; of a list, the list.
    pub value: Value,
    /// A bool that says whether the value is present; `None` where it always is.
    pub present: Option<Value>,
    /// The data type; of a list, that of its items.
    pub data_type: DataType,
    /// Whether the value is a list.
    pub is_list: bool,
}

impl Operand {
    /// Returns a value that is always present.
    pub fn present(value: Value, data_type: DataType) -> Self {
        Self { value, present: None, data_type, is_list: false }
    }

    /// Returns a value that is present where a bool is true.
    pub fn optional(value: Value, present: Value, data_type: DataType) -> Self {
        Self { value, present: Some(present), data_type, is_list: false }
    }

    /// Returns the missing value of a type.
    pub fn missing(builder: &mut Builder, data_type: DataType) -> Self {
        let value = builder.zero(type_of(data_type));
        let present = builder.bool(false);
        Self::optional(value, present, data_type)
    }

    /// Returns the bool that says whether the value is present.
    pub fn presence(self, builder: &mut Builder) -> Value {
        match self.present {
            Some(present) => present,
            None => builder.bool(true),
        }
    }

    /// Returns the same value, present only where `condition` holds too.
    pub fn only_if(self, builder: &mut Builder, condition: Value) -> Self {
        let present = both(builder, self.present, Some(condition));
        Self { present, ..self }
    }

    /// Returns whether the value is known to be missing in every row.
    pub fn is_always_missing(self, builder: &Builder) -> bool {
        self.present.is_some_and(|present| builder.program().constant(present) == Some(Constant::Bool(false)))
    }

    /// Refuses a list where an element needs one value. `does` is what the element does with it, for the message.
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

    /// Returns this value where it is present, else the other, which has the same type.
    pub fn or(self, builder: &mut Builder, other: Operand) -> Self {
        let Some(present) = self.present else { return self };
        let value = builder.select(present, self.value, other.value);
        let present = other.present.map(|other| builder.or(present, other));
        Self { value, present, ..self }
    }

    /// Returns this value where a bool is true, else the other, which has the same type.
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

/// Returns the conjunction of two conditions, of which `None` is always true.
pub fn both(builder: &mut Builder, left: Option<Value>, right: Option<Value>) -> Option<Value> {
    match (left, right) {
        (Some(left), Some(right)) if left != right => Some(builder.and(left, right)),
        (left, right) => left.or(right),
    }
}

/// Returns the conjunction of the presence of some operands, each asked once.
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

/// Returns whether values of a data type count days or seconds, so that they are integers to compute with.
pub fn is_count(data_type: DataType) -> bool {
    use DataType::{Boolean, Date, DateTime, Double, Float, Integer, String, Time};
    !matches!(data_type, String | Integer | Float | Double | Boolean | Date | Time | DateTime)
}

/// Returns the data type in which two numbers are computed with or compared: the more general one.
pub fn common_numeric(left: DataType, right: DataType) -> DataType {
    use DataType::{Double, Float, Integer};
    match (left, right) {
        (Integer, Integer) => Integer,
        (Float, Float) | (Float, Integer) | (Integer, Float) => Float,
        _ => Double,
    }
}
