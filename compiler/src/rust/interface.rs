//! What users of generated source see: the structs of a row's inputs and results, columns of input, their description, and
//! the functions around the model.

use super::comment;
use super::error::Error;
use super::expression::Expression;
use super::names::ident;
use super::source::Source;
use crate::ir::{Constant, Failure, FailureKind, Id, Input, Type};
use crate::signature::{Category, Field, Range};
use pmml_runtime::DataType;
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// Structs and metadata.
pub(super) fn items(source: &Source<'_>) -> Result<TokenStream, Error> {
    if source.options.no_alloc && source.uses_context {
        return Err(Error::NeedsAllocator("handles texts or lists"));
    }
    let inputs = input_structs(source);
    let output = output_struct(source);
    let metadata = metadata(source);
    let blamed = blamed_function(source);
    Ok(quote! { #inputs #output #metadata #blamed })
}

/// What an input's values are.
fn input_type(source: &Source<'_>, input: Input) -> TokenStream {
    let data = &source.program.inputs[input];
    let ty = |ty| match ty {
        Type::String => quote!(&'a str),
        other => super::constants::ty(other),
    };
    match data.items {
        Some(items) => {
            let items = ty(items);
            quote!(&'a [Option<#items>])
        }
        None => ty(data.ty),
    }
}

/// The lifetime of inputs, if they borrow something.
fn lifetime(source: &Source<'_>) -> Option<TokenStream> {
    let borrows = source.program.inputs.values().any(|input| matches!(input.ty, Type::String | Type::List));
    borrows.then(|| quote!(<'a>))
}

/// The type of inputs, where their lifetime does not matter.
pub(super) fn input_of_any_lifetime(source: &Source<'_>) -> TokenStream {
    match lifetime(source) {
        Some(_) => quote!(Input<'_>),
        None => quote!(Input),
    }
}

/// The type of columns of input, where their lifetime does not matter.
fn columns_of_any_lifetime(source: &Source<'_>) -> TokenStream {
    match source.names.inputs().is_empty() {
        true => quote!(Columns),
        false => quote!(Columns<'_>),
    }
}

fn input_structs(source: &Source<'_>) -> TokenStream {
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
    let row = match names.is_empty() {
        true => format_ident!("_row"),
        false => format_ident!("row"),
    };
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
            /// The input of a row; all missing past the columns' ends.
            pub fn row(&self, #row: usize) -> Input #row_lifetime {
                Input { #(#names: self.#names.get(row)),* }
            }
        }
    }
}

/// `Input::parse`, which reads a row from texts.
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
    let (lifetime, texts) = match lifetime(source) {
        Some(lifetime) => (Some(lifetime), quote!(&'a str)),
        None => (None, quote!(&'t str)),
    };
    let of_texts = lifetime.is_none().then(|| quote!(<'t>));
    let text = match source.signature.inputs.iter().all(|field| field.is_list) {
        true => format_ident!("_text"),
        false => format_ident!("text"),
    };
    Some(quote! {
        #[allow(dead_code)]
        impl #lifetime Input #lifetime {
            /// Reads a row from texts, given by field name; `None` is a missing value. (Fields of lists stay missing.)
            ///
            /// # Errors
            /// If a text is not a value of its field's type.
            pub fn parse #of_texts(
                #text: impl Fn(&str) -> Option<#texts>,
            ) -> Result<Self, runtime::compiled::Failure> {
                Ok(Self { #(#fields),* })
            }
        }
    })
}

/// Returns whether the message of a failure names the value of an input.
pub(super) fn names_value(source: &Source<'_>, failure: Failure) -> bool {
    let data = &source.program.failures[failure];
    data.input.is_some() && data.kind != FailureKind::MissingValue
}

/// The function that gives failures the values that their messages name.
fn blamed_function(source: &Source<'_>) -> Option<TokenStream> {
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
        /// A failure with the value that is to blame.
        #[cold]
        fn blamed(failure: runtime::compiled::Failure, input: &#input) -> runtime::compiled::Failure {
            match failure.field {
                #(#arms)*
                _ => failure,
            }
        }
    })
}

/// What a result's values are.
fn output_type(source: &Source<'_>, field: &Field) -> TokenStream {
    let text = match source.uses_context {
        true => quote!(runtime::alloc::borrow::Cow<'static, str>),
        false => quote!(&'static str),
    };
    let ty = match field.data_type {
        DataType::String => text,
        DataType::Double => quote!(f64),
        DataType::Float => quote!(f32),
        DataType::Boolean => quote!(bool),
        _ => quote!(i64),
    };
    match field.is_list {
        true => quote!(runtime::alloc::vec::Vec<Option<#ty>>),
        false => ty,
    }
}

fn output_struct(source: &Source<'_>) -> TokenStream {
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
                /// The value of a result by its number in [`OUTPUTS`]; missing past the end.
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

/// The documentation of a struct's field.
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

/// What a date or time counts.
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

/// The expression that takes an input's cell from the struct `input`.
pub(super) fn input_cell(source: &Source<'_>, input: Input) -> TokenStream {
    let name = source.names.input(input);
    let data = &source.program.inputs[input];
    let is_float = |ty: Type| ty.is_float() && !data.nan;
    match (data.items, data.ty) {
        (Some(Type::String), _) => quote!(input.#name.map(|items| context.list_of_texts(items))),
        (Some(items), _) => {
            let keep_nan = !is_float(items);
            quote!(input.#name.map(|items| context.list_of(items, #keep_nan)))
        }
        (None, Type::String) => quote!(input.#name.map(|text| context.intern(text))),
        (None, ty) if is_float(ty) => quote!(input.#name.filter(|number| !number.is_nan())),
        (None, _) => quote!(input.#name),
    }
}

/// The statement that gives a row of a number its budget, where rows have one: as [`Metering`](crate::frame::Metering)
/// does for other engines.
pub(super) fn start_row(source: &Source<'_>, number: TokenStream) -> Option<TokenStream> {
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

/// The expression that makes a result's value from the program's value and its presence.
pub(super) fn output_value(
    source: &Source<'_>,
    number: usize,
    value: Expression,
    present: Expression,
) -> TokenStream {
    let Some((value_of, present_of)) = source.program.results().nth(number) else { return quote!(None) };
    let data_type = source.signature.results.get(number).map(|field| field.data_type);
    let made = match source.program.ty(value_of) {
        Type::String if source.uses_context => quote!(context.output(#value)),
        Type::String => quote!(runtime::compiled::table::text(&TEXTS, #value)),
        Type::List if data_type == Some(DataType::String) => quote!(context.output_texts(#value)),
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

/// The signature of a function from input, and context where there is one, to output.
pub(super) fn score_function(source: &Source<'_>, head: TokenStream) -> TokenStream {
    let input = input_of_any_lifetime(source);
    let context = source.uses_context.then(|| quote!(, context: &mut runtime::Context<'_>));
    let name = match source.program.inputs.is_empty() {
        true => format_ident!("_input"),
        false => format_ident!("input"),
    };
    let lints = lints();
    quote! {
        #[allow(dead_code, unused_variables)]
        #lints
        #head(#name: &#input #context) -> Result<Output, runtime::compiled::Failure>
    }
}

/// What is not asked of functions that are translated instruction by instruction: constants are those of the document,
/// whatever they are close to, and comparisons are the program's.
pub(super) fn lints() -> TokenStream {
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

/// The documentation of `predict`.
pub(super) fn predict_documentation() -> TokenStream {
    quote! {
        /// Scores a row.
        ///
        /// # Errors
        /// If a value is not valid for its field, is missing where it must not be, or makes a computation undefined.
    }
}

/// The documentation of `predict_batch`.
fn batch_documentation() -> TokenStream {
    quote! {
        /// Scores the rows of some columns: as many as there are results, which are overwritten.
    }
}

/// `predict_batch` of a model that scores row by row.
pub(super) fn batch_of_rows(source: &Source<'_>, predict: TokenStream) -> TokenStream {
    batch(
        source,
        quote! {
            for (row, result) in results.iter_mut().enumerate() {
                *result = #predict;
            }
        },
    )
}

/// `predict_batch` with a body of its own.
pub(super) fn batch(source: &Source<'_>, body: TokenStream) -> TokenStream {
    let (documentation, columns) = (batch_documentation(), columns_of_any_lifetime(source));
    quote! {
        #documentation
        #[allow(dead_code)]
        pub fn predict_batch(input: &#columns, results: &mut [Result<Output, runtime::compiled::Failure>]) {
            #body
        }
    }
}

/// The struct `Scorer`, which keeps what scoring needs from row to row, and the functions `predict` and `predict_batch`
/// that do without one.
pub(super) fn scorer(source: &Source<'_>, predict: TokenStream, predict_batch: TokenStream) -> TokenStream {
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
    let stream = match source.is_stateful {
        true => quote! {
            ///
            /// The model looks back at earlier rows: those that the same scorer has scored, in order.
        },
        false => TokenStream::new(),
    };
    let alone = match source.is_stateful {
        true => quote! {
            ///
            /// The model looks back at earlier rows, of which there are none here: [`Scorer`] keeps them.
        },
        false => TokenStream::new(),
    };
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
            /// A scorer that has seen no row.
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

/// `INPUTS`, `OUTPUTS` and the rest of the description.
fn metadata(source: &Source<'_>) -> TokenStream {
    let signature = source.signature;
    let fields = |fields: &[Field]| {
        let count = Literal::usize_unsuffixed(fields.len());
        let fields = fields.iter().map(field);
        quote!([runtime::compiled::Field; #count] = [#(#fields),*])
    };
    let (inputs, outputs) = (fields(&signature.inputs), fields(&signature.results));
    let targets = Literal::usize_unsuffixed(signature.targets);
    let name = match &signature.model_name {
        Some(name) => quote!(Some(#name)),
        None => quote!(None),
    };
    quote! {
        /// The model's name.
        #[allow(dead_code)]
        pub const MODEL_NAME: Option<&str> = #name;

        /// The inputs, in the order of the fields of [`Input`].
        #[allow(dead_code, clippy::approx_constant)]
        pub static INPUTS: #inputs;

        /// How many of the results are targets: they come first.
        #[allow(dead_code)]
        pub const TARGETS: usize = #targets;

        /// The results, in the order of the fields of [`Output`].
        #[allow(dead_code, clippy::approx_constant)]
        pub static OUTPUTS: #outputs;
    }
}

fn field(field: &Field) -> TokenStream {
    let name = &field.name;
    let optional = |text: &Option<String>| match text {
        Some(text) => quote!(Some(#text)),
        None => quote!(None),
    };
    let display_name = optional(&field.display_name);
    let data_type = ident(&format!("{:?}", field.data_type));
    let optype = ident(&format!("{:?}", field.optype));
    let is_list = field.is_list;
    let values = field.values.iter().map(|Category { value, display_value }| {
        let display_value = optional(display_value);
        quote!(runtime::compiled::Category { value: #value, display_value: #display_value })
    });
    let intervals = field.intervals.iter().map(|range| {
        let Range { left_closed, right_closed, .. } = range;
        let [left, right] = [range.left, range.right].map(|margin| match margin {
            Some(margin) => {
                let margin = Expression::constant(Constant::F64(margin));
                quote!(Some(#margin))
            }
            None => quote!(None),
        });
        quote! {
            runtime::compiled::Range {
                left: #left,
                left_closed: #left_closed,
                right: #right,
                right_closed: #right_closed,
            }
        }
    });
    quote! {
        runtime::compiled::Field {
            name: #name,
            display_name: #display_name,
            data_type: runtime::DataType::#data_type,
            optype: runtime::OpType::#optype,
            is_list: #is_list,
            values: &[#(#values),*],
            intervals: &[#(#intervals),*],
        }
    }
}

/// The number of an input, for the order of things.
pub(super) fn inputs(source: &Source<'_>) -> impl Iterator<Item = Input> {
    (0..source.program.inputs.iter().count()).map(Input::new)
}
