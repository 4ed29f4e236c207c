//! Simplification of single operations, if the result has the same bits.

use super::{Fold, Simplified};
use crate::ir::evaluate::evaluate;
use crate::ir::{Binary, Constant, Function, Id, InputPart, Operation, Reduction, Type, Unary, Value};
use pmml_runtime::Context;

/// The largest number of operands of a conjunction or disjunction that are examined together.
const MAX_OPERANDS: usize = 8;

use Simplified::{Operation as Simpler, Value as Known};

impl Fold {
    /// Appends an operation with one result, simplified.
    pub(super) fn emit(&mut self, operation: Operation) -> Value {
        match self.simplify(operation) {
            Known(value) => value,
            Simpler(operation) => {
                let results = self.builder.emit(operation);
                debug_assert_eq!(results.len(), 1);
                results[0]
            }
        }
    }

    /// Simplifies an operation other than `If`, until nothing more is known.
    pub(super) fn simplify(&mut self, operation: Operation) -> Simplified {
        let mut operation = operation;
        loop {
            if let Some(constant) = self.evaluate(&operation) {
                return Known(self.builder.constant(constant));
            }
            let simplified = match operation {
                Operation::Unary(unary, a) => self.unary(unary, a),
                Operation::Binary(binary @ (Binary::And | Binary::Or), a, b) => self.logic(binary, a, b),
                Operation::Binary(binary, a, b) if binary.is_comparison() => self.comparison(binary, a, b),
                Operation::Binary(binary, a, b) => self.arithmetic(binary, a, b),
                Operation::Select(condition, then, otherwise) => self.select(condition, then, otherwise),
                Operation::Contains(set, _) if self.builder.program().sets[set].elements.is_empty() => {
                    Some(Known(self.builder.bool(false)))
                }
                Operation::Find(map, _) if self.builder.program().maps[map].rows.is_empty() => {
                    Some(Known(self.builder.i64(-1)))
                }
                // Both are the nearest number to the square.
                Operation::Call(Function::Pow, ref arguments) => match arguments[..] {
                    [x, exponent] if self.constant(exponent) == Some(Constant::F64(2.0)) => {
                        Some(Simpler(Operation::Binary(Binary::Multiply, x, x)))
                    }
                    _ => None,
                },
                _ => None,
            };
            match simplified {
                None => return Simpler(operation),
                Some(Simpler(simpler)) => operation = simpler,
                Some(known) => return known,
            }
        }
    }

    /// Returns the result of an operation on constants.
    fn evaluate(&self, operation: &Operation) -> Option<Constant> {
        let program = self.builder.program();
        if matches!(operation, Operation::Call(function, _) if function.signature().context) {
            return None;
        }
        let mut constants = true;
        operation.visit_arguments(|value| constants &= program.constant(value).is_some());
        if !constants {
            return None;
        }
        let bits = evaluate(program, &mut Context::new(&program.dictionary), operation, |value| {
            program.constant(value).map_or(0, Constant::bits)
        })?;
        Constant::from_bits(*program.result_types(operation).first()?, bits)
    }

    fn unary(&self, unary: Unary, a: Value) -> Option<Simplified> {
        match (unary, self.definition(a)) {
            (Unary::Not, Operation::Unary(Unary::Not, x))
            | (Unary::Negate, Operation::Unary(Unary::Negate, x))
            | (Unary::F64ToF32, Operation::Unary(Unary::F32ToF64, x)) => Some(Known(*x)),
            (Unary::Not, Operation::Binary(Binary::Equal, x, y)) => {
                Some(Simpler(Operation::Binary(Binary::NotEqual, *x, *y)))
            }
            (Unary::Not, Operation::Binary(Binary::NotEqual, x, y)) => {
                Some(Simpler(Operation::Binary(Binary::Equal, *x, *y)))
            }
            _ => None,
        }
    }

    fn logic(&mut self, binary: Binary, a: Value, b: Value) -> Option<Simplified> {
        let (neutral, dual) = match binary {
            Binary::And => (true, Binary::Or),
            _ => (false, Binary::And),
        };
        for (x, y) in [(a, b), (b, a)] {
            match self.constant(x) {
                Some(Constant::Bool(truth)) if truth == neutral => return Some(Known(y)),
                Some(_) => return Some(Known(x)),
                None => {}
            }
            match *self.definition(y) {
                _ if x == y => return Some(Known(x)),
                _ if self.are_opposite(x, y) => return Some(Known(self.builder.bool(!neutral))),
                // x and (x and z)
                Operation::Binary(inner, c, d) if inner == binary && (c == x || d == x) => {
                    return Some(Known(y));
                }
                // x and (x or z)
                Operation::Binary(inner, c, d) if inner == dual && (c == x || d == x) => {
                    return Some(Known(x));
                }
                _ => {}
            }
        }
        if self.decides(binary, a, b) {
            return Some(Known(self.builder.bool(!neutral)));
        }
        self.commute(binary, a, b)
    }

    /// Returns whether one of two bools is the negation of the other.
    fn are_opposite(&self, a: Value, b: Value) -> bool {
        use Binary::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        match (self.definition(a), self.definition(b)) {
            (Operation::Unary(Unary::Not, x), _) if *x == b => true,
            (_, Operation::Unary(Unary::Not, x)) if *x == a => true,
            // Neither `<` nor `>=` holds for NaN.
            (Operation::Binary(one, x, y), Operation::Binary(other, z, w)) if (x, y) == (z, w) => {
                match (one, other) {
                    (Equal, NotEqual) | (NotEqual, Equal) => true,
                    (Less, GreaterOrEqual)
                    | (GreaterOrEqual, Less)
                    | (Greater, LessOrEqual)
                    | (LessOrEqual, Greater) => !self.ty(*x).is_float(),
                    _ => false,
                }
            }
            _ => false,
        }
    }

    /// Returns whether a conjunction is false, or a disjunction true, because one of its operands is the
    /// negation of what some others combine to: `x or (y or not (x or y))`, as three-valued logic produces.
    fn decides(&self, binary: Binary, a: Value, b: Value) -> bool {
        let operands = self.operands(binary, &[a, b]);
        operands.iter().any(|operand| match *self.definition(*operand) {
            Operation::Unary(Unary::Not, x) => {
                self.operands(binary, &[x]).iter().all(|part| operands.contains(part))
            }
            _ => false,
        })
    }

    /// Returns the operands of a conjunction or disjunction of several bools, but not all of them if there
    /// are many.
    fn operands(&self, binary: Binary, of: &[Value]) -> Vec<Value> {
        let mut operands = of.to_vec();
        let mut next = 0;
        while let Some(operand) = operands.get(next).copied() {
            match *self.definition(operand) {
                Operation::Binary(inner, a, b) if inner == binary && operands.len() < MAX_OPERANDS => {
                    operands[next] = a;
                    operands.push(b);
                }
                _ => next += 1,
            }
        }
        operands
    }

    /// Orders the operands of commutative operations, the older value first, so that equal operations are found.
    fn commute(&self, binary: Binary, a: Value, b: Value) -> Option<Simplified> {
        (b < a).then_some(Simpler(Operation::Binary(binary, b, a)))
    }

    fn comparison(&mut self, binary: Binary, a: Value, b: Value) -> Option<Simplified> {
        use Binary::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let float = self.ty(a).is_float();
        // A leaf's number is below zero only if a tree has no result.
        if let (GreaterOrEqual, Operation::Forest(forest, _), Some(Constant::I64(..=0))) =
            (binary, self.definition(a), self.constant(b))
        {
            let is_leaf = self.builder.program().forests[*forest].reduction == Reduction::Leaf;
            if is_leaf && self.complete[forest.index()] {
                return Some(Known(self.builder.bool(true)));
            }
        }
        let is_nan = |value: Value| match self.constant(value) {
            Some(Constant::F64(number)) => number.is_nan(),
            Some(Constant::F32(number)) => number.is_nan(),
            _ => false,
        };
        if is_nan(a) || is_nan(b) {
            return Some(Known(self.builder.bool(binary == NotEqual)));
        }
        if a == b {
            match binary {
                Less | Greater => return Some(Known(self.builder.bool(false))),
                // NaN equals nothing, not even itself.
                _ if float && !self.is_never_nan(a) => return None,
                Equal | LessOrEqual | GreaterOrEqual => return Some(Known(self.builder.bool(true))),
                _ => return Some(Known(self.builder.bool(false))),
            }
        }
        if !matches!(binary, Equal | NotEqual) {
            return None;
        }
        for (x, y) in [(a, b), (b, a)] {
            if let Some(Constant::Bool(truth)) = self.constant(x) {
                let is_same = truth == (binary == Equal);
                return Some(if is_same { Known(y) } else { Simpler(Operation::Unary(Unary::Not, y)) });
            }
        }
        self.commute(binary, a, b)
    }

    /// Returns whether a float is never NaN, on any row. An input without a value is zero.
    fn is_never_nan(&self, value: Value) -> bool {
        match self.definition(value) {
            Operation::Input(input, InputPart::Value) => !self.builder.program().inputs[*input].nan,
            Operation::Unary(Unary::I64ToF64 | Unary::I64ToF32, _) => true,
            _ => false,
        }
    }

    /// Simplifies arithmetic with neutral elements, if the result has the other operand's bits, whatever they
    /// are.
    fn arithmetic(&self, binary: Binary, a: Value, b: Value) -> Option<Simplified> {
        let is = |value: Value, integer: i64, float: f64| match self.constant(value) {
            Some(Constant::I64(number)) => number == integer,
            Some(Constant::F32(number)) => number.to_bits() == (float as f32).to_bits(),
            Some(Constant::F64(number)) => number.to_bits() == float.to_bits(),
            _ => false,
        };
        let neutral = match binary {
            // x + 0.0 is 0.0 if x is -0.0, but x + -0.0 is x.
            Binary::Add if is(b, 0, -0.0) => a,
            Binary::Add if is(a, 0, -0.0) => b,
            Binary::Subtract if is(b, 0, 0.0) => a,
            Binary::Multiply | Binary::Divide if is(b, 1, 1.0) => a,
            Binary::Multiply if is(a, 1, 1.0) => b,
            _ if matches!(binary, Binary::Add | Binary::Multiply) && self.ty(a) == Type::I64 => {
                return self.commute(binary, a, b);
            }
            _ => return None,
        };
        Some(Known(neutral))
    }

    fn select(&mut self, condition: Value, then: Value, otherwise: Value) -> Option<Simplified> {
        match self.constant(condition) {
            Some(Constant::Bool(true)) => return Some(Known(then)),
            Some(_) => return Some(Known(otherwise)),
            None if then == otherwise => return Some(Known(then)),
            None => {}
        }
        if let Operation::Unary(Unary::Not, inverse) = *self.definition(condition) {
            return Some(Simpler(Operation::Select(inverse, otherwise, then)));
        }
        if let Operation::Select(inner, nested, _) = *self.definition(then)
            && inner == condition
        {
            return Some(Simpler(Operation::Select(condition, nested, otherwise)));
        }
        if let Operation::Select(inner, _, nested) = *self.definition(otherwise)
            && inner == condition
        {
            return Some(Simpler(Operation::Select(condition, then, nested)));
        }
        if self.ty(then) != Type::Bool {
            return None;
        }
        // A selection of bools is logic. The condition itself is true in `then`, and false in `otherwise`.
        let truth = |value: Value, itself: bool| match self.constant(value) {
            Some(constant) => Some(constant == Constant::Bool(true)),
            None => (value == condition).then_some(itself),
        };
        let not = Operation::Unary(Unary::Not, condition);
        Some(Simpler(match (truth(then, true), truth(otherwise, false)) {
            (Some(true), Some(false)) => return Some(Known(condition)),
            (Some(false), Some(true)) => not,
            (Some(then), Some(_)) => return Some(Known(self.builder.bool(then))),
            (Some(true), None) => Operation::Binary(Binary::Or, condition, otherwise),
            (None, Some(false)) => Operation::Binary(Binary::And, condition, then),
            (Some(false), None) => Operation::Binary(Binary::And, self.emit(not), otherwise),
            (None, Some(true)) => Operation::Binary(Binary::Or, self.emit(not), then),
            (None, None) => return None,
        }))
    }
}
