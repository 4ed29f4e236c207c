//! Constant folding, simplification and facts, in one pass that builds the body anew.
//!
//! - An operation on constants becomes its result, computed by the functions that the interpreter runs.
//! - Logic and selections are simplified; arithmetic only if the result has the same bits: `x + 0.0` stays,
//!   because it is 0.0 if x is -0.0.
//! - An `If` whose condition is constant is replaced by the region that runs; one of nothing but constants by
//!   selections.
//! - The count of a forest's trees without a result is zero if every tree has one.
//! - *Facts*: inside the first region of an `If` the condition is true, and so are the operands of an `and`
//!   that is true; inside the second it is false. Where `x == 3` is true, x is 3. After `fail if x`, x is
//!   false, because nothing matters for a row that fails but the reason of the failure; this holds only for
//!   programs without histories, since those outlive the failed row.
//!
//! Facts remove presence bits where they cannot matter: a value that is used under the condition that it is
//! present needs no bit there. Building through [`Builder`] also merges equal operations.

mod facts;
mod simplify;

use super::Code;
use crate::ir::{Builder, Constant, Id, Instruction, Kernel, Operation, Program, Region, Type, Value};
use std::collections::HashMap;

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

impl Fold {
    /// Builds a region's instructions in the open region. Returns its yields.
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
                Simplified::Value(value) => vec![value],
                Simplified::Operation(operation) => self.builder.emit(operation).to_vec(),
            },
        };
        for (old, new) in self.code.instructions[instruction].results.iter().zip(results) {
            self.renamed[old.index()] = Some(new);
        }
    }

    /// Returns the results of a kernel whose arguments are all constant.
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
                // A value that both regions yield is one from around them.
                _ if a == b => a,
                (Some(constant), Some(other)) if constant == other => self.builder.constant(constant),
                _ => result,
            })
            .collect()
    }

    fn yields(&self, region: Region) -> impl Iterator<Item = Value> {
        self.builder.program().regions[region].yields.iter().copied()
    }

    /// Returns whether a new region has no instructions but constants.
    fn is_constants(&self, region: Region) -> bool {
        let program = self.builder.program();
        program.regions[region]
            .instructions
            .iter()
            .all(|instruction| matches!(program.instructions[*instruction].operation, Operation::Constant(_)))
    }

    /// Returns a value of the open region. A constant may also come from a closed one.
    fn here(&mut self, value: Value) -> Value {
        match self.constant(value) {
            Some(constant) => self.builder.constant(constant),
            None => value,
        }
    }

    /// Returns the new value of an old one, or a constant if facts say so.
    fn resolve(&mut self, old: Value) -> Value {
        // Verified programs define values before they use them.
        let Some(value) = self.renamed[old.index()] else { return old };
        match self.known(value) {
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
}

#[cfg(test)]
mod tests;
