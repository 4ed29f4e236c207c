//! Translates a scalar stage into a [column program](pmml_runtime::column_program), which computes the same for many rows side by
//! side.
//!
//! Not every stage can be translated: strings, lists, maps and functions that need the call's context have no column form. An
//! `If` becomes the instructions of both regions and a selection, which is right because every operation is total, and faster
//! because vectors do not branch. What fails a row in a region does so under the region's condition.
//!
//! Values get virtual registers first, one for each value. Then [`sums`] merges products into sums, [`masks`] merges masks, and
//! [`assign`] lets registers share columns of the scratch space as soon as their values have been used.

mod assign;
mod masks;
mod merger;
mod sums;

use super::{Scalar, cut};
use crate::frame::Layout;
use crate::ir::{
    Binary, Constant, Function, Id, Input, InputPart, Instruction, Map, Operation, Program, Set, Table, Type,
    Unary, Value,
};
use pmml_runtime::column_program::operation::*;
use pmml_runtime::column_program::{self, SINGLE};
use pmml_runtime::{ABSENT, CONVERTED, UNCONVERTIBLE};
use std::collections::{HashMap, HashSet};

/// The largest number of instructions of a column program. More than that are likely to be the many branches of which a row
/// takes few.
const MAX_INSTRUCTIONS: usize = 1 << 14;

/// The largest number of elements of a set with which values are compared one by one.
const FEW: usize = 4;

/// The row number that a map returns for what it lacks.
const NOT_FOUND: u64 = u64::MAX;

/// An argument of an instruction.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Argument {
    /// The result of an earlier instruction.
    Register(usize),
    /// A place in the frame.
    Frame(usize),
    /// The bits of a constant.
    Constant(u64),
    /// No argument, or a number that the operation takes as it is.
    Number(u64),
}

/// An instruction whose result has no place yet.
#[derive(Clone, Debug)]
struct Step {
    code: u64,
    destination: Destination,
    arguments: [Argument; 3],
    /// What a sum of products adds to its first argument: columns and the bits of their weights.
    terms: Vec<(Argument, u64)>,
}

impl Step {
    /// Returns all arguments, those of terms last.
    fn all_arguments(&self) -> impl Iterator<Item = Argument> {
        self.arguments.iter().copied().chain(self.terms.iter().map(|(column, _)| *column))
    }

    /// Returns the registers among the arguments.
    fn used(&self) -> impl Iterator<Item = usize> {
        self.all_arguments().filter_map(|argument| match argument {
            Argument::Register(register) => Some(register),
            _ => None,
        })
    }
}

#[derive(Clone, Copy, PartialEq, Debug)]
enum Destination {
    Column(usize),
    Mask(usize),
    Frame(usize),
}

/// Returns the image of the column program of a stage, or `None` if it has no column form, or one whose tables have more than
/// `most_words` words. (A stage has its own copy of the tables that it uses.)
pub fn vectorize(program: &Program, layout: &Layout, scalar: &Scalar, most_words: usize) -> Option<Vec<u64>> {
    if !can_be_vectorized(program, scalar) {
        return None;
    }
    let mut translator = Translator {
        program,
        layout,
        steps: Vec::new(),
        registers: 0,
        values: HashMap::new(),
        absent: Vec::new(),
        failures: Vec::new(),
        cleared: HashSet::new(),
        tables: HashMap::new(),
        maps: HashMap::new(),
        sets: HashMap::new(),
        table_words: Vec::new(),
        most_words,
    };
    for (value, place) in &scalar.loads {
        translator.values.insert(*value, Argument::Frame(*place));
    }
    translator.instructions(&scalar.instructions, None)?;
    for (value, place) in &scalar.stores {
        let code = if program.ty(*value) == Type::Bool { STORE_MASK } else { STORE };
        let stored = translator.value(*value)?;
        translator.push(u64::from(code), Destination::Frame(*place), &[stored]);
    }
    let Translator { mut steps, registers, table_words, absent, failures, .. } = translator;
    // What is cleared depends on inputs alone, and nothing depends on failures.
    steps.splice(..0, list(CLEAR_ABSENT, 0, absent));
    steps.extend(list(FAIL_IF, layout.failures, failures));
    let steps = masks::merge(sums::merge(steps, registers), registers);
    let (steps, registers) = assign::broadcast(steps, registers);
    let assigned = assign::assign(&steps, registers, table_words);
    let scratch = u32::try_from(assigned.scratch).ok()?;
    Some(column_program::pack(&assigned.instructions, &assigned.tables, scratch))
}

/// Returns an instruction with a list of terms, if there are any.
fn list(code: u8, destination: usize, terms: Vec<(Argument, u64)>) -> Option<Step> {
    let destination = Destination::Frame(destination);
    (!terms.is_empty()).then_some(Step {
        code: code.into(),
        destination,
        arguments: [Argument::Number(0); 3],
        terms,
    })
}

/// Returns whether all operations of a stage have a column form.
fn can_be_vectorized(program: &Program, scalar: &Scalar) -> bool {
    let mut count = 0;
    let mut all = true;
    let visit = |instruction: Instruction| {
        let data = &program.instructions[instruction];
        count += 1;
        all &= match &data.operation {
            Operation::Call(function, _) => code_of(*function).is_some(),
            Operation::Find(map, _) => program.maps[*map].string_row_count().is_some(),
            Operation::Contains(set, _) => {
                let set = &program.sets[*set];
                set.elements.len() <= FEW || set.string_words().is_some()
            }
            Operation::Input(_, InputPart::String)
            | Operation::List(_)
            | Operation::Forest(..)
            | Operation::Kernel(..)
            | Operation::Recall { .. } => false,
            _ => true,
        } && data.results.iter().all(|value| program.ty(*value) != Type::List);
    };
    cut::visit_nested(program, &scalar.instructions, visit, |_| {});
    all && count <= MAX_INSTRUCTIONS
}

/// Returns the code of a function that has a column form, and its number if it is called by that.
fn code_of(function: Function) -> Option<(u64, Option<u64>)> {
    let code = |code: u8| Some((u64::from(code), None));
    let single = |code: u8| Some((u64::from(code) | SINGLE, None));
    let unary = |number| Some((u64::from(CALL_UNARY), Some(number)));
    let binary = |number| Some((u64::from(CALL_BINARY), Some(number)));
    match function {
        Function::Exp => code(EXP),
        Function::ExpSingle => single(EXP),
        Function::Logistic => code(LOGISTIC),
        Function::LogisticSingle => single(LOGISTIC),
        Function::Tanh => code(TANH),
        Function::Ln => code(LN),
        Function::Expm1 => code(EXPM1),
        Function::Ln1p => code(LN1P),
        Function::Pow => code(POW),
        Function::PowerSingle => single(POW),
        Function::MinIgnoringNan => code(MIN_IGNORING_NAN),
        Function::MaxIgnoringNan => code(MAX_IGNORING_NAN),
        Function::Log10 => unary(LOG10),
        Function::Sin => unary(SIN),
        Function::Cos => unary(COS),
        Function::Tan => unary(TAN),
        Function::Asin => unary(ASIN),
        Function::Acos => unary(ACOS),
        Function::Atan => unary(ATAN),
        Function::Sinh => unary(SINH),
        Function::Cosh => unary(COSH),
        Function::Rint => unary(RINT),
        Function::RoundHalfUp => unary(ROUND_HALF_UP),
        Function::Erf => unary(ERF),
        Function::StdNormalPdf => unary(STD_NORMAL_PDF),
        Function::StdNormalCdf => unary(STD_NORMAL_CDF),
        Function::StdNormalIdf => unary(STD_NORMAL_IDF),
        Function::InverseCloglog => unary(INVERSE_CLOGLOG),
        Function::InverseLoglog => unary(INVERSE_LOGLOG),
        Function::InverseCauchit => unary(INVERSE_CAUCHIT),
        Function::Atan2 => binary(ATAN2),
        Function::Hypot => binary(HYPOT),
        Function::Modulo => binary(MODULO),
        _ => None,
    }
}

struct Translator<'t> {
    program: &'t Program,
    layout: &'t Layout,
    steps: Vec<Step>,
    /// The number of registers.
    registers: usize,
    values: HashMap<Value, Argument>,
    /// The columns of inputs that are used, with the masks of the rows that have a value.
    absent: Vec<(Argument, u64)>,
    /// Masks of rows that fail, with the numbers of their failures, in order.
    failures: Vec<(Argument, u64)>,
    /// The inputs that are in `absent`.
    cleared: HashSet<Input>,
    /// The first word and the number of elements of the tables, maps and sets that are used.
    tables: HashMap<Table, (u64, u64)>,
    maps: HashMap<Map, (u64, u64)>,
    sets: HashMap<Set, (u64, u64)>,
    table_words: Vec<u64>,
    /// The largest number of words of tables.
    most_words: usize,
}

impl Translator<'_> {
    fn value(&self, value: Value) -> Option<Argument> {
        self.values.get(&value).copied()
    }

    fn push(&mut self, code: u64, destination: Destination, arguments: &[Argument]) {
        let mut all = [Argument::Number(0); 3];
        all.iter_mut().zip(arguments).for_each(|(place, argument)| *place = *argument);
        self.steps.push(Step { code, destination, arguments: all, terms: Vec::new() });
    }

    /// Appends an instruction that computes a column.
    fn column(&mut self, code: u64, arguments: &[Argument]) -> Argument {
        self.registers += 1;
        self.push(code, Destination::Column(self.registers - 1), arguments);
        Argument::Register(self.registers - 1)
    }

    /// Appends an instruction that computes a mask.
    fn mask(&mut self, code: u8, arguments: &[Argument]) -> Argument {
        self.registers += 1;
        self.push(code.into(), Destination::Mask(self.registers - 1), arguments);
        Argument::Register(self.registers - 1)
    }

    /// Translates instructions of a region that runs under a condition, a mask, or always.
    fn instructions(&mut self, instructions: &[Instruction], condition: Option<Argument>) -> Option<()> {
        let program = self.program;
        for instruction in instructions {
            let data = &program.instructions[*instruction];
            match &data.operation {
                Operation::If { condition: own, then, otherwise } => {
                    let own = self.value(*own)?;
                    let mut yields = Vec::new();
                    for (region, is_then) in [(then, true), (otherwise, false)] {
                        let half = if is_then { own } else { self.mask(NOT, &[own]) };
                        let both = match condition {
                            Some(outer) => self.mask(AND, &[outer, half]),
                            None => half,
                        };
                        let region = &program.regions[*region];
                        self.instructions(&region.instructions, Some(both))?;
                        yields.push(&region.yields);
                    }
                    for ((result, then), otherwise) in data.results.iter().zip(yields[0]).zip(yields[1]) {
                        let (then, otherwise) = (self.value(*then)?, self.value(*otherwise)?);
                        let selected = self.select(program.ty(*result), own, then, otherwise);
                        self.values.insert(*result, selected);
                    }
                }
                Operation::FailIf(fails, failure) => {
                    let fails = self.value(*fails)?;
                    let fails = match condition {
                        Some(condition) => self.mask(AND, &[condition, fails]),
                        None => fails,
                    };
                    self.failures.push((fails, failure.index() as u64 + 1));
                }
                operation => {
                    let argument = self.operation(operation, program.ty(*data.results.first()?))?;
                    self.values.insert(*data.results.first()?, argument);
                }
            }
        }
        Some(())
    }

    fn select(&mut self, ty: Type, condition: Argument, then: Argument, otherwise: Argument) -> Argument {
        match ty {
            Type::Bool => self.mask(SELECT_MASK, &[condition, then, otherwise]),
            _ => self.column(SELECT.into(), &[condition, then, otherwise]),
        }
    }

    fn operation(&mut self, operation: &Operation, ty: Type) -> Option<Argument> {
        let program = self.program;
        Some(match operation {
            Operation::Constant(constant) => Argument::Constant(constant.bits()),
            Operation::Input(input, part) => self.input(*input, *part, ty),
            Operation::Unary(unary, a) => {
                let single = single(program.ty(*a));
                let a = self.value(*a)?;
                self.unary(*unary, a, single)
            }
            Operation::Binary(binary, a, b) => {
                if *binary == Binary::Equal
                    && let Some(mask) = self.state(*a, *b).or_else(|| self.state(*b, *a))
                {
                    return Some(mask);
                }
                let ty = program.ty(*a);
                let (a, b) = (self.value(*a)?, self.value(*b)?);
                self.binary(*binary, ty, a, b)
            }
            Operation::Select(condition, then, otherwise) => {
                let condition = self.value(*condition)?;
                let (then, otherwise) = (self.value(*then)?, self.value(*otherwise)?);
                self.select(ty, condition, then, otherwise)
            }
            Operation::Call(function, arguments) => {
                let mut arguments =
                    arguments.iter().map(|value| self.value(*value)).collect::<Option<Vec<_>>>()?;
                let (code, number) = code_of(*function)?;
                arguments.extend(number.map(Argument::Number));
                self.column(code, &arguments)
            }
            Operation::Lookup(table, index) => {
                let index = self.value(*index)?;
                let (start, count) = self.table(*table)?;
                let found =
                    self.column(LOOKUP.into(), &[index, Argument::Number(start), Argument::Number(count)]);
                match ty {
                    Type::Bool => {
                        let zero = self.mask(EQUAL_WORDS, &[found, Argument::Constant(0)]);
                        self.mask(NOT, &[zero])
                    }
                    _ => found,
                }
            }
            Operation::Find(map, keys) => {
                let key = self.value(*keys.first()?)?;
                let (start, count) = self.map(*map)?;
                self.column(LOOKUP.into(), &[key, Argument::Number(start), Argument::Number(count)])
            }
            Operation::Contains(set, value) => {
                let value = self.value(*value)?;
                self.contains(*set, value)?
            }
            _ => return None,
        })
    }

    fn contains(&mut self, set: Set, value: Argument) -> Option<Argument> {
        let data = &self.program.sets[set];
        if data.elements.len() > FEW {
            let (start, count) = self.set(set)?;
            return Some(self.mask(HAS_BIT, &[value, Argument::Number(start), Argument::Number(count)]));
        }
        let mut contained = Argument::Constant(0);
        for element in &data.elements {
            let equal = self.equal(data.ty, value, Argument::Constant(*element));
            contained =
                if contained == Argument::Constant(0) { equal } else { self.mask(OR, &[contained, equal]) };
        }
        Some(contained)
    }

    fn input(&mut self, input: Input, part: InputPart, ty: Type) -> Argument {
        let columns = self.layout.input(input);
        let present = Argument::Frame(columns.present);
        let values = Argument::Frame(columns.values);
        match part {
            InputPart::Value if ty == Type::Bool => self.mask(AND, &[present, values]),
            InputPart::Value => {
                // Cells without a value hold anything.
                if self.cleared.insert(input) {
                    self.absent.push((values, columns.present as u64));
                }
                values
            }
            _ => {
                let [absent, converted, unconvertible] =
                    [ABSENT, CONVERTED, UNCONVERTIBLE].map(|state| Argument::Constant(state.cast_unsigned()));
                let mask = Argument::Frame(columns.unconvertible);
                let otherwise = self.column(SELECT.into(), &[mask, unconvertible, absent]);
                self.column(SELECT.into(), &[present, converted, otherwise])
            }
        }
    }

    /// Returns the mask of the rows whose input cell is in a state, if that is what is compared.
    fn state(&self, state: Value, constant: Value) -> Option<Argument> {
        let Operation::Input(input, InputPart::State) = *self.program.definition(state) else { return None };
        let columns = self.layout.input(input);
        match self.program.constant(constant)? {
            Constant::I64(CONVERTED) => Some(Argument::Frame(columns.present)),
            Constant::I64(UNCONVERTIBLE) => Some(Argument::Frame(columns.unconvertible)),
            _ => None,
        }
    }

    fn unary(&mut self, unary: Unary, a: Argument, single: u64) -> Argument {
        let code = match unary {
            Unary::Not => return self.mask(NOT, &[a]),
            Unary::BoolToI64 => {
                return self.column(SELECT.into(), &[a, Argument::Constant(1), Argument::Constant(0)]);
            }
            Unary::Negate => u64::from(NEGATE) | single,
            Unary::Absolute => u64::from(ABSOLUTE) | single,
            Unary::SquareRoot => u64::from(SQUARE_ROOT) | single,
            Unary::Floor => u64::from(FLOOR) | single,
            Unary::Ceil => u64::from(CEIL) | single,
            Unary::I64ToF64 => I64_TO_FLOAT.into(),
            Unary::I64ToF32 => u64::from(I64_TO_FLOAT) | SINGLE,
            Unary::F32ToF64 => F32_TO_F64.into(),
            Unary::F64ToF32 => F64_TO_F32.into(),
            Unary::F64ToI64 => F64_TO_I64.into(),
        };
        self.column(code, &[a])
    }

    fn binary(&mut self, binary: Binary, ty: Type, a: Argument, b: Argument) -> Argument {
        let single = single(ty);
        let is_float = ty.is_float();
        let arithmetic = |float: u8, integer: u8| {
            if is_float { u64::from(float) | single } else { u64::from(integer) }
        };
        match binary {
            Binary::Add => self.column(arithmetic(ADD, ADD_I64), &[a, b]),
            Binary::Subtract => self.column(arithmetic(SUBTRACT, SUBTRACT_I64), &[a, b]),
            Binary::Multiply => self.column(arithmetic(MULTIPLY, MULTIPLY_I64), &[a, b]),
            Binary::Divide => self.column(u64::from(DIVIDE) | single, &[a, b]),
            Binary::And => self.mask(AND, &[a, b]),
            Binary::Or => self.mask(OR, &[a, b]),
            Binary::Equal => self.equal(ty, a, b),
            Binary::NotEqual => {
                let equal = self.equal(ty, a, b);
                self.mask(NOT, &[equal])
            }
            Binary::Less => self.comparison(arithmetic(LESS, LESS_I64), a, b),
            Binary::LessOrEqual => self.comparison(arithmetic(LESS_OR_EQUAL, LESS_OR_EQUAL_I64), a, b),
            Binary::Greater => self.comparison(arithmetic(LESS, LESS_I64), b, a),
            Binary::GreaterOrEqual => self.comparison(arithmetic(LESS_OR_EQUAL, LESS_OR_EQUAL_I64), b, a),
        }
    }

    fn equal(&mut self, ty: Type, a: Argument, b: Argument) -> Argument {
        match ty {
            Type::Bool => self.mask(EQUAL_MASKS, &[a, b]),
            ty if ty.is_float() => self.comparison(u64::from(EQUAL) | single(ty), a, b),
            _ => self.mask(EQUAL_WORDS, &[a, b]),
        }
    }

    fn comparison(&mut self, code: u64, a: Argument, b: Argument) -> Argument {
        self.registers += 1;
        self.push(code, Destination::Mask(self.registers - 1), &[a, b]);
        Argument::Register(self.registers - 1)
    }

    /// Returns where a table is and how many elements it has, or `None` if there is no space for it.
    fn table(&mut self, table: Table) -> Option<(u64, u64)> {
        if let Some(place) = self.tables.get(&table) {
            return Some(*place);
        }
        let elements = &self.program.tables[table].elements;
        let place = self.append(elements.len(), || elements.clone(), 0)?;
        self.tables.insert(table, place);
        Some(place)
    }

    /// Returns where the rows of a map from strings are, and how many strings have one.
    fn map(&mut self, map: Map) -> Option<(u64, u64)> {
        if let Some(place) = self.maps.get(&map) {
            return Some(*place);
        }
        let data = &self.program.maps[map];
        let rows = || data.string_rows().into_iter().flatten().map(i64::cast_unsigned).collect();
        let place = self.append(data.string_row_count()?, rows, NOT_FOUND)?;
        self.maps.insert(map, place);
        Some(place)
    }

    /// Returns where the bits of a set of strings are, and how many words they take.
    fn set(&mut self, set: Set) -> Option<(u64, u64)> {
        if let Some(place) = self.sets.get(&set) {
            return Some(*place);
        }
        let data = &self.program.sets[set];
        let place = self.append(data.string_words()?, || data.string_bits().unwrap_or_default(), 0)?;
        self.sets.insert(set, place);
        Some(place)
    }

    /// Appends a table and what is found past its ends. Returns its first word and the number of its elements, or `None` if
    /// there is no space for it.
    fn append(
        &mut self,
        count: usize,
        elements: impl FnOnce() -> Vec<u64>,
        otherwise: u64,
    ) -> Option<(u64, u64)> {
        let start = self.table_words.len();
        if count >= self.most_words.saturating_sub(start) {
            return None;
        }
        self.table_words.extend(elements());
        self.table_words.push(otherwise);
        Some((start as u64, count as u64))
    }
}

/// Returns the flag of operations on floats of a type.
fn single(ty: Type) -> u64 {
    if ty == Type::F32 { SINGLE } else { 0 }
}

#[cfg(test)]
mod tests;
