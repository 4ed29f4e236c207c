//! Constant folding, simplification and facts: one sweep that builds the body anew.
//!
//! - An operation on constants becomes its result, computed by the functions that the interpreter runs.
//! - Logic and selections simplify; arithmetic does only where the result has the same bits: `x + 0.0` stays, because
//!   it is 0.0 where x is -0.0.
//! - An `If` whose condition is constant is replaced by the region that runs; one of nothing but constants by selections.
//! - The count of a forest's trees without a result is zero where every tree has one.
//! - *Facts*: inside the first region of an `If` the condition is true, and so are the operands of an `and` that is true;
//!   inside the second it is false. Where `x == 3` is true, x is 3. After `fail if x`, x is false, because nothing but the
//!   reason of the failure is left to be known of a row that fails; this holds only for programs without histories,
//!   since those outlive the failed row.
//!
//! Facts are what removes presence bits where they cannot matter: a value that is used under the condition that it is
//! present needs no bit there. Building through [`Builder`] merges equal operations on the way.

use super::Code;
use crate::ir::evaluate::evaluate;
use crate::ir::{
    Binary, Builder, Constant, Function, Id, InputPart, Instruction, Kernel, Operation, Program, Reduction,
    Region, Type, Unary, Value,
};
use pmml_runtime::Context;
use std::collections::HashMap;

/// How many definitions deep facts are looked for.
const FACT_DEPTH: usize = 3;

/// How many operands of a conjunction or disjunction are looked at together.
const MAX_OPERANDS: usize = 8;

/// Runs the pass.
pub fn run(mut program: Program) -> Program {
    let code = Code::take(&mut program);
    let Some(body) = code.body else { return program };
    let mut fold = Fold {
        renamed: vec![None; code.values.len()],
        assume_after_failures: program.histories.is_empty(),
        complete: program.forests.values().map(|forest| forest.is_complete()).collect(),
        code,
        builder: Builder::new(program),
        facts: HashMap::new(),
        trail: Vec::new(),
    };
    let yields = fold.region(body);
    fold.builder.finish(yields)
}

struct Fold {
    code: Code,
    builder: Builder,
    /// The new value of each old one.
    renamed: Vec<Option<Value>>,
    /// New values that are known to be constant in the open region.
    facts: HashMap<Value, Constant>,
    /// The values with facts, in order, so that a region's facts can be forgotten when it is closed.
    trail: Vec<Value>,
    assume_after_failures: bool,
    /// For each forest, whether every tree always has a result.
    complete: Vec<bool>,
}

/// What an operation has become.
enum Simplified {
    Value(Value),
    Operation(Operation),
}

use Simplified::{Operation as Simpler, Value as Known};

impl Fold {
    /// Builds a region's instructions in the region that is open; gives its yields.
    fn region(&mut self, region: Region) -> Vec<Value> {
        let data = std::mem::take(&mut self.code.regions[region]);
        for instruction in data.instructions {
            self.instruction(instruction);
        }
        data.yields.into_iter().map(|value| self.resolve(value)).collect()
    }

    fn instruction(&mut self, instruction: Instruction) {
        let mut operation = self.code.instructions[instruction].operation.clone();
        operation.map_arguments(|value| self.resolve(value));
        let results = match operation {
            Operation::If { condition, then, otherwise } => self.branch(condition, then, otherwise),
            Operation::FailIf(condition, _) if self.constant(condition) == Some(Constant::Bool(false)) => {
                Vec::new()
            }
            Operation::FailIf(condition, _) => {
                self.builder.emit(operation);
                if self.assume_after_failures {
                    self.assume(condition, false);
                }
                Vec::new()
            }
            Operation::Forest(forest, _) => {
                let mut results = self.builder.emit(operation).to_vec();
                let data = &self.builder.program().forests[forest];
                if let (Some(count), true) = (data.missing_count(), self.complete[forest.index()]) {
                    results[count] = self.builder.i64(0);
                }
                results
            }
            Operation::Kernel(kernel, ref arguments) => match self.kernel(kernel, arguments) {
                Some(results) => results,
                None => self.builder.emit(operation).to_vec(),
            },
            operation => match self.simplify(operation) {
                Known(value) => vec![value],
                Simpler(operation) => self.builder.emit(operation).to_vec(),
            },
        };
        for (old, new) in self.code.instructions[instruction].results.iter().zip(results) {
            self.renamed[old.index()] = Some(new);
        }
    }

    /// The results of a kernel whose arguments are all constant.
    fn kernel(&mut self, kernel: Kernel, arguments: &[Value]) -> Option<Vec<Value>> {
        let arguments: Vec<u64> = arguments
            .iter()
            .map(|value| self.constant(*value).map(Constant::bits))
            .collect::<Option<Vec<u64>>>()?;
        let data = &self.builder.program().kernels[kernel];
        let results: Vec<Constant> = data
            .evaluate(&arguments)
            .into_iter()
            .zip(data.results())
            .map(|(bits, ty)| Constant::from_bits(ty, bits))
            .collect::<Option<Vec<Constant>>>()?;
        Some(results.into_iter().map(|constant| self.builder.constant(constant)).collect())
    }

    fn branch(&mut self, condition: Value, then: Region, otherwise: Region) -> Vec<Value> {
        match self.constant(condition) {
            Some(Constant::Bool(true)) => return self.region(then),
            Some(_) => return self.region(otherwise),
            None => {}
        }
        let [then, otherwise] = [(then, true), (otherwise, false)].map(|(region, truth)| {
            let new = self.builder.open();
            let mark = self.trail.len();
            self.assume(condition, truth);
            let yields = self.region(region);
            for value in self.trail.drain(mark..) {
                self.facts.remove(&value);
            }
            self.builder.close(yields);
            new
        });
        if self.is_constants(then) && self.is_constants(otherwise) {
            let pairs: Vec<(Value, Value)> = self.yields(then).zip(self.yields(otherwise)).collect();
            return pairs
                .into_iter()
                .map(|(then, otherwise)| {
                    let (then, otherwise) = (self.here(then), self.here(otherwise));
                    self.emit(Operation::Select(condition, then, otherwise))
                })
                .collect();
        }
        let results = self.builder.end_branch(condition, then, otherwise);
        let yields: Vec<(Value, Value)> = self.yields(then).zip(self.yields(otherwise)).collect();
        results
            .into_iter()
            .zip(yields)
            .map(|(result, (a, b))| match (self.constant(a), self.constant(b)) {
                // Where both regions yield the same value, it is one from around them.
                _ if a == b => a,
                (Some(constant), Some(other)) if constant == other => self.builder.constant(constant),
                _ => result,
            })
            .collect()
    }

    fn yields(&self, region: Region) -> impl Iterator<Item = Value> {
        self.builder.program().regions[region].yields.iter().copied()
    }

    /// Whether a new region has no instructions but constants.
    fn is_constants(&self, region: Region) -> bool {
        let program = self.builder.program();
        program.regions[region]
            .instructions
            .iter()
            .all(|instruction| matches!(program.instructions[*instruction].operation, Operation::Constant(_)))
    }

    /// A value of the open region, or, if it is a constant, of a closed one.
    fn here(&mut self, value: Value) -> Value {
        match self.constant(value) {
            Some(constant) => self.builder.constant(constant),
            None => value,
        }
    }

    /// The new value of an old one; a constant where facts say so.
    fn resolve(&mut self, old: Value) -> Value {
        // Verified programs define values before they use them.
        let Some(value) = self.renamed[old.index()] else { return old };
        match self.known(value, FACT_DEPTH) {
            Some(constant) if self.constant(value).is_none() => self.builder.constant(constant),
            _ => value,
        }
    }

    fn constant(&self, value: Value) -> Option<Constant> {
        self.builder.program().constant(value)
    }

    fn definition(&self, value: Value) -> &Operation {
        self.builder.program().definition(value)
    }

    fn ty(&self, value: Value) -> Type {
        self.builder.program().ty(value)
    }

    /// What a value is known to be in the open region.
    fn known(&self, value: Value, depth: usize) -> Option<Constant> {
        if let Some(constant) = self.constant(value).or_else(|| self.facts.get(&value).copied()) {
            return Some(constant);
        }
        if depth == 0 || self.facts.is_empty() {
            return None;
        }
        let known = |value: Value| self.known(value, depth - 1);
        let truth = Constant::Bool;
        match *self.definition(value) {
            Operation::Unary(Unary::Not, a) => known(a).map(|a| truth(a == truth(false))),
            Operation::Binary(binary @ (Binary::And | Binary::Or), a, b) => {
                // What decides the operation whatever the other operand.
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

    /// The result of the comparison that defines a value, for operands that are known.
    fn compare(&self, binary: Binary, value: Value, a: Constant, b: Constant) -> Option<Constant> {
        let program = self.builder.program();
        let Operation::Binary(_, left, right) = *program.definition(value) else { return None };
        let operation = Operation::Binary(binary, left, right);
        let bits = evaluate(program, &mut Context::new(&program.dictionary), &operation, |operand| {
            if operand == left { a.bits() } else { b.bits() }
        })?;
        Constant::from_bits(Type::Bool, bits)
    }

    /// Notes that a bool is true or false in the open region, and what follows from that.
    fn assume(&mut self, condition: Value, truth: bool) {
        let mut open = vec![(condition, truth)];
        while let Some((value, truth)) = open.pop() {
            if self.constant(value).is_some() {
                continue;
            }
            self.note(value, Constant::Bool(truth));
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

    /// Notes that a value is the constant that it equals.
    fn assume_equal(&mut self, a: Value, b: Value) {
        let (value, constant) = match (self.constant(a), self.constant(b)) {
            (None, Some(constant)) => (a, constant),
            (Some(constant), None) => (b, constant),
            _ => return,
        };
        // What equals zero may be 0.0 or -0.0.
        let determined = match constant {
            Constant::F32(number) => number != 0.0,
            Constant::F64(number) => number != 0.0,
            _ => true,
        };
        if determined {
            self.note(value, constant);
        }
    }

    fn note(&mut self, value: Value, constant: Constant) {
        // An older fact stays: it is true as well, and the trail forgets each fact once.
        if let std::collections::hash_map::Entry::Vacant(entry) = self.facts.entry(value) {
            entry.insert(constant);
            self.trail.push(value);
        }
    }

    /// Appends an operation with one result, simplified.
    fn emit(&mut self, operation: Operation) -> Value {
        match self.simplify(operation) {
            Known(value) => value,
            Simpler(operation) => {
                let results = self.builder.emit(operation);
                debug_assert_eq!(results.len(), 1);
                results[0]
            }
        }
    }

    /// Simplifies an operation, which is no `If`, until nothing more is known.
    fn simplify(&mut self, operation: Operation) -> Simplified {
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

    /// The result of an operation on constants.
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

    /// Whether one of two bools is the negation of the other.
    fn are_opposite(&self, a: Value, b: Value) -> bool {
        use Binary::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        match (self.definition(a), self.definition(b)) {
            (Operation::Unary(Unary::Not, x), _) if *x == b => true,
            (_, Operation::Unary(Unary::Not, x)) if *x == a => true,
            // Neither `<` nor `>=` holds of NaN.
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

    /// Whether a conjunction is false, or a disjunction true, because one of its operands is the negation of what some
    /// others come to: `x or (y or not (x or y))`, as three-valued logic leaves behind.
    fn decides(&self, binary: Binary, a: Value, b: Value) -> bool {
        let operands = self.operands(binary, &[a, b]);
        operands.iter().any(|operand| match *self.definition(*operand) {
            Operation::Unary(Unary::Not, x) => {
                self.operands(binary, &[x]).iter().all(|part| operands.contains(part))
            }
            _ => false,
        })
    }

    /// The operands of a conjunction or disjunction of several bools: not all of them, if they are many.
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

    /// Commutative operations take the older value first, so that equal ones are found.
    fn commute(&self, binary: Binary, a: Value, b: Value) -> Option<Simplified> {
        (b < a).then_some(Simpler(Operation::Binary(binary, b, a)))
    }

    fn comparison(&mut self, binary: Binary, a: Value, b: Value) -> Option<Simplified> {
        use Binary::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
        let float = self.ty(a).is_float();
        // A leaf's number is below zero only where a tree has no result.
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
                return Some(match truth == (binary == Equal) {
                    true => Known(y),
                    false => Simpler(Operation::Unary(Unary::Not, y)),
                });
            }
        }
        self.commute(binary, a, b)
    }

    /// Whether a float is a number on every row. An input without a value is zero.
    fn is_never_nan(&self, value: Value) -> bool {
        match self.definition(value) {
            Operation::Input(input, InputPart::Value) => !self.builder.program().inputs[*input].nan,
            Operation::Unary(Unary::I64ToF64 | Unary::I64ToF32, _) => true,
            _ => false,
        }
    }

    /// Arithmetic with neutral elements, where the result has the other operand's bits whatever that is.
    fn arithmetic(&self, binary: Binary, a: Value, b: Value) -> Option<Simplified> {
        let is = |value: Value, integer: i64, float: f64| match self.constant(value) {
            Some(Constant::I64(number)) => number == integer,
            Some(Constant::F32(number)) => number.to_bits() == (float as f32).to_bits(),
            Some(Constant::F64(number)) => number.to_bits() == float.to_bits(),
            _ => false,
        };
        let neutral = match binary {
            // x + 0.0 is 0.0 where x is -0.0, but x + -0.0 is x.
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
        // A selection of bools is logic. The condition stands for itself: true in `then`, false in `otherwise`.
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

#[cfg(test)]
mod tests;
