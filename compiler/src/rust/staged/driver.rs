//! The functions that users call: they lay out the frame, fill it, run the stages and take the results out.

use super::Staged;
use crate::frame::BLOCK_ROWS;
use crate::rust::error::Error;
use crate::rust::interface;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// The largest number of words of a frame on the stack: 64 KiB. A larger frame needs an allocator.
const MAX_STACK: usize = 8192;

impl Staged<'_, '_> {
    /// Returns the functions that users call. All columns and masks must have been numbered.
    pub(super) fn driver(&self) -> Result<TokenStream, Error> {
        let source = self.source;
        let (columns, masks) = self.places.counts();
        let scratch = |blocks| source.plan.images.scratch(blocks);
        let words_of_one = columns + masks + scratch(0);
        let words_of_blocks = (columns * BLOCK_ROWS + masks) * self.blocks + scratch(self.blocks);
        let no_alloc = source.options.no_alloc;
        if words_of_one > MAX_STACK && no_alloc {
            return Err(Error::NeedsAllocator("works in more memory than the stack should hold"));
        }
        let keeps_scorer = source.uses_context || source.is_stateful;
        let me = keeps_scorer.then(|| quote!(self.));
        let memory = |words: usize| {
            let count = Literal::usize_unsuffixed(words);
            if words > MAX_STACK {
                quote!(let words = &mut runtime::alloc::vec![0_u64; #count];)
            } else {
                quote!(let words = &mut [0_u64; #count];)
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
            (Literal::usize_unsuffixed(BLOCK_ROWS), Literal::usize_unsuffixed(BLOCK_ROWS * self.blocks));
        let blamed_in_batch = names_values
            .then(|| quote!(.map_err(|failure| blamed(failure, &input.row(part * #together + row)))));
        let predict_batch = if no_alloc && words_of_blocks > MAX_STACK {
            quote! {
                for (row, result) in results.iter_mut().enumerate() {
                    *result = predict(&input.row(row));
                }
            }
        } else {
            quote! {
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
            }
        };
        let counts = quote! {
            /// The number of columns of a frame.
            const COLUMNS: usize = #columns;
            /// The number of masks of a frame.
            const MASKS: usize = #masks;
        };
        let functions = if keeps_scorer {
            interface::scorer(source, predict, predict_batch)
        } else {
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
        };
        Ok(quote!(#functions #counts))
    }
}
