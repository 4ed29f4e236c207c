//! `Lag`: a field's values in the rows before.
//!
//! Rows are recorded whether a model needs the result or not: so the history is kept in the program's body, even where the
//! expression stands in a branch that few rows take. Aggregates are of as many of the last rows as there are, passing over
//! missing values; with no value to aggregate, and before the n-th row, the result is missing.

use crate::document::expression::{BlockIndicator, Lag, LagAggregate};
use crate::error::{Error, Result};
use crate::ir::{Binary, Function, HistoryData, Operation, Type, Value};
use crate::lower::Lowering;
use crate::lower::operand::{Operand, type_of};
use crate::lower::scope::ScopeId;

/// How many rows back a document may look.
const MAX_LAG: u32 = 1_000_000;

impl<'d> Lowering<'d> {
    /// The value `n` rows back, or what is made of the last `n` values.
    pub fn lag(&mut self, scope: ScopeId, lag: &'d Lag) -> Result<Operand> {
        let (position, element) = (lag.position, "Lag");
        if lag.n == 0 || lag.n > MAX_LAG {
            let message = format!("`Lag` looks {} rows back: possible are 1 to {MAX_LAG}", lag.n);
            return Err(Error::invalid(position, element, message));
        }
        let suspended = self.builder.suspend();
        let recalled = self.recall(scope, lag);
        self.builder.restore(suspended);
        let previous = recalled?;

        let function = match lag.aggregate {
            LagAggregate::None => return Ok(self.item(previous, i64::from(lag.n) - 1)),
            LagAggregate::Avg => Function::ListMean,
            LagAggregate::Max => Function::ListMax,
            LagAggregate::Median => Function::Median,
            LagAggregate::Min => Function::ListMin,
            LagAggregate::Product => Function::ListProduct,
            LagAggregate::Sum => Function::ListSum,
            LagAggregate::Stddev => Function::StandardDeviation,
        };
        let Some(doubles) = self.list_as_doubles(previous) else {
            let message = format!("`Lag` computes with values of the type {}", previous.data_type);
            return Err(Error::invalid(position, element, message));
        };
        let mut result = self.summarize_list(doubles, None, function);
        if lag.aggregate == LagAggregate::Stddev {
            // One value does not deviate.
            let builder = &mut self.builder;
            let count = builder.call(Function::ListCount, &[doubles]);
            let (one, zero) = (builder.i64(1), builder.f64(0.0));
            let several = builder.binary(Binary::Greater, count, one);
            result.value = builder.select(several, result.value, zero);
        }
        Ok(result)
    }

    /// The list of the field's last values, most recent first.
    fn recall(&mut self, scope: ScopeId, lag: &'d Lag) -> Result<Operand> {
        let field = self.field(scope, &lag.field, lag.position, "Lag")?;
        if field.operand.is_list {
            let message = "`Lag` looks back at a list of values";
            return Err(Error::unsupported(lag.position, "Lag", message));
        }
        let mut restart = self.builder.bool(false);
        for indicator in &lag.block_indicators {
            let changed = self.has_changed(scope, indicator)?;
            restart = self.builder.or(restart, changed);
        }
        let list = self.record(field.operand, lag.n, restart);
        Ok(Operand { value: list, present: None, is_list: true, ..field.operand })
    }

    /// Records an operand in a new history and gives the list of what the history held before.
    fn record(&mut self, operand: Operand, length: u32, restart: Value) -> Value {
        let history = HistoryData { ty: type_of(operand.data_type), length };
        let history = self.builder.program_mut().histories.push(history);
        let present = operand.presence(&mut self.builder);
        let operation = Operation::Recall { history, value: operand.value, present, restart };
        let list = match self.builder.emit(operation) {
            [list, ..] => *list,
            // A recall has one result.
            [] => self.builder.zero(Type::List),
        };
        self.builder.fail_if_exhausted();
        list
    }

    /// A bool: a field has another value than in the row before. Being missing counts as a value.
    fn has_changed(&mut self, scope: ScopeId, indicator: &'d BlockIndicator) -> Result<Value> {
        let field = self.field(scope, &indicator.field, indicator.position, "BlockIndicator")?;
        let current = field.operand;
        if current.is_list {
            let message = "`BlockIndicator` is a list of values";
            return Err(Error::unsupported(indicator.position, "BlockIndicator", message));
        }
        let never = self.builder.bool(false);
        let list = self.record(current, 1, never);
        let previous = self.item(Operand { value: list, present: None, is_list: true, ..current }, 0);
        let builder = &mut self.builder;
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

    /// The item of a list at an index; missing where there is none.
    pub(crate) fn item(&mut self, list: Operand, index: i64) -> Operand {
        let builder = &mut self.builder;
        let index = builder.i64(index);
        let present = builder.call(Function::HasItem, &[list.value, index]);
        let function = match type_of(list.data_type) {
            Type::Bool => Function::ItemBool,
            Type::F32 => Function::ItemF32,
            Type::F64 => Function::ItemF64,
            Type::String => Function::ItemText,
            Type::I64 | Type::List => Function::ItemI64,
        };
        let value = builder.call(function, &[list.value, index]);
        Operand::optional(value, present, list.data_type)
    }
}
