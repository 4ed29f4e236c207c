//! `pmmlc inspect --ir`: the compiler's representations of a document, from the program to the code.

use crate::document::{Backend, DocumentArguments};
use crate::failure::Failure;
use clap::ValueEnum;
use pmml::NanHandling;
use pmml_compiler::passes::stage::Plan;
use pmml_compiler::{jit, lower, passes};

/// The forms of a compiled document that can be printed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum IrForm {
    /// The program as lowered.
    Lowered,
    /// The program after the passes.
    Optimized,
    /// The stages into which the program is split, and their frame.
    Stages,
    /// The functions that Cranelift compiles, in its text form.
    Clif,
}

/// Returns the text of a form of a document's program.
pub(super) fn text(arguments: &DocumentArguments, form: IrForm) -> Result<String, Failure> {
    if form == IrForm::Lowered {
        return Ok(arguments.load(Backend::Interp, NanHandling::Missing)?.ir());
    }
    let document = arguments.read()?;
    let lowered = lower::lower(&document, &arguments.options()).map_err(|error| arguments.refused(&error))?;
    let program = passes::optimize(lowered.program);
    let internal = |error: &dyn std::fmt::Display| Failure::new(error.to_string());
    match form {
        IrForm::Lowered | IrForm::Optimized => Ok(program.to_string()),
        IrForm::Stages => {
            let plan = Plan::new(&program).map_err(|error| internal(&error))?;
            Ok(plan.display(&program).to_string())
        }
        IrForm::Clif => jit::clif(&program).map_err(|error| internal(&error)),
    }
}
