//! Predicates, lowered to three-valued booleans.
//!
//! A comparison with a missing field is unknown; `isMissing` and `isNotMissing` never are. The literal of a predicate
//! is parsed in the field's declared type and compared in it, with one exception: an integer field is compared as a
//! real number with a literal that is a number but not an integer. A word equals no number. Any other literal that is
//! not a value of the field's type makes those rows fail that reach it; [`Guard`]s say which rows skip a predicate.

use super::build::numbers;
use super::checked;
use super::field::Field;
use super::scope::ScopeId;
use super::state::Lowering;
use crate::document::data_dictionary::{DataType, OpType};
use crate::document::predicate::{
    BooleanOperator, CompoundPredicate, Operator, Predicate, SetOperator, SimplePredicate, SimpleSetPredicate,
};
use crate::error::{Error, Position, Result};
use crate::ir::{Binary, Builder, Constant, Function, SetData, Type, Unary, Value};
use crate::lower::build::guard::Guard;
use crate::lower::build::literal::{self, Comparand};
use crate::lower::build::operand::type_of;
use crate::lower::build::ternary::Ternary;

impl<'d> Lowering<'d> {
    /// Lowers a predicate.
    pub fn predicate(&mut self, scope: ScopeId, predicate: &'d Predicate) -> Result<Ternary> {
        match predicate {
            Predicate::True(_) => Ok(Ternary::known(self.builder.bool(true))),
            Predicate::False(_) => Ok(Ternary::known(self.builder.bool(false))),
            Predicate::SimplePredicate(simple) => simple_predicate(self, scope, simple),
            Predicate::SimpleSetPredicate(set) => simple_set_predicate(self, scope, set),
            Predicate::CompoundPredicate(predicate) => {
                self.nested(predicate.position, "CompoundPredicate", |lowering| {
                    compound_predicate(lowering, scope, predicate)
                })
            }
        }
    }
}

/// Finds the first ambiguous literal of a predicate, or of one inside of it, and warns of it. Returns the field that is
/// compared with it, and the message for rows that reach it.
pub fn unclear_literal<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    predicate: &'d Predicate,
) -> Result<Option<(Field<'d>, String)>> {
    let (name, position, element) = match predicate {
        Predicate::True(_) | Predicate::False(_) => return Ok(None),
        Predicate::SimplePredicate(simple) => (&simple.field, simple.position, "SimplePredicate"),
        Predicate::SimpleSetPredicate(set) => (&set.field, set.position, "SimpleSetPredicate"),
        Predicate::CompoundPredicate(compound) => {
            for predicate in &compound.predicates {
                if let Some(found) = unclear_literal(lowering, scope, predicate)? {
                    return Ok(Some(found));
                }
            }
            return Ok(None);
        }
    };
    let field = lowering.field(scope, name, position, element)?;
    let data_type = field.operand.data_type;
    let unclear = match predicate {
        Predicate::SimplePredicate(simple) => match &simple.value {
            Some(text) if !matches!(simple.operator, Operator::IsMissing | Operator::IsNotMissing) => {
                let comparand =
                    simple_comparand(&mut lowering.builder, &field, comparison(simple.operator), text);
                (comparand == Comparand::Unclear).then_some(text)
            }
            _ => None,
        },
        Predicate::SimpleSetPredicate(set) => {
            let builder = &mut lowering.builder;
            let mut literals = set.array.values.iter();
            literals.find(|text| literal::comparand(builder, data_type, text) == Comparand::Unclear)
        }
        Predicate::True(_) | Predicate::False(_) | Predicate::CompoundPredicate(_) => None,
    };
    let Some(text) = unclear.filter(|_| !field.operand.is_list) else { return Ok(None) };
    Ok(Some((field, warn_unclear(lowering, data_type, text, position, element))))
}

/// Warns of an ambiguous literal, and returns the message for rows that reach it.
fn warn_unclear(
    lowering: &mut Lowering<'_>,
    data_type: DataType,
    text: &str,
    position: Position,
    element: &str,
) -> String {
    let what = format!("of the type {data_type} with `{text}`");
    lowering.warn(position, element, format!("`{element}` compares a field {what}: rows that reach it fail"));
    format!("{element} at {position} compares a value {what}")
}

/// Parses the literal of a simple predicate. One that has no place in an order is ambiguous in an ordering.
fn simple_comparand(builder: &mut Builder, field: &Field<'_>, comparison: Binary, text: &str) -> Comparand {
    let is_order = !matches!(comparison, Binary::Equal | Binary::NotEqual);
    match literal::comparand(builder, field.operand.data_type, text) {
        Comparand::Never if is_order => Comparand::Unclear,
        Comparand::Real(_) if is_order && field.domain.optype == OpType::Ordinal => Comparand::Unclear,
        comparand => comparand,
    }
}

/// Lowers a `SimplePredicate`. An ambiguous literal makes the rows fail that reach it.
fn simple_predicate<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    predicate: &'d SimplePredicate,
) -> Result<Ternary> {
    let field = lowering.field(scope, &predicate.field, predicate.position, "SimplePredicate")?;
    let missing_test = match predicate.operator {
        Operator::IsMissing => Some(true),
        Operator::IsNotMissing => Some(false),
        _ => None,
    };
    if let Some(is_missing) = missing_test {
        let present = field.operand.presence(&mut lowering.builder);
        let outcome = if is_missing { lowering.builder.not(present) } else { present };
        return Ok(Ternary::known(outcome));
    }
    let Some(text) = &predicate.value else {
        let message =
            format!("`SimplePredicate` with the operator {} lacks the attribute `value`", predicate.operator);
        return Err(Error::invalid(predicate.position, "SimplePredicate", message));
    };
    let comparison = comparison(predicate.operator);
    let (position, element, operand) = (predicate.position, "SimplePredicate", field.operand);
    let is_unclear = simple_comparand(&mut lowering.builder, &field, comparison, text) == Comparand::Unclear;
    let outcome = if is_unclear && !operand.is_list {
        let message = warn_unclear(lowering, operand.data_type, text, position, element);
        lowering.fail_guarded(operand.present, message);
        lowering.builder.bool(false)
    } else {
        compare_with_literal(lowering, &field, comparison, text, position, element)?
    };
    Ok(Ternary::where_present(&mut lowering.builder, outcome, field.operand.present))
}

/// Returns a bool: the comparison of a field, if it is present, with a literal.
pub fn compare_with_literal<'d>(
    lowering: &mut Lowering<'d>,
    field: &Field<'d>,
    comparison: Binary,
    text: &str,
    position: Position,
    element: &str,
) -> Result<Value> {
    let operand = field.operand;
    operand.refuse_list("compares", position, element)?;
    let is_order = !matches!(comparison, Binary::Equal | Binary::NotEqual);
    if is_order && field.domain.optype == OpType::Ordinal {
        return compare_ranks(lowering, field, comparison, text, position, element);
    }
    let constant = match simple_comparand(&mut lowering.builder, field, comparison, text) {
        Comparand::Value(constant) => constant,
        Comparand::Real(real) => {
            if !is_order {
                checked::sought_category(lowering, operand.data_type, text, position, element)?;
            }
            let left = numbers::to_f64(&mut lowering.builder, operand.value, operand.data_type);
            let right = lowering.builder.f64(real);
            return Ok(lowering.builder.binary(comparison, left, right));
        }
        Comparand::Never | Comparand::Unclear => {
            checked::sought_category(lowering, operand.data_type, text, position, element)?;
            return Ok(lowering.builder.bool(comparison == Binary::NotEqual));
        }
    };
    let right = lowering.builder.constant(constant);
    if is_order && operand.data_type == DataType::String && field.domain.optype == OpType::Categorical {
        let message = format!("`{element}` compares a categorical string by order");
        return Err(Error::invalid(position, element, message));
    }
    Ok(compare(&mut lowering.builder, comparison, operand.value, right, operand.data_type))
}

/// Returns a bool: the comparison of two values by the natural order of their data type.
pub fn compare(
    builder: &mut Builder,
    comparison: Binary,
    left: Value,
    right: Value,
    data_type: DataType,
) -> Value {
    let is_order = !matches!(comparison, Binary::Equal | Binary::NotEqual);
    match type_of(data_type) {
        Type::String if is_order => {
            let order = builder.call(Function::CompareStrings, &[left, right]);
            let zero = builder.i64(0);
            builder.binary(comparison, order, zero)
        }
        Type::Bool if is_order => {
            let left = builder.unary(Unary::BoolToI64, left);
            let right = builder.unary(Unary::BoolToI64, right);
            builder.binary(comparison, left, right)
        }
        _ => builder.binary(comparison, left, right),
    }
}

/// Compares by the order of the field's valid values. Values not listed come before all others.
fn compare_ranks<'d>(
    lowering: &mut Lowering<'d>,
    field: &Field<'d>,
    comparison: Binary,
    text: &str,
    position: Position,
    element: &str,
) -> Result<Value> {
    let data_type = field.operand.data_type;
    let right = literal::value(&mut lowering.builder, data_type, text, position, element)?;
    if field.domain.valid_values().next().is_none() {
        return Ok(compare(&mut lowering.builder, comparison, field.operand.value, right, data_type));
    }
    let left = rank(lowering, field, field.operand.value)?;
    let right = rank(lowering, field, right)?;
    Ok(lowering.builder.binary(comparison, left, right))
}

/// Returns the rank of a value among a field's valid values, as `i64`: 0 for the first, -1 for a value that is not
/// listed.
pub fn rank<'d>(lowering: &mut Lowering<'d>, field: &Field<'d>, value: Value) -> Result<Value> {
    let data_type = field.operand.data_type;
    let mut keys = Vec::new();
    for valid in field.domain.valid_values() {
        let key = checked::sought_category(lowering, data_type, &valid.value, valid.position, "Value")?;
        keys.extend(key.map(|key| vec![key]));
    }
    let map = crate::ir::MapData::new(vec![type_of(data_type)], keys);
    Ok(lowering.builder.find(map, &[value]))
}

/// Lowers a `SimpleSetPredicate`. An ambiguous literal makes the rows fail that reach it.
fn simple_set_predicate<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    predicate: &'d SimpleSetPredicate,
) -> Result<Ternary> {
    let field = lowering.field(scope, &predicate.field, predicate.position, "SimpleSetPredicate")?;
    let operand = field.operand;
    operand.refuse_list("tests", predicate.position, "SimpleSetPredicate")?;
    let (position, element) = (predicate.array.position, "SimpleSetPredicate");
    let mut elements: Vec<Constant> = Vec::with_capacity(predicate.array.values.len());
    for text in &predicate.array.values {
        if literal::comparand(&mut lowering.builder, operand.data_type, text) == Comparand::Unclear {
            let message = warn_unclear(lowering, operand.data_type, text, predicate.position, element);
            lowering.fail_guarded(operand.present, message);
            let outcome = lowering.builder.bool(false);
            return Ok(Ternary::where_present(&mut lowering.builder, outcome, operand.present));
        }
        elements.extend(checked::sought_category(lowering, operand.data_type, text, position, element)?);
    }
    let found = lowering.builder.contains(SetData::new(operand.ty(), elements), operand.value);
    let outcome = match predicate.boolean_operator {
        SetOperator::IsIn => found,
        SetOperator::IsNotIn => lowering.builder.not(found),
    };
    Ok(Ternary::where_present(&mut lowering.builder, outcome, operand.present))
}

/// Lowers a `CompoundPredicate`. Guards make each predicate fail only rows that those before it have not decided.
fn compound_predicate<'d>(
    lowering: &mut Lowering<'d>,
    scope: ScopeId,
    predicate: &'d CompoundPredicate,
) -> Result<Ternary> {
    let Some((first, others)) = predicate.predicates.split_first() else {
        let message = "`CompoundPredicate` has no predicates";
        return Err(Error::invalid(predicate.position, "CompoundPredicate", message));
    };
    let mut outcome = lowering.predicate(scope, first)?;
    for other in others {
        let guard = match predicate.boolean_operator {
            BooleanOperator::And => Some(Guard::NotFalse(outcome)),
            BooleanOperator::Or => Some(Guard::Not(outcome.is_true)),
            BooleanOperator::Surrogate => Some(Guard::Unknown(outcome)),
            BooleanOperator::Xor => None,
        };
        let other = lowering.guarded(guard, |lowering| lowering.predicate(scope, other))?;
        let builder = &mut lowering.builder;
        outcome = match predicate.boolean_operator {
            BooleanOperator::And => outcome.and(builder, other),
            BooleanOperator::Or => outcome.or(builder, other),
            BooleanOperator::Xor => outcome.xor(builder, other),
            BooleanOperator::Surrogate => outcome.surrogate(builder, other),
        };
    }
    Ok(outcome)
}

/// Returns the comparison that an operator stands for.
pub fn comparison(operator: Operator) -> Binary {
    match operator {
        Operator::NotEqual => Binary::NotEqual,
        Operator::LessThan => Binary::Less,
        Operator::LessOrEqual => Binary::LessOrEqual,
        Operator::GreaterThan => Binary::Greater,
        Operator::GreaterOrEqual => Binary::GreaterOrEqual,
        // The operators that do not compare are handled before.
        Operator::Equal | Operator::IsMissing | Operator::IsNotMissing => Binary::Equal,
    }
}
