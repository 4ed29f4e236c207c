//! Checks that source has exactly the items that follow from a model's signature.

use pmml_compiler::document::{self, Limits};
use pmml_compiler::lower::{self, Lowered, Options};
use pmml_compiler::rust;
use pmml_compiler::signature::{Field, Signature};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use quote::ToTokens;
use std::collections::BTreeMap;
use syn::{Expr, ImplItem, Item, Lit, Visibility};

/// Generates every kind of source from a document and checks it. Returns their number, which is 0 if the document is
/// rejected.
///
/// # Errors
/// Fails if the source has an item that it must not have, or lacks one that it must have.
pub fn check_document(document: &str, origin: &str) -> Result<usize, String> {
    let Ok(document) = document::read(document.as_bytes(), &Limits::default()) else { return Ok(0) };
    let options = Options::default();
    let Ok(lowered) = lower::lower(&document, &options) else { return Ok(0) };
    let verification = lower::verification(&document, &options).ok().flatten();
    let mut count = 0;
    for no_alloc in [false, true] {
        let options = rust::Options { origin: origin.to_owned(), no_alloc, ..rust::Options::default() };
        let source = match rust::file(&lowered, verification, &options) {
            Ok(source) => source,
            Err(rust::Error::NeedsAllocator(_)) if no_alloc => continue,
            Err(error) => return Err(format!("no source: {error}")),
        };
        check(&lowered, no_alloc, &source)?;
        count += 1;
    }
    Ok(count)
}

/// Checks source against the model that it was generated from.
///
/// # Errors
/// Fails if the source has an item that it must not have, or lacks one that it must have.
pub fn check(lowered: &Lowered, no_alloc: bool, source: &str) -> Result<(), String> {
    check_lines(source)?;
    let tokens: TokenStream = source.parse().map_err(|error| format!("no tokens: {error}"))?;
    check_tokens(tokens)?;
    let file = syn::parse_file(source).map_err(|error| format!("no items: {error}"))?;
    if !file.attrs.is_empty() || file.shebang.is_some() {
        return Err("the source has inner attributes".to_owned());
    }
    let mut found = Found::default();
    for item in &file.items {
        found.add(item)?;
    }
    found.compare(&lowered.signature, no_alloc)
}

/// Checks characters and comments: there is a comment in the first line and only documentation elsewhere, and no characters
/// that are displayed misleadingly.
fn check_lines(source: &str) -> Result<(), String> {
    for (number, line) in source.split('\n').enumerate() {
        let is_odd = |character: &char| {
            character.is_control()
                || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
        };
        if let Some(character) = line.chars().find(is_odd) {
            return Err(format!("line {} holds {character:?}", number + 1));
        }
        let line = line.trim_start();
        let is_comment = line.starts_with("//") && (!line.starts_with("///") || line.starts_with("////"));
        if is_comment != (number == 0) || line.starts_with("/*") {
            return Err(format!("line {} is a comment, or is none: {line}", number + 1));
        }
    }
    Ok(())
}

/// Words that generated source never contains.
const NEVER: &[&str] =
    &["unsafe", "extern", "mod", "trait", "enum", "type", "async", "crate", "super", "move", "dyn"];

/// The first segments of paths.
const ROOTS: &[&str] = &[
    "runtime",
    "pmml_runtime",
    "Self",
    "Scorer",
    "Output",
    "Input",
    "StringId",
    "i64",
    "f64",
    "f32",
    "u64",
    "bool",
];

/// Checks that tokens have only known macros, paths and attributes.
fn check_tokens(tokens: TokenStream) -> Result<(), String> {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    for (at, token) in tokens.iter().enumerate() {
        let follows_hash = at > 0 && tokens[at - 1].to_string() == "#";
        let text = |offset: usize| tokens.get(at + offset).map(ToString::to_string).unwrap_or_default();
        match token {
            TokenTree::Ident(ident) => {
                let name = ident.to_string();
                if NEVER.contains(&name.as_str()) {
                    return Err(format!("the word `{name}`"));
                }
                let follows_path = at > 0 && tokens[at - 1].to_string() == ":" && at > 1 && {
                    tokens[at - 2].to_string() == ":"
                };
                let is_method = at > 0 && tokens[at - 1].to_string() == ".";
                let begins_path = !follows_path && !is_method && text(1) == ":" && text(2) == ":";
                if begins_path && name != "use" && !ROOTS.contains(&name.as_str()) {
                    return Err(format!("a path begins with `{name}`"));
                }
                let calls_macro = text(1) == "!" && matches!(tokens.get(at + 2), Some(TokenTree::Group(_)));
                if calls_macro && !["matches", "vec", "if"].contains(&name.as_str()) {
                    return Err(format!("the macro `{name}`"));
                }
            }
            TokenTree::Punct(punct) if punct.as_char() == '#' => match tokens.get(at + 1) {
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Bracket => {
                    check_attribute(group.stream())?;
                }
                _ => return Err("`#` that begins no attribute of an item".to_owned()),
            },
            TokenTree::Group(_) if follows_hash => {}
            TokenTree::Group(group) => check_tokens(group.stream())?,
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
    }
    Ok(())
}

/// Checks the content of `#[…]`.
fn check_attribute(tokens: TokenStream) -> Result<(), String> {
    let text = tokens.to_string();
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let name = tokens.first().map(ToString::to_string).unwrap_or_default();
    let is_right = match (name.as_str(), tokens.as_slice()) {
        ("doc", [_, equals, TokenTree::Literal(_)]) => equals.to_string() == "=",
        ("allow", [_, TokenTree::Group(_)]) => !text.contains('='),
        ("cold", [_]) => true,
        ("derive", [_, TokenTree::Group(names)]) => names.stream().into_iter().all(|name| {
            [",", "Clone", "Copy", "Debug", "Default", "PartialEq"].contains(&name.to_string().as_str())
        }),
        _ => false,
    };
    if is_right { Ok(()) } else { Err(format!("the attribute `{text}`")) }
}

/// The items of a module.
#[derive(Default)]
struct Found {
    /// The number of occurrences of each item, by its kind and name.
    items: BTreeMap<String, usize>,
    /// The number of fields of each struct.
    fields: BTreeMap<String, usize>,
    /// The values of constants and statics.
    values: BTreeMap<String, Expr>,
}

impl Found {
    fn add(&mut self, item: &Item) -> Result<(), String> {
        let name = match item {
            Item::Use(item) => item.to_token_stream().to_string(),
            Item::Struct(item) => {
                self.fields.insert(item.ident.to_string(), item.fields.len());
                format!("struct {}", item.ident)
            }
            Item::Fn(item) => {
                let is_public = matches!(item.vis, Visibility::Public(_));
                format!("{}fn {}", if is_public { "pub " } else { "" }, item.sig.ident)
            }
            Item::Const(item) => {
                self.values.insert(item.ident.to_string(), (*item.expr).clone());
                format!("const {}", item.ident)
            }
            Item::Static(item) => {
                self.values.insert(item.ident.to_string(), (*item.expr).clone());
                format!("static {}", item.ident)
            }
            Item::Impl(item) => {
                let of = item.trait_.as_ref().map(|(of, _)| of.to_token_stream().to_string());
                let mut functions = Vec::new();
                for item in &item.items {
                    let ImplItem::Fn(function) = item else {
                        return Err("an impl with more than functions".into());
                    };
                    functions.push(function.sig.ident.to_string());
                }
                let ty = item.self_ty.to_token_stream().to_string();
                let ty = ty.split(' ').next().unwrap_or_default();
                format!(
                    "impl {}{ty} {{ {} }}",
                    of.map(|of| of + " for ").unwrap_or_default(),
                    functions.join(" ")
                )
            }
            other => return Err(format!("the item `{}`", other.to_token_stream())),
        };
        *self.items.entry(name).or_default() += 1;
        Ok(())
    }

    /// Compares the items with those that follow from a signature.
    fn compare(mut self, signature: &Signature, no_alloc: bool) -> Result<(), String> {
        let mut must = vec![
            "use :: pmml_runtime as runtime ;",
            "struct Input",
            "struct Columns",
            "struct Output",
            "impl Columns { row }",
            "pub fn predict",
            "pub fn predict_batch",
            "const MODEL_NAME",
            "static INPUTS",
            "const TARGETS",
            "static OUTPUTS",
        ];
        if !no_alloc {
            must.extend(["impl Input { parse }", "impl Output { value }", "pub fn verify"]);
        }
        for name in must {
            if self.items.remove(name) != Some(1) {
                return Err(format!("`{name}` is missing or occurs more than once"));
            }
        }
        if self.items.remove("struct Scorer").is_some() {
            for name in ["impl Default for Scorer { default }", "impl Scorer { new predict predict_batch }"] {
                if self.items.remove(name) != Some(1) {
                    return Err(format!("`{name}` is missing or occurs more than once"));
                }
            }
        }
        if let Some((name, count)) = self.items.iter().find(|(name, count)| **count != 1 || !may_be(name)) {
            return Err(format!("`{name}` occurs {count} times"));
        }
        let counts = [("Input", signature.inputs.len()), ("Columns", signature.inputs.len())];
        for (name, count) in counts.into_iter().chain([("Output", signature.results.len())]) {
            if self.fields.get(name) != Some(&count) {
                return Err(format!("{name} has {:?} fields and not {count}", self.fields.get(name)));
            }
        }
        let name = signature.model_name.as_ref();
        let written = self.values.get("MODEL_NAME").map(strings).unwrap_or_default();
        if written != name.into_iter().cloned().collect::<Vec<_>>() {
            return Err(format!("the model's name is {written:?} and not {name:?}"));
        }
        for (name, fields) in [("INPUTS", &signature.inputs), ("OUTPUTS", &signature.results)] {
            let written = self.values.get(name).map(strings).unwrap_or_default();
            let expected: Vec<String> = fields.iter().flat_map(strings_of_field).collect();
            if written != expected {
                return Err(format!("{name} holds {written:?} and not {expected:?}"));
            }
        }
        Ok(())
    }
}

/// Returns the strings in the description of a field, in order.
fn strings_of_field(field: &Field) -> Vec<String> {
    let mut strings = vec![field.name.clone()];
    strings.extend(field.display_name.clone());
    for category in &field.values {
        strings.push(category.value.clone());
        strings.extend(category.display_value.clone());
    }
    strings
}

/// Returns the values of all string literals in an expression, in order.
fn strings(expression: &Expr) -> Vec<String> {
    fn collect(tokens: TokenStream, strings: &mut Vec<String>) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => collect(group.stream(), strings),
                TokenTree::Literal(literal) => {
                    if let Lit::Str(text) = Lit::new(literal) {
                        strings.push(text.value());
                    }
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
    let mut found = Vec::new();
    collect(expression.to_token_stream(), &mut found);
    found
}

/// Returns whether a module may have a private item: one of those that some models have, or one whose name begins with its
/// kind.
fn may_be(item: &str) -> bool {
    const ITEMS: &[&str] = &[
        "fn score",
        "fn enter",
        "fn run",
        "fn leave",
        "fn blamed",
        "const COLUMNS",
        "const MASKS",
        "static STRINGS",
        "static SORTED_STRINGS",
        "static DICTIONARY",
        "static FAILURES",
    ];
    const NUMBERED: &[&str] = &[
        "fn stage_",
        "static TABLE_",
        "static SET_",
        "static MAP_",
        "static ARRAY_",
        "static FOREST_",
        "static KERNEL_",
    ];
    const NAMED: &[&str] = &[
        "const STRING",
        "const INVALID",
        "const UNUSABLE",
        "const MISSING",
        "const UNDEFINED",
        "const EXHAUSTED",
        "const CELL",
    ];
    let rest = |kinds: &[&str], is_rest: fn(&str) -> bool| {
        kinds.iter().any(|kind| item.strip_prefix(kind).is_some_and(is_rest))
    };
    ITEMS.contains(&item)
        || rest(NUMBERED, |number| number.chars().all(|digit| digit.is_ascii_digit()))
        // For a string without ASCII letters, nothing follows the first word.
        || rest(NAMED, |name| name.is_empty() || name.starts_with('_') && name.chars().all(is_part_of_name))
}

fn is_part_of_name(character: char) -> bool {
    character.is_ascii_uppercase() || character.is_ascii_digit() || character == '_'
}
