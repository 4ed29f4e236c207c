//! `Aggregate`: one value of the many that a field has in a group of rows.
//!
//! Rows are grouped before they come to the model, by the field that its schema or the `groupField` names: then the field
//! holds a list. Which fields do is known before any input is prepared, see [`Lowering::find_list_fields`].

use crate::document::data_dictionary::DataType;
use crate::document::expression::{Aggregate, AggregateFunction};
use crate::error::{Error, Result};
use crate::ir::{Binary, Function, Type, Value};
use crate::lower::Lowering;
use crate::lower::operand::{Operand, both, is_count, is_numeric, type_of};
use crate::lower::scope::ScopeId;

impl<'d> Lowering<'d> {
    /// A multiset is the list itself. Items that are missing are passed over; the others of no items are missing, but
    /// their number is 0.
    pub fn aggregate(&mut self, scope: ScopeId, aggregate: &'d Aggregate) -> Result<Operand> {
        let (position, element) = (aggregate.position, "Aggregate");
        if aggregate.sql_where.is_some() {
            let message = "`Aggregate` with a condition in SQL is not supported";
            return Err(Error::unsupported(position, element, message));
        }
        let field = self.field(scope, &aggregate.field, position, element)?;
        let operand = field.operand;
        if !operand.is_list {
            let message =
                format!("`Aggregate` summarizes the field `{}`, which has one value only", aggregate.field);
            return Err(Error::unsupported(position, element, message));
        }
        let function = match aggregate.function {
            AggregateFunction::Multiset => return Ok(operand),
            AggregateFunction::Count => {
                let value = self.builder.call(Function::ListCount, &[operand.value]);
                return Ok(Operand { value, data_type: DataType::Integer, is_list: false, ..operand });
            }
            AggregateFunction::Sum => Function::ListSum,
            AggregateFunction::Average => Function::ListMean,
            AggregateFunction::Min => Function::ListMin,
            AggregateFunction::Max => Function::ListMax,
        };
        let Some(doubles) = self.list_as_doubles(operand) else {
            let message = format!("`Aggregate` computes with values of the type {}", operand.data_type);
            return Err(Error::invalid(position, element, message));
        };
        Ok(self.summarize_list(doubles, operand.present, function))
    }

    /// A list of numbers as one of doubles; `None` where they are no numbers.
    pub(super) fn list_as_doubles(&mut self, list: Operand) -> Option<Value> {
        if !is_numeric(list.data_type) && !is_count(list.data_type) {
            return None;
        }
        Some(match type_of(list.data_type) {
            Type::I64 => self.builder.call(Function::DoublesOfI64, &[list.value]),
            Type::F32 => self.builder.call(Function::DoublesOfF32, &[list.value]),
            _ => list.value,
        })
    }

    /// What a function makes of the doubles of a list, where there are any.
    pub(super) fn summarize_list(
        &mut self,
        doubles: Value,
        present: Option<Value>,
        function: Function,
    ) -> Operand {
        let builder = &mut self.builder;
        let count = builder.call(Function::ListCount, &[doubles]);
        let zero = builder.i64(0);
        let any = builder.binary(Binary::Greater, count, zero);
        let present = both(builder, present, Some(any));
        let value = builder.call(function, &[doubles]);
        Operand { value, present, data_type: DataType::Double, is_list: false }
    }
}
