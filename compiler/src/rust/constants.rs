//! The constant data of generated source: strings, tables, sets, maps, forests, reasons for failures.
//!
//! Small data are written out, for people; large data are byte strings at the start of a cache line. (An
//! array of numbers costs the Rust compiler a token per number: see `docs/generated-code.md` for the effect.)
//!
//! Constants are collected while the model is translated, so that only those in use are emitted.

use super::comment;
use super::expression::Expression;
use super::names::{Claims, ident, upper_case};
use super::source::Source;
use crate::ir::{Constant, Failure, FailureData, FailureKind, ForestId, Id, Kernel, Map, Set, Table, Type};
use pmml_runtime::StringId;
use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeMap;

/// The largest number of elements of a table, or a map, that is written out.
const WRITTEN_OUT: usize = 32;

/// The constants in use.
pub(super) struct Constants {
    names: Claims,
    strings: BTreeMap<u32, Ident>,
    failures: BTreeMap<usize, Ident>,
    tables: BTreeMap<usize, ()>,
    sets: BTreeMap<usize, ()>,
    maps: BTreeMap<usize, ()>,
    images: Vec<TokenStream>,
    forests: BTreeMap<usize, Ident>,
    kernels: BTreeMap<usize, Ident>,
}

impl Constants {
    pub fn new() -> Self {
        Self {
            // The first words of the names that are claimed distinguish them from all other items.
            names: Claims::default(),
            strings: BTreeMap::new(),
            failures: BTreeMap::new(),
            tables: BTreeMap::new(),
            sets: BTreeMap::new(),
            maps: BTreeMap::new(),
            images: Vec::new(),
            forests: BTreeMap::new(),
            kernels: BTreeMap::new(),
        }
    }

    /// Returns the expression for a string of the dictionary.
    pub fn string(&mut self, source: &Source<'_>, string: StringId) -> Expression {
        if string == StringId::EMPTY {
            return Expression::atom(quote!(runtime::StringId::EMPTY), 0);
        }
        let name = self.strings.entry(string.number()).or_insert_with(|| {
            let content = source.program.dictionary.get(string).unwrap_or_default();
            let short: String = content.chars().take(40).collect();
            self.names.claim(upper_case(&format!("string {short}")))
        });
        Expression::atom(quote!(#name), 0)
    }

    /// Returns the expression for a constant.
    pub fn constant(&mut self, source: &Source<'_>, constant: Constant) -> Expression {
        match constant {
            Constant::String(string) => self.string(source, string),
            other => Expression::constant(other),
        }
    }

    /// Returns the name of a reason for a failure.
    pub fn failure(&mut self, source: &Source<'_>, failure: Failure) -> Ident {
        let names = &mut self.names;
        let name = self.failures.entry(failure.index()).or_insert_with(|| {
            let data = &source.program.failures[failure];
            let kind = match data.kind {
                FailureKind::InvalidValue => "invalid",
                FailureKind::UnusableValue => "unusable",
                FailureKind::MissingValue => "missing",
                FailureKind::UndefinedResult => "undefined",
                FailureKind::Exhausted => "exhausted",
            };
            let subject = match data.input {
                Some(input) => source.names.input(input).to_string(),
                None => "result".to_owned(),
            };
            names.claim(upper_case(&format!("{kind} {subject}")))
        });
        name.clone()
    }

    /// Returns the expression for the element of a table at an index.
    pub fn lookup(&mut self, source: &Source<'_>, table: Table, index: Expression) -> Expression {
        self.tables.insert(table.index(), ());
        let data = &source.program.tables[table];
        let name = format_ident!("TABLE_{}", table.index());
        let weight = index.weight + 2;
        if data.elements.len() <= WRITTEN_OUT {
            return Expression::atom(quote!(runtime::compiled::table::element(&#name, #index)), weight);
        }
        let ty = ty(data.ty);
        Expression::atom(quote!(runtime::compiled::table::lookup::<#ty>(&#name.0, #index)), weight)
    }

    /// Returns the expression for whether a set contains a value, which is a name or literal.
    pub fn contains(&mut self, source: &Source<'_>, set: Set, value: Expression) -> Expression {
        let data = &source.program.sets[set];
        let weight = value.weight + 2;
        let matched = matches!(data.ty, Type::String | Type::I64);
        if data.elements.is_empty() {
            return Expression::atom(quote!(false), 0);
        }
        if matched && data.elements.len() <= WRITTEN_OUT {
            let elements = data.elements.iter().filter_map(|bits| Constant::from_bits(data.ty, *bits));
            let elements: Vec<Expression> = elements.map(|element| self.constant(source, element)).collect();
            return Expression::atom(quote!(matches!(#value, #(#elements)|*)), weight);
        }
        self.sets.insert(set.index(), ());
        let name = format_ident!("SET_{}", set.index());
        Expression::atom(quote!(runtime::compiled::table::contains(&#name.0, #value)), weight)
    }

    /// Returns the expression for the row number of some keys in a map.
    pub fn find(&mut self, source: &Source<'_>, map: Map, keys: Vec<Expression>) -> Expression {
        let data = &source.program.maps[map];
        let weight = keys.iter().map(|key| key.weight).sum::<usize>() + 4;
        // Patterns cannot hold floats; with bools alone, nothing could be left for the last arm.
        let matched = data.keys.iter().all(|ty| matches!(ty, Type::String | Type::I64 | Type::Bool))
            && data.keys.iter().any(|ty| *ty != Type::Bool);
        if matched && data.rows.len() * data.keys.len() <= WRITTEN_OUT {
            let mut arms = Vec::with_capacity(data.rows.len());
            for (tuple, row) in &data.rows {
                let constants =
                    tuple.iter().zip(&data.keys).filter_map(|(bits, ty)| Constant::from_bits(*ty, *bits));
                let pattern: Vec<Expression> =
                    constants.map(|constant| self.constant(source, constant)).collect();
                let row = Expression::constant(Constant::I64(*row));
                arms.push(match pattern.as_slice() {
                    [only] => quote!(#only => #row,),
                    several => quote!((#(#several),*) => #row,),
                });
            }
            let subject = match keys.as_slice() {
                [only] => quote!(#only),
                several => quote!((#(#several),*)),
            };
            return Expression::block(quote!(match #subject { #(#arms)* _ => -1_i64 }), weight);
        }
        self.maps.insert(map.index(), ());
        let name = format_ident!("MAP_{}", map.index());
        let keys = quote!([#(runtime::Word::key(#keys)),*]);
        Expression::atom(quote!(runtime::compiled::table::find(&#name.0, #keys)), weight)
    }

    /// Returns the name of a forest's image.
    pub fn forest(&mut self, forest: ForestId, image: &[u64]) -> Ident {
        let images = &mut self.images;
        let name = self.forests.entry(forest.index()).or_insert_with(|| {
            let name = format_ident!("FOREST_{}", forest.index());
            images.push(bytes(&name, "A forest, packed for the runtime.", image.iter().copied()));
            name
        });
        name.clone()
    }

    /// Returns the name of a kernel's image.
    pub fn kernel(&mut self, kernel: Kernel, image: &[u64]) -> Ident {
        let images = &mut self.images;
        let name = self.kernels.entry(kernel.index()).or_insert_with(|| {
            let name = format_ident!("KERNEL_{}", kernel.index());
            images.push(bytes(&name, "The data of a kernel.", image.iter().copied()));
            name
        });
        name.clone()
    }

    /// Returns the items.
    pub fn items(self, source: &Source<'_>) -> TokenStream {
        let program = source.program;
        let strings = self.strings.iter().map(|(number, name)| {
            let text = program.dictionary.get(StringId::from_number(*number)).unwrap_or_default();
            let doc = format!(" {}", comment::code(text));
            quote! {
                #[doc = #doc]
                const #name: runtime::StringId = runtime::StringId::from_number(#number);
            }
        });
        let failures = self.failures.iter().map(|(number, name)| {
            let failure = failure(source, &program.failures[Failure::new(*number)]);
            quote!(const #name: runtime::compiled::Failure = #failure;)
        });
        let tables = self.tables.keys().map(|number| {
            let data = &program.tables[Table::new(*number)];
            let name = format_ident!("TABLE_{}", number);
            if data.elements.len() > WRITTEN_OUT {
                return bytes(&name, "A table, a word an element.", data.elements.iter().copied());
            }
            let (ty, count) = (ty(data.ty), Literal::usize_unsuffixed(data.elements.len()));
            let elements = data.elements.iter().filter_map(|bits| Constant::from_bits(data.ty, *bits));
            let elements = elements.map(Expression::constant);
            quote! {
                #[allow(clippy::approx_constant)]
                static #name: [#ty; #count] = [#(#elements),*];
            }
        });
        let sets = self.sets.keys().map(|number| {
            let name = format_ident!("SET_{}", number);
            let elements = &program.sets[Set::new(*number)].elements;
            bytes(&name, "A set, its elements in order.", elements.iter().copied())
        });
        let maps = self.maps.keys().map(|number| {
            let name = format_ident!("MAP_{}", number);
            let rows = &program.maps[Map::new(*number)].rows;
            let words = rows.iter().flat_map(|(keys, row)| keys.iter().copied().chain([*row as u64]));
            bytes(&name, "A map, its keys in order, each tuple with its row.", words)
        });
        let dictionary = dictionary(source);
        let images = &self.images;
        quote! {
            #(#strings)*
            #(#failures)*
            #dictionary
            #(#tables)*
            #(#sets)*
            #(#maps)*
            #(#images)*
        }
    }
}

/// Returns the strings that the program knows, if it looks up or returns any.
fn dictionary(source: &Source<'_>) -> TokenStream {
    let dictionary = &source.program.dictionary;
    let hands_out = source.program.results().any(|(value, _)| source.program.ty(value) == Type::String);
    if !source.uses_context && !hands_out {
        return TokenStream::new();
    }
    let strings: Vec<&str> = dictionary.iter().collect();
    let count = Literal::usize_unsuffixed(strings.len());
    let written = quote! {
        /// The strings that the model knows.
        #[allow(dead_code)]
        static STRINGS: [&str; #count] = [#(#strings),*];
    };
    if !source.uses_context {
        return written;
    }
    let mut sorted: Vec<u32> = (0..strings.len() as u32).collect();
    sorted.sort_unstable_by_key(|number| strings[*number as usize]);
    let sorted = sorted.into_iter().map(Literal::u32_unsuffixed);
    let names: Vec<Ident> =
        (0..dictionary.arrays().count()).map(|number| format_ident!("ARRAY_{number}")).collect();
    let arrays = names.iter().zip(dictionary.arrays());
    let arrays =
        arrays.map(|(name, words)| bytes(name, "Words to look things up in.", words.iter().copied()));
    quote! {
        #written
        /// Their numbers, in order of the strings.
        static SORTED_STRINGS: [u32; #count] = [#(#sorted),*];
        #(#arrays)*
        static DICTIONARY: runtime::Dictionary =
            runtime::Dictionary::fixed_with_arrays(&STRINGS, &SORTED_STRINGS, &[#(&#names.0),*]);
    }
}

/// Returns the expression for a reason for a failure.
pub(super) fn failure(source: &Source<'_>, data: &FailureData) -> TokenStream {
    let field = match data.input {
        Some(input) => {
            let field = &source.program.inputs[input].name;
            quote!(Some(#field))
        }
        None => quote!(None),
    };
    let kind = ident(&format!("{:?}", data.kind));
    let derived = match &data.derived_field {
        Some(name) => quote!(Some(#name)),
        None => quote!(None),
    };
    let words = &data.message;
    quote!(runtime::compiled::Failure::new(#field, runtime::compiled::FailureKind::#kind, #derived, #words))
}

/// Returns a static of words, as a byte string.
fn bytes(name: &Ident, doc: &str, words: impl Iterator<Item = u64>) -> TokenStream {
    let bytes: Vec<u8> = words.flat_map(u64::to_le_bytes).collect();
    let (count, string) = (Literal::usize_unsuffixed(bytes.len()), Literal::byte_string(&bytes));
    let doc = format!(" {doc}");
    quote! {
        #[doc = #doc]
        static #name: runtime::compiled::table::Aligned<[u8; #count]> =
            runtime::compiled::table::Aligned::new(*#string);
    }
}

/// Returns Rust's type for the values of a type.
pub(super) fn ty(ty: Type) -> TokenStream {
    match ty {
        Type::Bool => quote!(bool),
        Type::I64 => quote!(i64),
        Type::F32 => quote!(f32),
        Type::F64 => quote!(f64),
        Type::String => quote!(runtime::StringId),
        Type::List => quote!(runtime::List),
    }
}
