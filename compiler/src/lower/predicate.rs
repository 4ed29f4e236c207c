//! Predicates.
//!
//! A comparison with a missing field is unknown; `isMissing` and `isNotMissing` never are. The value of a predicate is
//! read in the field's declared type and compared in it, with one exception: a literal that is a number but no integer is
//! compared with an integer field as real numbers compare. A word equals no number. What else is no value of the field's
//! type makes the rows fail that come to it, and no others: a [`Guard`] says where a predicate is not looked at.

use super::Lowering;
use super::field::Field;
use super::literal::{self, Comparand};
use super::operand::{both, type_of};
use super::scope::ScopeId;
use super::ternary::Ternary;
use crate::document::data_dictionary::{DataType, OpType};
use crate::document::predicate::{
    BooleanOperator, CompoundPredicate, Operator, Predicate, SetOperator, SimplePredicate, SimpleSetPredicate,
};
use crate::error::{Error, Position, Result};
use crate::ir::{Binary, Constant, Function, SetData, Type, Unary, Value};

/// Where a predicate is looked at: not where those before it have decided already.
#[derive(Clone, Copy, Debug)]
pub enum Guard {
    /// Where a bool is true.
    True(Value),
    /// Where a bool is false.
    Not(Value),
    /// Where another outcome is not false.
    NotFalse(Ternary),
    /// Where another outcome is unknown.
    Unknown(Ternary),
    /// Where a double is not zero.
    NotZero(Value),
}

impl<'d> Lowering<'d> {
    /// Lowers predicates that are looked at only where a guard allows it.
    pub fn guarded<T>(
        &mut self,
        guard: impl IntoIterator<Item = Guard>,
        lower: impl FnOnce(&mut Self) -> T,
    ) -> T {
        let before = self.guards.len();
        self.guards.extend(guard);
        let result = lower(self);
        self.guards.truncate(before);
        result
    }

    /// Makes rows fail that come to the predicate being lowered and have its field.
    fn fail_guarded(&mut self, present: Option<Value>, message: String) {
        // The guards first: what they come to is the same for all that stand behind them.
        let mut condition = None;
        for guard in self.guards.clone() {
            let builder = &mut self.builder;
            let allowed = match guard {
                Guard::True(value) => value,
                Guard::Not(value) => builder.not(value),
                Guard::NotFalse(outcome) => {
                    let is_false = outcome.is_false(builder);
                    builder.not(is_false)
                }
                Guard::Unknown(outcome) => outcome.unknown(builder),
                Guard::NotZero(value) => {
                    let zero = builder.f64(0.0);
                    builder.binary(Binary::NotEqual, value, zero)
                }
            };
            condition = both(builder, condition, Some(allowed));
        }
        let condition = both(&mut self.builder, condition, present);
        self.fail_where(condition, message);
    }

    /// Finds the first literal of a predicate, or of one inside of it, that is in doubt, with a warning. Returns the field
    /// that is compared with it, and the message of the rows that come to it.
    pub fn unclear_literal(
        &mut self,
        scope: ScopeId,
        predicate: &'d Predicate,
    ) -> Result<Option<(Field<'d>, String)>> {
        let (name, position, element) = match predicate {
            Predicate::True(_) | Predicate::False(_) => return Ok(None),
            Predicate::SimplePredicate(simple) => (&simple.field, simple.position, "SimplePredicate"),
            Predicate::SimpleSetPredicate(set) => (&set.field, set.position, "SimpleSetPredicate"),
            Predicate::CompoundPredicate(compound) => {
                for predicate in &compound.predicates {
                    if let Some(found) = self.unclear_literal(scope, predicate)? {
                        return Ok(Some(found));
                    }
                }
                return Ok(None);
            }
        };
        let field = self.field(scope, name, position, element)?;
        let data_type = field.operand.data_type;
        let unclear = match predicate {
            Predicate::SimplePredicate(simple) => match &simple.value {
                Some(text) if !matches!(simple.operator, Operator::IsMissing | Operator::IsNotMissing) => {
                    let comparand = self.simple_comparand(&field, comparison(simple.operator), text);
                    (comparand == Comparand::Unclear).then_some(text)
                }
                _ => None,
            },
            Predicate::SimpleSetPredicate(set) => {
                let builder = &mut self.builder;
                let mut texts = set.array.values.iter();
                texts.find(|text| literal::comparand(builder, data_type, text) == Comparand::Unclear)
            }
            Predicate::True(_) | Predicate::False(_) | Predicate::CompoundPredicate(_) => None,
        };
        let Some(text) = unclear.filter(|_| !field.operand.is_list) else { return Ok(None) };
        Ok(Some((field, self.doubtful(data_type, text, position, element))))
    }

    /// Warns of a literal that is in doubt, and returns the message of the rows that come to it.
    fn doubtful(&mut self, data_type: DataType, text: &str, position: Position, element: &str) -> String {
        let what = format!("of the type {data_type} with `{text}`");
        self.warn(
            position,
            element,
            format!("`{element}` compares a field {what}: rows that come to it fail"),
        );
        format!("{element} at {position} compares a value {what}")
    }

    /// Reads the literal of a simple predicate. What has no place in an order is in doubt there.
    fn simple_comparand(&mut self, field: &Field<'d>, comparison: Binary, text: &str) -> Comparand {
        let is_order = !matches!(comparison, Binary::Equal | Binary::NotEqual);
        match literal::comparand(&mut self.builder, field.operand.data_type, text) {
            Comparand::Never if is_order => Comparand::Unclear,
            Comparand::Real(_) if is_order && field.domain.optype == OpType::Ordinal => Comparand::Unclear,
            comparand => comparand,
        }
    }

    /// The outcome of a predicate.
    pub fn predicate(&mut self, scope: ScopeId, predicate: &'d Predicate) -> Result<Ternary> {
        match predicate {
            Predicate::True(_) => Ok(Ternary::known(self.builder.bool(true))),
            Predicate::False(_) => Ok(Ternary::known(self.builder.bool(false))),
            Predicate::SimplePredicate(simple) => self.simple_predicate(scope, simple),
            Predicate::SimpleSetPredicate(set) => self.simple_set_predicate(scope, set),
            Predicate::CompoundPredicate(predicate) => {
                self.nested(predicate.position, "CompoundPredicate", |lowering| {
                    lowering.compound_predicate(scope, predicate)
                })
            }
        }
    }

    fn simple_predicate(&mut self, scope: ScopeId, predicate: &'d SimplePredicate) -> Result<Ternary> {
        let field = self.field(scope, &predicate.field, predicate.position, "SimplePredicate")?;
        let missing_test = match predicate.operator {
            Operator::IsMissing => Some(true),
            Operator::IsNotMissing => Some(false),
            _ => None,
        };
        if let Some(is_missing) = missing_test {
            let present = field.operand.presence(&mut self.builder);
            let outcome = if is_missing { self.builder.not(present) } else { present };
            return Ok(Ternary::known(outcome));
        }
        let Some(text) = &predicate.value else {
            let message = format!(
                "`SimplePredicate` with the operator {} lacks the attribute `value`",
                predicate.operator
            );
            return Err(Error::invalid(predicate.position, "SimplePredicate", message));
        };
        let comparison = comparison(predicate.operator);
        let (position, element, operand) = (predicate.position, "SimplePredicate", field.operand);
        let is_unclear = self.simple_comparand(&field, comparison, text) == Comparand::Unclear;
        let outcome = match is_unclear && !operand.is_list {
            true => {
                let message = self.doubtful(operand.data_type, text, position, element);
                self.fail_guarded(operand.present, message);
                self.builder.bool(false)
            }
            false => self.compare_with_literal(&field, comparison, text, position, element)?,
        };
        Ok(Ternary::where_present(&mut self.builder, outcome, field.operand.present))
    }

    /// A bool: how a field, where it is present, compares with a literal.
    pub fn compare_with_literal(
        &mut self,
        field: &Field<'d>,
        comparison: Binary,
        text: &str,
        position: Position,
        element: &str,
    ) -> Result<Value> {
        let operand = field.operand;
        if operand.is_list {
            let message = format!("`{element}` compares a list of values");
            return Err(Error::unsupported(position, element, message));
        }
        let is_order = !matches!(comparison, Binary::Equal | Binary::NotEqual);
        if is_order && field.domain.optype == OpType::Ordinal {
            return self.compare_ranks(field, comparison, text, position, element);
        }
        let constant = match self.simple_comparand(field, comparison, text) {
            Comparand::Value(constant) => constant,
            Comparand::Real(real) => {
                if !is_order {
                    self.sought_category(operand.data_type, text, position, element)?;
                }
                let left = self.to_f64(operand.value, operand.data_type);
                let right = self.builder.f64(real);
                return Ok(self.builder.binary(comparison, left, right));
            }
            Comparand::Never | Comparand::Unclear => {
                self.sought_category(operand.data_type, text, position, element)?;
                return Ok(self.builder.bool(comparison == Binary::NotEqual));
            }
        };
        let right = self.builder.constant(constant);
        if is_order && operand.data_type == DataType::String && field.domain.optype == OpType::Categorical {
            let message = format!("`{element}` asks for the order of a categorical string");
            return Err(Error::invalid(position, element, message));
        }
        Ok(self.compare(comparison, operand.value, right, operand.data_type))
    }

    /// A bool: how two values of a data type compare by their own order.
    pub fn compare(&mut self, comparison: Binary, left: Value, right: Value, data_type: DataType) -> Value {
        let is_order = !matches!(comparison, Binary::Equal | Binary::NotEqual);
        let builder = &mut self.builder;
        match type_of(data_type) {
            Type::String if is_order => {
                let order = builder.call(Function::CompareTexts, &[left, right]);
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

    /// Compares by the order of the field's valid values. Values outside of it come before all others.
    fn compare_ranks(
        &mut self,
        field: &Field<'d>,
        comparison: Binary,
        text: &str,
        position: Position,
        element: &str,
    ) -> Result<Value> {
        let data_type = field.operand.data_type;
        let right = literal::value(&mut self.builder, data_type, text, position, element)?;
        if field.domain.valid_values().next().is_none() {
            return Ok(self.compare(comparison, field.operand.value, right, data_type));
        }
        let left = self.rank(field, field.operand.value)?;
        let right = self.rank(field, right)?;
        Ok(self.builder.binary(comparison, left, right))
    }

    /// The rank of a value among a field's valid values, as `i64`: 0 for the first, -1 for a value that is none.
    pub fn rank(&mut self, field: &Field<'d>, value: Value) -> Result<Value> {
        let data_type = field.operand.data_type;
        let mut keys = Vec::new();
        for valid in field.domain.valid_values() {
            let key = self.sought_category(data_type, &valid.value, valid.position, "Value")?;
            keys.extend(key.map(|key| vec![key]));
        }
        let map = crate::ir::MapData::new(vec![type_of(data_type)], keys);
        Ok(self.builder.find(map, &[value]))
    }

    fn simple_set_predicate(&mut self, scope: ScopeId, predicate: &'d SimpleSetPredicate) -> Result<Ternary> {
        let field = self.field(scope, &predicate.field, predicate.position, "SimpleSetPredicate")?;
        let operand = field.operand;
        if operand.is_list {
            let message = "`SimpleSetPredicate` tests a list of values";
            return Err(Error::unsupported(predicate.position, "SimpleSetPredicate", message));
        }
        let (position, element) = (predicate.array.position, "SimpleSetPredicate");
        let mut elements: Vec<Constant> = Vec::with_capacity(predicate.array.values.len());
        for text in &predicate.array.values {
            if literal::comparand(&mut self.builder, operand.data_type, text) == Comparand::Unclear {
                let message = self.doubtful(operand.data_type, text, predicate.position, element);
                self.fail_guarded(operand.present, message);
                let outcome = self.builder.bool(false);
                return Ok(Ternary::where_present(&mut self.builder, outcome, operand.present));
            }
            elements.extend(self.sought_category(operand.data_type, text, position, element)?);
        }
        let found = self.builder.contains(SetData::new(operand.ty(), elements), operand.value);
        let outcome = match predicate.boolean_operator {
            SetOperator::IsIn => found,
            SetOperator::IsNotIn => self.builder.not(found),
        };
        Ok(Ternary::where_present(&mut self.builder, outcome, operand.present))
    }

    fn compound_predicate(&mut self, scope: ScopeId, predicate: &'d CompoundPredicate) -> Result<Ternary> {
        let Some((first, others)) = predicate.predicates.split_first() else {
            let message = "`CompoundPredicate` has no predicates";
            return Err(Error::invalid(predicate.position, "CompoundPredicate", message));
        };
        let mut outcome = self.predicate(scope, first)?;
        for other in others {
            let guard = match predicate.boolean_operator {
                BooleanOperator::And => Some(Guard::NotFalse(outcome)),
                BooleanOperator::Or => Some(Guard::Not(outcome.is_true)),
                BooleanOperator::Surrogate => Some(Guard::Unknown(outcome)),
                BooleanOperator::Xor => None,
            };
            let other = self.guarded(guard, |lowering| lowering.predicate(scope, other))?;
            let builder = &mut self.builder;
            outcome = match predicate.boolean_operator {
                BooleanOperator::And => outcome.and(builder, other),
                BooleanOperator::Or => outcome.or(builder, other),
                BooleanOperator::Xor => outcome.xor(builder, other),
                BooleanOperator::Surrogate => outcome.surrogate(builder, other),
            };
        }
        Ok(outcome)
    }
}

/// The comparison of an operator that compares with a value.
pub fn comparison(operator: Operator) -> Binary {
    match operator {
        Operator::NotEqual => Binary::NotEqual,
        Operator::LessThan => Binary::Less,
        Operator::LessOrEqual => Binary::LessOrEqual,
        Operator::GreaterThan => Binary::Greater,
        Operator::GreaterOrEqual => Binary::GreaterOrEqual,
        // The operators that compare with nothing are handled before.
        Operator::Equal | Operator::IsMissing | Operator::IsNotMissing => Binary::Equal,
    }
}
