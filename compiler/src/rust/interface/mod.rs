//! What users of generated source see: the structs of a row's inputs and results and columns of input ([`structs`]), their
//! description ([`description`]), and the functions around the model ([`functions`]).

mod description;
mod functions;
mod structs;

pub(super) use functions::{
    batch, batch_of_rows, input_cell, lints, names_value, output_value, predict_documentation,
    score_function, scorer, start_row,
};

use super::error::Error;
use super::source::Source;
use crate::ir::{Id, Input, Type};
use proc_macro2::TokenStream;
use quote::quote;

/// Structs and metadata.
pub(super) fn items(source: &Source<'_>) -> Result<TokenStream, Error> {
    if source.options.no_alloc && source.uses_context {
        return Err(Error::NeedsAllocator("handles texts or lists"));
    }
    let inputs = structs::input_structs(source);
    let output = structs::output_struct(source);
    let metadata = description::metadata(source);
    let blamed = functions::blamed_function(source);
    Ok(quote! { #inputs #output #metadata #blamed })
}

/// Returns the lifetime of inputs, if they borrow something.
fn lifetime(source: &Source<'_>) -> Option<TokenStream> {
    let borrows = source.program.inputs.values().any(|input| matches!(input.ty, Type::String | Type::List));
    borrows.then(|| quote!(<'a>))
}

/// Returns the type of inputs, where their lifetime does not matter.
pub(super) fn input_of_any_lifetime(source: &Source<'_>) -> TokenStream {
    match lifetime(source) {
        Some(_) => quote!(Input<'_>),
        None => quote!(Input),
    }
}

/// Returns the type of columns of input, where their lifetime does not matter.
fn columns_of_any_lifetime(source: &Source<'_>) -> TokenStream {
    if source.names.inputs().is_empty() { quote!(Columns) } else { quote!(Columns<'_>) }
}

/// Returns all inputs, in order.
pub(super) fn inputs(source: &Source<'_>) -> impl Iterator<Item = Input> {
    (0..source.program.inputs.iter().count()).map(Input::new)
}
