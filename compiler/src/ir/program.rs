//! Programs: what the IR is made of.

use super::entity::{
    Arena, Failure, ForestId, History, Input, Instruction, Kernel, Map, Region, Set, Table, Value,
};
use super::forest::Forest;
use super::instruction::{InputPart, Operation, Unary};
use super::kernel::KernelData;
use super::table::{MapData, SetData, TableData};
use super::types::{Constant, Type};
use pmml_runtime::Dictionary;
use pmml_runtime::diagnostics::quote::into_legible;
use std::sync::Arc;

/// The largest depth to which regions may nest: the body has depth 1.
pub const MAX_NESTING: usize = 128;

/// A program: computes the results of a row from its inputs.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The inputs.
    pub inputs: Arena<Input, InputData>,
    /// The strings that the program knows.
    pub dictionary: Arc<Dictionary>,
    /// The instructions.
    pub instructions: Arena<Instruction, InstructionData>,
    /// The values.
    pub values: Arena<Value, ValueData>,
    /// The regions.
    pub regions: Arena<Region, RegionData>,
    /// The region that runs first, as a whole. Its yields are the results: two per result of the signature,
    /// the value and a bool that says whether it is present.
    pub body: Option<Region>,
    /// The forests.
    pub forests: Arena<ForestId, Forest>,
    /// The data of the kernels.
    pub kernels: Arena<Kernel, Arc<KernelData>>,
    /// The tables.
    pub tables: Arena<Table, TableData>,
    /// The sets.
    pub sets: Arena<Set, SetData>,
    /// The maps.
    pub maps: Arena<Map, MapData>,
    /// The reasons why a row can fail.
    pub failures: Arena<Failure, FailureData>,
    /// The histories.
    pub histories: Arena<History, HistoryData>,
}

/// An input of a program.
#[derive(Clone, Debug, PartialEq)]
pub struct InputData {
    /// The field's name in the document.
    pub name: String,
    /// The type of its values.
    pub ty: Type,
    /// Whether a row may give a list of such values. `ty` is then [`Type::List`] and this the type of the items.
    pub items: Option<Type>,
    /// Whether a present cell can hold NaN. It cannot if the conversion of inputs turns NaN into a missing
    /// value; then comparisons have two outcomes, which passes make use of.
    pub nan: bool,
}

/// An instruction with its results.
#[derive(Clone, Debug, PartialEq)]
pub struct InstructionData {
    /// What it does.
    pub operation: Operation,
    /// The values that it returns.
    pub results: Vec<Value>,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub struct ValueData {
    /// Its type.
    pub ty: Type,
    /// The instruction that returns it.
    pub definition: Instruction,
}

/// A region.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct RegionData {
    /// What runs, in order.
    pub instructions: Vec<Instruction>,
    /// The values that the region yields.
    pub yields: Vec<Value>,
}

/// A reason why a row can fail.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FailureData {
    /// The input that causes the failure, if one does.
    pub input: Option<Input>,
    /// The kind of failure.
    pub kind: FailureKind,
    /// The derived field whose computation has no result, if it is one.
    pub derived_field: Option<String>,
    /// What is wrong, for the user: `must not be missing`. For an invalid value, what follows the reason for
    /// which it is invalid; the reason is found when the message is made
    /// ([`pmml_runtime::diagnostics::invalid`]).
    pub message: String,
}

impl FailureData {
    /// Makes a reason that an input may cause, and that is in no derived field. Strings of the document in
    /// the message are truncated and escaped, since there may be a reason for each of many calls of a
    /// function.
    pub fn new(input: Option<Input>, kind: FailureKind, message: impl Into<String>) -> Self {
        Self { input, kind, derived_field: None, message: into_legible(message.into()) }
    }
}

/// Kinds of failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FailureKind {
    /// An input holds a value that its field does not allow.
    InvalidValue,
    /// An input holds a value that its field allows, but that the model cannot use.
    UnusableValue,
    /// An input lacks a value that it must have.
    MissingValue,
    /// A computation has no result: an overflow, a division by zero, an argument outside of a function's domain.
    UndefinedResult,
    /// The row's strings and lists take more memory or time than a row may, see [`pmml_runtime::context::budget`].
    Exhausted,
}

/// A record of a field's previous values.
#[derive(Clone, Debug, PartialEq)]
pub struct HistoryData {
    /// The type of the values: not a list.
    pub ty: Type,
    /// How many previous values are kept.
    pub length: u32,
}

impl Program {
    /// Returns the type of a value.
    pub fn ty(&self, value: Value) -> Type {
        self.values[value].ty
    }

    /// Returns the operation that computes a value.
    pub fn definition(&self, value: Value) -> &Operation {
        &self.instructions[self.values[value].definition].operation
    }

    /// Returns the constant that a value is, or `None` if it is computed.
    pub fn constant(&self, value: Value) -> Option<Constant> {
        match self.definition(value) {
            Operation::Constant(constant) => Some(*constant),
            _ => None,
        }
    }

    /// Returns the types of an operation's results.
    pub fn result_types(&self, operation: &Operation) -> Vec<Type> {
        match operation {
            Operation::Constant(constant) => vec![constant.ty()],
            Operation::Input(input, part) => vec![match part {
                InputPart::Value => self.inputs[*input].ty,
                InputPart::State => Type::I64,
                InputPart::String => Type::String,
            }],
            Operation::Unary(unary, argument) => vec![match unary {
                Unary::Not => Type::Bool,
                Unary::Negate | Unary::Absolute | Unary::SquareRoot | Unary::Floor | Unary::Ceil => {
                    self.ty(*argument)
                }
                Unary::BoolToI64 | Unary::F64ToI64 => Type::I64,
                Unary::I64ToF64 | Unary::F32ToF64 => Type::F64,
                Unary::I64ToF32 | Unary::F64ToF32 => Type::F32,
            }],
            Operation::Binary(binary, left, _) => {
                vec![if binary.is_comparison() { Type::Bool } else { self.ty(*left) }]
            }
            Operation::Select(_, then, _) => vec![self.ty(*then)],
            Operation::Call(function, _) => vec![function.signature().result],
            Operation::Lookup(table, _) => vec![self.tables[*table].ty],
            Operation::Find(..) => vec![Type::I64],
            Operation::Contains(..) => vec![Type::Bool],
            Operation::If { then, .. } => {
                self.regions[*then].yields.iter().map(|value| self.ty(*value)).collect()
            }
            Operation::Forest(forest, _) => self.forests[*forest].results(),
            Operation::Kernel(kernel, _) => self.kernels[*kernel].results(),
            Operation::List(_) | Operation::Recall { .. } => vec![Type::List],
            Operation::FailIf(..) => Vec::new(),
        }
    }

    /// Returns whether rows have budgets: whether the program has a function that charges for what it takes,
    /// or a history.
    pub fn is_metered(&self) -> bool {
        let metered = |data: &InstructionData| data.operation.is_metered();
        !self.histories.is_empty() || self.instructions.values().any(metered)
    }

    /// Returns the results of the program: each value with the bool that says whether it is present.
    pub fn results(&self) -> impl Iterator<Item = (Value, Value)> + '_ {
        let yields = self.body.map(|body| self.regions[body].yields.as_slice()).unwrap_or_default();
        yields.chunks_exact(2).map(|pair| (pair[0], pair[1]))
    }
}
