//! `Aggregate`: one value of the many that a field has in a group of rows.
//!
//! Rows are grouped before they come to the model, by the field that its schema or the `groupField` names: then the field
//! holds a list. Which fields do is known before any input is prepared, see [`find_fields`](crate::lower::list::find_fields).

use crate::document::data_dictionary::DataType;
use crate::document::expression::{Aggregate, AggregateFunction};
use crate::error::{Error, Result};
use crate::ir::Function;
use crate::lower::build::lists;
use crate::lower::build::operand::Operand;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;

/// Lowers an `Aggregate`. A multiset is the list itself. Items that are missing are passed over; the others of no items
/// are missing, but their number is 0.
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
    let Some(doubles) = lists::as_doubles(&mut lowering.builder, operand) else {
        let message = format!("`Aggregate` computes with values of the type {}", operand.data_type);
        return Err(Error::invalid(position, element, message));
    };
    Ok(lists::summarize(&mut lowering.builder, doubles, operand.present, function))
}
