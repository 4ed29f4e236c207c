//! A model as a function for each stage, with a frame between them.
//!
//! The frame holds one row or a block of rows: see [`Frame`](pmml_runtime::compiled::Frame). Stages and kernels refer to
//! its columns and masks by number, inputs to their cells by name. `enter` fills a row's cells, `run` runs the stages,
//! `leave` takes the results out.

use super::body::{Body, OnFailure};
use super::comment;
use super::constants::{Constants, failure, pack, ty};
use super::expression::Expression;
use super::interface::{self, input_cell, output_value};
use super::{Error, Source};
use crate::frame::Offset;
use crate::ir::{Constant, Operation, Type, Value};
use crate::passes::stage::{Kernel, Place, Scalar, Stage, Work};
use pmml_runtime::BLOCK_ROWS as ROWS;
use pmml_runtime::forest::{Forest, MAX_BLOCKS};
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;

/// How many words of a frame may lie on the stack: 64 KiB. A larger frame needs an allocator.
const MAX_STACK: usize = 8192;

/// The columns and masks of a frame, by their offsets in the plan's layout.
#[derive(Default)]
struct Places {
    columns: BTreeMap<Offset, usize>,
    masks: BTreeMap<Offset, usize>,
}

impl Places {
    fn column(&mut self, offset: Offset) -> usize {
        let next = self.columns.len();
        *self.columns.entry(offset).or_insert(next)
    }

    fn mask(&mut self, offset: Offset) -> usize {
        let next = self.masks.len();
        *self.masks.entry(offset).or_insert(next)
    }
}

struct Framed<'f, 's> {
    source: &'f Source<'s>,
    constants: &'f mut Constants,
    places: Places,
    /// How many words kernels work in.
    scratch_of_one: usize,
    /// The same behind the blocks that run together.
    scratch_of_blocks: usize,
    /// How many blocks run together: several where there is a forest, which gains by it.
    blocks: usize,
}

/// The items of a model with several stages.
pub(super) fn items(source: &Source<'_>, constants: &mut Constants) -> Result<TokenStream, Error> {
    let is_forest = |stage: &Stage| match &stage.work {
        Work::Kernel(kernel) => {
            matches!(source.program.instructions[kernel.instruction].operation, Operation::Forest(..))
        }
        _ => false,
    };
    // Without an allocator there is room for one block at most.
    let several = !source.options.no_alloc && source.plan.stages.iter().any(is_forest);
    let mut framed = Framed {
        source,
        constants,
        places: Places::default(),
        scratch_of_one: 0,
        scratch_of_blocks: 0,
        blocks: if several { MAX_BLOCKS } else { 1 },
    };
    let cells = framed.cells();
    let enter = framed.enter();
    let leave = framed.leave()?;
    let mut functions = Vec::new();
    let mut steps = Vec::new();
    for (number, stage) in source.plan.stages.iter().enumerate() {
        let (function, step) = framed.stage(number, stage)?;
        functions.extend(function);
        steps.push(step);
    }
    let arguments = framed.arguments();
    let run = quote! {
        /// Computes the results of the rows that are active.
        #[allow(unused_variables)]
        fn run(frame: &mut runtime::compiled::Frame<'_> #arguments) {
            #(#steps)*
        }
    };
    // All places are known only now.
    let driver = framed.driver()?;
    Ok(quote! {
        #driver
        #cells
        #enter
        #run
        #(#functions)*
        #leave
    })
}

impl Framed<'_, '_> {
    /// The parameters of `run` besides the frame.
    fn arguments(&self) -> TokenStream {
        let context = self.source.uses_context.then(|| quote!(, context: &mut runtime::Context<'_>));
        let stream = self.source.is_stateful.then(|| quote!(, stream: &mut runtime::Stream));
        quote!(#context #stream)
    }

    /// The cells of inputs, as constants.
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
                /// The reasons for which a row can fail.
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
            /// A row's results.
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

    /// The expression that loads a row's value.
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

    /// The function of a stage, if it has one, and the step of `run` that calls it.
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
                    Place::Words(mask) => {
                        let mask = self.places.mask(mask);
                        quote!(frame.mask(#mask))
                    }
                    Place::Constant(0) => quote!(0),
                    Place::Constant(_) => quote!(u64::MAX),
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

    fn kernel(&mut self, kernel: &Kernel, rows: TokenStream) -> Result<TokenStream, Error> {
        let source = self.source;
        let operation = &source.program.instructions[kernel.instruction].operation;
        let mut values: Vec<Value> = Vec::new();
        operation.visit_arguments(|value| values.push(value));
        let types: Vec<Type> = values.iter().map(|value| source.program.ty(*value)).collect();
        match operation {
            Operation::Forest(forest, _) => {
                let image = pack(source, *forest)?;
                let opened = Forest::open(&image).ok_or(Error::Internal("a forest's image"))?;
                self.scratch_of_one = self.scratch_of_one.max(opened.scratch(0));
                self.scratch_of_blocks = self.scratch_of_blocks.max(opened.scratch(self.blocks));
                let image = self.constants.forest(*forest, &image);
                let (arguments, results) = self.columns(kernel, &types);
                Ok(quote! {
                    let arguments = [#(#arguments),*];
                    let results = [#(#results),*];
                    frame.forest(&#image.0, #rows, &arguments, &results);
                })
            }
            Operation::Kernel(kernel_id, _) => {
                let image = source.program.kernels[*kernel_id].pack();
                let opened = pmml_runtime::kernel::Kernel::open(&image);
                let scratch = opened.map_err(|_| Error::Internal("a kernel's image"))?.scratch();
                self.scratch_of_one = self.scratch_of_one.max(scratch);
                self.scratch_of_blocks = self.scratch_of_blocks.max(scratch);
                let image = self.constants.kernel(*kernel_id, &image);
                let (arguments, results) = self.columns(kernel, &types);
                Ok(quote! {
                    let arguments = [#(#arguments),*];
                    let results = [#(#results),*];
                    frame.kernel(&#image.0, #rows, &arguments, &results);
                })
            }
            Operation::Recall { history, .. } => {
                let ([value, present, restart], [result]) =
                    (kernel.arguments.as_slice(), kernel.results.as_slice())
                else {
                    return Err(Error::Internal("a recall has three arguments"));
                };
                let data = &source.program.histories[*history];
                let is_text = data.ty == Type::String;
                let word = match (data.ty, *value) {
                    (_, Place::Constant(bits)) => quote!(#bits),
                    (Type::Bool, Place::Words(mask)) => {
                        let mask = self.places.mask(mask);
                        quote!(u64::from(frame.bit(#mask, row)))
                    }
                    (_, Place::Words(column)) => {
                        let column = self.places.column(column);
                        quote!(frame.word(#column, row))
                    }
                };
                let (present, restart) = (self.condition(*present), self.condition(*restart));
                let column = self.places.column(*result);
                let (number, length) = (crate::ir::Id::index(*history), data.length as usize);
                Ok(quote! {
                    frame.each(#rows, |frame, row| {
                        context.select_row(frame.number(row));
                        let item = #present.then_some(#word);
                        let restart = #restart;
                        let list = stream.next(context, #number, #length, #is_text, restart, item);
                        frame.set(#column, row, list);
                    });
                })
            }
            _ => Err(Error::Internal("not a kernel")),
        }
    }

    /// The places of a kernel's arguments and results.
    fn columns(&mut self, kernel: &Kernel, types: &[Type]) -> (Vec<TokenStream>, Vec<TokenStream>) {
        let mut arguments = Vec::with_capacity(kernel.arguments.len());
        for (place, ty) in kernel.arguments.iter().zip(types) {
            arguments.push(match *place {
                Place::Constant(bits) => quote!(runtime::kernel::Argument::Constant(#bits)),
                Place::Words(offset) => {
                    let words = self.words(*ty, offset);
                    quote!(runtime::kernel::Argument::Words(#words))
                }
            });
        }
        let results = &self.source.program.instructions[kernel.instruction].results;
        let types = results.iter().map(|value| self.source.program.ty(*value));
        let results = types.zip(&kernel.results).map(|(ty, place)| self.words(ty, *place)).collect();
        (arguments, results)
    }

    /// The first word of a column, or the word of a mask.
    fn words(&mut self, ty: Type, place: Offset) -> TokenStream {
        match ty {
            Type::Bool => {
                let mask = self.places.mask(place);
                quote!(frame.mask_word(#mask))
            }
            _ => {
                let column = self.places.column(place);
                quote!(frame.column(#column))
            }
        }
    }

    /// The expression for a row's bit of a place.
    fn condition(&mut self, place: Place) -> TokenStream {
        match place {
            Place::Words(mask) => {
                let mask = self.places.mask(mask);
                quote!(frame.bit(#mask, row))
            }
            Place::Constant(bits) => {
                let constant = Expression::constant(Constant::Bool(bits != 0));
                quote!(#constant)
            }
        }
    }

    /// The functions that users call.
    fn driver(&self) -> Result<TokenStream, Error> {
        let source = self.source;
        let (columns, masks) = (self.places.columns.len(), self.places.masks.len());
        let words_of_one = columns + masks + self.scratch_of_one;
        let words_of_blocks = (columns * ROWS + masks) * self.blocks + self.scratch_of_blocks;
        let no_alloc = source.options.no_alloc;
        if words_of_one > MAX_STACK && no_alloc {
            return Err(Error::NeedsAllocator("works in more memory than the stack should hold"));
        }
        let keeps_scorer = source.uses_context || source.is_stateful;
        let me = keeps_scorer.then(|| quote!(self.));
        let memory = |words: usize| {
            let count = Literal::usize_unsuffixed(words);
            match words > MAX_STACK {
                true => quote!(let words = &mut runtime::alloc::vec![0_u64; #count];),
                false => quote!(let words = &mut [0_u64; #count];),
            }
        };
        let context = source.uses_context.then(|| quote!(, &mut #me context));
        let context_out = source.uses_context.then(|| quote!(, &#me context));
        let stream = source.is_stateful.then(|| quote!(, &mut #me stream));
        let clear = source.uses_context.then(|| quote!(self.context.clear();));
        let (memory_of_one, memory_of_blocks) = (memory(words_of_one), memory(words_of_blocks));
        let names_values =
            source.program.failures.iter().any(|(failure, _)| interface::names_value(source, failure));
        let blamed = names_values.then(|| quote!(.map_err(|failure| blamed(failure, input))));
        let predict = quote! {
            #memory_of_one
            let frame = &mut runtime::compiled::Frame::new(words, 1, COLUMNS, MASKS);
            #clear
            enter(frame, 0, input #context);
            frame.activate(1);
            run(frame #context #stream);
            leave(frame, 0 #context_out)#blamed
        };
        let (rows, together) =
            (Literal::usize_unsuffixed(ROWS), Literal::usize_unsuffixed(ROWS * self.blocks));
        let blamed_in_batch = names_values
            .then(|| quote!(.map_err(|failure| blamed(failure, &input.row(part * #together + row)))));
        let predict_batch = match no_alloc && words_of_blocks > MAX_STACK {
            true => quote! {
                for (row, result) in results.iter_mut().enumerate() {
                    *result = predict(&input.row(row));
                }
            },
            false => quote! {
                #memory_of_blocks
                let frame = &mut runtime::compiled::Frame::new(words, #rows, COLUMNS, MASKS);
                for (part, results) in results.chunks_mut(#together).enumerate() {
                    #clear
                    for row in 0..results.len() {
                        frame.select(row / #rows);
                        enter(frame, row % #rows, &input.row(part * #together + row) #context);
                    }
                    frame.activate(results.len());
                    run(frame #context #stream);
                    for (row, result) in results.iter_mut().enumerate() {
                        frame.select(row / #rows);
                        *result = leave(frame, row % #rows #context_out)#blamed_in_batch;
                    }
                }
            },
        };
        let counts = quote! {
            /// How many columns a frame has.
            const COLUMNS: usize = #columns;
            /// How many masks a frame has.
            const MASKS: usize = #masks;
        };
        let functions = match keeps_scorer {
            true => interface::scorer(source, predict, predict_batch),
            false => {
                let (documentation, input) =
                    (interface::predict_documentation(), interface::input_of_any_lifetime(source));
                let batch = interface::batch(source, predict_batch);
                quote! {
                    #documentation
                    #[allow(dead_code)]
                    pub fn predict(input: &#input) -> Result<Output, runtime::compiled::Failure> {
                        #predict
                    }
                    #batch
                }
            }
        };
        Ok(quote!(#functions #counts))
    }
}
