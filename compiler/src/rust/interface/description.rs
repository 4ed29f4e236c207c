//! The description of a model: its name, inputs and results.

use crate::ir::Constant;
use crate::rust::expression::Expression;
use crate::rust::names::ident;
use crate::rust::source::Source;
use crate::signature::{Category, Field, Range};
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// Returns `INPUTS`, `OUTPUTS` and the rest of the description.
pub(super) fn metadata(source: &Source<'_>) -> TokenStream {
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

        /// The number of results that are targets, which come first.
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
