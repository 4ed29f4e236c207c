//! A model as a function for each stage, with a frame between them.
//!
//! The frame holds one row or some blocks of rows: see [`Frame`](pmml_runtime::compiled::Frame). Stages and
//! kernels refer to its columns and masks by number ([`places`]), and to the cells of inputs by name. In
//! outline, the source is
//!
//! ```text
//! pub fn predict(input) {                            // driver.rs
//!     let frame = …;                                 // for one row; `predict_batch` has one for blocks
//!     enter(frame, 0, input);                        // fills the row's cells
//!     run(frame);                                    // runs the stages
//!     leave(frame, 0)                                // takes the results out
//! }
//!
//! fn run(frame) {
//!     frame.each(None, stage_0);                     // a scalar stage, row by row
//!     frame.split(None, |frame| frame.mask(2), 3, 4);
//!     frame.forest(&FOREST_0, Some(3), …);           // kernel.rs
//!     …
//! }
//! ```

mod driver;
mod kernel;
mod places;

use super::body::{Body, OnFailure};
use super::comment;
use super::constants::{Constants, failure, ty};
use super::error::Error;
use super::expression::Expression;
use super::interface::{self, input_cell, output_value};
use super::source::Source;
use crate::frame::Offset;
use crate::ir::Type;
use crate::passes::stage::{Scalar, Stage, Work};
use places::Places;
use pmml_runtime::forest::MAX_BLOCKS;
use pmml_runtime::kernel::Argument;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

/// The functions of a model while they are written.
struct Staged<'f, 's> {
    source: &'f Source<'s>,
    constants: &'f mut Constants,
    places: Places,
    /// The number of blocks that run together: several if there is a forest, which gains by it.
    blocks: usize,
}

/// Returns the items of a model with several stages.
pub(super) fn items(source: &Source<'_>, constants: &mut Constants) -> Result<TokenStream, Error> {
    // Without an allocator there is space for at most one block.
    let several = !source.options.no_alloc && source.plan.images.gain_by_blocks();
    let mut staged =
        Staged { source, constants, places: Places::default(), blocks: if several { MAX_BLOCKS } else { 1 } };
    let cells = staged.cells();
    let enter = staged.enter();
    let leave = staged.leave()?;
    let mut functions = Vec::new();
    let mut steps = Vec::new();
    for (number, stage) in source.plan.stages.iter().enumerate() {
        let (function, step) = staged.stage(number, stage)?;
        functions.extend(function);
        steps.push(step);
    }
    let arguments = staged.arguments();
    let run = quote! {
        /// Computes the results of the rows that are active.
        #[allow(unused_variables)]
        fn run(frame: &mut runtime::compiled::Frame<'_> #arguments) {
            #(#steps)*
        }
    };
    // All places are known only now.
    let driver = staged.driver()?;
    Ok(quote! {
        #driver
        #cells
        #enter
        #run
        #(#functions)*
        #leave
    })
}

impl Staged<'_, '_> {
    /// Returns the parameters of `run` besides the frame.
    fn arguments(&self) -> TokenStream {
        let context = self.source.uses_context.then(|| quote!(, context: &mut runtime::Context<'_>));
        let stream = self.source.is_stateful.then(|| quote!(, stream: &mut runtime::Stream));
        quote!(#context #stream)
    }

    /// Returns the cells of inputs, as constants.
    fn cells(&mut self) -> TokenStream {
        let mut cells = Vec::new();
        for input in interface::inputs(self.source) {
            let columns = self.source.plan.layout.input(input);
            let name = self.source.names.place(input);
            let doc = format!(" The cells of {}.", comment::code(&self.source.program.inputs[input].name));
            let present = self.places.mask(columns.present);
            cells.push(match self.source.program.inputs[input].ty {
                Type::Bool => {
                    let values = self.places.mask(columns.values);
                    quote! {
                        #[doc = #doc]
                        const #name: runtime::compiled::CellOfBool =
                            runtime::compiled::CellOfBool::new(#values, #present);
                    }
                }
                other => {
                    let (ty, column) = (ty(other), self.places.column(columns.values));
                    quote! {
                        #[doc = #doc]
                        const #name: runtime::compiled::Cell<#ty> =
                            runtime::compiled::Cell::new(#column, #present);
                    }
                }
            });
        }
        quote!(#(#cells)*)
    }

    /// Returns the function that fills a row's cells.
    fn enter(&mut self) -> TokenStream {
        let failures = self.places.column(self.source.plan.layout.failures);
        let cells = interface::inputs(self.source).map(|input| {
            let (name, cell) = (self.source.names.place(input), input_cell(self.source, input));
            quote!(#name.set(frame, row, #cell);)
        });
        let cells: Vec<TokenStream> = cells.collect();
        let input = interface::input_of_any_lifetime(self.source);
        let context = self.source.uses_context.then(|| quote!(, context: &mut runtime::Context<'_>));
        let start = interface::start_row(self.source, quote!(frame.number(row)));
        quote! {
            /// Fills a row's cells.
            #[allow(unused_variables)]
            fn enter(frame: &mut runtime::compiled::Frame<'_>, row: usize, input: &#input #context) {
                #start
                frame.set(#failures, row, 0_i64);
                #(#cells)*
            }
        }
    }

    /// Returns the function that takes a row's results out, and the table of failures that it may return.
    fn leave(&mut self) -> Result<TokenStream, Error> {
        let source = self.source;
        let failures = self.places.column(source.plan.layout.failures);
        let mut values = Vec::new();
        for (number, (value, _)) in source.program.results().enumerate() {
            let columns = source.plan.layout.results[number];
            let present = self.places.mask(columns.present);
            let present = Expression::atom(quote!(frame.bit(#present, row)), 1);
            let value = self.load(source.program.ty(value), columns.values);
            values.push(output_value(source, number, Expression::atom(value, 1), present));
        }
        let names = source.names.results();
        let context = source.uses_context.then(|| quote!(, context: &runtime::Context<'_>));
        let program = source.program;
        let all = program.failures.values().map(|data| failure(source, data));
        let count = program.failures.values().count();
        let count_literal = Literal::usize_unsuffixed(count);
        let table = (count > 0).then(|| {
            quote! {
                /// The reasons why a row can fail.
                static FAILURES: [runtime::compiled::Failure; #count_literal] = [#(#all),*];
            }
        });
        let check = (count > 0).then(|| {
            quote! {
                let failure = frame.get::<i64>(#failures, row);
                if let Some(failure) = FAILURES.iter().zip(1_i64..).find(|(_, number)| *number == failure) {
                    return Err(failure.0.clone());
                }
            }
        });
        Ok(quote! {
            /// Returns a row's results.
            #[allow(unused_variables)]
            fn leave(
                frame: &runtime::compiled::Frame<'_>,
                row: usize
                #context
            ) -> Result<Output, runtime::compiled::Failure> {
                #check
                Ok(Output { #(#names: #values),* })
            }

            #table
        })
    }

    /// Returns the expression that loads a row's value.
    fn load(&mut self, ty: Type, place: Offset) -> TokenStream {
        match ty {
            Type::Bool => {
                let mask = self.places.mask(place);
                quote!(frame.bit(#mask, row))
            }
            other => {
                let (column, ty) = (self.places.column(place), self::ty(other));
                quote!(frame.get::<#ty>(#column, row))
            }
        }
    }

    /// Returns the function of a stage, if it has one, and the step of `run` that calls it.
    fn stage(&mut self, number: usize, stage: &Stage) -> Result<(Option<TokenStream>, TokenStream), Error> {
        let rows = match stage.mask {
            None => quote!(None),
            Some(mask) => {
                let mask = self.places.mask(mask);
                quote!(Some(#mask))
            }
        };
        Ok(match &stage.work {
            Work::Scalar(scalar) => {
                let name = format_ident!("stage_{number}");
                let context = self.source.uses_context.then(|| quote!(, context));
                let function = self.scalar(&name, scalar)?;
                let step = quote! {
                    frame.each(#rows, |frame, row| #name(frame, row #context));
                };
                (Some(function), step)
            }
            Work::Split { condition, then, otherwise } => {
                let condition = match *condition {
                    Argument::Words(mask) => {
                        let mask = self.places.mask(mask);
                        quote!(frame.mask(#mask))
                    }
                    Argument::Constant(0) => quote!(0),
                    Argument::Constant(_) => quote!(u64::MAX),
                };
                let (then, otherwise) = (self.places.mask(*then), self.places.mask(*otherwise));
                let step = quote! {
                    frame.split(#rows, |frame| #condition, #then, #otherwise);
                };
                (None, step)
            }
            Work::Kernel(kernel) => (None, self.kernel(kernel, rows)?),
        })
    }

    /// Returns the function of a scalar stage.
    fn scalar(&mut self, name: &Ident, scalar: &Scalar) -> Result<TokenStream, Error> {
        let source = self.source;
        let column = self.places.column(source.plan.layout.failures);
        let leaves = scalar.stores.iter().map(|(value, _)| *value);
        let mut body =
            Body::new(source, self.constants, OnFailure::Note { column }, &scalar.instructions, leaves);
        let loads: Vec<(Ident, Type, Offset)> = scalar
            .loads
            .iter()
            .map(|(value, place)| (body.name(*value), source.program.ty(*value), *place))
            .collect();
        let statements = body.stage(scalar)?;
        let mut stores = Vec::new();
        for (value, place) in &scalar.stores {
            stores.push((body.value(*value)?, source.program.ty(*value), *place));
        }
        let inputs: Vec<_> = body.inputs().collect();
        let cells = inputs.into_iter().map(|input| {
            let (name, cell) = (source.names.cell(input), self.source.names.place(input));
            quote!(let #name = #cell.get(frame, row);)
        });
        let cells: Vec<TokenStream> = cells.collect();
        let loads: Vec<TokenStream> = loads
            .into_iter()
            .map(|(name, ty, place)| {
                let load = self.load(ty, place);
                quote!(let #name = #load;)
            })
            .collect();
        let stores: Vec<TokenStream> = stores
            .into_iter()
            .map(|(value, ty, place)| match ty {
                Type::Bool => {
                    let mask = self.places.mask(place);
                    quote!(frame.set_bit(#mask, row, #value);)
                }
                _ => {
                    let column = self.places.column(place);
                    quote!(frame.set(#column, row, #value);)
                }
            })
            .collect();
        let context = source.uses_context.then(|| quote!(, context: &mut runtime::Context<'_>));
        let select =
            scalar.is_metered(source.program).then(|| quote!(context.select_row(frame.number(row));));
        let lints = interface::lints();
        Ok(quote! {
            #[allow(unused_variables)]
            #lints
            fn #name(frame: &mut runtime::compiled::Frame<'_>, row: usize #context) {
                #select
                #(#cells)*
                #(#loads)*
                #statements
                #(#stores)*
            }
        })
    }
}
