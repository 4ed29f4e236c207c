//! Kernels: the instructions that run for a whole block together, by functions of the runtime.

use super::error::Error;
use crate::frame::{BLOCK_ROWS, Offset};
use crate::ir::{Id, Operation, Program, Type};
use crate::passes::pack::Images;
use crate::passes::stage;
use pmml_runtime::aligned::AlignedWords;
use pmml_runtime::compiled::blocks::{BlockDriver, rows_of_mask};
use pmml_runtime::forest::Forest;
use pmml_runtime::kernel::{self, Argument};
use pmml_runtime::{Context, Stream};
use std::fmt;
use std::sync::Arc;

/// A kernel, ready to run.
#[derive(Debug)]
pub(super) struct Kernel {
    evaluation: Evaluation,
    arguments: Vec<Argument>,
    results: Vec<Offset>,
}

/// What a kernel evaluates.
enum Evaluation {
    Forest(Arc<AlignedWords>),
    /// One of `ir::kernel`.
    Kernel(Arc<AlignedWords>),
    Recall(Recall),
}

/// The recall of a history.
#[derive(Debug)]
struct Recall {
    history: usize,
    length: usize,
    ty: Type,
}

impl fmt::Debug for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Evaluation::Forest(_) => f.write_str("Forest"),
            Evaluation::Kernel(_) => f.write_str("Kernel"),
            Evaluation::Recall(recall) => recall.fmt(f),
        }
    }
}

impl Kernel {
    /// Makes the kernel of a stage, whose image is one of the plan's.
    pub fn new(program: &Program, images: &Images, kernel: &stage::Kernel) -> Result<Self, Error> {
        let stage::Kernel { instruction, arguments, results } = kernel;
        let packed = |image: Option<&Arc<AlignedWords>>| image.cloned().ok_or(Error::Internal("no image"));
        let evaluation = match &program.instructions[*instruction].operation {
            Operation::Forest(forest, _) => Evaluation::Forest(packed(images.forest(*forest))?),
            Operation::Kernel(kernel, _) => Evaluation::Kernel(packed(images.kernel(*kernel))?),
            Operation::Recall { history, .. } => {
                let data = &program.histories[*history];
                Evaluation::Recall(Recall {
                    history: history.index(),
                    length: data.length as usize,
                    ty: data.ty,
                })
            }
            _ => return Err(Error::Internal("not a kernel")),
        };
        Ok(Self { evaluation, arguments: arguments.clone(), results: results.clone() })
    }

    /// Returns the number of bytes of memory that its image takes.
    pub fn bytes(&self) -> usize {
        match &self.evaluation {
            Evaluation::Forest(image) | Evaluation::Kernel(image) => image.bytes(),
            Evaluation::Recall(_) => 0,
        }
    }

    /// Runs the kernel on the rows of a mask, or on all active rows.
    pub fn run(
        &self,
        driver: &mut BlockDriver<'_>,
        mask: Option<Offset>,
        context: &mut Context<'_>,
        stream: &mut Stream,
    ) {
        let Self { evaluation, arguments, results } = self;
        match evaluation {
            Evaluation::Forest(image) => {
                if let Some(forest) = Forest::open(image) {
                    driver.forest(&forest, mask, arguments, results);
                }
            }
            Evaluation::Kernel(image) => {
                if let Ok(kernel) = kernel::Kernel::open(image) {
                    driver.kernel(&kernel, mask, arguments, results);
                }
            }
            Evaluation::Recall(recall) => driver.each_block(mask, |block, words, rows| {
                context.select_block(block * BLOCK_ROWS);
                for row in rows_of_mask(rows) {
                    context.select_row(row);
                    recall.run(words, row, arguments, results, context, stream);
                }
            }),
        }
    }
}

impl fmt::Display for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let results = self.results.len();
        let name = match &self.evaluation {
            Evaluation::Forest(image) => {
                let Some(forest) = Forest::open(image) else {
                    return write!(f, "forest with {results} results");
                };
                let (trees, methods) = (forest.trees(), forest.methods());
                return write!(f, "forest of {trees} trees with {results} results: {methods}");
            }
            Evaluation::Kernel(image) => match kernel::Kernel::open(image) {
                Ok(kernel::Kernel::Dense(_)) => "weighted sums",
                Ok(kernel::Kernel::KernelMachines(_)) => "kernel machines",
                Ok(kernel::Kernel::Distances(_)) => "distances",
                Err(_) => "kernel",
            },
            Evaluation::Recall(_) => "recall of earlier rows",
        };
        write!(f, "{name} with {results} results")
    }
}

impl Recall {
    /// Recalls what the history holds before a row, and records the row's value immediately: no other
    /// instruction recalls the history, so that nothing depends on whether the row is done yet.
    fn run(
        &self,
        words: &mut [u64],
        row: usize,
        arguments: &[Argument],
        results: &[Offset],
        context: &mut Context<'_>,
        stream: &mut Stream,
    ) {
        // The verifier ensures that every recall has three arguments and one result.
        let ([value, present, restart], [result]) = (arguments, results) else { return };
        let bit = |mask: &Argument| mask.mask(words) >> row & 1;
        let item = match self.ty {
            Type::Bool => bit(value),
            _ => value.bits(words, row),
        };
        let item = (bit(present) != 0).then_some(item);
        let is_string = self.ty == Type::String;
        let list = stream.next(context, self.history, self.length, is_string, bit(restart) != 0, item);
        words[result + row] = list.number() as u64;
    }
}
