//! Names: Rust's identifiers for fields and strings.

use crate::ir::{Id, Input, InputPart, Operation, Program, Value};
use crate::signature::Signature;
use proc_macro2::{Ident, Span};
use std::collections::{HashMap, HashSet};

/// The identifiers of a program's fields: in structs, and as variables.
pub(super) struct Names {
    inputs: Vec<Ident>,
    results: Vec<Ident>,
    /// The constants that say where a frame holds the inputs' cells.
    places: Vec<Ident>,
    /// The variables that hold the inputs' cells, options.
    cells: Vec<Ident>,
    /// The variables of values that have a name: those of inputs and results.
    values: HashMap<Value, Ident>,
}

/// Variables and items that the source always has.
const RESERVED: &[&str] = &[
    "input", "context", "stream", "frame", "row", "rows", "active", "runtime", "predict", "score", "run",
    "enter", "leave", "blamed",
];

impl Names {
    pub fn new(program: &Program, signature: &Signature) -> Self {
        let inputs: Vec<&str> = program.inputs.values().map(|input| input.name.as_str()).collect();
        let results: Vec<&str> = signature.results.iter().map(|field| field.name.as_str()).collect();
        let unique = |names: &[&str], make: fn(&str) -> String| -> Vec<Ident> {
            let mut taken = Claims::default();
            names.iter().map(|name| taken.claim(make(name))).collect()
        };
        let mut taken = Claims::new(RESERVED);
        let mut variable = |name: &str| {
            let mut name = snake_case(name);
            // Values without a name are called `v` and a number.
            if name.strip_prefix('v').is_some_and(|rest| rest.chars().all(|digit| digit.is_ascii_digit())) {
                name.push('_');
            }
            taken.claim(name)
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
        Self {
            inputs: unique(&inputs, snake_case),
            results: unique(&results, snake_case),
            // The first word distinguishes them from all other constants.
            places: unique(&inputs, |name| upper_case(&format!("cell {name}"))),
            cells,
            values,
        }
    }

    /// Returns the field of an input.
    pub fn input(&self, input: Input) -> &Ident {
        &self.inputs[input.index()]
    }

    /// Returns the variable that holds an input's cell.
    pub fn cell(&self, input: Input) -> &Ident {
        &self.cells[input.index()]
    }

    /// Returns the constant that says where a frame holds an input's cells.
    pub fn place(&self, input: Input) -> &Ident {
        &self.places[input.index()]
    }

    /// Returns the variable that holds a value.
    pub fn value(&self, value: Value) -> Ident {
        let known = self.values.get(&value).cloned();
        known.unwrap_or_else(|| Ident::new(&format!("v{}", value.index()), Span::call_site()))
    }

    /// Returns the fields of all inputs, by number.
    pub fn inputs(&self) -> &[Ident] {
        &self.inputs
    }

    /// Returns the fields of all results, by number.
    pub fn results(&self) -> &[Ident] {
        &self.results
    }
}

/// Identifiers of one scope, each of which is given out once.
#[derive(Default)]
pub(super) struct Claims {
    taken: HashSet<String>,
    /// The number to try next for a name that was wanted before: documents may want the same one for every
    /// field.
    next: HashMap<String, usize>,
}

impl Claims {
    /// Makes a scope in which some names are taken.
    pub fn new(taken: &[&str]) -> Self {
        Self { taken: taken.iter().map(|name| (*name).to_owned()).collect(), next: HashMap::new() }
    }

    /// Claims the wanted name, which [`snake_case`] or [`upper_case`] made, or that with a number after it if
    /// it is taken. Keywords get an underscore after them: `r#type` is harder to read, and not all of them
    /// can be raw.
    pub fn claim(&mut self, wanted: String) -> Ident {
        let wanted = if is_keyword(&wanted) { wanted + "_" } else { wanted };
        let mut name = wanted.clone();
        if self.taken.contains(&name) {
            // An underscore at the end already separates the number; two are not snake case.
            let stem = wanted.trim_end_matches('_');
            let number = self.next.entry(wanted.clone()).or_insert(2);
            while self.taken.contains(&name) {
                name = format!("{stem}_{number}");
                *number += 1;
            }
        }
        self.taken.insert(name.clone());
        Ident::new(&name, Span::call_site())
    }
}

/// Returns whether a name of small letters is a keyword or a reserved word in any edition: it is unknown in
/// which edition the source will be compiled.
fn is_keyword(name: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do",
        "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let",
        "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self",
        "static", "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use",
        "virtual", "where", "while", "yield",
    ];
    KEYWORDS.binary_search(&name).is_ok()
}

/// Returns an identifier for a name that the compiler itself chooses, such as that of a variant or a function
/// of the runtime.
pub(super) fn ident(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// The largest number of characters of a name that an identifier keeps.
const LONGEST: usize = 120;

/// Returns a name in snake case, of ASCII letters, digits and underscores: `Sepal.Length` becomes
/// `sepal_length`.
pub(super) fn snake_case(name: &str) -> String {
    let mut made = String::new();
    let mut previous = None::<char>;
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        if made.len() >= LONGEST {
            break;
        }
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

/// Returns a name for a constant: `Iris-setosa` becomes `IRIS_SETOSA`.
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
        assert!(snake_case(&"long ".repeat(1_000)).len() <= LONGEST);
    }

    #[test]
    fn names_are_unique() {
        let mut taken = Claims::default();
        let names = ["a", "a", "a_2", "a", "type", "gen", "type", "self", "v1_", "v1_"];
        let names: Vec<String> =
            names.into_iter().map(|name| taken.claim(name.to_owned()).to_string()).collect();
        assert_eq!(names, ["a", "a_2", "a_2_2", "a_3", "type_", "gen_", "type_2", "self_", "v1_", "v1_2"]);
    }

    #[test]
    fn many_equal_names_take_no_time() {
        let mut taken = Claims::default();
        let last = (0..200_000).map(|_| taken.claim("field".to_owned())).last();
        assert_eq!(last.map(|name| name.to_string()), Some("field_200000".to_owned()));
    }
}
