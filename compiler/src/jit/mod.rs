//! The engine that compiles a program to machine code in the process, with Cranelift.
//!
//! It runs the stages of a [`Plan`]. Each scalar stage is a function `(frame, mask, context)`, a loop over
//! the rows of the mask ([`emit`], [`operation`]); each kernel is a function of the runtime. The
//! [driver](pmml_runtime::compiled::blocks) goes through the blocks. The code belongs to the [`Jit`] and is
//! freed with it. All unsafe code is in [`code`], which also says why it is sound.

mod code;
mod compiler;
mod constants;
mod emit;
mod error;
mod helpers;
mod kernel;
mod operation;

pub use error::Error;

use crate::frame::{BLOCK_ROWS, Engine, Layout, Metering, Offset};
use crate::ir::Program;
use crate::passes::stage::vectorize::vectorize;
use crate::passes::stage::{Plan, Stage, Work};
use code::Code;
use compiler::Compiler;
use constants::Constants;
use emit::Rows;
use kernel::Kernel;
use pmml_runtime::aligned::AlignedWords;
use pmml_runtime::column_program::ColumnProgram;
use pmml_runtime::compiled::blocks::{BlockDriver, rows_of_mask};
use pmml_runtime::forest::MAX_BLOCKS;
use pmml_runtime::kernel::Argument;
use pmml_runtime::{Context, Interrupt, Stream};

/// Programs with more stages than this are not compiled a second time for single rows: that would take long,
/// and it saves little compared with the stages themselves.
const MAX_STAGES_TWICE: usize = 8;

/// The smallest number of rows of a block for which a column program is run. It takes as long as machine code does for 11 to
/// 19 rows with the models of `docs/measurements.md`, because it computes all rows of the block.
const MIN_COLUMN_ROWS: u32 = 16;

/// With more instructions than this, only stages without a column program are compiled to machine code. An instruction takes
/// about 24 µs to compile, and single rows of a regression of 10,000 inputs took about as long with machine code.
const MAX_INSTRUCTIONS: usize = 1 << 14;

/// The number of words that column programs may take for each instruction of the program, besides as many as its constant data:
/// each stage has a copy of the tables that it uses.
const WORDS_OF_INSTRUCTION: usize = 64;

/// The largest number of words of the blocks that are run together, so that they stay in caches: 4 MiB.
const MAX_TOGETHER: usize = 1 << 19;

/// Returns the functions that Cranelift compiles for a verified program, in Cranelift's text form: for each
/// scalar stage, the function that runs over the rows of a mask. Addresses of constants and functions are
/// those of this process.
pub fn clif(program: &Program) -> Result<String, Error> {
    let plan = Plan::new(program)?;
    let constants = Constants::new(program);
    let mut compiler = Compiler::new()?;
    let mut text = String::new();
    for (number, stage) in plan.stages.iter().enumerate() {
        if let Work::Scalar(scalar) = &stage.work {
            let (layout, constants) = (&plan.layout, &constants);
            let source = emit::Source { program, layout, constants, target: compiler.target() };
            text += &format!("; stage {number}\n{}\n", compiler.text(source, scalar, Rows::Masked)?);
        }
    }
    Ok(text)
}

/// A program as machine code.
pub struct Jit {
    /// The layout of a block, after which comes the scratch space of kernels.
    layout: Layout,
    steps: Vec<Step>,
    /// The number of words of a block. The scratch space follows the last block.
    stride: usize,
    /// The number of words of scratch space after the given number of blocks, at most [`MAX_BLOCKS`].
    scratch: [usize; MAX_BLOCKS + 1],
    /// The number of blocks that should be run together.
    best_blocks: usize,
    /// The budgets that rows start with, if they have budgets.
    metering: Option<Metering>,
    code: Code,
}

/// A stage, ready to run.
#[derive(Debug)]
struct Step {
    mask: Option<Offset>,
    work: StepWork,
}

/// The forms of a scalar stage. It has at least one.
#[derive(Debug)]
struct Forms {
    functions: Option<Functions>,
    /// The image of a column program.
    columns: Option<AlignedWords>,
}

/// The numbers of two functions.
#[derive(Clone, Copy, Debug)]
struct Functions {
    /// For the rows of a mask, which has at least one.
    masked: usize,
    /// For the first row.
    first: usize,
}

#[derive(Debug)]
enum StepWork {
    Scalar(Forms),
    Kernel(Kernel),
    Split { condition: Argument, then: Offset, otherwise: Offset },
}

impl std::fmt::Debug for Jit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Jit").field("steps", &self.steps).finish_non_exhaustive()
    }
}

impl Jit {
    /// Compiles a verified program.
    pub fn compile(program: &Program) -> Result<Self, Error> {
        Self::compile_unless(program, &Interrupt::new())
    }

    /// Compiles a verified program. Stops if it is interrupted.
    pub fn compile_unless(program: &Program, interrupt: &Interrupt) -> Result<Self, Error> {
        Self::from_plan(program, Plan::new_unless(program, interrupt)?, interrupt)
    }

    fn from_plan(program: &Program, plan: Plan, interrupt: &Interrupt) -> Result<Self, Error> {
        let Plan { mut layout, stages, images } = plan;
        let mut column_scratch = 0;
        let constants = Constants::new(program);
        let mut compiler = Compiler::new()?;
        let scalars = stages.iter().filter_map(|stage| match &stage.work {
            Work::Scalar(scalar) => Some(scalar.instructions.len()),
            Work::Kernel(_) | Work::Split { .. } => None,
        });
        let total: usize = scalars.sum();
        let mut space = WORDS_OF_INSTRUCTION * total + constants.bytes() / size_of::<u64>();
        let mut steps: Vec<Step> = Vec::with_capacity(stages.len());
        for Stage { mask, work } in &stages {
            if interrupt.is_interrupted() {
                return Err(Error::Interrupted);
            }
            let work = match work {
                Work::Scalar(scalar) => {
                    let columns = vectorize(program, &layout, scalar, space);
                    let columns = columns.map(|words| AlignedWords::copy_of(&words));
                    if let Some(columns) = columns.as_deref().and_then(ColumnProgram::open) {
                        column_scratch = columns.scratch().max(column_scratch);
                    }
                    space = space.saturating_sub(columns.as_ref().map_or(0, |columns| columns.len()));
                    let is_wide = columns.is_some() && total > MAX_INSTRUCTIONS;
                    let functions = if is_wide {
                        None
                    } else {
                        let (layout, constants) = (&layout, &constants);
                        let source = emit::Source { program, layout, constants, target: compiler.target() };
                        let masked = compiler.define(source, scalar, Rows::Masked)?;
                        let first = if stages.len() <= MAX_STAGES_TWICE {
                            compiler.define(source, scalar, Rows::First)?
                        } else {
                            masked
                        };
                        Some(Functions { masked, first })
                    };
                    StepWork::Scalar(Forms { functions, columns })
                }
                Work::Kernel(kernel) => StepWork::Kernel(Kernel::new(program, &images, kernel)?),
                Work::Split { condition, then, otherwise } => {
                    StepWork::Split { condition: *condition, then: *then, otherwise: *otherwise }
                }
            };
            steps.push(Step { mask: *mask, work });
        }
        let metering = Metering::new(program, &layout);
        let stride = layout.words;
        let most = if images.gain_by_blocks() { MAX_BLOCKS } else { 1 };
        let best_blocks = (MAX_TOGETHER / stride.max(1)).clamp(1, most);
        let scratch = std::array::from_fn(|blocks| images.scratch(blocks).max(column_scratch));
        layout.words += scratch[1];
        let code = compiler.finish(stride, constants)?;
        Ok(Self { layout, steps, stride, scratch, best_blocks, metering, code })
    }

    /// Returns the kernels, in the order in which they run.
    fn kernel_steps(&self) -> impl Iterator<Item = &Kernel> {
        self.steps.iter().filter_map(|step| match &step.work {
            StepWork::Kernel(kernel) => Some(kernel),
            StepWork::Scalar(_) | StepWork::Split { .. } => None,
        })
    }

    /// Clears the failures of the active rows, and resets their budgets.
    fn start_rows(&self, frame: &mut [u64], active: &[u64], context: &mut Context<'_>) {
        BlockDriver::new(frame, self.stride, active).each_block(None, |block, words, rows| {
            let failures = &mut words[self.layout.failures..][..BLOCK_ROWS];
            if rows == u64::MAX {
                failures.fill(0);
            } else {
                rows_of_mask(rows).for_each(|row| failures[row] = 0);
            }
            if let Some(metering) = &self.metering {
                metering.start_rows(words, rows, block * BLOCK_ROWS, context);
            }
        });
    }
}

impl Engine for Jit {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn stride(&self) -> usize {
        self.stride
    }

    fn frame_words(&self, blocks: usize) -> usize {
        blocks * self.stride + self.scratch[blocks.min(MAX_BLOCKS)]
    }

    fn code_bytes(&self) -> usize {
        self.code.bytes()
    }

    fn constant_bytes(&self) -> usize {
        let columns = self.steps.iter().filter_map(|step| match &step.work {
            StepWork::Scalar(forms) => forms.columns.as_ref().map(AlignedWords::bytes),
            StepWork::Kernel(_) | StepWork::Split { .. } => None,
        });
        let kernels = self.kernel_steps().map(Kernel::bytes);
        self.code.constant_bytes() + columns.chain(kernels).sum::<usize>()
    }

    fn best_blocks(&self) -> usize {
        self.best_blocks
    }

    fn kernels(&self) -> Vec<String> {
        self.kernel_steps().map(Kernel::to_string).collect()
    }

    /// # Panics
    ///
    /// If the frame is smaller than the layout says.
    fn run(&self, frame: &mut [u64], mask: u64, context: &mut Context<'_>, stream: &mut Stream) {
        self.run_blocks(frame, &[mask], context, stream);
    }

    /// # Panics
    ///
    /// If the frame is smaller than the blocks.
    fn run_blocks(&self, frame: &mut [u64], masks: &[u64], context: &mut Context<'_>, stream: &mut Stream) {
        assert!(frame.len() >= self.stride * masks.len(), "the frame is smaller than its layout");
        self.start_rows(frame, masks, context);
        let mut driver = BlockDriver::new(frame, self.stride, masks);
        for Step { mask, work } in &self.steps {
            if context.is_interrupted() {
                return;
            }
            match work {
                StepWork::Kernel(kernel) => kernel.run(&mut driver, *mask, context, stream),
                StepWork::Split { condition, then, otherwise } => {
                    driver.split(*mask, |words| condition.mask(words), *then, *otherwise);
                }
                StepWork::Scalar(Forms { functions, columns }) => {
                    let columns = columns.as_deref().and_then(ColumnProgram::open);
                    driver.each_block(*mask, |block, words, rows| match (functions, columns) {
                        (Some(Functions { masked, first }), columns)
                            if columns.is_none() || rows.count_ones() < MIN_COLUMN_ROWS =>
                        {
                            let function = if rows == 1 { *first } else { *masked };
                            context.select_block(block * BLOCK_ROWS);
                            self.code.call(function, words, rows, context);
                        }
                        (_, Some(columns)) => {
                            columns.evaluate(words, (masks.len() - block) * self.stride, rows);
                        }
                        (_, None) => {}
                    });
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
