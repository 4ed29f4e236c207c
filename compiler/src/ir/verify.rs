//! Checks that a program is well formed, after lowering and, in debug builds, after every pass.
//!
//! A program that fails here is a bug of the compiler, never of a document.

use super::entity::{History, Id, Input, Instruction, Node, Region, Value};
use super::forest::{Forest, Leaf, Reduction, Test, TreeNode};
use super::instruction::{Binary, Operation, Unary};
use super::program::{MAX_NESTING, Program};
use super::types::{Constant, Type};
use std::collections::HashSet;

/// What is wrong with a program, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {problem}")]
pub struct VerifyError {
    /// The entity.
    pub place: String,
    /// What is wrong with it.
    pub problem: String,
}

type Verified = Result<(), VerifyError>;

fn wrong(place: impl ToString, problem: impl ToString) -> Verified {
    Err(VerifyError { place: place.to_string(), problem: problem.to_string() })
}

/// Checks a program.
///
/// # Errors
/// If it is not well formed: where, and what is wrong.
pub fn verify(program: &Program) -> Verified {
    for (id, forest) in program.forests.iter() {
        verify_forest(program, forest).or_else(|problem| wrong(id, problem))?;
    }
    for (id, kernel) in program.kernels.iter() {
        kernel.verify().or_else(|problem| wrong(id, problem))?;
    }
    verify_constants(program)?;
    let Some(body) = program.body else { return wrong("program", "it has no body") };
    let mut verifier = Verifier {
        program,
        visible: HashSet::new(),
        regions: HashSet::new(),
        instructions: HashSet::new(),
        histories: HashSet::new(),
        depth: 0,
    };
    verifier.region(body)?;
    let yields = &program.regions[body].yields;
    if !yields.len().is_multiple_of(2) {
        return wrong(body, "the results are not pairs");
    }
    match program.results().find(|(_, present)| program.ty(*present) != Type::Bool) {
        Some((_, present)) => wrong(present, "the presence of a result is not a bool"),
        None => Ok(()),
    }
}

/// Checks the tables, sets, maps, histories and failures.
fn verify_constants(program: &Program) -> Verified {
    let fits = |ty: Type, bits: u64| constant_fits(program, Constant::from_bits(ty, bits));
    for (id, table) in program.tables.iter() {
        if table.ty == Type::List || !table.elements.iter().all(|bits| fits(table.ty, *bits)) {
            return wrong(id, "it holds lists or strings that do not exist");
        }
    }
    for (id, set) in program.sets.iter() {
        if set.ty == Type::List || !set.elements.iter().all(|bits| fits(set.ty, *bits)) {
            return wrong(id, "it holds lists or strings that do not exist");
        }
        if !set.elements.is_sorted_by(|left, right| left < right) {
            return wrong(id, "its elements are not in ascending order");
        }
    }
    for (id, map) in program.maps.iter() {
        if map.rows.iter().any(|(keys, _)| keys.len() != map.keys.len()) {
            return wrong(id, "a tuple has too few or too many keys");
        }
        if !map.rows.iter().all(|(keys, _)| keys.iter().zip(&map.keys).all(|(bits, ty)| fits(*ty, *bits))) {
            return wrong(id, "it holds lists or strings that do not exist");
        }
        if !map.rows.is_sorted_by(|left, right| left.0 < right.0) {
            return wrong(id, "its rows are not in ascending order");
        }
    }
    if let Some((id, _)) = program.histories.iter().find(|(_, history)| history.ty == Type::List) {
        return wrong(id, "histories hold no lists");
    }
    let unknown = |input: Input| input.index() >= program.inputs.len();
    match program.failures.iter().find(|(_, failure)| failure.input.is_some_and(unknown)) {
        Some((id, _)) => wrong(id, "it names an input that does not exist"),
        None => Ok(()),
    }
}

/// Returns whether there is a constant, and, if it is a string, the dictionary has it.
fn constant_fits(program: &Program, constant: Option<Constant>) -> bool {
    match constant {
        Some(Constant::String(text)) => program.dictionary.get(text).is_some(),
        Some(_) => true,
        None => false,
    }
}

struct Verifier<'p> {
    program: &'p Program,
    visible: HashSet<Value>,
    regions: HashSet<Region>,
    instructions: HashSet<Instruction>,
    /// The histories that have been recalled.
    histories: HashSet<History>,
    depth: usize,
}

impl Verifier<'_> {
    fn region(&mut self, region: Region) -> Verified {
        if !self.regions.insert(region) {
            return wrong(region, "it is used twice");
        }
        let Some(data) = self.program.regions.get(region) else { return wrong(region, "it does not exist") };
        if self.depth == MAX_NESTING {
            return wrong(region, "it is nested too deep");
        }
        self.depth += 1;
        let mut defined = Vec::new();
        for instruction in &data.instructions {
            self.instruction(*instruction)?;
            for result in &self.program.instructions[*instruction].results {
                if !self.visible.insert(*result) {
                    return wrong(result, "it is defined twice");
                }
                defined.push(*result);
            }
        }
        for value in &data.yields {
            self.used(region, *value)?;
        }
        for value in defined {
            self.visible.remove(&value);
        }
        self.depth -= 1;
        Ok(())
    }

    fn used(&self, place: impl ToString, value: Value) -> Verified {
        if self.visible.contains(&value) {
            Ok(())
        } else {
            wrong(place, format!("{value} is not defined here"))
        }
    }

    fn instruction(&mut self, instruction: Instruction) -> Verified {
        let program = self.program;
        let Some(data) = program.instructions.get(instruction) else {
            return wrong(instruction, "it does not exist");
        };
        if !self.instructions.insert(instruction) {
            return wrong(instruction, "it is used twice");
        }
        if let Some(value) = data.results.iter().find(|value| value.index() >= program.values.len()) {
            return wrong(instruction, format!("its result {value} does not exist"));
        }
        if let Operation::Recall { history, .. } = data.operation
            && !self.histories.insert(history)
        {
            return wrong(instruction, format!("{history} is recalled twice"));
        }
        let mut checked = Ok(());
        data.operation.visit_arguments(|value| {
            if checked.is_ok() {
                checked = self.used(instruction, value);
            }
        });
        checked?;
        if let Operation::If { then, otherwise, .. } = data.operation {
            self.region(then)?;
            self.region(otherwise)?;
            let types = |region: Region| -> Vec<Type> {
                program.regions[region].yields.iter().map(|value| program.ty(*value)).collect()
            };
            if types(then) != types(otherwise) {
                return wrong(instruction, "its regions yield different types");
            }
        }
        self.arguments(instruction, &data.operation)?;
        let types: Vec<Type> = data.results.iter().map(|value| program.ty(*value)).collect();
        if types != program.result_types(&data.operation) {
            return wrong(instruction, "its results have the wrong types");
        }
        match data.results.iter().find(|value| program.values[**value].definition != instruction) {
            Some(value) => wrong(instruction, format!("{value} says that it is defined elsewhere")),
            None => Ok(()),
        }
    }

    fn arguments(&self, instruction: Instruction, operation: &Operation) -> Verified {
        let program = self.program;
        let ty = |value: &Value| program.ty(*value);
        let fits = match operation {
            Operation::Constant(constant) => constant_fits(program, Some(*constant)),
            Operation::Input(input, _) => input.index() < program.inputs.len(),
            Operation::Unary(unary, a) => match unary {
                Unary::Not | Unary::BoolToI64 => ty(a) == Type::Bool,
                Unary::Negate | Unary::Absolute | Unary::SquareRoot | Unary::Floor | Unary::Ceil => {
                    ty(a).is_float()
                }
                Unary::I64ToF64 | Unary::I64ToF32 => ty(a) == Type::I64,
                Unary::F32ToF64 => ty(a) == Type::F32,
                Unary::F64ToF32 | Unary::F64ToI64 => ty(a) == Type::F64,
            },
            Operation::Binary(binary, a, b) => {
                ty(a) == ty(b)
                    && match binary {
                        Binary::Add | Binary::Subtract | Binary::Multiply => ty(a).is_number(),
                        Binary::Divide => ty(a).is_float(),
                        Binary::And | Binary::Or => ty(a) == Type::Bool,
                        Binary::Equal | Binary::NotEqual => ty(a) != Type::List,
                        _ => ty(a).is_number(),
                    }
            }
            Operation::Select(a, b, c) => ty(a) == Type::Bool && ty(b) == ty(c),
            Operation::Call(function, arguments) => {
                function.signature().parameters.iter().copied().eq(arguments.iter().map(ty))
            }
            Operation::Lookup(table, index) => table.index() < program.tables.len() && ty(index) == Type::I64,
            Operation::Find(map, keys) => {
                program.maps.get(*map).is_some_and(|map| map.keys.iter().copied().eq(keys.iter().map(ty)))
            }
            Operation::Contains(set, value) => program.sets.get(*set).is_some_and(|set| set.ty == ty(value)),
            Operation::If { condition, .. } => ty(condition) == Type::Bool,
            Operation::Forest(forest, arguments) => program.forests.get(*forest).is_some_and(|forest| {
                forest.features.iter().flat_map(|ty| [*ty, Type::Bool]).eq(arguments.iter().map(ty))
            }),
            Operation::Kernel(kernel, arguments) => program
                .kernels
                .get(*kernel)
                .is_some_and(|kernel| kernel.arguments().into_iter().eq(arguments.iter().map(ty))),
            Operation::List(items) => {
                items.len() % 2 == 0
                    && items.chunks(2).all(|item| ty(&item[0]) == ty(&items[0]) && ty(&item[1]) == Type::Bool)
            }
            Operation::Recall { history, value, present, restart } => {
                program.histories.get(*history).is_some_and(|history| history.ty == ty(value))
                    && ty(present) == Type::Bool
                    && ty(restart) == Type::Bool
            }
            Operation::FailIf(condition, failure) => {
                ty(condition) == Type::Bool && failure.index() < program.failures.len()
            }
        };
        if fits { Ok(()) } else { wrong(instruction, format!("the arguments do not fit {operation:?}")) }
    }
}

fn verify_forest(program: &Program, forest: &Forest) -> Result<(), String> {
    let exists = |node: Node| node.index() < forest.nodes.len();
    if forest.features.contains(&Type::List) {
        return Err("a feature is a list".to_owned());
    }
    if let Some(root) = forest.roots.iter().find(|root| !exists(**root)) {
        return Err(format!("root {root} does not exist"));
    }
    let accumulators = match forest.reduction {
        Reduction::Leaf => 0,
        Reduction::Sum { accumulators, precision }
        | Reduction::Vote { accumulators, precision }
        | Reduction::Median { accumulators, precision }
        | Reduction::Maximum { accumulators, precision } => {
            if !precision.is_float() {
                return Err("the precision is not a float type".to_owned());
            }
            accumulators
        }
    };
    for (id, node) in forest.nodes.iter() {
        match node {
            TreeNode::Split { feature, test, then, otherwise, missing } => {
                if [then, otherwise, missing].into_iter().any(|child| !exists(*child) || *child <= id) {
                    return Err(format!("{id} has a child that does not come after it"));
                }
                let Some(ty) = forest.features.get(*feature as usize) else {
                    return Err(format!("{id} tests a feature that does not exist"));
                };
                let fits = match *test {
                    Test::In(set) => program.sets.get(set).is_some_and(|set| set.ty == *ty),
                    Test::True => *ty == Type::Bool,
                    Test::Present => true,
                    Test::Less(number)
                    | Test::LessOrEqual(number)
                    | Test::Greater(number)
                    | Test::GreaterOrEqual(number)
                    | Test::Equal(number)
                    | Test::NotEqual(number) => match ty {
                        Type::F64 => !number.is_nan(),
                        Type::F32 => number as f32 as f64 == number,
                        _ => false,
                    },
                };
                if !fits {
                    return Err(format!("the test of {id} does not fit its feature"));
                }
            }
            TreeNode::Leaf(Leaf::Missing) => {}
            TreeNode::Leaf(Leaf::Result { first_term, terms, .. }) => {
                let range = *first_term as usize..*first_term as usize + *terms as usize;
                let Some(terms) = forest.terms.get(range) else {
                    return Err(format!("{id} has terms that do not exist"));
                };
                if terms.iter().any(|term| term.accumulator >= accumulators)
                    && forest.reduction != Reduction::Leaf
                {
                    return Err(format!("{id} adds to an accumulator that does not exist"));
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
