//! `verify`: the rows that the document carries, with the results that its producer computed for them.

use super::expression::Expression;
use super::source::Source;
use crate::document::model_verification::{ModelVerification, VerificationField};
use crate::ir::Constant;
use proc_macro2::{Literal, TokenStream};
use quote::quote;

/// Returns the function `verify`, if the document has rows to verify with and the source can allocate.
pub(super) fn items(source: &Source<'_>, verification: Option<&ModelVerification>) -> TokenStream {
    if source.options.no_alloc {
        return TokenStream::new();
    }
    let nothing = Vec::new();
    let fields = verification.map_or(&nothing, |verification| &verification.verification_fields);
    let rows = verification.map_or([].as_slice(), |verification| &verification.inline_table.rows);
    let columns = Literal::usize_unsuffixed(fields.len());
    let cells = rows.iter().map(|row| {
        let cells = fields.iter().map(|field| {
            let column = field.column.as_ref().unwrap_or(&field.field);
            match row.get(column).map(|text| text.as_str()).filter(|text| !text.is_empty()) {
                Some(text) => quote!(Some(#text)),
                None => quote!(None),
            }
        });
        quote!([#(#cells),*])
    });
    let count = Literal::usize_unsuffixed(rows.len());
    let described = fields.iter().map(|VerificationField { field, precision, zero_threshold, .. }| {
        let name = field.as_str();
        let [precision, zero_threshold] =
            [precision, zero_threshold].map(|number| Expression::constant(Constant::F64(*number)));
        quote! {
            runtime::compiled::VerificationField {
                name: #name,
                precision: #precision,
                zero_threshold: #zero_threshold,
            }
        }
    });
    let (scorer, predict) = match source.uses_context {
        true => (quote!(let mut scorer = Scorer::new();), quote!(scorer.predict(&input))),
        false => (TokenStream::new(), quote!(predict(&input))),
    };
    quote! {
        /// Scores the rows that the document carries for verification and compares the results with those that it
        /// gives. Returns the number of rows, which is 0 if it has none.
        ///
        /// # Errors
        /// The first result that differs.
        #[allow(dead_code)]
        pub fn verify() -> Result<usize, runtime::compiled::Difference> {
            static FIELDS: [runtime::compiled::VerificationField; #columns] = [#(#described),*];
            static ROWS: [[Option<&str>; #columns]; #count] = [#(#cells),*];
            #scorer
            runtime::compiled::verify(&FIELDS, ROWS.iter().map(|row| row.as_slice()), &OUTPUTS, |strings| {
                let input = Input::parse(|name| strings.get(name))?;
                #predict
            }, Output::value)
        }
    }
}
