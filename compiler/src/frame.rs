//! The memory in which an engine finds a block of rows and writes their results.
//!
//! A frame is one array of 64-bit words, divided into columns of [`BLOCK_ROWS`] words, a word per row, and
//! masks of one word, a bit per row. All engines share the layout of inputs, results and failures, so that
//! code that fills and reads frames does not depend on the engine; an engine adds its own columns after them.
//! A single row is the block's first row under the mask 1.
//!
//! Columns start at multiples of [`LINE`] words, so that vectors of a column never cross its bounds; masks are in lines of as
//! many words.
//!
//! A word holds a value's bits as [`Constant::bits`](crate::ir::Constant::bits) gives them: `f32`s, strings and lists in
//! the low half, the rest zero. Bools are masks.

use crate::ir::{Id, Program, Type};
pub use pmml_runtime::BLOCK_ROWS;
use pmml_runtime::block::LINE;
use std::ops::Range;

/// The first word of a column or the word of a mask, as an index into the frame.
pub type Offset = usize;

/// Where the columns and masks of a frame are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// For each input, by number, where its cells are.
    pub inputs: Vec<InputColumns>,
    /// For each result, in order, where its values are.
    pub results: Vec<ResultColumns>,
    /// A column: 0 for a row that has not failed, otherwise the number of its [`Failure`](crate::ir::Failure)
    /// plus 1.
    pub failures: Offset,
    /// The size of a block's frame in words, a multiple of [`LINE`].
    pub words: usize,
    /// The words of the last line of masks that are not used yet.
    free: Range<Offset>,
}

/// Where the cells of an input are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputColumns {
    /// The values: a column, or a mask if they are bools.
    pub values: Offset,
    /// A mask: the cells that have a value of the input's type. NaN is a value only if the input's data say
    /// so.
    pub present: Offset,
    /// A mask: the cells whose value cannot be converted to the input's type. None of them is present.
    pub unconvertible: Offset,
    /// A column: the strings of unconvertible cells. The words of other cells are arbitrary.
    pub strings: Offset,
}

/// Where the values of a result are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResultColumns {
    /// The values: a column, or a mask if they are bools.
    pub values: Offset,
    /// A mask: the rows that have a value.
    pub present: Offset,
}

impl Layout {
    /// Makes the layout of a program's frames, without columns of the engine.
    pub fn new(program: &Program) -> Self {
        let mut layout = Self { inputs: Vec::new(), results: Vec::new(), failures: 0, words: 0, free: 0..0 };
        layout.failures = layout.column();
        for (_, input) in program.inputs.iter() {
            let columns = InputColumns {
                values: layout.values(input.ty),
                present: layout.mask(),
                unconvertible: layout.mask(),
                strings: 0,
            };
            layout.inputs.push(columns);
        }
        for (value, _) in program.results() {
            let columns = ResultColumns { values: layout.values(program.ty(value)), present: layout.mask() };
            layout.results.push(columns);
        }
        // Apart from the others: they are seldom used.
        for input in 0..layout.inputs.len() {
            layout.inputs[input].strings = layout.column();
        }
        layout
    }

    /// Adds a column.
    pub fn column(&mut self) -> Offset {
        self.words += BLOCK_ROWS;
        self.words - BLOCK_ROWS
    }

    /// Adds a mask. Masks share lines, so that columns start at multiples of [`LINE`] words.
    pub fn mask(&mut self) -> Offset {
        self.free.next().unwrap_or_else(|| {
            let first = self.words;
            self.words += LINE;
            self.free = first + 1..self.words;
            first
        })
    }

    /// Adds a column, or a mask, for a block's values of a type.
    pub fn values(&mut self, ty: Type) -> Offset {
        match ty {
            Type::Bool => self.mask(),
            _ => self.column(),
        }
    }

    /// Returns the columns of an input.
    pub fn input(&self, input: crate::ir::Input) -> InputColumns {
        self.inputs[input.index()]
    }
}

/// The budgets that the rows of a program start with, which depend on the bytes of the strings that come in
/// with them: see [`pmml_runtime::context::budget`].
#[derive(Clone, Debug)]
pub struct Metering {
    inputs: Vec<(InputColumns, Type)>,
}

impl Metering {
    /// Returns the budgets that rows start with, if the program's rows have budgets.
    pub fn new(program: &Program, layout: &Layout) -> Option<Self> {
        let types = program.inputs.values().map(|input| input.ty);
        let inputs = layout.inputs.iter().copied().zip(types).collect();
        program.is_metered().then_some(Self { inputs })
    }

    /// Returns the number of bytes of strings and of lists in a row of a block.
    pub fn bytes(&self, frame: &[u64], row: usize, context: &pmml_runtime::Context<'_>) -> usize {
        let bytes = |(columns, ty): &(InputColumns, Type)| {
            let set = |mask: usize| frame[mask] >> row & 1 != 0;
            let number = |column: usize| frame[column + row] as u32;
            match ty {
                _ if set(columns.unconvertible) => {
                    context.string_bytes(pmml_runtime::StringId::from_number(number(columns.strings)))
                }
                Type::String if set(columns.present) => {
                    context.string_bytes(pmml_runtime::StringId::from_number(number(columns.values)))
                }
                Type::List if set(columns.present) => {
                    context.list_bytes(pmml_runtime::List::from_number(number(columns.values)))
                }
                _ => 0,
            }
        };
        self.inputs.iter().map(bytes).fold(0, usize::saturating_add)
    }

    /// Starts the rows of a block's mask. The first row of the block has the given number.
    pub fn start_rows(
        &self,
        frame: &[u64],
        mask: u64,
        first: usize,
        context: &mut pmml_runtime::Context<'_>,
    ) {
        for row in (0..BLOCK_ROWS).filter(|row| mask >> row & 1 != 0) {
            let bytes = self.bytes(frame, row, context);
            context.start_row(first + row, bytes);
        }
    }
}

/// An engine: a program that is ready to run.
///
/// Frames may have several blocks with the same layout, which start every [`stride`](Self::stride) words, and
/// after the last one whatever scratch space an engine needs.
pub trait Engine: Send + Sync {
    /// Returns the layout of a block. Its `words` are what a frame of one block needs.
    fn layout(&self) -> &Layout;

    /// Returns the number of words from one block of a frame to the next.
    fn stride(&self) -> usize {
        self.layout().words
    }

    /// Returns the number of words of a frame of `blocks` blocks.
    fn frame_words(&self, blocks: usize) -> usize {
        self.layout().words * blocks
    }

    /// Returns how kernels are run, a line for each, for `pmmlc inspect --kernels`.
    fn kernels(&self) -> Vec<String> {
        Vec::new()
    }

    /// Returns the number of bytes of the machine code.
    fn code_bytes(&self) -> usize {
        0
    }

    /// Returns the number of bytes of memory that constant data take: tables, sets, maps, and the images of
    /// forests and kernels.
    fn constant_bytes(&self) -> usize {
        0
    }

    /// Returns the number of blocks that should be run together if there are many rows.
    fn best_blocks(&self) -> usize {
        1
    }

    /// Computes the results of the rows of `mask`. The input cells of each must be in the frame. Clears the
    /// failures of those rows first. Leaves the results of failed rows undefined and does not change the
    /// results of rows outside of the mask.
    ///
    /// A program with histories takes the rows in order, from the lowest bit to the highest, and records them in
    /// `stream`.
    ///
    /// If the context has been [interrupted](pmml_runtime::Interrupt), the results of all rows are undefined.
    fn run(
        &self,
        frame: &mut [u64],
        mask: u64,
        context: &mut pmml_runtime::Context<'_>,
        stream: &mut pmml_runtime::Stream,
    );

    /// Computes the results of several blocks, each with a mask, as [`run`](Self::run) does for one. The
    /// frame must have [`frame_words`](Self::frame_words) for as many blocks.
    fn run_blocks(
        &self,
        frame: &mut [u64],
        masks: &[u64],
        context: &mut pmml_runtime::Context<'_>,
        stream: &mut pmml_runtime::Stream,
    ) {
        for (block, mask) in masks.iter().enumerate() {
            self.run(&mut frame[block * self.stride()..], *mask, context, stream);
        }
    }
}
