//! The functions around the model, and the expressions that convert its inputs and results.

use super::types::{columns_of_any_lifetime, input_of_any_lifetime};
use crate::ir::{Constant, Failure, FailureKind, Id, Input, Type};
use crate::rust::expression::Expression;
use crate::rust::source::Source;
use pmml_runtime::DataType;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// Returns whether the message of a failure names the value of an input.
pub(in crate::rust) fn names_value(source: &Source<'_>, failure: Failure) -> bool {
    let data = &source.program.failures[failure];
    data.input.is_some() && data.kind != FailureKind::MissingValue
}

/// Returns the function that adds to failures the values that their messages name.
pub(super) fn blamed_function(source: &Source<'_>) -> Option<TokenStream> {
    let failures = source.program.failures.iter();
    let named = failures.filter(|(failure, _)| names_value(source, *failure));
    let inputs: BTreeSet<usize> =
        named.filter_map(|(_, data)| data.input).map(|input| input.index()).collect();
    if inputs.is_empty() {
        return None;
    }
    let arms = inputs.into_iter().map(|number| {
        let input = Input::new(number);
        let (of, name) = (&source.program.inputs[input].name, source.names.input(input));
        let number = Literal::usize_unsuffixed(number);
        quote!(Some(#of) => failure.with_value(&INPUTS[#number], input.#name),)
    });
    let input = input_of_any_lifetime(source);
    Some(quote! {
        /// Adds the value that caused a failure.
        #[cold]
        fn blamed(failure: runtime::compiled::Failure, input: &#input) -> runtime::compiled::Failure {
            match failure.field {
                #(#arms)*
                _ => failure,
            }
        }
    })
}

/// Returns the expression that takes an input's cell from the struct `input`.
pub(in crate::rust) fn input_cell(source: &Source<'_>, input: Input) -> TokenStream {
    let name = source.names.input(input);
    let data = &source.program.inputs[input];
    let is_float = |ty: Type| ty.is_float() && !data.nan;
    match (data.items, data.ty) {
        (Some(Type::String), _) => quote!(input.#name.map(|items| context.list_of_strings(items))),
        (Some(items), _) => {
            let keep_nan = !is_float(items);
            quote!(input.#name.map(|items| context.list_of(items, #keep_nan)))
        }
        (None, Type::String) => quote!(input.#name.map(|text| context.intern(text))),
        (None, ty) if is_float(ty) => quote!(input.#name.filter(|number| !number.is_nan())),
        (None, _) => quote!(input.#name),
    }
}

/// Returns the statement that gives a row its budget, by the row's number, if rows have budgets: as
/// [`Metering`](crate::frame::Metering) does for other engines.
pub(in crate::rust) fn start_row(source: &Source<'_>, number: TokenStream) -> Option<TokenStream> {
    let bytes = source.program.inputs.iter().filter_map(|(input, data)| {
        let name = source.names.input(input);
        match data.ty {
            Type::String => Some(quote!(input.#name.map_or(0, |text| text.len()))),
            Type::List => Some(
                quote!(input.#name.map_or(0, |items| items.len() * runtime::context::budget::ITEM_BYTES)),
            ),
            _ => None,
        }
    });
    let bytes = bytes.reduce(|sum, bytes| quote!(#sum + #bytes)).unwrap_or_else(|| quote!(0));
    source.program.is_metered().then(|| quote!(context.start_row(#number, #bytes);))
}

/// Returns the expression that makes a result's value from the program's value and its presence.
pub(in crate::rust) fn output_value(
    source: &Source<'_>,
    number: usize,
    value: Expression,
    present: Expression,
) -> TokenStream {
    let Some((value_of, present_of)) = source.program.results().nth(number) else { return quote!(None) };
    let data_type = source.signature.results.get(number).map(|field| field.data_type);
    let made = match source.program.ty(value_of) {
        Type::String if source.uses_context => quote!(context.output(#value)),
        Type::String => quote!(runtime::compiled::table::string(&STRINGS, #value)),
        Type::List if data_type == Some(DataType::String) => quote!(context.output_strings(#value)),
        Type::List => quote!(context.output_list(#value)),
        _ => quote!(#value),
    };
    let is_cheap = value.weight <= 1;
    match source.program.constant(present_of) {
        Some(Constant::Bool(true)) => quote!(Some(#made)),
        Some(_) => quote!(None),
        None if is_cheap && !matches!(source.program.ty(value_of), Type::String | Type::List) => {
            let then = Expression::method(present, quote!(then_some(#made)), 0);
            quote!(#then)
        }
        None => quote!(if #present { Some(#made) } else { None }),
    }
}

/// Returns the signature of a function from input, and context if there is one, to output.
pub(in crate::rust) fn score_function(source: &Source<'_>, head: TokenStream) -> TokenStream {
    let input = input_of_any_lifetime(source);
    let context = source.uses_context.then(|| quote!(, context: &mut runtime::Context<'_>));
    let name = format_ident!("{}", if source.program.inputs.is_empty() { "_input" } else { "input" });
    let lints = lints();
    quote! {
        #[allow(dead_code, unused_variables)]
        #lints
        #head(#name: &#input #context) -> Result<Output, runtime::compiled::Failure>
    }
}

/// Returns the lints that do not apply to functions that are translated instruction by instruction: constants
/// are those of the document, even if they are close to known ones, and comparisons are the program's.
pub(in crate::rust) fn lints() -> TokenStream {
    quote! {
        #[allow(
            clippy::approx_constant,
            clippy::collapsible_else_if,
            clippy::double_comparisons,
            clippy::eq_op,
            clippy::if_same_then_else,
            clippy::manual_clamp,
            clippy::manual_range_contains,
            clippy::manual_range_patterns,
            clippy::neg_cmp_op_on_partial_ord,
            clippy::neg_multiply,
            clippy::nonminimal_bool,
            clippy::redundant_comparisons,
            clippy::type_complexity
        )]
    }
}

/// Returns the documentation of `predict`.
pub(in crate::rust) fn predict_documentation() -> TokenStream {
    quote! {
        /// Scores a row.
        ///
        /// # Errors
        /// If a value is not valid for its field, is missing where it must not be, or makes a computation undefined.
    }
}

/// Returns the documentation of `predict_batch`.
fn batch_documentation() -> TokenStream {
    quote! {
        /// Scores the rows of some columns, as many as there are results, which are overwritten.
    }
}

/// Returns `predict_batch` of a model that scores row by row.
pub(in crate::rust) fn batch_of_rows(source: &Source<'_>, predict: TokenStream) -> TokenStream {
    batch(
        source,
        quote! {
            for (row, result) in results.iter_mut().enumerate() {
                *result = #predict;
            }
        },
    )
}

/// Returns `predict_batch` with a given body.
pub(in crate::rust) fn batch(source: &Source<'_>, body: TokenStream) -> TokenStream {
    let (documentation, columns) = (batch_documentation(), columns_of_any_lifetime(source));
    quote! {
        #documentation
        #[allow(dead_code)]
        pub fn predict_batch(input: &#columns, results: &mut [Result<Output, runtime::compiled::Failure>]) {
            #body
        }
    }
}

/// Returns the struct `Scorer`, which keeps what scoring needs from row to row, and the functions `predict`
/// and `predict_batch`, which work without one.
pub(in crate::rust) fn scorer(
    source: &Source<'_>,
    predict: TokenStream,
    predict_batch: TokenStream,
) -> TokenStream {
    let (input, columns) = (input_of_any_lifetime(source), columns_of_any_lifetime(source));
    let (predict_doc, batch_doc) = (predict_documentation(), batch_documentation());
    let mut fields = Vec::new();
    let mut values = Vec::new();
    if source.uses_context {
        fields.push(quote!(context: runtime::Context<'static>));
        values.push(quote!(context: runtime::Context::new(&DICTIONARY)));
    }
    if source.is_stateful {
        fields.push(quote!(stream: runtime::Stream));
        values.push(quote!(stream: runtime::Stream::default()));
    }
    let stream = source.is_stateful.then(|| {
        quote! {
            ///
            /// The model looks back at earlier rows: those that the same scorer has scored, in order.
        }
    });
    let alone = source.is_stateful.then(|| {
        quote! {
            ///
            /// The model looks back at earlier rows, of which there are none here: [`Scorer`] keeps them.
        }
    });
    quote! {
        /// Scores rows, and keeps the memory for it from row to row.
        #stream
        #[derive(Debug)]
        #[allow(dead_code)]
        pub struct Scorer {
            #(#fields,)*
        }

        impl Default for Scorer {
            fn default() -> Self {
                Self { #(#values),* }
            }
        }

        #[allow(dead_code)]
        impl Scorer {
            /// Returns a scorer that has seen no row.
            pub fn new() -> Self {
                Self::default()
            }

            #predict_doc
            pub fn predict(&mut self, input: &#input) -> Result<Output, runtime::compiled::Failure> {
                #predict
            }

            #batch_doc
            pub fn predict_batch(
                &mut self,
                input: &#columns,
                results: &mut [Result<Output, runtime::compiled::Failure>],
            ) {
                #predict_batch
            }
        }

        #predict_doc
        #alone
        #[allow(dead_code)]
        pub fn predict(input: &#input) -> Result<Output, runtime::compiled::Failure> {
            Scorer::new().predict(input)
        }

        #batch_doc
        #[allow(dead_code)]
        pub fn predict_batch(input: &#columns, results: &mut [Result<Output, runtime::compiled::Failure>]) {
            Scorer::new().predict_batch(input, results);
        }
    }
}
