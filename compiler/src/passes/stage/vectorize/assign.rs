//! Gives registers places in the scratch space, and constants columns.

use super::{Argument, Destination, Step};
use pmml_runtime::BLOCK_ROWS;
use pmml_runtime::column_program::operation::*;
use pmml_runtime::column_program::{CONSTANT, Instruction, LINE, SCRATCH};
use std::collections::HashMap;

/// Instructions whose arguments have places.
pub(super) struct Assigned {
    pub instructions: Vec<Instruction>,
    pub tables: Vec<u64>,
    /// The number of words of scratch space that they need.
    pub scratch: usize,
}

/// Returns whether an argument of an operation is a mask.
fn is_mask(code: u64, number: usize) -> bool {
    match code as u8 {
        AND | OR | NOT | EQUAL_MASKS | SELECT_MASK | STORE_MASK | AND_ALL | FAIL_IF => true,
        SELECT => number == 0,
        _ => false,
    }
}

/// Gives constants registers, which hold them in all rows from their first use on, except for masks that an instruction takes as
/// constants. Returns the number of registers too.
pub(super) fn broadcast(steps: Vec<Step>, mut registers: usize) -> (Vec<Step>, usize) {
    let mut columns: HashMap<u64, usize> = HashMap::new();
    let mut all = Vec::with_capacity(steps.len());
    let mut masks: HashMap<u64, usize> = HashMap::new();
    for mut step in steps {
        let code = step.code;
        let mut broadcast = |argument: &mut Argument, is_mask: bool| {
            let Argument::Constant(bits) = *argument else { return };
            let of_kind = if is_mask { &mut masks } else { &mut columns };
            let register = *of_kind.entry(bits).or_insert_with(|| {
                let (code, destination, bits) = if is_mask {
                    (OR, Destination::Mask(registers), Argument::Constant(bits))
                } else {
                    (BROADCAST, Destination::Column(registers), Argument::Number(bits))
                };
                let arguments = [bits, bits, Argument::Number(0)];
                all.push(Step { code: code.into(), destination, arguments, terms: Vec::new() });
                registers += 1;
                registers - 1
            });
            *argument = Argument::Register(register);
        };
        for (number, argument) in step.arguments.iter_mut().enumerate() {
            if !is_mask(code, number) {
                broadcast(argument, false);
            }
        }
        for (argument, _) in &mut step.terms {
            broadcast(argument, is_mask(code, 0));
        }
        all.push(step);
    }
    (all, registers)
}

/// Assigns places in the scratch space to registers.
pub(super) fn assign(steps: &[Step], registers: usize, tables: Vec<u64>) -> Assigned {
    let mut last = vec![0; registers];
    for (number, step) in steps.iter().enumerate() {
        step.used().for_each(|register| last[register] = number);
    }
    let mut places = vec![0; registers];
    let mut space = Space { free: [Vec::new(), Vec::new()], masks: 0..0, words: 0 };
    let mut assigned = Assigned { instructions: Vec::with_capacity(steps.len()), tables, scratch: 0 };
    let mut is_column = vec![false; registers];
    for (number, step) in steps.iter().enumerate() {
        let instruction = translate(step, &places, &mut assigned.tables);
        // A result may replace an argument that is not used again.
        let mut dead: Vec<usize> = step.used().filter(|register| last[*register] == number).collect();
        dead.sort_unstable();
        dead.dedup();
        for register in dead {
            space.release(is_column[register], places[register]);
        }
        let destination = match step.destination {
            Destination::Frame(place) => place as u64,
            Destination::Column(register) | Destination::Mask(register) => {
                is_column[register] = matches!(step.destination, Destination::Column(_));
                places[register] = space.take(is_column[register]);
                // What nothing uses is free at once.
                if last[register] <= number {
                    space.release(is_column[register], places[register]);
                }
                places[register]
            }
        };
        let [code, _, a, b, c] = instruction;
        assigned.instructions.push([code, destination, a, b, c]);
    }
    assigned.scratch = space.words;
    assigned
}

/// Returns the instruction of a step, without its destination.
fn translate(step: &Step, places: &[u64], tables: &mut Vec<u64>) -> Instruction {
    let mut code = step.code;
    let mut word = |number: usize, argument: Argument| match argument {
        Argument::Register(register) => places[register],
        Argument::Frame(place) => place as u64,
        Argument::Constant(bits) => {
            code |= CONSTANT << number;
            bits
        }
        Argument::Number(number) => number,
    };
    let [a, b, c] = step.arguments;
    let [a, mut b, mut c] = [word(0, a), word(1, b), word(2, c)];
    if !step.terms.is_empty() {
        (b, c) = (tables.len() as u64, step.terms.len() as u64);
        for (column, weight) in &step.terms {
            tables.extend([word(0, *column), *weight]);
        }
    }
    [code, 0, a, b, c]
}

/// The scratch space.
struct Space {
    /// Places of masks and of columns that can be used again.
    free: [Vec<u64>; 2],
    /// The words of the last line of masks that were never used.
    masks: std::ops::Range<usize>,
    words: usize,
}

impl Space {
    fn take(&mut self, is_column: bool) -> u64 {
        self.free[usize::from(is_column)].pop().unwrap_or_else(|| {
            let place = if is_column {
                self.words += BLOCK_ROWS;
                self.words - BLOCK_ROWS
            } else {
                self.masks.next().unwrap_or_else(|| {
                    self.masks = self.words + 1..self.words + LINE;
                    self.words += LINE;
                    self.words - LINE
                })
            };
            place as u64 | SCRATCH
        })
    }

    fn release(&mut self, is_column: bool, place: u64) {
        self.free[usize::from(is_column)].push(place);
    }
}
