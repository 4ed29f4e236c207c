//! `Aggregate`: summarizes the values of a field in a group of rows.
//!
//! Rows are grouped before they reach the model, by the field that its schema or the `groupField` names; the field then
//! holds a list. [`find_fields`](crate::lower::list::find_fields) determines which fields these are before any input is
//! prepared.

use crate::document::data_dictionary::DataType;
use crate::document::expression::{Aggregate, AggregateFunction};
use crate::error::{Error, Result};
use crate::ir::Function;
use crate::lower::build::lists;
use crate::lower::build::operand::Operand;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;

/// Lowers an `Aggregate`. A multiset is the list itself. Missing items are skipped; without any others the result is
/// missing, but the count is 0.
pub fn lower<'d>(lowering: &mut Lowering<'d>, scope: ScopeId, aggregate: &'d Aggregate) -> Result<Operand> {
    let (position, element) = (aggregate.position, "Aggregate");
    if aggregate.sql_where.is_some() {
        let message = "`Aggregate` with a condition in SQL is not supported";
        return Err(Error::unsupported(position, element, message));
    }
    let field = lowering.field(scope, &aggregate.field, position, element)?;
    let operand = field.operand;
    if !operand.is_list {
        let message =
            format!("`Aggregate` summarizes the field `{}`, which has one value only", aggregate.field);
        return Err(Error::unsupported(position, element, message));
    }
    let function = match aggregate.function {
        AggregateFunction::Multiset => return Ok(operand),
        AggregateFunction::Count => {
            let value = lowering.builder.call(Function::ListCount, &[operand.value]);
            return Ok(Operand { value, data_type: DataType::Integer, is_list: false, ..operand });
        }
        AggregateFunction::Sum => Function::ListSum,
        AggregateFunction::Average => Function::ListMean,
        AggregateFunction::Min => Function::ListMin,
        AggregateFunction::Max => Function::ListMax,
    };
    let Some(numbers) = lists::as_doubles(&mut lowering.builder, operand) else {
        let message = format!("`Aggregate` computes with values of the type {}", operand.data_type);
        return Err(Error::invalid(position, element, message));
    };
    Ok(lists::summarize(&mut lowering.builder, numbers, operand.present, function))
}
