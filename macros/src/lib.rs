//! The macro [`pmml_model!`]: a thin shell over the compiler. Its users find it as `pmml::pmml_model!`.

#![forbid(unsafe_code)]

use pmml_compiler::document::{self, Limits};
use pmml_compiler::lower::{self, InvalidRuleError, Options};
use pmml_compiler::rust;
use proc_macro::TokenStream;
use quote::quote;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Token, parse_macro_input};

/// Compiles a PMML document into the module that contains the call.
///
/// ```text
/// mod iris {
///     pmml::pmml_model!("models/iris.pmml");
/// }
///
/// let input = iris::Input { petal_length: Some(5.1), petal_width: Some(1.5), ..Default::default() };
/// let output = iris::predict(&input)?;
/// ```
///
/// The path is relative to the crate's folder (that of its `Cargo.toml`). The crate is built again when the file changes.
///
/// The module gets:
/// - `Input`, a struct with a documented field for each input, and `Input::parse`, which reads one from strings;
/// - `Output`, a struct with a documented field for each result, and `Output::value`, which returns one by its number;
/// - `predict(&Input)`, which scores a row;
/// - `Columns` and `predict_batch(&Columns, &mut [Result<Output, Failure>])`, which score rows in columns
///   (`Column` and `Failure` are in `pmml::compiled`);
/// - where scoring needs memory that is worth keeping, or the model looks back at earlier rows, `Scorer`, with the same
///   two functions as methods;
/// - `INPUTS`, `OUTPUTS`, `TARGETS` and `MODEL_NAME`, which describe the fields;
/// - `verify()`, which scores the document's verification rows and compares the results.
///
/// Fields are named after the document's, in snake case. A missing value is `None`; NaN counts as missing. Dates and times
/// are integers: days or seconds, as the field's documentation says.
///
/// Options follow the path:
/// - `model = "name"` selects one of several models;
/// - `outputs = ["y", "bmi"]` selects the results in `Output` among targets, output fields and derived fields;
/// - `nan = "number"` makes NaN a number;
/// - `invalid = "as-missing:color,size"`, which may be repeated, sets how values that the document does not allow are
///   treated: `as-is`, `as-missing` or `error`, for all fields or for some;
/// - `max_expansion = "128"` allows a document that calls its functions often to expand to more than the default of 64
///   times its size.
///
/// The results of a document without a model are its derived fields.
///
/// # Errors
/// A document that cannot be honoured is a compile error at the macro's call, with file, line, column and reason.
#[proc_macro]
pub fn pmml_model(input: TokenStream) -> TokenStream {
    let call = parse_macro_input!(input as Call);
    match expand(&call) {
        Ok(tokens) => tokens.into(),
        Err(message) => {
            let mut tokens = syn::Error::new(call.path.span(), message).to_compile_error();
            // The crate must be built again once the document is corrected.
            tokens.extend(call.tracked());
            tokens.into()
        }
    }
}

/// A call of the macro.
struct Call {
    path: LitStr,
    options: Options,
}

impl Parse for Call {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let path = input.parse()?;
        let mut options = Options::default();
        while !input.is_empty() {
            input.parse::<Token![,]>()?;
            if input.is_empty() {
                break;
            }
            let name: Ident = input.parse()?;
            input.parse::<Token![=]>()?;
            if name == "outputs" {
                options.outputs = names(input)?;
                continue;
            }
            let value: LitStr = input.parse()?;
            match (name.to_string().as_str(), value.value().as_str()) {
                ("model", model) => options.model_name = Some(model.to_owned()),
                ("nan", "number") => options.nan_is_number = true,
                ("nan", "missing") => options.nan_is_number = false,
                ("nan", _) => {
                    return Err(syn::Error::new(value.span(), "expected \"missing\" or \"number\""));
                }
                ("invalid", rule) => {
                    let error = |error| syn::Error::new(value.span(), format!("{error}"));
                    options.invalid.push(rule.parse().map_err(|wrong: InvalidRuleError| error(wrong))?);
                }
                ("max_expansion", times) => {
                    let message = "expected how many times the document's size, as \"64\"";
                    options.max_expansion =
                        times.parse().map_err(|_| syn::Error::new(value.span(), message))?;
                }
                _ => {
                    return Err(syn::Error::new(
                        name.span(),
                        "expected `model`, `outputs`, `nan`, `invalid` or `max_expansion`",
                    ));
                }
            }
        }
        Ok(Self { path, options })
    }
}

/// Reads a list of names in brackets, at least one.
fn names(input: ParseStream<'_>) -> syn::Result<Vec<String>> {
    let list;
    let brackets = syn::bracketed!(list in input);
    let names = Punctuated::<LitStr, Token![,]>::parse_terminated(&list)?;
    if names.is_empty() {
        return Err(syn::Error::new(brackets.span.join(), "expected the name of at least one result"));
    }
    Ok(names.iter().map(LitStr::value).collect())
}

impl Call {
    /// Returns the document's path.
    fn file(&self) -> PathBuf {
        let folder = std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default();
        Path::new(&folder).join(self.path.value())
    }

    /// Returns an item that makes the crate depend on the document.
    fn tracked(&self) -> Option<proc_macro2::TokenStream> {
        let file = self.file();
        let path = file.to_str().filter(|_| file.is_file())?;
        Some(quote!(
            const _: &[u8] = include_bytes!(#path);
        ))
    }
}

fn expand(call: &Call) -> Result<proc_macro2::TokenStream, String> {
    let path = call.file();
    let shown = call.path.value();
    let file = File::open(&path)
        .map_err(|error| format!("{shown}: {error}; paths are relative to the crate's folder"))?;
    let refused = |error: pmml_compiler::error::Error| match error.position() {
        Some(position) => format!("{shown}:{position}: {}", error.message()),
        None => format!("{shown}: {}", error.message()),
    };
    let document = document::read(BufReader::new(file), &Limits::default()).map_err(refused)?;
    let lowered = lower::lower(&document, &call.options).map_err(refused)?;
    let verification = lower::verification(&document, &call.options).map_err(refused)?;
    let options = rust::Options { runtime: "::pmml::runtime".to_owned(), ..rust::Options::default() };
    let items =
        rust::generate(&lowered, verification, &options).map_err(|error| format!("{shown}: {error}"))?;
    let tracked = call.tracked();
    Ok(quote!(#items #tracked))
}
