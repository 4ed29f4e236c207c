//! Kernels: the instructions that run for a whole block at once, by functions of the runtime.

use super::Error;
use crate::frame::{Offset, ROWS};
use crate::ir::{Id, Operation, Program, Type};
use crate::passes::pack::pack;
use crate::passes::stage::{self, Place};
use pmml_runtime::forest::{Blocks, Forest, MAX_BLOCKS};
use pmml_runtime::kernel::{self, Argument};
use pmml_runtime::{Context, Stream};

/// A kernel, ready to run.
pub(super) enum Kernel {
    Forest {
        image: Image,
        arguments: Vec<Argument>,
        results: Vec<Offset>,
    },
    /// One of `ir::kernel`. Its image has been opened once to see that it can be.
    Data {
        image: Image,
        arguments: Vec<Argument>,
        results: Vec<Offset>,
        scratch: usize,
    },
    Recall(Recall),
}

/// An image, at the start of a cache line, where vectors are loaded fastest.
pub(super) struct Image {
    /// Never changed, so that it stays where it is.
    memory: Box<[u64]>,
    first: usize,
    words: usize,
}

/// How many words a cache line has.
const LINE: usize = 8;

impl Image {
    fn new(image: &[u64]) -> Self {
        let mut memory = vec![0; image.len() + LINE].into_boxed_slice();
        let first = memory.as_ptr().align_offset(LINE * size_of::<u64>()).min(LINE);
        memory[first..][..image.len()].copy_from_slice(image);
        Self { memory, first, words: image.len() }
    }

    fn words(&self) -> &[u64] {
        &self.memory[self.first..][..self.words]
    }
}

/// The recall of a history.
#[derive(Debug)]
pub(super) struct Recall {
    history: usize,
    length: usize,
    ty: Type,
    value: Place,
    present: Place,
    restart: Place,
    result: Offset,
}

impl std::fmt::Debug for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Kernel::Forest { arguments, results, .. } => {
                f.debug_struct("Forest").field("arguments", arguments).field("results", results).finish()
            }
            Kernel::Data { arguments, results, .. } => {
                f.debug_struct("Data").field("arguments", arguments).field("results", results).finish()
            }
            Kernel::Recall(recall) => recall.fmt(f),
        }
    }
}

impl Kernel {
    /// How many bytes of memory its image takes.
    pub fn bytes(&self) -> usize {
        match self {
            Kernel::Forest { image, .. } | Kernel::Data { image, .. } => size_of_val::<[u64]>(&image.memory),
            Kernel::Recall(_) => 0,
        }
    }

    /// The kernel of a stage.
    pub fn new(program: &Program, kernel: &stage::Kernel) -> Result<Self, Error> {
        let stage::Kernel { instruction, arguments, results } = kernel;
        match &program.instructions[*instruction].operation {
            Operation::Forest(forest, _) => {
                let image = Image::new(&pack(program, &program.forests[*forest])?);
                Ok(Kernel::Forest { image, arguments: places(arguments), results: results.clone() })
            }
            Operation::Kernel(kernel, _) => {
                let image = Image::new(&program.kernels[*kernel].pack());
                let scratch = kernel::Kernel::open(image.words())?.scratch();
                Ok(Kernel::Data { image, arguments: places(arguments), results: results.clone(), scratch })
            }
            Operation::Recall { history, .. } => {
                let ([value, present, restart], [result]) = (arguments.as_slice(), results.as_slice()) else {
                    return Err(Error::Internal("a recall has three arguments"));
                };
                let data = &program.histories[*history];
                Ok(Kernel::Recall(Recall {
                    history: history.index(),
                    length: data.length as usize,
                    ty: data.ty,
                    value: *value,
                    present: *present,
                    restart: *restart,
                    result: *result,
                }))
            }
            _ => Err(Error::Internal("not a kernel")),
        }
    }

    /// How many words the kernel works in, behind so many blocks.
    pub fn scratch(&self, blocks: usize) -> usize {
        match self {
            Kernel::Forest { image, .. } => {
                Forest::open(image.words()).map_or(0, |forest| forest.scratch(blocks.min(MAX_BLOCKS)))
            }
            Kernel::Data { scratch, .. } => *scratch,
            Kernel::Recall(_) => 0,
        }
    }

    /// Whether blocks take less time together.
    pub fn gains_by_blocks(&self) -> bool {
        matches!(self, Kernel::Forest { .. })
    }

    /// Runs the kernel on the rows of some blocks, [`MAX_BLOCKS`] at most, of which the first lies at the start of the
    /// frame. The words of the frame from `scratch` on are free to work in.
    pub fn run(
        &self,
        frame: &mut [u64],
        scratch: Offset,
        blocks: Blocks<'_>,
        context: &mut Context<'_>,
        stream: &mut Stream,
    ) {
        // Does something with each block that has rows: the frame from there on, where kernels may work in that, the rows.
        let each = |frame: &mut [u64], work: &mut dyn FnMut(&mut [u64], Offset, u64)| {
            for (block, mask) in blocks.masks.iter().enumerate().filter(|(_, mask)| **mask != 0) {
                let first = block * blocks.stride;
                work(&mut frame[first..], scratch - first, *mask);
            }
        };
        match self {
            Kernel::Forest { image, arguments, results } => {
                if let Some(forest) = Forest::open(image.words()) {
                    forest.evaluate(frame, scratch, arguments, results, blocks);
                }
            }
            Kernel::Data { image, arguments, results, .. } => {
                if let Ok(kernel) = kernel::Kernel::open(image.words()) {
                    each(frame, &mut |frame, scratch, mask| {
                        kernel.evaluate(frame, scratch, arguments, results, mask);
                    });
                }
            }
            Kernel::Recall(recall) => {
                for (block, mask) in blocks.masks.iter().enumerate() {
                    let mut rows = *mask;
                    while rows != 0 {
                        let row = rows.trailing_zeros() as usize;
                        context.select_row(block * ROWS + row);
                        recall.run(&mut frame[block * blocks.stride..], row, context, stream);
                        rows &= rows - 1;
                    }
                }
            }
        }
    }
}

impl std::fmt::Display for Kernel {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (name, results) = match self {
            Kernel::Forest { image, results, .. } => {
                let results = results.len();
                let Some(forest) = Forest::open(image.words()) else {
                    return write!(f, "forest with {results} results");
                };
                let (trees, methods) = (forest.trees(), forest.methods());
                return write!(f, "forest of {trees} trees with {results} results: {methods}");
            }
            Kernel::Data { image, results, .. } => match kernel::Kernel::open(image.words()) {
                Ok(kernel::Kernel::Dense(_)) => ("weighted sums", results.len()),
                Ok(kernel::Kernel::KernelMachines(_)) => ("kernel machines", results.len()),
                Ok(kernel::Kernel::Distances(_)) => ("distances", results.len()),
                Err(_) => ("kernel", results.len()),
            },
            Kernel::Recall(_) => ("recall of earlier rows", 1),
        };
        write!(f, "{name} with {results} results")
    }
}

impl Recall {
    /// Recalls what the history holds before a row, and records the row's value at once: no other instruction recalls
    /// the history, so that nobody notices that the row is not done yet.
    fn run(&self, frame: &mut [u64], row: usize, context: &mut Context<'_>, stream: &mut Stream) {
        let bit = |place: Place| word(frame, place) >> row & 1 != 0;
        let item = match (self.ty, self.value) {
            (Type::Bool, value) => bit(value) as u64,
            (_, Place::Words(column)) => frame[column + row],
            (_, Place::Constant(bits)) => bits,
        };
        let item = bit(self.present).then_some(item);
        let is_text = self.ty == Type::String;
        let list = stream.next(context, self.history, self.length, is_text, bit(self.restart), item);
        frame[self.result + row] = list.number() as u64;
    }
}

fn places(arguments: &[Place]) -> Vec<Argument> {
    let argument = |place: &Place| match *place {
        Place::Words(words) => Argument::Words(words),
        Place::Constant(bits) => Argument::Constant(bits),
    };
    arguments.iter().map(argument).collect()
}

/// The word of a mask.
pub(super) fn word(frame: &[u64], mask: Place) -> u64 {
    match mask {
        Place::Words(place) => frame[place],
        Place::Constant(0) => 0,
        Place::Constant(_) => u64::MAX,
    }
}
