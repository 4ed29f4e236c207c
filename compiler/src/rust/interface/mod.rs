//! What users of generated source see: the structs of a row's inputs and results and columns of input ([`structs`]), their
//! description ([`description`]), and the functions around the model ([`functions`]).

mod description;
mod functions;
mod structs;
mod types;

pub(super) use functions::{
    batch, batch_of_rows, input_cell, lints, names_value, output_value, predict_documentation,
    score_function, scorer, start_row,
};
pub(super) use types::{input_of_any_lifetime, inputs};

use super::error::Error;
use super::source::Source;
use proc_macro2::TokenStream;
use quote::quote;

/// Structs and metadata.
pub(super) fn items(source: &Source<'_>) -> Result<TokenStream, Error> {
    if source.options.no_alloc && source.uses_context {
        return Err(Error::NeedsAllocator("handles strings or lists"));
    }
    let inputs = structs::input_structs(source);
    let output = structs::output_struct(source);
    let metadata = description::metadata(source);
    let blamed = functions::blamed_function(source);
    Ok(quote! { #inputs #output #metadata #blamed })
}
