//! The function `if`.
//!
//! Only the branch taken is evaluated: the other costs nothing and cannot make the row fail. If both branches are short
//! and only compute, both are computed and the condition selects, which is faster; failures are then tied to the
//! condition.

use super::treatment;
use crate::document::data_dictionary::DataType;
use crate::document::expression::{Apply, Expression};
use crate::error::{Error, Position, Result};
use crate::ir::{Builder, Operation, Region, Value};
use crate::lower::build::operand::{Operand, common_numeric, is_numeric};
use crate::lower::convert;
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;

/// Maximum number of instructions of a branch that is computed whether it is taken or not.
const SHORT: usize = 24;

/// Lowers `if` with its two or three arguments. If the condition is missing, so is the result.
pub(super) fn apply_if<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    apply: &'d Apply,
    expected: Option<DataType>,
) -> Result<Operand> {
    let Some((condition, branches)) = apply.expressions.split_first() else {
        return Err(Error::invalid(apply.position, "Apply", "the function `if` has no condition"));
    };
    let condition = lowering.expression(scope, condition, Some(DataType::Boolean))?;
    let condition = convert::cast(lowering, condition, DataType::Boolean, apply.position, "Apply")?;
    let then = branch(lowering, scope, branches.first(), expected)?;
    let otherwise = branch(lowering, scope, branches.get(1), expected)?;
    let data_type = branch_type(&lowering.builder, apply, then.1, otherwise.1, expected)?;
    let then = cast_branch(lowering, apply, then, data_type)?;
    let otherwise = cast_branch(lowering, apply, otherwise, data_type)?;

    let is_true = match condition.present {
        Some(present) => lowering.builder.and(present, condition.value),
        None => condition.value,
    };
    let mut result = if is_short(&lowering.builder, then.0) && is_short(&lowering.builder, otherwise.0) {
        let is_other = lowering.builder.not(is_true);
        let is_other = match condition.present {
            Some(present) => lowering.builder.and(present, is_other),
            None => is_other,
        };
        lowering.builder.dissolve(then.0, is_true);
        lowering.builder.dissolve(otherwise.0, is_other);
        Operand::choose(&mut lowering.builder, is_true, then.1, otherwise.1)
    } else {
        choose_region(&mut lowering.builder, condition, is_true, then, otherwise)
    };
    if let Some(present) = condition.present {
        result = result.only_if(&mut lowering.builder, present);
    }
    // Only the condition and the branch taken are arguments that can be missing.
    if let (Some(text), Some(present)) = (&apply.map_missing_to, result.present) {
        let (cast, replacement) = treatment::replacement(lowering, apply, result, text, expected)?;
        result = Operand::choose(&mut lowering.builder, present, cast, replacement);
    }
    treatment::treat_missing_result(lowering, apply, result, expected)
}

/// Lowers something that is computed if a condition is true; otherwise it is missing and cannot make the row fail.
pub fn only_where<'d>(
    lowering: &mut Lowering<'d>,
    condition: Value,
    position: Position,
    lower: impl FnOnce(&mut Lowering<'d>) -> Result<Operand>,
) -> Result<Operand> {
    check_depth(&lowering.builder, position)?;
    let region = lowering.builder.open();
    let operand = lower(lowering)?;
    lowering.builder.close(Vec::new());
    if is_short(&lowering.builder, region) {
        lowering.builder.dissolve(region, condition);
        return Ok(operand.only_if(&mut lowering.builder, condition));
    }
    let nothing = lowering.builder.open();
    let missing = Operand::missing(&mut lowering.builder, operand.data_type);
    lowering.builder.close(Vec::new());
    let always = Operand::present(condition, DataType::Boolean);
    Ok(choose_region(&mut lowering.builder, always, condition, (region, operand), (nothing, missing)))
}

/// Lowers a branch into a separate region; an absent one is missing.
fn branch<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    expression: Option<&'d Expression>,
    expected: Option<DataType>,
) -> Result<(Region, Operand)> {
    let region = lowering.builder.open();
    let operand = match expression {
        Some(expression) => {
            check_depth(&lowering.builder, expression.position())?;
            lowering.expression(scope, expression, expected)?
        }
        None => Operand::missing(&mut lowering.builder, expected.unwrap_or(DataType::Double)),
    };
    lowering.builder.close(Vec::new());
    Ok((region, operand))
}

/// Fails if regions are nested too deep for another condition.
fn check_depth(builder: &Builder, position: Position) -> Result<()> {
    // A condition that may be missing needs two more regions.
    if builder.depth() + 2 > crate::ir::MAX_NESTING {
        let message = "expressions that are evaluated under a condition are nested too deep".to_owned();
        return Err(Error::Limit { position, message });
    }
    Ok(())
}

/// Returns the type of the result: the expected one, else the common type of the branches.
fn branch_type(
    builder: &Builder,
    apply: &Apply,
    then: Operand,
    otherwise: Operand,
    expected: Option<DataType>,
) -> Result<DataType> {
    if then.is_list != otherwise.is_list {
        let message = "the function `if` chooses between a value and a list of values";
        return Err(Error::unsupported(apply.position, "Apply", message));
    }
    Ok(match (then.data_type, otherwise.data_type) {
        (left, right) if left == right => left,
        _ if then.is_list => then.data_type,
        (left, _) if otherwise.is_always_missing(builder) => left,
        (_, right) if then.is_always_missing(builder) => right,
        _ if expected.is_some() => expected.unwrap_or(DataType::String),
        (left, right) if is_numeric(left) && is_numeric(right) => common_numeric(left, right),
        _ => DataType::String,
    })
}

/// Casts the result of a branch inside of the branch's region, so that only rows that take it can fail.
fn cast_branch(
    lowering: &mut Lowering<'_>,
    apply: &Apply,
    (region, operand): (Region, Operand),
    data_type: DataType,
) -> Result<(Region, Operand)> {
    lowering.builder.resume(region);
    let operand = convert::cast_or_list(lowering, operand, data_type, apply.position, "Apply")?;
    lowering.builder.close(Vec::new());
    Ok((region, operand))
}

/// Returns whether a region is short and has no instruction that must not run for other rows.
fn is_short(builder: &Builder, region: Region) -> bool {
    let program = builder.program();
    let instructions = &program.regions[region].instructions;
    instructions.len() <= SHORT
        && instructions.iter().all(|instruction| {
            matches!(
                program.instructions[*instruction].operation,
                Operation::Constant(_)
                    | Operation::Input(..)
                    | Operation::Unary(..)
                    | Operation::Binary(..)
                    | Operation::Select(..)
                    | Operation::Lookup(..)
                    | Operation::Contains(..)
                    | Operation::FailIf(..)
            )
        })
}

/// Runs one of two regions by a condition; neither if the condition is missing.
fn choose_region(
    builder: &mut Builder,
    condition: Operand,
    is_true: Value,
    (then_region, then): (Region, Operand),
    (otherwise_region, otherwise): (Region, Operand),
) -> Operand {
    let always = then.present.is_none() && otherwise.present.is_none();
    for (region, operand) in [(then_region, then), (otherwise_region, otherwise)] {
        builder.resume(region);
        let mut yields = vec![operand.value];
        if !always {
            yields.push(operand.presence(builder));
        }
        builder.close(yields);
    }
    let otherwise_region = match condition.present {
        None => otherwise_region,
        Some(present) => {
            let around = builder.open();
            let nothing = builder.open();
            let mut yields = vec![builder.zero(then.ty())];
            if !always {
                yields.push(builder.bool(false));
            }
            builder.close(yields);
            let results = builder.end_branch(present, otherwise_region, nothing);
            builder.close(results);
            around
        }
    };
    let results = builder.end_branch(is_true, then_region, otherwise_region);
    match results.as_slice() {
        [value, present, ..] => Operand { value: *value, present: Some(*present), ..then },
        [value] => Operand { value: *value, present: None, ..then },
        // A branch yields at least a value.
        [] => then,
    }
}
