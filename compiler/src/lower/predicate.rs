//! Predicates.
//!
//! A comparison with a missing field is unknown; `isMissing` and `isNotMissing` never are. The value of a predicate is
//! read in the field's declared type and compared in it, with one exception: a literal that is a number but no integer is
//! compared with an integer field as real numbers compare.

use super::Lowering;
use super::field::Field;
use super::literal;
use super::operand::type_of;
use super::scope::ScopeId;
use super::ternary::Ternary;
use crate::error::{Error, Position, Result};
use crate::ir::{Binary, Constant, Function, SetData, Type, Unary, Value};
use crate::pmml::data_dictionary::{DataType, OpType};
use crate::pmml::predicate::{
    BooleanOperator, CompoundPredicate, Operator, Predicate, SetOperator, SimplePredicate, SimpleSetPredicate,
};
use pmml_runtime::number;

impl<'d> Lowering<'d> {
    /// The outcome of a predicate.
    pub fn predicate(&mut self, scope: ScopeId, predicate: &'d Predicate) -> Result<Ternary> {
        match predicate {
            Predicate::True(_) => Ok(Ternary::known(self.builder.bool(true))),
            Predicate::False(_) => Ok(Ternary::known(self.builder.bool(false))),
            Predicate::SimplePredicate(predicate) => self.simple_predicate(scope, predicate),
            Predicate::SimpleSetPredicate(predicate) => self.simple_set_predicate(scope, predicate),
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
        let outcome =
            self.compare_with_literal(&field, comparison, text, predicate.position, "SimplePredicate")?;
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
        let Some(constant) = literal::parse(&mut self.builder, operand.data_type, text) else {
            if matches!(operand.data_type, DataType::Integer | DataType::Boolean)
                && let Some(real) = number::parse_f64(text)
            {
                let left = self.to_f64(operand.value, operand.data_type);
                let right = self.builder.f64(real);
                return Ok(self.builder.binary(comparison, left, right));
            }
            let message =
                format!("`{element}` compares a field of the type {} with `{text}`", operand.data_type);
            return Err(Error::invalid(position, element, message));
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
            Type::Text if is_order => {
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
            let key = literal::constant(&mut self.builder, data_type, &valid.value, valid.position, "Value")?;
            keys.push(vec![key]);
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
        let mut elements: Vec<Constant> = Vec::with_capacity(predicate.array.values.len());
        for text in &predicate.array.values {
            match literal::parse(&mut self.builder, operand.data_type, text) {
                Some(element) => elements.push(element),
                // An integer is never equal to 2.5; but to ask whether a number is `abc` is a mistake.
                None if operand.data_type == DataType::Integer && number::parse_f64(text).is_some() => {}
                None => {
                    let message = format!(
                        "`SimpleSetPredicate` looks for `{text}` in a field of the type {}",
                        operand.data_type
                    );
                    return Err(Error::invalid(predicate.array.position, "SimpleSetPredicate", message));
                }
            }
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
            let other = self.predicate(scope, other)?;
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
