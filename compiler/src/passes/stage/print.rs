//! The text form of a plan, for people: `pmmlc inspect --ir=stages`.

use super::{Plan, Stage, Work};
use crate::frame::{InputColumns, Offset};
use crate::ir::print::Printer;
use crate::ir::{Program, Value};
use pmml_runtime::kernel::Argument;
use std::fmt::{self, Write};

impl Plan {
    /// Returns the text form of the plan, which must have been made from `program`. Values have the numbers
    /// of the program's text form.
    pub fn display(&self, program: &Program) -> impl fmt::Display {
        fmt::from_fn(move |f| self.print(program, f))
    }

    fn print(&self, program: &Program, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scratch = self.images.scratch(1);
        writeln!(
            f,
            "frame: {} words a block, {scratch} words of scratch space behind one",
            self.layout.words
        )?;
        for (id, columns) in program.inputs.ids().zip(&self.layout.inputs) {
            let InputColumns { values, present, unconvertible, strings } = columns;
            writeln!(
                f,
                "{id}: values {values}, present {present}, unconvertible {unconvertible}, strings {strings}"
            )?;
        }
        for (number, columns) in self.layout.results.iter().enumerate() {
            writeln!(f, "result {number}: values {}, present {}", columns.values, columns.present)?;
        }
        writeln!(f, "failures: {}", self.layout.failures)?;
        let mut printer = Printer::numbered(program);
        for (number, Stage { mask, work }) in self.stages.iter().enumerate() {
            let kind = match work {
                Work::Scalar(_) => "scalar",
                Work::Kernel(_) => "kernel",
                Work::Split { .. } => "split",
            };
            match mask {
                Some(mask) => writeln!(f, "stage {number}: {kind}, for the rows of {mask}")?,
                None => writeln!(f, "stage {number}: {kind}, for all active rows")?,
            }
            match work {
                Work::Scalar(scalar) => {
                    moved(f, &printer, "load", "from", &scalar.loads)?;
                    printer.instructions(f, &scalar.instructions, 1)?;
                    moved(f, &printer, "store", "to", &scalar.stores)?;
                }
                Work::Kernel(kernel) => {
                    printer.instructions(f, &[kernel.instruction], 1)?;
                    let arguments: Vec<String> = kernel.arguments.iter().map(argument).collect();
                    writeln!(f, "  arguments {}", arguments.join(", "))?;
                    let results: Vec<String> = kernel.results.iter().map(usize::to_string).collect();
                    writeln!(f, "  results {}", results.join(", "))?;
                }
                Work::Split { condition, then, otherwise } => {
                    writeln!(f, "  {} ? {then} : {otherwise}", argument(condition))?;
                }
            }
        }
        Ok(())
    }
}

fn moved(
    f: &mut dyn Write,
    printer: &Printer<'_>,
    verb: &str,
    preposition: &str,
    values: &[(Value, Offset)],
) -> fmt::Result {
    for (value, place) in values {
        writeln!(f, "  {verb} {} {preposition} {place}", printer.name(*value))?;
    }
    Ok(())
}

fn argument(argument: &Argument) -> String {
    match argument {
        Argument::Words(place) => place.to_string(),
        Argument::Constant(bits) => format!("constant {bits:#x}"),
    }
}
