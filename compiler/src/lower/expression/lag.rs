//! `Lag`: the values of a field in earlier rows.
//!
//! Every row is recorded, whether the model needs the result or not: the history is kept in the program's body, even if
//! the expression is in a branch that few rows take. Aggregates summarize the last rows, as many as there are, skipping
//! missing values. Without a value, and before the n-th row, the result is missing.

use crate::document::expression::{BlockIndicator, Lag, LagAggregate};
use crate::error::{Error, Result};
use crate::ir::{Binary, Builder, Function, HistoryData, Operation, Type, Value};
use crate::lower::build::lists;
use crate::lower::build::operand::{Operand, type_of};
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;

/// Maximum number of rows that a document may look back.
const MAX_LAG: u32 = 1_000_000;

/// Lowers the value `n` rows back, or an aggregate of the last `n` values.
pub fn lower<'d>(lowering: &mut Lowering<'d>, scope: ScopeId, lag: &'d Lag) -> Result<Operand> {
    let (position, element) = (lag.position, "Lag");
    if lag.n == 0 || lag.n > MAX_LAG {
        let message = format!("`Lag` looks {} rows back, but it must be 1 to {MAX_LAG}", lag.n);
        return Err(Error::invalid(position, element, message));
    }
    let suspended = lowering.builder.suspend();
    let recalled = recall(lowering, scope, lag);
    lowering.builder.restore(suspended);
    let previous = recalled?;

    let function = match lag.aggregate {
        LagAggregate::None => return Ok(lists::item(&mut lowering.builder, previous, i64::from(lag.n) - 1)),
        LagAggregate::Avg => Function::ListMean,
        LagAggregate::Max => Function::ListMax,
        LagAggregate::Median => Function::Median,
        LagAggregate::Min => Function::ListMin,
        LagAggregate::Product => Function::ListProduct,
        LagAggregate::Sum => Function::ListSum,
        LagAggregate::Stddev => Function::StandardDeviation,
    };
    let Some(numbers) = lists::as_doubles(&mut lowering.builder, previous) else {
        let message = format!("`Lag` computes with values of the type {}", previous.data_type);
        return Err(Error::invalid(position, element, message));
    };
    let mut result = lists::summarize(&mut lowering.builder, numbers, None, function);
    if lag.aggregate == LagAggregate::Stddev {
        // The standard deviation of a single value is 0.
        let builder = &mut lowering.builder;
        let count = builder.call(Function::ListCount, &[numbers]);
        let (one, zero) = (builder.i64(1), builder.f64(0.0));
        let several = builder.binary(Binary::Greater, count, one);
        result.value = builder.select(several, result.value, zero);
    }
    Ok(result)
}

/// Records the field and returns the list of its last values, most recent first.
fn recall<'d>(lowering: &mut Lowering<'d>, scope: ScopeId, lag: &'d Lag) -> Result<Operand> {
    let field = lowering.field(scope, &lag.field, lag.position, "Lag")?;
    if field.operand.is_list {
        let message = "`Lag` looks back at a list of values";
        return Err(Error::unsupported(lag.position, "Lag", message));
    }
    let mut restart = lowering.builder.bool(false);
    for indicator in &lag.block_indicators {
        let changed = has_changed(lowering, scope, indicator)?;
        restart = lowering.builder.or(restart, changed);
    }
    let list = record(&mut lowering.builder, field.operand, lag.n, restart);
    Ok(Operand { value: list, present: None, is_list: true, ..field.operand })
}

/// Records an operand in a new history and returns the list of what the history held before.
fn record(builder: &mut Builder, operand: Operand, length: u32, restart: Value) -> Value {
    let history = HistoryData { ty: type_of(operand.data_type), length };
    let history = builder.program_mut().histories.push(history);
    let present = operand.presence(builder);
    let operation = Operation::Recall { history, value: operand.value, present, restart };
    let list = match builder.emit(operation) {
        [list, ..] => *list,
        // `Recall` has one result.
        [] => builder.zero(Type::List),
    };
    builder.fail_if_exhausted();
    list
}

/// Returns a bool: whether the field's value differs from that in the previous row. Missing counts as a value.
fn has_changed<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    indicator: &'d BlockIndicator,
) -> Result<Value> {
    let field = lowering.field(scope, &indicator.field, indicator.position, "BlockIndicator")?;
    let current = field.operand;
    current.refuse_list("is", indicator.position, "BlockIndicator")?;
    let never = lowering.builder.bool(false);
    let list = record(&mut lowering.builder, current, 1, never);
    let previous = lists::item(
        &mut lowering.builder,
        Operand { value: list, present: None, is_list: true, ..current },
        0,
    );
    let builder = &mut lowering.builder;
    let length = builder.call(Function::ListLength, &[list]);
    let zero = builder.i64(0);
    let is_later = builder.binary(Binary::Greater, length, zero);
    let (was_present, is_present) = (previous.presence(builder), current.presence(builder));
    let came_or_went = builder.binary(Binary::NotEqual, was_present, is_present);
    let differs = builder.binary(Binary::NotEqual, previous.value, current.value);
    let both_present = builder.and(was_present, is_present);
    let differs = builder.and(both_present, differs);
    let changed = builder.or(came_or_went, differs);
    Ok(builder.and(is_later, changed))
}
