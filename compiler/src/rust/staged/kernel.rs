//! Kernel stages: the calls that evaluate them.

use super::Staged;
use crate::frame::Offset;
use crate::ir::{Constant, Id, Operation, Type, Value};
use crate::passes::stage::Kernel;
use crate::rust::error::Error;
use crate::rust::expression::Expression;
use pmml_runtime::kernel::Argument;
use proc_macro2::TokenStream;
use quote::quote;

impl Staged<'_, '_> {
    /// Returns the step of `run` that evaluates a kernel.
    pub(super) fn kernel(&mut self, kernel: &Kernel, rows: TokenStream) -> Result<TokenStream, Error> {
        let source = self.source;
        let operation = &source.program.instructions[kernel.instruction].operation;
        let mut values: Vec<Value> = Vec::new();
        operation.visit_arguments(|value| values.push(value));
        let types: Vec<Type> = values.iter().map(|value| source.program.ty(*value)).collect();
        match operation {
            Operation::Forest(forest, _) => {
                let image = source.plan.images.forest(*forest).ok_or(Error::Internal("no image"))?;
                let image = self.constants.forest(*forest, image);
                let (arguments, results) = self.columns(kernel, &types);
                Ok(quote! {
                    let arguments = [#(#arguments),*];
                    let results = [#(#results),*];
                    frame.forest(&#image.0, #rows, &arguments, &results);
                })
            }
            Operation::Kernel(kernel_id, _) => {
                let image = source.plan.images.kernel(*kernel_id).ok_or(Error::Internal("no image"))?;
                let image = self.constants.kernel(*kernel_id, image);
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
                let is_string = data.ty == Type::String;
                let word = match (data.ty, *value) {
                    (_, Argument::Constant(bits)) => quote!(#bits),
                    (Type::Bool, Argument::Words(mask)) => {
                        let mask = self.places.mask(mask);
                        quote!(u64::from(frame.bit(#mask, row)))
                    }
                    (_, Argument::Words(column)) => {
                        let column = self.places.column(column);
                        quote!(frame.word(#column, row))
                    }
                };
                let (present, restart) = (self.condition(*present), self.condition(*restart));
                let column = self.places.column(*result);
                let (number, length) = (history.index(), data.length as usize);
                Ok(quote! {
                    frame.each(#rows, |frame, row| {
                        context.select_row(frame.number(row));
                        let item = #present.then_some(#word);
                        let restart = #restart;
                        let list = stream.next(context, #number, #length, #is_string, restart, item);
                        frame.set(#column, row, list);
                    });
                })
            }
            _ => Err(Error::Internal("not a kernel")),
        }
    }

    /// Returns the places of a kernel's arguments and results.
    fn columns(&mut self, kernel: &Kernel, types: &[Type]) -> (Vec<TokenStream>, Vec<TokenStream>) {
        let mut arguments = Vec::with_capacity(kernel.arguments.len());
        for (place, ty) in kernel.arguments.iter().zip(types) {
            arguments.push(match *place {
                Argument::Constant(bits) => quote!(runtime::kernel::Argument::Constant(#bits)),
                Argument::Words(offset) => {
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

    /// Returns the expression for the first word of a column, or the word of a mask.
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

    /// Returns the expression for a row's bit of a place.
    fn condition(&mut self, place: Argument) -> TokenStream {
        match place {
            Argument::Words(mask) => {
                let mask = self.places.mask(mask);
                quote!(frame.bit(#mask, row))
            }
            Argument::Constant(bits) => {
                let constant = Expression::constant(Constant::Bool(bits != 0));
                quote!(#constant)
            }
        }
    }
}
