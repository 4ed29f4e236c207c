//! The README's table of supported features, made from the cases that passed.

use pmml_compiler::document::model::ModelType;
use serde::Deserialize;
use std::fmt::Write;
use std::path::Path;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    row: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    what: String,
    /// Files of cases, or `file: part of a case's name`. Empty for features that are rejected.
    #[serde(default)]
    cases: Vec<String>,
    jpmml: Support,
    pmml4s: Support,
    cpmml: Support,
}

#[derive(Deserialize, Clone, Copy, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Support {
    Yes,
    Partly,
    No,
    Unknown,
}

impl Support {
    fn words(self) -> &'static str {
        match self {
            Support::Yes => "yes",
            Support::Partly => "partly",
            Support::No => "–",
            Support::Unknown => "?",
        }
    }
}

/// The file and name of a case that passed.
pub struct Passed {
    pub file: String,
    pub name: String,
}

const BEGIN: &str = "<!-- coverage: written by `UPDATE=1 cargo test -p pmml-tests --test cases` -->\n";
const END: &str = "<!-- /coverage -->\n";

/// Checks that the README has the table of the cases that passed, or writes it.
pub fn check(passed: &[Passed]) {
    let here = &Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let rows = std::fs::read_to_string(here.join("tests/coverage/rows.toml")).expect("the rows are there");
    let rows: File = toml::from_str(&rows).unwrap_or_else(|error| panic!("rows.toml: {error}"));
    let table = table(&rows.row, passed);
    let path = here.join("README.md");
    let readme = std::fs::read_to_string(&path).expect("the README is there");
    let (before, rest) = readme.split_once(BEGIN).expect("the README has the table's first marker");
    let (found, after) = rest.split_once(END).expect("the README has the table's last marker");
    if found == table {
        return;
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{table}{END}{after}"))
            .expect("the README can be written");
        return;
    }
    panic!("the README's table is not that of the cases that passed; UPDATE=1 writes it:\n{table}");
}

fn table(rows: &[Row], passed: &[Passed]) -> String {
    let mut table = String::from(
        "\n| | `pmml` | cases | JPMML-Evaluator | PMML4S | cPMML |\n|---|---|---|---|---|---|\n",
    );
    for row in rows {
        let matches = |case: &Passed, wanted: &str| match wanted.split_once(": ") {
            Some((file, name)) => case.file == file && case.name.contains(name),
            None => case.file == wanted,
        };
        for wanted in &row.cases {
            assert!(passed.iter().any(|case| matches(case, wanted)), "no case of {wanted:?} has passed");
        }
        let count = passed.iter().filter(|case| row.cases.iter().any(|wanted| matches(case, wanted))).count();
        let (here, count) = match row.cases.is_empty() {
            true => (Support::No.words(), String::new()),
            false => (Support::Yes.words(), count.to_string()),
        };
        let others = [row.jpmml, row.pmml4s, row.cpmml].map(Support::words).join(" | ");
        // Writing to a String cannot fail.
        let _ = writeln!(table, "| {} | {here} | {count} | {others} |", row.what);
    }
    table.push('\n');
    table
}

/// Checks that all lists of model types have those of the compiler's table.
#[test]
fn lists_of_model_types_are_those_of_the_table() {
    let here = &Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let read = |path: &str| {
        std::fs::read_to_string(here.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
    };
    let has_word =
        |text: &str, word: &str| text.split(|c: char| !c.is_ascii_alphanumeric()).any(|known| known == word);
    let rows: File = toml::from_str(&read("tests/coverage/rows.toml")).expect("the rows are well-formed");
    let (run, console) = (read(".ci/run"), read("server/console/drawing.js"));
    for known in ModelType::ALL {
        let element = known.element();
        let mut rows =
            rows.row.iter().filter(|row| !row.what.starts_with('…') && has_word(&row.what, element));
        let row = rows.next().unwrap_or_else(|| panic!("tests/coverage/rows.toml lacks {element}"));
        assert_eq!(!row.cases.is_empty(), known.is_supported(), "tests/coverage/rows.toml: {element}");
        assert_eq!(has_word(&run, element), known.is_supported(), ".ci/run: {element}");
        assert!(has_word(&console, element), "server/console/drawing.js lacks {element}");
    }
}
