//! Cuts a program into *stages* that run one after the other over a block of rows.
//!
//! A stage runs under a mask: all active rows, or the word of a mask. It is either *scalar*, a list of the
//! program's instructions that run row by row, or a *kernel*, one instruction that works on the columns of
//! the whole block. A third kind, the *split*, computes the two masks of a condition.
//!
//! An `If` stays whole inside a scalar stage if it holds no kernel and is small. Otherwise it is *opened*:
//! its condition splits the mask, the stages of either region run under their half, and its results are
//! columns that both sides store. So what would be a jump in machine code is a mask here, and an empty mask
//! skips the stage.
//!
//! A scalar stage holds at most [`MAX_OPERATIONS`] operations; longer ones are cut and pass values through
//! columns. Liveness determines which. Constants and inputs are never passed: a stage that uses one has the
//! instruction itself. Columns whose values are never needed at the same time share memory.
//!
//! A plan is ready to run: it carries the packed images of the forests and kernels that its stages evaluate and the size of
//! their scratch space, so that engines look up what they need and pack nothing.
//!
//! Nothing here recurses: programs are walked with explicit stacks. What stays whole is nested at most
//! [`MAX_DEPTH`] deep, so that engines may walk the instructions of a stage recursively.

mod columns;
mod cut;
mod print;
pub mod vectorize;

use super::pack::{Error, Images};
use crate::frame::{Layout, Offset};
use crate::ir::{Instruction, Operation, Program, Value};
use pmml_runtime::Interrupt;
use pmml_runtime::kernel::Argument;

/// The largest number of operations of a scalar stage, including those of nested regions. An instruction with
/// more arguments than that makes a larger stage, alone.
pub const MAX_OPERATIONS: usize = 2_000;

/// The largest depth to which the `If`s of a scalar stage are nested.
pub const MAX_DEPTH: usize = 48;

/// A program, cut into stages and ready to run.
#[derive(Debug)]
pub struct Plan {
    /// The layout of the frame, with the columns that pass values between stages.
    pub layout: Layout,
    /// The stages, in the order in which they run.
    pub stages: Vec<Stage>,
    /// The images of the forests and kernels that the stages evaluate.
    pub images: Images,
}

/// A step of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// The word of the mask under which the stage runs; `None` for all active rows.
    pub mask: Option<Offset>,
    /// What it does.
    pub work: Work,
}

/// What a stage does.
#[derive(Clone, Debug, PartialEq)]
pub enum Work {
    /// Runs instructions row by row.
    Scalar(Scalar),
    /// Runs one instruction for all rows.
    Kernel(Kernel),
    /// Splits the stage's mask. This must be done even if the mask is empty, so that the halves are empty too.
    Split {
        /// The condition: a mask.
        condition: Argument,
        /// The mask to write: the rows for which the condition is true.
        then: Offset,
        /// The mask to write: the rows for which it is false.
        otherwise: Offset,
    },
}

/// Instructions that run row by row.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Scalar {
    /// The instructions, in order. `If`s among them are run whole; constants and inputs that earlier stages
    /// also have come first.
    pub instructions: Vec<Instruction>,
    /// The values of earlier stages that are used, with their columns or masks.
    pub loads: Vec<(Value, Offset)>,
    /// The values to store when the row's instructions have run. One value may be stored in several places.
    pub stores: Vec<(Value, Offset)>,
}

impl Scalar {
    /// Returns whether an instruction charges the row.
    pub fn is_metered(&self, program: &Program) -> bool {
        let mut metered = false;
        let visit = |instruction| metered |= program.instructions[instruction].operation.is_metered();
        cut::visit_nested(program, &self.instructions, visit, |_| {});
        metered
    }
}

/// One instruction that works on all rows of a block together.
#[derive(Clone, Debug, PartialEq)]
pub struct Kernel {
    /// The instruction.
    pub instruction: Instruction,
    /// Where its arguments are: columns, masks if they are bools, or the bits of constants, as
    /// [`Constant::bits`](crate::ir::Constant::bits) returns them.
    pub arguments: Vec<Argument>,
    /// Where its results go: columns, or masks if they are bools. A kernel writes only those of its mask's
    /// rows.
    pub results: Vec<Offset>,
}

/// The limits of a scalar stage's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// See [`MAX_OPERATIONS`].
    pub operations: usize,
    /// See [`MAX_DEPTH`].
    pub depth: usize,
}

impl Plan {
    /// Cuts a verified program into stages and packs its forests and kernels.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn new(program: &Program) -> Result<Self, Error> {
        Self::new_unless(program, &Interrupt::new())
    }

    /// Does the same as [`new`](Self::new). Stops if it is interrupted.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn new_unless(program: &Program, interrupt: &Interrupt) -> Result<Self, Error> {
        Self::with_limits(program, Limits { operations: MAX_OPERATIONS, depth: MAX_DEPTH }, interrupt)
    }

    /// Does the same as [`new_unless`](Self::new_unless) with other limits than the usual ones: for example,
    /// smaller stages for tests.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn with_limits(program: &Program, limits: Limits, interrupt: &Interrupt) -> Result<Self, Error> {
        let (steps, masks) = cut::cut(program, limits);
        let (layout, stages) = columns::assign(program, steps, masks);
        let operations = stages.iter().filter_map(|stage| match &stage.work {
            Work::Kernel(kernel) => Some(&program.instructions[kernel.instruction].operation),
            Work::Scalar(_) | Work::Split { .. } => None,
        });
        let images = Images::pack(program, operations, interrupt)?;
        Ok(Self { layout, stages, images })
    }
}

/// Returns whether an operation works on whole blocks.
pub fn is_kernel(operation: &Operation) -> bool {
    matches!(operation, Operation::Forest(..) | Operation::Kernel(..) | Operation::Recall { .. })
}
