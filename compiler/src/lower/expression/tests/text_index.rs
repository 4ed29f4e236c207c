//! Tests of `TextIndex`, by a table of the reference evaluator's results, and of its normalizations.

use super::{evaluate, lower, refusal};
use crate::ir::{Function, Operation};

fn text_index(attributes: &str, field: &str, content: &str) -> String {
    format!(r#"<TextIndex textField="{field}" {attributes}>{content}</TextIndex>"#)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

#[test]
fn terms() {
    let mut wrong = Vec::new();
    for line in include_str!("text_index.txt").lines().filter(|line| !line.starts_with('#')) {
        let (question, expected) = line.rsplit_once(" => ").expect("a line has a result");
        let mut parts = question.splitn(4, " | ");
        let [attributes, field, term, row] = [(); 4].map(|()| parts.next().expect("a line has four parts"));
        let attributes: String = attributes
            .split(' ')
            .filter_map(|attribute| attribute.split_once('='))
            .map(|(name, value)| format!(r#"{name}="{}" "#, escaped(value)))
            .collect();
        let term = match term.strip_prefix('"').and_then(|term| term.strip_suffix('"')) {
            Some(text) => format!(r#"<Constant dataType="string">{}</Constant>"#, escaped(text)),
            None if term == "?s" => r#"<Constant missing="true" dataType="string"/>"#.to_owned(),
            None => format!(r#"<FieldRef field="{term}"/>"#),
        };
        let result = evaluate("string", &text_index(&attributes, field, &term), row);
        if result != expected {
            wrong.push(format!("{line}, not {result}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn normalized(attributes: &str, rows: &[(&str, &str, bool)], term: &str) -> String {
    let rows: String = rows
        .iter()
        .map(|(sought, put, regex)| {
            let (sought, put) = (escaped(sought), escaped(put));
            format!("<row><string>{sought}</string><stem>{put}</stem><regex>{regex}</regex></row>")
        })
        .collect();
    let normalization = format!(
        "<TextIndexNormalization {attributes}><InlineTable>{rows}</InlineTable></TextIndexNormalization>"
    );
    text_index("", "s", &format!(r#"{normalization}<Constant dataType="string">{term}</Constant>"#))
}

#[test]
fn normalizations() {
    for (attributes, rows, term, text, expected) in [
        ("", [("foo", "bar", false)].as_slice(), "bar", "foo food Foo bar", "3"),
        (r#"isCaseSensitive="true""#, &[("foo", "bar", false)], "bar", "foo food Foo bar", "2"),
        ("", &[("f.o", "bar", false)], "bar", "f.o foo food Foo bar", "2"),
        ("", &[("f.o", "bar", true)], "bar", "f.o foo food Foo bar", "4"),
        ("", &[("foo baz", "bar", false)], "bar", "foo baz, foo  baz foo baz!", "2"),
        (r#"recursive="true""#, &[("aa", "a", true)], "a", "aaaaaa", "1"),
        ("", &[("aa", "a", true)], "a", "aaaa aa", "1"),
        ("", &[("x", "y", true), ("y", "z", true)], "z", "x y", "2"),
        (r#"recursive="true""#, &[("y", "z", true), ("x", "y", true)], "z", "x y", "2"),
        ("", &[("(x)", "$1y", true)], "xy", "x y", "1"),
        // Replacements are inserted literally, including dollar signs.
        ("", &[("x", "$1", false)], "$1", "x y", "1"),
        ("", &[("bar", "baz", true)], "bar", "bar baz", "0"),
        ("", &[("é", "baz", true)], "baz", "é É", "2"),
        // A replacement that would never end is stopped.
        (r#"recursive="true""#, &[("a", "aa", true)], "b", "a b", "1"),
    ] {
        let expression = normalized(attributes, rows, term);
        assert_eq!(evaluate("string", &expression, &format!("s={text}")), expected, "{expression} {text}");
    }
}

#[test]
fn a_normalization_that_cannot_be_made() {
    let derived = |expression: &str| {
        format!(
            r#"<DerivedField name="o1" optype="continuous" dataType="double">{expression}</DerivedField>"#
        )
    };
    let error = refusal(&derived(&normalized("", &[("(", "", true)], "a")));
    assert!(error.message().contains("cannot be used"), "{error}");
    let error = refusal(&derived(&normalized(r#"maxLevenshteinDistance="1""#, &[("a", "b", false)], "a")));
    assert!(error.message().contains("differ by some letters"), "{error}");
}

#[test]
fn a_text_is_split_once_for_all_its_terms() {
    let mut dictionary = String::from(
        r#"<DefineFunction name="tf" optype="continuous"><ParameterField name="text"/><ParameterField name="term"/>
           <TextIndex textField="text"><FieldRef field="term"/></TextIndex></DefineFunction>"#,
    );
    for number in 1..=100 {
        dictionary += &format!(
            r#"<DerivedField name="o{number}" optype="continuous" dataType="integer"><Apply function="tf">
               <Apply function="lowercase"><FieldRef field="s"/></Apply><Constant>w{number}</Constant></Apply></DerivedField>"#
        );
    }
    let fields = lower(&dictionary).unwrap_or_else(|error| panic!("{error}"));
    let calls = |function: Function| {
        let is_call =
            |operation: &Operation| matches!(operation, Operation::Call(called, _) if *called == function);
        fields.program.instructions.values().filter(|data| is_call(&data.operation)).count()
    };
    for function in [Function::Lowercase, Function::Tokenize, Function::Phrases] {
        assert_eq!(calls(function), 1, "{function}");
    }
    assert_eq!(calls(Function::Frequency), 100);
    let results = fields.run(&["s=W7 w8, w7"]).remove(0);
    assert_eq!((results[6].as_str(), results[7].as_str(), results[8].as_str()), ("2", "1", "0"));
}
