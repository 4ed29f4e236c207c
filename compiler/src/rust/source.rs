//! What is translated into source, and the choices for it.

use super::names::Names;
use crate::ir::{Operation, Program, Type};
use crate::passes::stage::Plan;
use crate::signature::Signature;

/// Choices for generated source.
#[derive(Clone, Debug)]
pub struct Options {
    /// The path of the crate `pmml-runtime`, as the source can name it: `::pmml_runtime`.
    pub runtime: String,
    /// Where the model comes from, for comments: the name of a file.
    pub origin: String,
    /// Whether the source must do without an allocator. It then lacks what needs one: access to fields by number, and
    /// verification.
    pub no_alloc: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { runtime: "::pmml_runtime".to_owned(), origin: "a document".to_owned(), no_alloc: false }
    }
}

/// What is translated.
pub(super) struct Source<'s> {
    pub program: &'s Program,
    pub signature: &'s Signature,
    pub plan: &'s Plan,
    pub options: &'s Options,
    pub names: Names,
    /// Whether the program handles strings or lists while it runs, rather than only naming them as results.
    pub uses_context: bool,
    /// Whether it remembers earlier rows.
    pub is_stateful: bool,
}

impl<'s> Source<'s> {
    /// Gathers what is translated, and names its fields.
    pub fn new(program: &'s Program, signature: &'s Signature, plan: &'s Plan, options: &'s Options) -> Self {
        let names = Names::new(program, signature);
        let (uses_context, is_stateful) = (uses_context(program), !program.histories.is_empty());
        Self { program, signature, plan, options, names, uses_context, is_stateful }
    }
}

/// Returns whether a program handles strings or lists while it runs.
fn uses_context(program: &Program) -> bool {
    let in_input = program.inputs.values().any(|input| matches!(input.ty, Type::String | Type::List));
    let in_code = program.instructions.values().any(|instruction| match &instruction.operation {
        Operation::Call(function, _) => function.signature().context,
        operation => matches!(operation, Operation::List(_) | Operation::Recall { .. }),
    });
    in_input || in_code || program.results().any(|(value, _)| program.ty(value) == Type::List)
}
