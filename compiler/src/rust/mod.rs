//! The backend that emits Rust source: what `pmml_model!` expands to, and what `pmmlc build` writes.
//!
//! The source holds typed structs for a row's inputs and results ([`interface`]) and the model itself, in one of two forms:
//! - [`whole`]: a model without kernels and of ordinary size is one function from input to output, with its treatments,
//!   trees and equations as a person would write them;
//! - [`framed`]: any other model is a function for each stage of the [`Plan`], between which values wait in a frame, as
//!   they do for machine code. The same functions serve one row and blocks of rows.
//!
//! Nothing of the document leaves the place that it is given: names become identifiers ([`names`]), texts are literals, and
//! what comments say of either is cleaned first ([`comment`]).
//!
//! Instructions translate one to one ([`operation`]); what is used once is written where it is used ([`body`]). Large
//! constants are byte strings ([`constants`]), which the Rust compiler takes in without looking at each number.
//!
//! The source depends on `pmml-runtime` alone, holds no `unsafe`, and computes what the other engines compute to the last
//! bit: it calls the same functions of the runtime, in the same order. No engine knows of PMML; names and documentation
//! come from the signature.

mod body;
mod comment;
mod constants;
mod expression;
mod framed;
mod interface;
mod names;
mod operation;
mod typed;
mod verification;
mod whole;

use crate::document::model_verification::ModelVerification;
use crate::ir::Program;
use crate::lower::Lowered;
use crate::passes::stage::{Plan, Stage, Work};
use crate::signature::Signature;
use constants::Constants;
use names::Names;
use proc_macro2::TokenStream;
use quote::quote;

/// Choices for generated source.
#[derive(Clone, Debug)]
pub struct Options {
    /// The path of the crate `pmml-runtime`, as the source can name it: `::pmml_runtime`.
    pub runtime: String,
    /// Where the model comes from, for comments: a file's name.
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

/// Why no source could be generated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A forest could not be packed.
    #[error("{0}")]
    Forest(#[from] pmml_runtime::forest::Error),
    /// The model needs an allocator, and must not.
    #[error("the model needs an allocator: it {0}")]
    NeedsAllocator(&'static str),
    /// The path of the runtime is none.
    #[error("`{0}` is not a path")]
    Path(String),
    /// The source would be too large.
    #[error(
        "the source has more than {0} bytes, which is the limit for a document of this size: `max_expansion` raises it"
    )]
    TooLarge(u64),
    /// The compiler is wrong.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

/// How many bytes of source an instruction becomes, about.
const SOURCE_OF_INSTRUCTION: u64 = 64;

/// Generates the items of a module: structs, functions and constants.
///
/// # Errors
/// See [`Error`].
pub fn generate(
    lowered: &Lowered,
    verification: Option<&ModelVerification>,
    options: &Options,
) -> Result<TokenStream, Error> {
    let program = crate::passes::optimize(typed::run(lowered.program.clone()));
    // The source as tokens takes much more memory than as text, so that it must not come to be.
    let estimate = (program.instructions.len() as u64).saturating_mul(SOURCE_OF_INSTRUCTION);
    if estimate > lowered.max_source {
        return Err(Error::TooLarge(lowered.max_source));
    }
    let plan = Plan::new(&program);
    let source = Source {
        names: Names::new(&program, &lowered.signature),
        program: &program,
        signature: &lowered.signature,
        plan: &plan,
        options,
        uses_context: uses_context(&program),
        is_stateful: !program.histories.is_empty(),
    };
    let mut constants = Constants::new();
    let model = match plan.stages.as_slice() {
        [] => whole::items(&source, &mut constants, None)?,
        [Stage { mask: None, work: Work::Scalar(scalar) }] => {
            whole::items(&source, &mut constants, Some(scalar))?
        }
        _ => framed::items(&source, &mut constants)?,
    };
    let runtime: TokenStream = options.runtime.parse().map_err(|_| Error::Path(options.runtime.clone()))?;
    let interface = interface::items(&source)?;
    let verification = verification::items(&source, verification);
    let constants = constants.items(&source);
    Ok(quote! {
        use #runtime as runtime;
        #interface
        #model
        #verification
        #constants
    })
}

/// Generates a file: [`generate`]'s items, formatted, below a comment that tells where they come from.
///
/// # Errors
/// See [`Error`].
pub fn file(
    lowered: &Lowered,
    verification: Option<&ModelVerification>,
    options: &Options,
) -> Result<String, Error> {
    let items = generate(lowered, verification, options)?;
    let file = syn::parse2(items).map_err(|_| Error::Internal("the source does not parse"))?;
    let name = lowered.signature.model_name.as_ref();
    let name = name.map(|name| format!("the model {} of ", comment::code(name)));
    let mut text = format!(
        "// Generated by pmml {} from {}{}. Do not edit: generate it again.\n\n",
        env!("CARGO_PKG_VERSION"),
        name.unwrap_or_default(),
        comment::plain(&options.origin)
    );
    text.push_str(&prettyplease::unparse(&file));
    Ok(text)
}

/// What is translated.
struct Source<'s> {
    program: &'s Program,
    signature: &'s Signature,
    plan: &'s Plan,
    options: &'s Options,
    names: Names,
    /// Whether the program handles texts or lists while it runs, not only names them as results.
    uses_context: bool,
    /// Whether it remembers earlier rows.
    is_stateful: bool,
}

fn uses_context(program: &Program) -> bool {
    use crate::ir::{Operation, Type};
    let in_input = program.inputs.values().any(|input| matches!(input.ty, Type::String | Type::List));
    let in_code = program.instructions.values().any(|instruction| match &instruction.operation {
        Operation::Call(function, _) => function.signature().context,
        Operation::List(_) | Operation::Recall { .. } => true,
        Operation::Constant(_)
        | Operation::Input(..)
        | Operation::Unary(..)
        | Operation::Binary(..)
        | Operation::Select(..)
        | Operation::Lookup(..)
        | Operation::Find(..)
        | Operation::Contains(..)
        | Operation::If { .. }
        | Operation::Forest(..)
        | Operation::Kernel(..)
        | Operation::FailIf(..) => false,
    });
    in_input || in_code || program.results().any(|(value, _)| program.ty(value) == Type::List)
}
