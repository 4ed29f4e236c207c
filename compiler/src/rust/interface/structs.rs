//! The structs of a row's inputs and results, and columns of input.

use super::types::lifetime;
use crate::ir::{Input, Type};
use crate::rust::comment;
use crate::rust::names::ident;
use crate::rust::source::Source;
use crate::signature::Field;
use pmml_runtime::DataType;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

/// Returns the type of an input's values.
fn input_type(source: &Source<'_>, input: Input) -> TokenStream {
    let data = &source.program.inputs[input];
    let ty = |ty| match ty {
        Type::String => quote!(&'a str),
        other => crate::rust::constants::ty(other),
    };
    match data.items {
        Some(items) => {
            let items = ty(items);
            quote!(&'a [Option<#items>])
        }
        None => ty(data.ty),
    }
}

pub(super) fn input_structs(source: &Source<'_>) -> TokenStream {
    let signature = source.signature;
    let names = source.names.inputs();
    let types: Vec<TokenStream> =
        source.program.inputs.iter().map(|(input, _)| input_type(source, input)).collect();
    let docs: Vec<TokenStream> = signature.inputs.iter().map(|field| documentation(field, true)).collect();
    let lifetime = lifetime(source);
    let (columns_lifetime, row_lifetime) = match (names.is_empty(), &lifetime) {
        (true, _) => (None, None),
        (false, None) => (Some(quote!(<'a>)), None),
        (false, Some(_)) => (Some(quote!(<'a>)), Some(quote!(<'a>))),
    };
    let row = format_ident!("{}", if names.is_empty() { "_row" } else { "row" });
    let parse = parse_function(source);
    quote! {
        /// A row of input. A missing value is `None`, or NaN.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        #[allow(dead_code)]
        pub struct Input #lifetime {
            #(#docs pub #names: Option<#types>,)*
        }

        #parse

        /// The inputs of a batch of rows, in columns.
        #[derive(Clone, Copy, Debug, Default, PartialEq)]
        #[allow(dead_code)]
        pub struct Columns #columns_lifetime {
            #(#docs pub #names: runtime::compiled::Column<'a, #types>,)*
        }

        #[allow(dead_code)]
        impl #columns_lifetime Columns #columns_lifetime {
            /// Returns the input of a row; all missing past the columns' ends.
            pub fn row(&self, #row: usize) -> Input #row_lifetime {
                Input { #(#names: self.#names.get(row)),* }
            }
        }
    }
}

/// Returns `Input::parse`, which reads a row from strings.
fn parse_function(source: &Source<'_>) -> Option<TokenStream> {
    if source.options.no_alloc {
        return None;
    }
    let names = source.names.inputs();
    let fields = source.signature.inputs.iter().zip(names).enumerate().map(|(number, (field, name))| {
        let of = &field.name;
        let number = Literal::usize_unsuffixed(number);
        let read = match field.data_type {
            _ if field.is_list => return quote!(#name: None),
            DataType::String => return quote!(#name: text(#of)),
            DataType::Double => quote!(runtime::number::f64_from_text(text)),
            DataType::Float => quote!(runtime::number::f32_from_text(text)),
            DataType::Integer => quote!(runtime::number::i64_from_text(text)),
            DataType::Boolean => quote!(runtime::number::parse_bool(text)),
            date => {
                let date = ident(&format!("{date:?}"));
                quote!(runtime::date::data_types::parse_date_literal(runtime::DataType::#date, text))
            }
        };
        quote! {
            #name: match text(#of) {
                Some(text) => Some(#read.ok_or_else(|| runtime::compiled::Failure::unreadable(&INPUTS[#number], text))?),
                None => None,
            }
        }
    });
    let (lifetime, strings) = match lifetime(source) {
        Some(lifetime) => (Some(lifetime), quote!(&'a str)),
        None => (None, quote!(&'t str)),
    };
    let of_strings = lifetime.is_none().then(|| quote!(<'t>));
    let is_unused = source.signature.inputs.iter().all(|field| field.is_list);
    let text = format_ident!("{}", if is_unused { "_text" } else { "text" });
    Some(quote! {
        #[allow(dead_code)]
        impl #lifetime Input #lifetime {
            /// Reads a row from strings, given by field name; `None` is a missing value. (Fields of lists stay missing.)
            ///
            /// # Errors
            /// If a string is not a value of its field's type.
            pub fn parse #of_strings(
                #text: impl Fn(&str) -> Option<#strings>,
            ) -> Result<Self, runtime::compiled::Failure> {
                Ok(Self { #(#fields),* })
            }
        }
    })
}

/// Returns the type of a result's values.
fn output_type(source: &Source<'_>, field: &Field) -> TokenStream {
    let text = if source.uses_context {
        quote!(runtime::alloc::borrow::Cow<'static, str>)
    } else {
        quote!(&'static str)
    };
    let ty = match field.data_type {
        DataType::String => text,
        DataType::Double => quote!(f64),
        DataType::Float => quote!(f32),
        DataType::Boolean => quote!(bool),
        _ => quote!(i64),
    };
    if field.is_list { quote!(runtime::alloc::vec::Vec<Option<#ty>>) } else { ty }
}

pub(super) fn output_struct(source: &Source<'_>) -> TokenStream {
    let fields = &source.signature.results;
    let names = source.names.results();
    let types = fields.iter().map(|field| output_type(source, field));
    let docs = fields.iter().map(|field| documentation(field, false));
    let value = (!source.options.no_alloc).then(|| {
        let arms = fields.iter().zip(names).enumerate().map(|(number, (field, name))| {
            let number = Literal::usize_unsuffixed(number);
            let value = match field.data_type {
                date if field.is_list && is_date(date) => {
                    let date = ident(&format!("{date:?}"));
                    quote! {
                        self.#name
                            .as_ref()
                            .map(|dates| {
                                let text = |date| runtime::date::data_types::format_date(runtime::DataType::#date, date);
                                dates.iter().map(|date| date.map(text)).collect::<runtime::alloc::vec::Vec<_>>()
                            })
                            .into()
                    }
                }
                _ if field.is_list => quote!(self.#name.clone().into()),
                DataType::String if source.uses_context => quote!(self.#name.as_deref().into()),
                DataType::String
                | DataType::Double
                | DataType::Float
                | DataType::Boolean
                | DataType::Integer => quote!(self.#name.into()),
                date => {
                    let date = ident(&format!("{date:?}"));
                    quote!(self.#name.map(|date| runtime::date::data_types::format_date(runtime::DataType::#date, date)).into())
                }
            };
            quote!(#number => #value,)
        });
        quote! {
            #[allow(dead_code)]
            impl Output {
                /// Returns the value of a result by its number in [`OUTPUTS`]; missing past the end.
                pub fn value(&self, number: usize) -> runtime::compiled::Value<'_> {
                    match number {
                        #(#arms)*
                        _ => runtime::compiled::Value::Missing,
                    }
                }
            }
        }
    });
    quote! {
        /// The results of a row. A missing result is `None`.
        #[derive(Clone, Debug, Default, PartialEq)]
        #[allow(dead_code)]
        pub struct Output {
            #(#docs pub #names: Option<#types>,)*
        }

        #value
    }
}

/// Returns the documentation of a struct's field.
fn documentation(field: &Field, is_input: bool) -> TokenStream {
    let name = field.display_name.as_ref().filter(|name| **name != field.name);
    let list = if field.is_list { "a list of values, " } else { "" };
    let mut lines =
        vec![format!(" {}: {list}{}, {}.", comment::code(&field.name), field.optype, field.data_type)];
    if let Some(name) = name {
        lines[0].push_str(&format!(" Shown as {}.", comment::code(name)));
    }
    if is_date(field.data_type) {
        lines.push(format!(" {}", unit(field.data_type)));
    }
    let values: Vec<String> = field.values.iter().take(12).map(|value| comment::code(&value.value)).collect();
    if !values.is_empty() {
        let more = if field.values.len() > values.len() { ", …" } else { "" };
        lines.push(format!(" Values: {}{more}.", values.join(", ")));
    }
    if is_input && !field.intervals.is_empty() && field.intervals.len() <= 12 {
        let ranges: Vec<String> = field.intervals.iter().map(|range| format!("`{range}`")).collect();
        lines.push(format!(" Range: {}.", ranges.join(", ")));
    }
    quote!(#(#[doc = #lines])*)
}

fn is_date(data_type: DataType) -> bool {
    use DataType::{Boolean, Double, Float, Integer, String};
    !matches!(data_type, String | Integer | Float | Double | Boolean)
}

/// Returns a description of what a date or time counts.
fn unit(data_type: DataType) -> String {
    let epoch = data_type.as_str().split_once('[').map_or("1970", |(_, epoch)| epoch.trim_end_matches(']'));
    match data_type {
        DataType::Time | DataType::TimeSeconds => "Seconds since midnight.".to_owned(),
        DataType::Date => "Days since 1970-01-01.".to_owned(),
        DataType::DateTime => "Seconds since 1970-01-01T00:00:00.".to_owned(),
        other if other.as_str().starts_with("dateDays") => format!("Days since {epoch:0>4}-01-01."),
        _ => format!("Seconds since {epoch:0>4}-01-01T00:00:00."),
    }
}
