//! The engine that compiles a program to machine code in the process, with Cranelift.
//!
//! It runs the stages of a [`Plan`]. Each scalar stage is a function `(frame, mask, context)`, a loop over the rows of the
//! mask ([`emit`], [`operation`]); each kernel is a function of the runtime. The code belongs to the [`Jit`] and is freed
//! with it. All that is unsafe is in [`code`], which also says why it is sound.

mod code;
mod constants;
mod emit;
mod helpers;
mod kernel;
mod operation;

use crate::frame::{Engine, Layout, Metering, Offset, ROWS};
use crate::ir::Program;
use crate::passes::stage::{Place, Plan, Scalar, Stage, Work};
use code::Code;
use constants::Constants;
use cranelift_codegen::Context as Compilation;
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::FunctionBuilderContext;
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Module, ModuleError};
use emit::Rows;
use kernel::{Kernel, word};
use pmml_runtime::forest::{Blocks, MAX_BLOCKS};
use pmml_runtime::{Context, Interrupt, Stream};

/// Programs with more stages than this are not compiled a second time for single rows: that would take long, and what it
/// saves is little beside the stages themselves.
const MAX_STAGES_TWICE: usize = 8;

/// Why a program could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no code generator for the machine.
    #[error("machine code cannot be generated here: {0}")]
    Machine(String),
    /// The program is too large.
    #[error("the program needs more memory for a row than machine code can address")]
    TooLarge,
    /// The code generator failed.
    #[error("the code generator failed: {0}")]
    Generator(#[from] Box<ModuleError>),
    /// A forest could not be packed.
    #[error("{0}")]
    Forest(#[from] pmml_runtime::forest::Error),
    /// The image of a kernel cannot be opened. This is a bug of the compiler.
    #[error("{0}")]
    Kernel(#[from] pmml_runtime::kernel::Error),
    /// The work was interrupted.
    #[error("compiling the program was interrupted")]
    Interrupted,
    /// The compiler is wrong.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl From<ModuleError> for Error {
    fn from(error: ModuleError) -> Self {
        Self::Generator(Box::new(error))
    }
}

/// A program as machine code.
pub struct Jit {
    layout: Layout,
    steps: Vec<Step>,
    /// How many words a block has. Behind the last one is room for kernels.
    stride: usize,
    /// How many blocks are best run together.
    best_blocks: usize,
    /// What rows start with, where they have budgets.
    metering: Option<Metering>,
    code: Code,
}

/// How many words the blocks that are run together may have, so that they stay near the processor: 4 MiB.
const MAX_TOGETHER: usize = 1 << 19;

/// A stage, ready to run.
#[derive(Debug)]
struct Step {
    mask: Option<Offset>,
    work: StepWork,
}

#[derive(Debug)]
enum StepWork {
    /// The numbers of two functions: for the rows of a mask, of which there is one at least, and for the first row.
    Functions {
        masked: usize,
        first: usize,
    },
    Kernel(Kernel),
    Split {
        condition: Place,
        then: Offset,
        otherwise: Offset,
    },
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

    /// Compiles a verified program, unless it is interrupted.
    pub fn compile_unless(program: &Program, interrupt: &Interrupt) -> Result<Self, Error> {
        Self::from_plan(program, Plan::new(program), interrupt)
    }

    fn from_plan(program: &Program, plan: Plan, interrupt: &Interrupt) -> Result<Self, Error> {
        let constants = Constants::new(program);
        let mut compiler = Compiler::new()?;
        let mut steps: Vec<Step> = Vec::with_capacity(plan.stages.len());
        for Stage { mask, work } in &plan.stages {
            if interrupt.is_interrupted() {
                return Err(Error::Interrupted);
            }
            let work = match work {
                Work::Scalar(scalar) => {
                    let source = emit::Source {
                        program,
                        layout: &plan.layout,
                        constants: &constants,
                        target: compiler.module.target_config(),
                    };
                    let masked = compiler.define(source, scalar, Rows::Masked)?;
                    let first = match plan.stages.len() <= MAX_STAGES_TWICE {
                        true => compiler.define(source, scalar, Rows::First)?,
                        false => masked,
                    };
                    StepWork::Functions { masked, first }
                }
                Work::Kernel(kernel) => StepWork::Kernel(Kernel::new(program, kernel)?),
                Work::Split { condition, then, otherwise } => {
                    StepWork::Split { condition: *condition, then: *then, otherwise: *otherwise }
                }
            };
            steps.push(Step { mask: *mask, work });
        }
        let mut layout = plan.layout;
        let metering = Metering::new(program, &layout);
        let stride = layout.words;
        let gains = steps
            .iter()
            .any(|step| matches!(&step.work, StepWork::Kernel(kernel) if kernel.gains_by_blocks()));
        let most = if gains { MAX_BLOCKS } else { 1 };
        let best_blocks = (MAX_TOGETHER / stride.max(1)).clamp(1, most);
        layout.words += scratch(&steps, 1);
        let code = compiler.finish(stride, constants)?;
        Ok(Self { layout, steps, stride, best_blocks, metering, code })
    }
}

/// How many words kernels need behind so many blocks.
fn scratch(steps: &[Step], blocks: usize) -> usize {
    let kernels = steps.iter().filter_map(|step| match &step.work {
        StepWork::Kernel(kernel) => Some(kernel.scratch(blocks)),
        _ => None,
    });
    kernels.max().unwrap_or(0)
}

impl Engine for Jit {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn stride(&self) -> usize {
        self.stride
    }

    fn frame_words(&self, blocks: usize) -> usize {
        blocks * self.stride + scratch(&self.steps, blocks)
    }

    fn code_bytes(&self) -> usize {
        self.code.bytes()
    }

    fn constant_bytes(&self) -> usize {
        let images = self.steps.iter().map(|step| match &step.work {
            StepWork::Kernel(kernel) => kernel.bytes(),
            _ => 0,
        });
        self.code.constant_bytes() + images.sum::<usize>()
    }

    fn best_blocks(&self) -> usize {
        self.best_blocks
    }

    fn kernels(&self) -> Vec<String> {
        let kernels = self.steps.iter().filter_map(|step| match &step.work {
            StepWork::Kernel(kernel) => Some(kernel.to_string()),
            _ => None,
        });
        kernels.collect()
    }

    /// # Panics
    ///
    /// If the frame is smaller than the layout says.
    fn run(&self, frame: &mut [u64], mask: u64, context: &mut Context<'_>, stream: &mut Stream) {
        self.run_blocks(frame, &[mask], context, stream);
    }

    /// # Panics
    ///
    /// If the frame is smaller than so many blocks.
    fn run_blocks(&self, frame: &mut [u64], masks: &[u64], context: &mut Context<'_>, stream: &mut Stream) {
        let stride = self.stride;
        assert!(frame.len() >= stride * masks.len(), "the frame is smaller than its layout");
        for (block, mask) in masks.iter().enumerate() {
            let failures = block * stride + self.layout.failures;
            if *mask == u64::MAX {
                frame[failures..][..ROWS].fill(0);
                continue;
            }
            let mut rows = *mask;
            while rows != 0 {
                frame[failures + rows.trailing_zeros() as usize] = 0;
                rows &= rows - 1;
            }
        }
        if let Some(metering) = &self.metering {
            for (block, mask) in masks.iter().enumerate() {
                metering.start_rows(&frame[block * stride..], *mask, block * ROWS, context);
            }
        }
        for step in &self.steps {
            if context.is_interrupted() {
                return;
            }
            let mask_of = |frame: &[u64], block: usize| {
                step.mask.map_or(masks[block], |place| frame[block * stride + place])
            };
            match &step.work {
                StepWork::Kernel(kernel) => {
                    // As many blocks at once as kernels take.
                    for first in (0..masks.len()).step_by(MAX_BLOCKS) {
                        let count = MAX_BLOCKS.min(masks.len() - first);
                        let mut own = [0; MAX_BLOCKS];
                        for (block, own) in own[..count].iter_mut().enumerate() {
                            *own = mask_of(frame, first + block);
                        }
                        let scratch = (masks.len() - first) * stride;
                        let blocks = Blocks { stride, masks: &own[..count] };
                        context.select_block(first * ROWS);
                        kernel.run(&mut frame[first * stride..], scratch, blocks, context, stream);
                    }
                }
                StepWork::Split { condition, then, otherwise } => {
                    for block in 0..masks.len() {
                        let mask = mask_of(frame, block);
                        let frame = &mut frame[block * stride..];
                        let condition = word(frame, *condition);
                        (frame[*then], frame[*otherwise]) = (mask & condition, mask & !condition);
                    }
                }
                StepWork::Functions { masked, first } => {
                    for block in 0..masks.len() {
                        let mask = mask_of(frame, block);
                        let function = if mask == 1 { *first } else { *masked };
                        if mask != 0 {
                            context.select_block(block * ROWS);
                            self.code.call(function, &mut frame[block * stride..], mask, context);
                        }
                    }
                }
            }
        }
    }
}

/// Cranelift, set up.
struct Compiler {
    module: JITModule,
    compilation: Compilation,
    builder: FunctionBuilderContext,
    functions: Vec<FuncId>,
    /// How many bytes they have.
    bytes: usize,
}

impl Compiler {
    fn new() -> Result<Self, Error> {
        let mut flags = settings::builder();
        let verify = if cfg!(debug_assertions) { "true" } else { "false" };
        for (name, value) in [
            ("opt_level", "speed"),
            ("enable_verifier", verify),
            ("use_colocated_libcalls", "false"),
            ("is_pic", "false"),
            // A stage may spill more than a page: its stack must not leap over the guard page.
            ("enable_probestack", "true"),
            ("probestack_strategy", "inline"),
        ] {
            flags.set(name, value).map_err(|error| Error::Machine(error.to_string()))?;
        }
        let isa = cranelift_native::builder()
            .map_err(|error| Error::Machine(error.to_owned()))?
            .finish(settings::Flags::new(flags))
            .map_err(|error| Error::Machine(error.to_string()))?;
        if isa.pointer_bits() != 64 {
            return Err(Error::Machine("addresses do not have 64 bits".to_owned()));
        }
        let mut builder = JITBuilder::with_isa(isa, cranelift_module::default_libcall_names());
        for (name, address) in helpers::rounding() {
            builder.symbol(name, address);
        }
        let module = JITModule::new(builder);
        let compilation = module.make_context();
        Ok(Self {
            module,
            compilation,
            builder: FunctionBuilderContext::new(),
            functions: Vec::new(),
            bytes: 0,
        })
    }

    /// Compiles a scalar stage and gives the number of its function.
    fn define(&mut self, source: emit::Source<'_>, scalar: &Scalar, rows: Rows) -> Result<usize, Error> {
        emit::emit(source, scalar, rows, &mut self.compilation.func, &mut self.builder)?;
        let function = self.module.declare_anonymous_function(&self.compilation.func.signature)?;
        self.module.define_function(function, &mut self.compilation)?;
        self.bytes += self.compilation.compiled_code().map_or(0, |code| code.code_buffer().len());
        self.module.clear_context(&mut self.compilation);
        self.functions.push(function);
        Ok(self.functions.len() - 1)
    }

    fn finish(mut self, words: usize, constants: Constants) -> Result<Code, Error> {
        self.module.finalize_definitions()?;
        Ok(Code::new(self.module, &self.functions, self.bytes, words, constants))
    }
}

#[cfg(test)]
mod tests;
