//! The interpreter: the engine that all others are compared with.
//!
//! It runs a program as it is: row by row, instruction by instruction, forests node by node. It shares
//! nothing with the other engines but the definition of the IR and the runtime's functions: no pass, no
//! packed kernel. It should be read beside [`instruction`](crate::ir::instruction) and
//! [`forest`](crate::ir::forest), and obviously agree with them; it is not meant to be fast.
//!
//! The program must have passed [`verify`](crate::ir::verify::verify). Then no row makes the interpreter
//! panic. It does not recurse: open regions are on an explicit stack.

mod forest;

use crate::frame::{BLOCK_ROWS, Engine, InputColumns, Layout, Metering};
use crate::ir::evaluate::evaluate;
use crate::ir::{History, Id, Input, InputPart, Instruction, Operation, Program, Region, Type, Value};
use pmml_runtime::{ABSENT, CONVERTED, Context, Item, Stream, StringId, UNCONVERTIBLE};
use std::sync::Arc;

/// The interpreter of a program.
#[derive(Clone, Debug)]
pub struct Interpreter {
    program: Arc<Program>,
    layout: Layout,
    metering: Option<Metering>,
}

impl Interpreter {
    /// Makes an interpreter of a verified program.
    pub fn new(program: Arc<Program>) -> Self {
        let layout = Layout::new(&program);
        let metering = Metering::new(&program, &layout);
        Self { program, layout, metering }
    }

    /// Returns the program that it runs.
    pub fn program(&self) -> &Arc<Program> {
        &self.program
    }
}

impl Engine for Interpreter {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn run(&self, frame: &mut [u64], mask: u64, context: &mut Context<'_>, stream: &mut Stream) {
        // Every value is written before it is read, so that rows can share the memory.
        let mut values = vec![0; self.program.values.len()];
        context.select_block(0);
        for row in (0..BLOCK_ROWS).filter(|row| mask >> row & 1 != 0) {
            if context.is_interrupted() {
                return;
            }
            if let Some(metering) = &self.metering {
                metering.start_rows(frame, 1 << row, 0, context);
            }
            let mut run = Row {
                program: &self.program,
                layout: &self.layout,
                frame: &mut *frame,
                row,
                context: &mut *context,
                stream: &mut *stream,
                values: &mut values,
                records: Vec::new(),
            };
            run.run();
        }
    }
}

/// The run of the program on one row.
struct Row<'r, 'c> {
    program: &'r Program,
    layout: &'r Layout,
    frame: &'r mut [u64],
    row: usize,
    context: &'r mut Context<'c>,
    stream: &'r mut Stream,
    /// The bits of each value.
    values: &'r mut [u64],
    /// What the row's recalls add to histories when the row is done.
    records: Vec<(History, Item)>,
}

/// A region that is running.
struct OpenRegion {
    region: Region,
    /// The number of its instructions that have been started.
    started: usize,
    /// The `If` that it belongs to; `None` for the body.
    owner: Option<Instruction>,
}

impl Row<'_, '_> {
    fn run(&mut self) {
        let program = self.program;
        self.frame[self.layout.failures + self.row] = 0;
        let Some(body) = program.body else { return };
        let mut open = vec![OpenRegion { region: body, started: 0, owner: None }];
        while let Some(top) = open.last_mut() {
            let region = &program.regions[top.region];
            if let Some(instruction) = region.instructions.get(top.started).copied() {
                top.started += 1;
                match program.instructions[instruction].operation {
                    Operation::If { condition, then, otherwise } => {
                        let region = if self.bool(condition) { then } else { otherwise };
                        open.push(OpenRegion { region, started: 0, owner: Some(instruction) });
                    }
                    ref operation => {
                        let results = self.operation(operation);
                        self.define(instruction, &results);
                    }
                }
            } else {
                if let Some(owner) = top.owner {
                    let yields: Vec<u64> = region.yields.iter().map(|value| self.bits(*value)).collect();
                    self.define(owner, &yields);
                }
                open.pop();
            }
        }
        self.write_results();
        // A history records what came in, so a row that failed is recorded like any other.
        for (history, item) in std::mem::take(&mut self.records) {
            let data = &program.histories[history];
            let (number, length) = (history.index(), data.length as usize);
            match data.ty {
                Type::String => {
                    let text = item.map(|bits| StringId::from_number(bits as u32));
                    self.stream.record_string(self.context, number, length, text);
                }
                _ => self.stream.record(number, length, item),
            }
        }
    }

    fn bits(&self, value: Value) -> u64 {
        self.values[value.index()]
    }

    fn bool(&self, value: Value) -> bool {
        self.bits(value) != 0
    }

    fn item(&self, value: Value, present: Value) -> Item {
        self.bool(present).then(|| self.bits(value))
    }

    fn define(&mut self, instruction: Instruction, results: &[u64]) {
        for (value, bits) in self.program.instructions[instruction].results.iter().zip(results) {
            self.values[value.index()] = *bits;
        }
    }

    /// Runs an instruction other than `If` and returns its results.
    fn operation(&mut self, operation: &Operation) -> Vec<u64> {
        let program = self.program;
        match operation {
            Operation::Input(input, part) => vec![self.input(*input, *part)],
            Operation::Forest(forest, arguments) => {
                let features: Vec<Item> =
                    arguments.chunks_exact(2).map(|pair| self.item(pair[0], pair[1])).collect();
                forest::run(program, &program.forests[*forest], &features)
            }
            Operation::Kernel(kernel, arguments) => {
                let arguments: Vec<u64> = arguments.iter().map(|value| self.bits(*value)).collect();
                program.kernels[*kernel].evaluate(&arguments)
            }
            Operation::List(items) => {
                let list = self.context.new_list();
                for pair in items.chunks_exact(2) {
                    self.context.push(list, self.item(pair[0], pair[1]));
                }
                vec![list.number() as u64]
            }
            Operation::Recall { history, value, present, restart } => {
                if self.bool(*restart) {
                    self.stream.restart(history.index());
                }
                let list = self.stream.recall(self.context, history.index());
                self.records.push((*history, self.item(*value, *present)));
                vec![list.number() as u64]
            }
            Operation::FailIf(condition, failure) => {
                let failed = &mut self.frame[self.layout.failures + self.row];
                if self.values[condition.index()] != 0 && *failed == 0 {
                    *failed = failure.index() as u64 + 1;
                }
                Vec::new()
            }
            operation => {
                let values = &*self.values;
                evaluate(program, self.context, operation, |value| values[value.index()])
                    .into_iter()
                    .collect()
            }
        }
    }

    fn input(&self, input: Input, part: InputPart) -> u64 {
        let InputColumns { values, present, unconvertible, strings } = self.layout.input(input);
        let set = |mask: usize| self.frame[mask] >> self.row & 1 != 0;
        match part {
            InputPart::Value if set(present) => match self.program.inputs[input].ty {
                Type::Bool => set(values) as u64,
                _ => self.frame[values + self.row],
            },
            InputPart::Value => 0,
            InputPart::State if set(present) => CONVERTED as u64,
            InputPart::State if set(unconvertible) => UNCONVERTIBLE as u64,
            InputPart::State => ABSENT as u64,
            InputPart::String if set(unconvertible) => self.frame[strings + self.row],
            InputPart::String => StringId::EMPTY.number() as u64,
        }
    }

    fn write_results(&mut self) {
        for ((value, present), columns) in self.program.results().zip(&self.layout.results) {
            let bits = self.values[value.index()];
            match self.program.ty(value) {
                Type::Bool => write_bit(&mut self.frame[columns.values], self.row, bits != 0),
                _ => self.frame[columns.values + self.row] = bits,
            }
            write_bit(&mut self.frame[columns.present], self.row, self.values[present.index()] != 0);
        }
    }
}

fn write_bit(mask: &mut u64, row: usize, bit: bool) {
    *mask = *mask & !(1 << row) | (bit as u64) << row;
}

#[cfg(test)]
mod tests;
