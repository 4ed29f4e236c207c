//! A model as one function from input to output.

use super::body::{Body, OnFailure};
use super::constants::Constants;
use super::error::Error;
use super::interface::{self, input_cell, output_value, score_function};
use super::source::Source;
use crate::ir::Value;
use crate::passes::stage::Scalar;
use proc_macro2::TokenStream;
use quote::quote;

/// Returns the items of a model whose only stage is `scalar`. Without a stage it has no results.
pub(super) fn items(
    source: &Source<'_>,
    constants: &mut Constants,
    scalar: Option<&Scalar>,
) -> Result<TokenStream, Error> {
    let nothing = Scalar::default();
    let scalar = scalar.unwrap_or(&nothing);
    let results: Vec<(Value, Value)> = source.program.results().collect();
    let leaves = results.iter().flat_map(|(value, present)| [*value, *present]);
    let mut body = Body::new(source, constants, OnFailure::Return, &scalar.instructions, leaves);
    let statements = body.stage(scalar)?;
    let mut values = Vec::with_capacity(results.len());
    for (number, (value, present)) in results.iter().enumerate() {
        let (value, present) = (body.value(*value)?, body.value(*present)?);
        values.push(output_value(source, number, value, present));
    }
    let inputs: Vec<_> = body.inputs().collect();
    let cells = inputs.into_iter().map(|input| {
        let (name, cell) = (source.names.cell(input), input_cell(source, input));
        quote!(let #name = #cell;)
    });
    let names = source.names.results();
    let start = interface::start_row(source, quote!(0));
    let content = quote! {
        #start
        #(#cells)*
        #statements
        Ok(Output { #(#names: #values),* })
    };
    Ok(match source.uses_context {
        false => {
            let predict = interface::predict_documentation();
            let signature = score_function(source, quote!(pub fn predict));
            let batch = interface::batch_of_rows(source, quote!(predict(&input.row(row))));
            quote! {
                #predict
                #signature {
                    #content
                }
                #batch
            }
        }
        true => {
            let scorer = interface::scorer(
                source,
                quote! {
                    self.context.clear();
                    score(input, &mut self.context)
                },
                quote! {
                    for (row, result) in results.iter_mut().enumerate() {
                        *result = self.predict(&input.row(row));
                    }
                },
            );
            let signature = score_function(source, quote!(fn score));
            quote! {
                #scorer
                #signature {
                    #content
                }
            }
        }
    })
}
