//! Facts: what is known about values in the open region.

use super::Fold;
use crate::ir::evaluate::evaluate;
use crate::ir::{Binary, Constant, Operation, Type, Unary, Value};
use pmml_runtime::Context;
use std::collections::hash_map::Entry;

/// The number of definitions through which facts are followed.
const FACT_DEPTH: usize = 3;

impl Fold {
    /// Returns the constant that a value is known to be in the open region.
    pub(super) fn known(&self, value: Value) -> Option<Constant> {
        self.known_within(value, FACT_DEPTH)
    }

    /// Examines the definitions of the value and of its operands, to a depth.
    fn known_within(&self, value: Value, depth: usize) -> Option<Constant> {
        if let Some(constant) = self.constant(value).or_else(|| self.facts.get(&value).copied()) {
            return Some(constant);
        }
        if depth == 0 || self.facts.is_empty() {
            return None;
        }
        let known = |value: Value| self.known_within(value, depth - 1);
        let truth = Constant::Bool;
        match *self.definition(value) {
            Operation::Unary(Unary::Not, a) => known(a).map(|a| truth(a == truth(false))),
            Operation::Binary(binary @ (Binary::And | Binary::Or), a, b) => {
                // The value that decides the operation, regardless of the other operand.
                let decisive = truth(binary == Binary::Or);
                match (known(a), known(b)) {
                    (Some(operand), _) | (_, Some(operand)) if operand == decisive => Some(decisive),
                    (Some(_), Some(operand)) => Some(operand),
                    _ => None,
                }
            }
            Operation::Binary(binary, a, b) if binary.is_comparison() => {
                let (a, b) = (known(a)?, known(b)?);
                self.compare(binary, value, a, b)
            }
            Operation::Select(condition, then, otherwise) => match known(condition)? {
                Constant::Bool(true) => known(then),
                _ => known(otherwise),
            },
            _ => None,
        }
    }

    /// Returns the result of the comparison that defines a value, for operands that are known.
    fn compare(&self, binary: Binary, value: Value, a: Constant, b: Constant) -> Option<Constant> {
        let program = self.builder.program();
        let Operation::Binary(_, left, right) = *program.definition(value) else { return None };
        let operation = Operation::Binary(binary, left, right);
        let bits = evaluate(program, &mut Context::new(&program.dictionary), &operation, |operand| {
            if operand == left { a.bits() } else { b.bits() }
        })?;
        Constant::from_bits(Type::Bool, bits)
    }

    /// Records that a bool is true or false in the open region, and what follows from that.
    pub(super) fn assume(&mut self, condition: Value, truth: bool) {
        let mut open = vec![(condition, truth)];
        while let Some((value, truth)) = open.pop() {
            if self.constant(value).is_some() {
                continue;
            }
            self.record(value, Constant::Bool(truth));
            match *self.definition(value) {
                Operation::Unary(Unary::Not, a) => open.push((a, !truth)),
                Operation::Binary(Binary::And, a, b) if truth => open.extend([(a, true), (b, true)]),
                Operation::Binary(Binary::Or, a, b) if !truth => open.extend([(a, false), (b, false)]),
                Operation::Binary(Binary::Equal, a, b) if truth => self.assume_equal(a, b),
                Operation::Binary(Binary::NotEqual, a, b) if !truth => self.assume_equal(a, b),
                _ => {}
            }
        }
    }

    /// Records that a value is the constant that it equals.
    fn assume_equal(&mut self, a: Value, b: Value) {
        let (value, constant) = match (self.constant(a), self.constant(b)) {
            (None, Some(constant)) => (a, constant),
            (Some(constant), None) => (b, constant),
            _ => return,
        };
        // A value that equals zero may be 0.0 or -0.0.
        let determined = match constant {
            Constant::F32(number) => number != 0.0,
            Constant::F64(number) => number != 0.0,
            _ => true,
        };
        if determined {
            self.record(value, constant);
        }
    }

    /// Records a fact, unless there is already one about the value.
    fn record(&mut self, value: Value, constant: Constant) {
        // An older fact stays: it is true as well, and the trail forgets each fact once.
        if let Entry::Vacant(entry) = self.facts.entry(value) {
            entry.insert(constant);
            self.trail.push(value);
        }
    }
}
