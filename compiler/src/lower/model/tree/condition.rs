//! Predicates as splits.
//!
//! A simple predicate is one test of one feature. A compound one is a chain of tests, in order, whose targets encode
//! what is known so far: evaluation stays lazy, and the chain is about as long as the predicate. What a test of a
//! feature cannot express (`xor`, the order of strings, ranks of ordinal values) is computed beforehand by
//! [`Lowering::predicate`] and tested as a bool.
//!
//! If "true so far" and "unknown so far" lead to different places, a chain visits its predicates twice. Inside the
//! second visit two of the three targets are the same, and one visit is enough, however deep predicates nest. So a
//! predicate never becomes more than its size times its depth.

use super::graph::{ForestBuilder, Place, Targets, TestedField};
use crate::document::Name;
use crate::document::data_dictionary::{DataType, OpType};
use crate::document::predicate::{
    BooleanOperator, CompoundPredicate, Operator, Predicate, SetOperator, SimplePredicate, SimpleSetPredicate,
};
use crate::error::{Position, Result};
use crate::ir::{Binary, Builder, Constant, SetData, Test, Type, Unary, Value};
use crate::lower::build::literal;
use crate::lower::build::operand::type_of;
use crate::lower::build::ternary::Ternary;
use crate::lower::field::Field;
use crate::lower::predicate::{self, comparison};
use crate::lower::scope::ScopeId;
use crate::lower::state::Lowering;
use pmml_runtime::number;

/// Only integers with a magnitude below this can be compared exactly with any integer after both are converted to
/// `f64`.
const EXACT: u64 = 1 << 53;

impl Targets {
    /// Returns the targets of the negated predicate.
    fn negated(self) -> Self {
        Self { then: self.otherwise, otherwise: self.then, unknown: self.unknown }
    }
}

impl<'d> ForestBuilder<'d> {
    /// Drafts the test of a predicate, and returns its place.
    pub(super) fn condition(
        &mut self,
        lowering: &mut Lowering<'d>,
        scope: ScopeId,
        predicate: &'d Predicate,
        targets: Targets,
    ) -> Result<Place> {
        let direct = match predicate {
            Predicate::True(_) => return Ok(targets.then),
            Predicate::False(_) => return Ok(targets.otherwise),
            Predicate::SimplePredicate(simple) => self.simple(lowering, scope, simple, targets)?,
            Predicate::SimpleSetPredicate(set) => self.membership(lowering, scope, set, targets)?,
            Predicate::CompoundPredicate(compound) => {
                lowering.nested(compound.position, "CompoundPredicate", |lowering| {
                    self.compound(lowering, scope, compound, targets)
                })?
            }
        };
        match direct {
            Some(place) => Ok(place),
            None => match predicate::unclear_literal(lowering, scope, predicate)? {
                // A row that has the field reaches the literal and fails.
                Some((field, reason)) => {
                    let then = self.fault(reason);
                    let feature =
                        self.feature(&mut lowering.builder, field.operand.value, field.operand.present);
                    let unknown = if field.operand.present.is_some() { targets.unknown } else { then };
                    Ok(self.split(feature, Test::Present, Targets { then, otherwise: unknown, unknown }))
                }
                None => {
                    let outcome = lowering.predicate(scope, predicate)?;
                    Ok(self.computed(&mut lowering.builder, outcome, targets))
                }
            },
        }
    }

    /// Drafts the test of an outcome that is computed beforehand.
    fn computed(&mut self, builder: &mut Builder, outcome: Ternary, targets: Targets) -> Place {
        let known = outcome.is_unknown.map(|is_unknown| builder.not(is_unknown));
        let feature = self.feature(builder, outcome.is_true, known);
        let unknown = if known.is_some() { targets.unknown } else { targets.otherwise };
        self.split(feature, Test::True, Targets { unknown, ..targets })
    }

    /// Drafts a simple predicate, or returns `None` if a split cannot test it.
    fn simple(
        &mut self,
        lowering: &mut Lowering<'d>,
        scope: ScopeId,
        predicate: &'d SimplePredicate,
        targets: Targets,
    ) -> Result<Option<Place>> {
        let key = (scope, &predicate.field);
        let Some((field, value)) = self.tested(lowering, key, predicate.position, "SimplePredicate")? else {
            return Ok(None);
        };
        let targets = match predicate.operator {
            Operator::IsMissing | Operator::IsNotMissing => {
                let targets =
                    if predicate.operator == Operator::IsMissing { targets.negated() } else { targets };
                if field.operand.present.is_none() {
                    return Ok(Some(targets.then));
                }
                let targets = Targets { unknown: targets.otherwise, ..targets };
                let feature = self.feature(&mut lowering.builder, value, field.operand.present);
                return Ok(Some(self.split(feature, Test::Present, targets)));
            }
            // If the field is never missing, the third target is never reached.
            _ if field.operand.present.is_none() => Targets { unknown: targets.otherwise, ..targets },
            _ => targets,
        };
        let Some(text) = &predicate.value else { return Ok(None) };
        let comparison = comparison(predicate.operator);
        let is_order = !matches!(comparison, Binary::Equal | Binary::NotEqual);
        if is_order && field.domain.optype == OpType::Ordinal {
            return Ok(None);
        }
        let is_negated = comparison == Binary::NotEqual;
        let (test, is_negated) = match literal::parse(&mut lowering.builder, field.operand.data_type, text) {
            // A split cannot test for NaN.
            Some(Constant::F64(number)) if !number.is_nan() => (numeric(comparison, number), false),
            Some(Constant::F32(number)) if !number.is_nan() => (numeric(comparison, number as f64), false),
            Some(Constant::I64(number)) if number.unsigned_abs() < EXACT => {
                (numeric(comparison, number as f64), false)
            }
            Some(Constant::String(text)) if !is_order => {
                let set = lowering.builder.set(SetData::new(Type::String, [Constant::String(text)]));
                (Test::In(set), is_negated)
            }
            Some(Constant::Bool(value)) if !is_order => (Test::True, value == is_negated),
            // An integer is compared as a real number with a literal that is not an integer.
            None if field.operand.data_type == DataType::Integer => match number::parse_f64(text) {
                Some(number) if !number.is_nan() => (numeric(comparison, number), false),
                _ => return Ok(None),
            },
            _ => return Ok(None),
        };
        let feature = self.feature(&mut lowering.builder, value, field.operand.present);
        Ok(Some(self.split(feature, test, if is_negated { targets.negated() } else { targets })))
    }

    /// Drafts a set predicate, or returns `None` if a split cannot test it.
    fn membership(
        &mut self,
        lowering: &mut Lowering<'d>,
        scope: ScopeId,
        predicate: &'d SimpleSetPredicate,
        targets: Targets,
    ) -> Result<Option<Place>> {
        let key = (scope, &predicate.field);
        let Some((field, value)) = self.tested(lowering, key, predicate.position, "SimpleSetPredicate")?
        else {
            return Ok(None);
        };
        let operand = field.operand;
        let mut elements = Vec::with_capacity(predicate.array.values.len());
        for text in &predicate.array.values {
            let element = literal::parse(&mut lowering.builder, operand.data_type, text);
            elements.push(match element {
                Some(Constant::F32(number)) => Constant::F64(number as f64),
                Some(Constant::I64(number)) if number.unsigned_abs() < EXACT => Constant::F64(number as f64),
                Some(element @ (Constant::F64(_) | Constant::String(_))) => element,
                _ => return Ok(None),
            });
        }
        // Sets hold strings or `f64`s.
        let (value, ty) = match type_of(operand.data_type) {
            Type::String => (value, Type::String),
            Type::F32 => (lowering.builder.unary(Unary::F32ToF64, value), Type::F64),
            Type::F64 | Type::I64 => (value, Type::F64),
            Type::Bool | Type::List => return Ok(None),
        };
        let feature = self.feature(&mut lowering.builder, value, operand.present);
        let set = lowering.builder.set(SetData::new(ty, elements));
        let targets = if operand.present.is_none() {
            Targets { unknown: targets.otherwise, ..targets }
        } else {
            targets
        };
        let targets = match predicate.boolean_operator {
            SetOperator::IsIn => targets,
            SetOperator::IsNotIn => targets.negated(),
        };
        Ok(Some(self.split(feature, Test::In(set), targets)))
    }

    /// Returns a field and the value that its tests use: an integer is converted to `f64`, which is exact as long as
    /// the literals are small. Returns `None` for lists, which cannot be tested.
    fn tested(
        &mut self,
        lowering: &mut Lowering<'d>,
        (scope, name): (ScopeId, &'d Name),
        position: Position,
        element: &str,
    ) -> Result<Option<(Field<'d>, Value)>> {
        let key = (scope, name.clone());
        if let Some(TestedField { field, value }) = self.fields.get(&key) {
            return Ok(value.map(|value| (*field, value)));
        }
        let field = lowering.field(scope, name, position, element)?;
        let operand = field.operand;
        let value = match operand.ty() {
            Type::List => None,
            Type::I64 => Some(lowering.builder.unary(Unary::I64ToF64, operand.value)),
            Type::F64 | Type::F32 | Type::String | Type::Bool => Some(operand.value),
        };
        self.fields.insert(key, TestedField { field, value });
        Ok(value.map(|value| (field, value)))
    }

    /// Drafts a compound predicate, or returns `None` if it must be computed beforehand.
    fn compound(
        &mut self,
        lowering: &mut Lowering<'d>,
        scope: ScopeId,
        compound: &'d CompoundPredicate,
        targets: Targets,
    ) -> Result<Option<Place>> {
        if compound.predicates.is_empty() || compound.boolean_operator == BooleanOperator::Xor {
            return Ok(None);
        }
        if compound.boolean_operator == BooleanOperator::Surrogate {
            let mut unknown = targets.unknown;
            for predicate in compound.predicates.iter().rev() {
                unknown = self.condition(lowering, scope, predicate, Targets { unknown, ..targets })?;
            }
            return Ok(Some(unknown));
        }
        // `settled` is the target of the rest of the chain while nothing is unknown, `doubtful` once something is. An
        // `and` ends early at a false predicate, an `or` at a true one.
        let is_and = compound.boolean_operator == BooleanOperator::And;
        let (mut settled, mut doubtful) =
            (if is_and { targets.then } else { targets.otherwise }, targets.unknown);
        for predicate in compound.predicates.iter().rev() {
            let chain = |next: Place| {
                if is_and {
                    Targets { then: next, otherwise: targets.otherwise, unknown: doubtful }
                } else {
                    Targets { then: targets.then, otherwise: next, unknown: doubtful }
                }
            };
            let (on_settled, on_doubtful) = (chain(settled), chain(doubtful));
            let next_doubtful = if on_doubtful.then == on_doubtful.otherwise {
                doubtful
            } else {
                self.condition(lowering, scope, predicate, on_doubtful)?
            };
            settled = if settled == doubtful {
                next_doubtful
            } else {
                self.condition(lowering, scope, predicate, on_settled)?
            };
            doubtful = next_doubtful;
        }
        Ok(Some(settled))
    }
}

/// Returns the test of a comparison with a number.
fn numeric(comparison: Binary, number: f64) -> Test {
    match comparison {
        Binary::NotEqual => Test::NotEqual(number),
        Binary::Less => Test::Less(number),
        Binary::LessOrEqual => Test::LessOrEqual(number),
        Binary::Greater => Test::Greater(number),
        Binary::GreaterOrEqual => Test::GreaterOrEqual(number),
        // `Equal`; the arithmetic operations never come from an operator.
        _ => Test::Equal(number),
    }
}
