//! Passes: each takes a program and returns one that computes the same with less work.
//!
//! (Besides those that [`optimize`] runs, two others prepare a program for engines: [`stage`] cuts it into
//! stages for blocks of rows, [`pack`] packs its forests and kernels into images.)
//!
//! "The same" is bit for bit: the results of every row that does not fail, which rows fail, for which reason,
//! and what histories record. (The bits of a NaN are not part of that, nor are the results of failed rows.)
//! Passes are deterministic, and know nothing about models.

pub mod expand;
pub mod fold;
pub mod forest;
pub mod pack;
pub mod prune;
pub mod stage;

use crate::error::{Error, Result};
use crate::ir::{Arena, Instruction, InstructionData, Program, Region, RegionData, Value, ValueData};
use pmml_runtime::Interrupt;

/// Runs all passes that engines have in common.
pub fn optimize(program: Program) -> Program {
    PASSES.iter().fold(program, run)
}

/// Runs all passes. Stops if it is interrupted.
///
/// # Errors
/// [`Error::Interrupted`].
pub fn optimize_unless(program: Program, interrupt: &Interrupt) -> Result<Program> {
    PASSES.iter().try_fold(program, |program, pass| {
        if interrupt.is_interrupted() { Err(Error::Interrupted) } else { Ok(run(program, pass)) }
    })
}

fn run(program: Program, (name, pass): &Pass) -> Program {
    let program = pass(program);
    check(name, &program);
    program
}

/// A pass with its name, for messages and filetests.
type Pass = (&'static str, fn(Program) -> Program);

/// Folding determines which features are constant or never missing; forests make use of that and drop tests.
/// Forests that are small then are expanded, and folded again, because their leaves are constants, and so are
/// the counts of trees without a result if normalization found that there are none. What is unused in the end
/// is pruned.
const PASSES: &[Pass] = &[
    ("fold", fold::run),
    ("forest", forest::run),
    ("expand", expand::run),
    ("fold again", fold::run),
    ("prune", prune::run),
];

/// Verifies what a pass has made, in debug builds.
fn check(pass: &str, program: &Program) {
    if cfg!(debug_assertions)
        && let Err(error) = crate::ir::verify::verify(program)
    {
        panic!("the pass {pass} broke the program: {error}\n{program}");
    }
}

/// The instructions of a program, taken out of it so that a pass can rebuild them.
struct Code {
    instructions: Arena<Instruction, InstructionData>,
    values: Arena<Value, ValueData>,
    regions: Arena<Region, RegionData>,
    body: Option<Region>,
}

impl Code {
    /// Takes the code out of a program. The rest is the beginning of the new program.
    fn take(program: &mut Program) -> Self {
        Self {
            instructions: std::mem::take(&mut program.instructions),
            values: std::mem::take(&mut program.values),
            regions: std::mem::take(&mut program.regions),
            body: program.body.take(),
        }
    }
}

#[cfg(test)]
mod filetests;
#[cfg(test)]
mod tests;
