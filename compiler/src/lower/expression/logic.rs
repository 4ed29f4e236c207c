//! Functions of booleans, and tests of whether a value is present.
//!
//! `and` and `or` are three-valued: `false` decides an `and`, `true` an `or`, whether the other arguments are missing
//! or not.

use super::call::{Call, CallResult};
use crate::document::data_dictionary::DataType;
use crate::error::Result;
use crate::ir::Builder;
use crate::lower::build::operand::Operand;
use crate::lower::build::ternary::Ternary;
use crate::lower::convert;
use crate::lower::state::Lowering;

/// A test of an argument that need not be present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    /// There is no value.
    Missing,
    /// There is a value.
    NotMissing,
    /// There is a value, and it is valid for its field.
    Valid,
    /// There is a value, and it is invalid for its field.
    NotValid,
}

/// Lowers a test of an argument. An argument that is not just a field is valid whenever it is present.
pub(super) fn test(builder: &mut Builder, call: &Call<'_>, test: Test) -> CallResult {
    let argument = call.arguments.first();
    let present = match argument {
        Some(argument) => argument.operand.presence(builder),
        None => builder.bool(false),
    };
    let valid = argument.and_then(|argument| argument.field).and_then(|field| field.valid);
    let outcome = match (test, valid) {
        (Test::Missing, _) => builder.not(present),
        (Test::NotMissing, _) | (Test::Valid, None) => present,
        (Test::Valid, Some(valid)) => builder.and(present, valid),
        (Test::NotValid, None) => builder.bool(false),
        (Test::NotValid, Some(valid)) => {
            let invalid = builder.not(valid);
            builder.and(present, invalid)
        }
    };
    CallResult::valid(Operand::present(outcome, DataType::Boolean))
}

/// Converts an operand to a three-valued boolean: 0, 1 and the strings of booleans count as booleans.
pub(super) fn as_ternary<'d>(
    lowering: &mut Lowering<'d>,
    call: &Call<'d>,
    index: usize,
    operand: Operand,
) -> Result<Ternary> {
    if operand.is_list {
        return Err(call.wrong(index, "must be a boolean, but is a list of values"));
    }
    let boolean = convert::cast(lowering, operand, DataType::Boolean, call.apply.position, "Apply")?;
    Ok(Ternary::where_present(&mut lowering.builder, boolean.value, boolean.present))
}

/// Converts a three-valued boolean to an operand.
pub(super) fn as_operand(builder: &mut Builder, ternary: Ternary) -> Operand {
    let present = ternary.is_unknown.map(|is_unknown| builder.not(is_unknown));
    Operand { value: ternary.is_true, present, data_type: DataType::Boolean, is_list: false }
}

/// Lowers `and`, or `or` if `is_and` is false.
pub(super) fn junction<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>, is_and: bool) -> Result<CallResult> {
    let mut outcome = Ternary::known(lowering.builder.bool(is_and));
    for (index, argument) in call.arguments.iter().enumerate() {
        let next = as_ternary(lowering, call, index, argument.operand)?;
        let builder = &mut lowering.builder;
        outcome = match (index, is_and) {
            (0, _) => next,
            (_, true) => outcome.and(builder, next),
            (_, false) => outcome.or(builder, next),
        };
    }
    Ok(CallResult::valid(as_operand(&mut lowering.builder, outcome)))
}

pub(super) fn negation<'d>(lowering: &mut Lowering<'d>, call: &Call<'d>) -> Result<CallResult> {
    let Some(argument) = call.arguments.first() else { return Err(call.wrong(0, "is absent")) };
    let outcome = as_ternary(lowering, call, 0, argument.operand)?;
    let negated = Ternary { is_true: outcome.is_false(&mut lowering.builder), ..outcome };
    Ok(CallResult::valid(as_operand(&mut lowering.builder, negated)))
}
