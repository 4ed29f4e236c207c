//! Typed inputs: drops what a program need not do if a row's cells have the types of their fields.
//!
//! The structs of generated source hold values of the fields' own types. So no cell is unconvertible, and what programs
//! do with such cells is dropped.

use crate::ir::{Binary, Constant, InputPart, Operation, Program};
use pmml_runtime::{StringId, UNCONVERTIBLE};

/// Turns a program for arbitrary rows into one for rows with typed cells.
pub(super) fn run(mut program: Program) -> Program {
    let ids: Vec<_> = program.instructions.iter().map(|(id, _)| id).collect();
    for id in ids {
        let never = match program.instructions[id].operation {
            Operation::Input(_, InputPart::String) => Some(Constant::String(StringId::EMPTY)),
            Operation::Binary(Binary::Equal, left, right) => {
                let is_state =
                    |value| matches!(program.definition(value), Operation::Input(_, InputPart::State));
                let is_unconvertible = |value| program.constant(value) == Some(Constant::I64(UNCONVERTIBLE));
                let asks = |state, constant| is_state(state) && is_unconvertible(constant);
                (asks(left, right) || asks(right, left)).then_some(Constant::Bool(false))
            }
            _ => None,
        };
        if let Some(constant) = never {
            program.instructions[id].operation = Operation::Constant(constant);
        }
    }
    program
}
