//! Lists: built from operands, converted, summarized, and their items.

use super::operand::{Operand, both, is_count, is_numeric, type_of};
use crate::document::data_dictionary::DataType;
use crate::ir::{Binary, Builder, Function, Type, Value};

/// Converts a list of numbers to `f64`; returns `None` if the items are not numbers.
pub fn as_doubles(builder: &mut Builder, list: Operand) -> Option<Value> {
    if !is_numeric(list.data_type) && !is_count(list.data_type) {
        return None;
    }
    Some(match type_of(list.data_type) {
        Type::I64 => builder.call(Function::DoublesOfI64, &[list.value]),
        Type::F32 => builder.call(Function::DoublesOfF32, &[list.value]),
        _ => list.value,
    })
}

/// Summarizes a list of `f64`s by a function; the result is missing if the list has no items.
pub fn summarize(
    builder: &mut Builder,
    doubles: Value,
    present: Option<Value>,
    function: Function,
) -> Operand {
    let count = builder.call(Function::ListCount, &[doubles]);
    let zero = builder.i64(0);
    let any = builder.binary(Binary::Greater, count, zero);
    let present = both(builder, present, Some(any));
    let value = builder.call(function, &[doubles]);
    Operand { value, present, data_type: DataType::Double, is_list: false }
}

/// Returns the item of a list at an index, counting from 0; missing past its end.
pub fn item(builder: &mut Builder, list: Operand, index: i64) -> Operand {
    let index = builder.i64(index);
    let present = builder.call(Function::HasItem, &[list.value, index]);
    let function = match type_of(list.data_type) {
        Type::Bool => Function::ItemBool,
        Type::F32 => Function::ItemF32,
        Type::F64 => Function::ItemF64,
        Type::String => Function::ItemString,
        Type::I64 | Type::List => Function::ItemI64,
    };
    let value = builder.call(function, &[list.value, index]);
    Operand::optional(value, present, list.data_type)
}

/// Returns the list of some operands.
pub fn of_operands(builder: &mut Builder, operands: &[Operand]) -> Value {
    let items: Vec<(Value, Value)> =
        operands.iter().map(|operand| (operand.value, operand.presence(builder))).collect();
    builder.list(&items)
}

/// Returns the item at a place of a ranking, counting from 1; missing past its end.
pub fn ranked(builder: &mut Builder, ranking: Operand, rank: i64) -> Operand {
    let item = item(builder, ranking, rank.saturating_sub(1));
    Operand { present: both(builder, ranking.present, item.present), ..item }
}
