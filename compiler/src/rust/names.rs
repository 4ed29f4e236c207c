//! Names: Rust's identifiers for fields and texts.

use crate::ir::{Id, Input, InputPart, Operation, Program, Value};
use crate::signature::Signature;
use proc_macro2::{Ident, Span};
use std::collections::{HashMap, HashSet};

/// The identifiers of a program's fields: in structs, and as variables.
pub(super) struct Names {
    inputs: Vec<Ident>,
    results: Vec<Ident>,
    /// The variables that hold the inputs' cells, options.
    cells: Vec<Ident>,
    /// The variables of values that have a name: those of inputs and results.
    values: HashMap<Value, Ident>,
}

/// Variables and items that the source has anyway.
const RESERVED: &[&str] = &[
    "input", "context", "stream", "frame", "row", "rows", "active", "runtime", "predict", "score", "run",
    "enter", "leave",
];

impl Names {
    pub fn new(program: &Program, signature: &Signature) -> Self {
        let unique = |names: Vec<&str>| {
            let mut taken = HashSet::new();
            names.into_iter().map(|name| ident(&claim(&mut taken, snake_case(name)))).collect()
        };
        let inputs: Vec<&str> = program.inputs.values().map(|input| input.name.as_str()).collect();
        let results: Vec<&str> = signature.results.iter().map(|field| field.name.as_str()).collect();
        let mut taken: HashSet<String> = RESERVED.iter().map(|name| (*name).to_owned()).collect();
        let mut variable = |name: &str| {
            let mut name = snake_case(name);
            // Values without a name are `v` and a number.
            if name.strip_prefix('v').is_some_and(|rest| rest.chars().all(|digit| digit.is_ascii_digit())) {
                name.push('_');
            }
            ident(&claim(&mut taken, name))
        };
        let of_inputs: Vec<Ident> = inputs.iter().map(|name| variable(name)).collect();
        let cells = inputs.iter().map(|name| variable(&format!("{name}_cell"))).collect();
        let mut values = HashMap::new();
        for (value, data) in program.values.iter() {
            if let Operation::Input(input, InputPart::Value) = program.instructions[data.definition].operation
            {
                values.insert(value, of_inputs[input.index()].clone());
            }
        }
        for ((value, _), name) in program.results().zip(&results) {
            values.entry(value).or_insert_with(|| variable(name));
        }
        Self { inputs: unique(inputs), results: unique(results), cells, values }
    }

    /// The field of an input.
    pub fn input(&self, input: Input) -> &Ident {
        &self.inputs[input.index()]
    }

    /// The variable that holds an input's cell.
    pub fn cell(&self, input: Input) -> &Ident {
        &self.cells[input.index()]
    }

    /// The variable that holds a value.
    pub fn value(&self, value: Value) -> Ident {
        let known = self.values.get(&value).cloned();
        known.unwrap_or_else(|| Ident::new(&format!("v{}", value.index()), Span::call_site()))
    }

    /// The fields of all inputs, by number.
    pub fn inputs(&self) -> &[Ident] {
        &self.inputs
    }

    /// The fields of all results, by number.
    pub fn results(&self) -> &[Ident] {
        &self.results
    }
}

/// A name that is not taken yet: the wanted one, or that with a number behind it.
pub(super) fn claim(taken: &mut HashSet<String>, wanted: String) -> String {
    let mut name = wanted.clone();
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{wanted}_{number}");
        number += 1;
    }
    name
}

/// An identifier of a name that [`snake_case`] or [`upper_case`] made.
pub(super) fn ident(name: &str) -> Ident {
    // Keywords get a low line behind them: `r#type` is harder to read, and not all of them can be raw.
    match syn::parse_str::<Ident>(name) {
        Ok(ident) => ident,
        Err(_) => Ident::new(&format!("{name}_"), Span::call_site()),
    }
}

/// A name in snake case, of ASCII letters, digits and low lines: `Sepal.Length` becomes `sepal_length`.
pub(super) fn snake_case(name: &str) -> String {
    let mut made = String::new();
    let mut previous = None::<char>;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_ascii_alphanumeric() {
            // A capital begins a word after a small letter or digit, and at the end of an acronym.
            let begins = character.is_ascii_uppercase()
                && previous.is_some_and(|previous| {
                    previous.is_ascii_lowercase()
                        || previous.is_ascii_digit()
                        || previous.is_ascii_uppercase()
                            && characters.peek().is_some_and(char::is_ascii_lowercase)
                });
            if begins && !made.ends_with('_') {
                made.push('_');
            }
            made.push(character.to_ascii_lowercase());
        } else if !made.is_empty() && !made.ends_with('_') {
            made.push('_');
        }
        previous = Some(character);
    }
    let made = made.trim_end_matches('_');
    match made.chars().next() {
        None => "field".to_owned(),
        Some(first) if first.is_ascii_digit() => format!("field_{made}"),
        Some(_) => made.to_owned(),
    }
}

/// A name for a constant: `Iris-setosa` becomes `IRIS_SETOSA`.
pub(super) fn upper_case(name: &str) -> String {
    snake_case(name).to_ascii_uppercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_snake_case() {
        for (name, expected) in [
            ("Sepal.Length", "sepal_length"),
            ("petalWidth", "petal_width"),
            ("HTTPStatus", "http_status"),
            ("x", "x"),
            ("X1", "x1"),
            ("probability(setosa)", "probability_setosa"),
            ("1st", "field_1st"),
            ("", "field"),
            ("größe", "gr_e"),
            ("__a__b__", "a_b"),
        ] {
            assert_eq!(snake_case(name), expected, "{name}");
        }
        assert_eq!(ident("type").to_string(), "type_");
        assert_eq!(ident("self").to_string(), "self_");
    }

    #[test]
    fn names_are_unique() {
        let mut taken = HashSet::new();
        let names: Vec<String> =
            ["a", "a", "a_2", "a"].into_iter().map(|name| claim(&mut taken, name.to_owned())).collect();
        assert_eq!(names, ["a", "a_2", "a_2_2", "a_3"]);
    }
}
