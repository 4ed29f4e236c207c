//! Functions that compare values: `equal`, `lessThan` and the like, `isIn`.
//!
//! Values of the same type are compared in it; otherwise the second is cast to the type of the first. If the first is
//! an integer and the second a real number, they are compared as real numbers. So a `float` field that holds 0.1 equals
//! the double 0.1, as in a predicate.

use super::call::{Argument, Call, CallResult};
use crate::document::data_dictionary::{DataType, OpType};
use crate::error::Result;
use crate::ir::{Binary, Constant, SetData, Value};
use crate::lower::build::operand::{Operand, all_present};
use crate::lower::state::Lowering;
use crate::lower::{convert, predicate};

pub(super) fn call<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    comparison: Binary,
) -> Result<CallResult> {
    let [left, right] = call.arguments.as_slice() else { return Err(call.wrong(0, "is not one of two")) };
    let present = all_present(&mut lowering.builder, [&left.operand, &right.operand]);
    let value = compare_arguments(lowering, call, comparison, left, right, 1)?;
    Ok(CallResult::valid(Operand { value, present, data_type: DataType::Boolean, is_list: false }))
}

/// Returns a bool: the comparison of two arguments, if both are present. `index` is that of the second.
fn compare_arguments<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    comparison: Binary,
    left: &Argument<'d>,
    right: &Argument<'d>,
    index: usize,
) -> Result<Value> {
    if left.operand.is_list {
        return Err(call.wrong(0, "is a list of values, which cannot be compared"));
    }
    if right.operand.is_list {
        return Err(call.wrong(index, "is a list of values, which cannot be compared"));
    }
    let data_type = match (left.operand.data_type, right.operand.data_type) {
        (DataType::Integer, DataType::Float | DataType::Double) => DataType::Double,
        (left, _) => left,
    };
    let position = call.apply.position;
    let left_value = convert::cast(lowering, left.operand, data_type, position, "Apply")?.value;
    // If the first is missing, nothing is compared, and so no cast can fail.
    let mut right_operand = right.operand;
    if let Some(present) = left.operand.present {
        right_operand = right_operand.only_if(&mut lowering.builder, present);
    }
    let right_value = convert::cast(lowering, right_operand, data_type, position, "Apply")?.value;
    let is_order = !matches!(comparison, Binary::Equal | Binary::NotEqual);
    if is_order
        && let Some(field) = left.field
        && field.domain.optype == OpType::Ordinal
        && field.domain.valid_values().next().is_some()
    {
        let left = predicate::rank(lowering, &field, left_value)?;
        let right = predicate::rank(lowering, &field, right_value)?;
        return Ok(lowering.builder.binary(comparison, left, right));
    }
    Ok(predicate::compare(&mut lowering.builder, comparison, left_value, right_value, data_type))
}

/// Lowers `isIn`, or `isNotIn` if `is_in` is false. A missing value is among missing ones, so the result is never
/// missing.
pub(super) fn is_in<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>, is_in: bool) -> Result<CallResult> {
    let Some((value, list)) = call.arguments.split_first() else {
        return Err(call.wrong(0, "is absent"));
    };
    if value.operand.is_list {
        return Err(call.wrong(0, "is a list of values, which cannot be compared"));
    }
    let builder = &mut lowering.builder;
    let mut found = builder.bool(false);
    let mut missing_found = builder.bool(false);
    let mut constants: Vec<Constant> = Vec::new();
    for (index, element) in list.iter().enumerate() {
        let element_present = element.operand.presence(&mut lowering.builder);
        if element.operand.present.is_some() {
            missing_found = if element.operand.is_always_missing(&lowering.builder) {
                lowering.builder.bool(true)
            } else {
                let missing = lowering.builder.not(element_present);
                lowering.builder.or(missing_found, missing)
            };
        }
        if element.operand.is_always_missing(&lowering.builder)
            || value.operand.is_always_missing(&lowering.builder)
        {
            continue;
        }
        // Constants of the value's own type become a set.
        if element.operand.data_type == value.operand.data_type
            && element.operand.present.is_none()
            && let Some(constant) = lowering.builder.program().constant(element.operand.value)
        {
            constants.push(constant);
            continue;
        }
        let equal = compare_arguments(lowering, call, Binary::Equal, value, element, index + 1)?;
        let equal = lowering.builder.and(element_present, equal);
        found = lowering.builder.or(found, equal);
    }
    if !constants.is_empty() {
        let set = SetData::new(value.operand.ty(), constants);
        let contained = lowering.builder.contains(set, value.operand.value);
        found = lowering.builder.or(found, contained);
    }
    if let Some(present) = value.operand.present {
        found = lowering.builder.select(present, found, missing_found);
    }
    let value = if is_in { found } else { lowering.builder.not(found) };
    Ok(CallResult::valid(Operand::present(value, DataType::Boolean)))
}
