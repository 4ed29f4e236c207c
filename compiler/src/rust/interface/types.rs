//! The types of inputs and of columns of input.

use crate::ir::{Id, Input, Type};
use crate::rust::source::Source;
use proc_macro2::TokenStream;
use quote::quote;

/// Returns the lifetime of inputs, if they borrow something.
pub(super) fn lifetime(source: &Source<'_>) -> Option<TokenStream> {
    let borrows = source.program.inputs.values().any(|input| matches!(input.ty, Type::String | Type::List));
    borrows.then(|| quote!(<'a>))
}

/// Returns the type of inputs, for places where their lifetime does not matter.
pub(in crate::rust) fn input_of_any_lifetime(source: &Source<'_>) -> TokenStream {
    match lifetime(source) {
        Some(_) => quote!(Input<'_>),
        None => quote!(Input),
    }
}

/// Returns the type of columns of input, for places where their lifetime does not matter.
pub(super) fn columns_of_any_lifetime(source: &Source<'_>) -> TokenStream {
    if source.names.inputs().is_empty() { quote!(Columns) } else { quote!(Columns<'_>) }
}

/// Returns all inputs, in order.
pub(in crate::rust) fn inputs(source: &Source<'_>) -> impl Iterator<Item = Input> {
    (0..source.program.inputs.iter().count()).map(Input::new)
}
