//! Fields: operands with the domain that their declaration gives them.

use crate::document::data_dictionary::{self, Closure, DataType, Interval, OpType, Property};
use crate::ir::{Input, Value};
use crate::lower::build::operand::Operand;
use crate::signature::Range;

/// The declared domain of a field's values.
#[derive(Clone, Copy, Debug)]
pub struct Domain<'d> {
    /// The operations that the values support.
    pub optype: OpType,
    /// The listed values: valid, invalid and missing.
    pub values: &'d [data_dictionary::Value],
    /// The valid ranges.
    pub intervals: &'d [Interval],
}

impl<'d> Domain<'d> {
    /// Returns a domain to which any value of a type belongs.
    pub fn of_type(data_type: DataType, optype: Option<OpType>) -> Self {
        let natural = match data_type {
            DataType::String | DataType::Boolean => OpType::Categorical,
            _ => OpType::Continuous,
        };
        Self { optype: optype.unwrap_or(natural), values: &[], intervals: &[] }
    }

    /// Returns the valid values, in order: an ordinal field's ranks.
    pub fn valid_values(&self) -> impl Iterator<Item = &'d data_dictionary::Value> + use<'d> {
        self.values.iter().filter(|value| value.property == Property::Valid)
    }
}

/// A field whose value is known.
#[derive(Clone, Copy, Debug)]
pub struct Field<'d> {
    /// Its value.
    pub operand: Operand,
    /// Its domain.
    pub domain: Domain<'d>,
    /// A bool: whether the value, if present, belongs to the domain; `None`: always. Only values used `asIs` may not.
    pub valid: Option<Value>,
    /// The input that the value came from, for messages.
    pub input: Option<Input>,
}

impl<'d> Field<'d> {
    /// Returns a field that holds a computed value.
    pub fn computed(operand: Operand, domain: Domain<'d>) -> Self {
        Self { operand, domain, valid: None, input: None }
    }
}

/// Returns the range of an interval.
pub fn range(interval: &Interval) -> Range {
    Range {
        left: interval.left_margin,
        left_closed: matches!(interval.closure, Closure::ClosedOpen | Closure::ClosedClosed),
        right: interval.right_margin,
        right_closed: matches!(interval.closure, Closure::OpenClosed | Closure::ClosedClosed),
    }
}
