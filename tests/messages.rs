//! The messages of the compiler about documents: every error and every warning, word for word.
//!
//! The documents are those of `tests/cases/*.toml` and, for messages that no case is about, of `tests/messages/*.toml`, which
//! have the same format. The messages are in snapshots (`UPDATE=1` writes them). The test fails if a message in the
//! compiler's source is in no snapshot, so that a new one needs a document. `tests/messages/README.md` says how to add one.

mod case_file;

use pmml::{Backend, Model, ModelOptions, NanHandling};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    model: String,
    model_name: Option<String>,
    #[serde(default)]
    outputs: Vec<String>,
    #[serde(default)]
    nan_is_number: bool,
    #[serde(default)]
    invalid: Vec<String>,
    #[serde(default)]
    rows: Vec<toml::Table>,
    refused: Option<String>,
    warning: Option<String>,
    /// The other keys of the case.
    #[serde(flatten)]
    others: BTreeMap<String, toml::Value>,
}

/// A case with the file it is in.
struct Found {
    file: String,
    case: Case,
}

impl Case {
    fn document(&self) -> String {
        case_file::document(&self.model)
    }

    fn load(&self, document: &str) -> Result<Model, String> {
        let mut options = ModelOptions::new().backend(Backend::Interpreter).outputs(&self.outputs);
        if let Some(name) = &self.model_name {
            options = options.model_name(name);
        }
        for rule in &self.invalid {
            options = options.invalid_rule(rule.parse().expect("a rule"));
        }
        if self.nan_is_number {
            options = options.nan(NanHandling::Number);
        }
        options.parse(document).map_err(|error| error.to_string())
    }

    /// Returns whether this test supports all keys of the case.
    fn is_plain(&self) -> bool {
        self.others.keys().all(|key| matches!(key.as_str(), "tolerance" | "line"))
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the plain cases of a folder.
fn cases(folder: &str) -> Vec<Found> {
    let mut files: Vec<_> = std::fs::read_dir(root().join(folder))
        .expect("the folder is there")
        .map(|entry| entry.expect("a folder's entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let mut found = Vec::new();
    for path in files {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("a case file is UTF-8");
        let parsed: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        found.extend(
            parsed.case.into_iter().filter(Case::is_plain).map(|case| Found { file: file.clone(), case }),
        );
    }
    found
}

/// Compares a text with its snapshot, or writes it.
fn compare(name: &str, text: &str) {
    let path = root().join("tests/messages").join(name);
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, text).expect("a snapshot can be written");
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let mut differences = String::new();
    let (old, new): (BTreeSet<&str>, BTreeSet<&str>) = (expected.lines().collect(), text.lines().collect());
    old.difference(&new).for_each(|line| writeln!(differences, "- {line}").expect("a string"));
    new.difference(&old).for_each(|line| writeln!(differences, "+ {line}").expect("a string"));
    assert!(expected == text, "tests/messages/{name} is not up to date; UPDATE=1 writes it:\n{differences}");
}

#[test]
fn messages() {
    let (mut said, mut unmet) = (Vec::new(), String::new());
    for (folder, snapshot) in [("tests/cases", "cases.txt"), ("tests/messages", "messages.txt")] {
        let (mut text, mut file) = (String::new(), String::new());
        for found in cases(folder) {
            let messages: Vec<String> = match found.case.load(&found.case.document()) {
                Err(message) => vec![format!("refused: {message}")],
                Ok(model) => {
                    said.extend(row_errors(&model, &found.case));
                    model.warnings().map(|warning| format!("warning: {warning}")).collect()
                }
            };
            if folder == "tests/messages" {
                for words in found.case.refused.iter().chain(&found.case.warning) {
                    if !messages.iter().any(|message| message.contains(words.as_str())) {
                        let (file, name) = (&found.file, &found.case.name);
                        writeln!(unmet, "{file}, {name:?}: {words:?} is not said: {messages:?}")
                            .expect("a string");
                    }
                }
            }
            if messages.is_empty() {
                continue;
            }
            if found.file != file {
                file = found.file;
                writeln!(text, "\n[{file}]").expect("a string");
            }
            writeln!(text, "{}", found.case.name).expect("a string");
            messages.iter().for_each(|message| writeln!(text, "    {message}").expect("a string"));
            said.extend(messages);
        }
        compare(snapshot, text.trim_start());
    }
    assert!(unmet.is_empty(), "{unmet}");
    let mut unsaid = String::new();
    let mut count = 0;
    for (file, message) in sources() {
        count += 1;
        if !said.iter().any(|said| message.is_in(said)) {
            writeln!(unsaid, "{file}: {}", message.0.join("…")).expect("a string");
        }
    }
    println!("{count} messages in the source, {} said", said.len());
    compare("unsaid.txt", &unsaid);
}

/// Checks the messages about documents that lack an attribute which the schema requires. Each line of the snapshot begins
/// with the element and the attribute; attributes of elements that are not read are in no case.
#[test]
fn required_attributes() {
    let list =
        std::fs::read_to_string(root().join("tests/messages/required.txt")).expect("the list is there");
    let documents: Vec<(Case, String)> = cases("tests/cases")
        .into_iter()
        .filter(|found| found.case.refused.is_none())
        .map(|found| {
            let document = found.case.document();
            (found.case, document)
        })
        .collect();
    let mut text = String::new();
    for line in list.lines() {
        let pair = line.split(':').next().unwrap_or_default();
        let (element, attribute) = pair.split_once(' ').expect("an element and an attribute");
        let without = |(case, document): &(Case, String)| {
            let shorter = without_attribute(document, element, attribute)?;
            let messages = |document: &str| match case.load(document) {
                Err(message) => vec![format!("refused: {}", without_place(&message))],
                Ok(model) => model.warnings().map(|warning| without_place(&warning).to_owned()).collect(),
            };
            let before = messages(document);
            let mut new: Vec<String> =
                messages(&shorter).into_iter().filter(|message| !before.contains(message)).collect();
            new.sort_by_key(|message| !message.contains(attribute));
            Some(new.into_iter().next().unwrap_or_else(|| "accepted".to_owned()))
        };
        // If some documents are accepted without it, a message about another one is more informative.
        let (mut accepted, mut said) = (None, None);
        for outcome in documents.iter().filter_map(without) {
            match outcome == "accepted" {
                true => accepted = Some(outcome),
                false if outcome.contains(attribute) => {
                    said = Some(outcome);
                    break;
                }
                false => said = said.or(Some(outcome)),
            }
        }
        let outcome = said.or(accepted).unwrap_or_else(|| "in no case".to_owned());
        writeln!(text, "{pair}: {outcome}").expect("a string");
    }
    compare("required.txt", &text);
}

/// Returns a document without the first attribute of the name that an element has.
fn without_attribute(document: &str, element: &str, attribute: &str) -> Option<String> {
    let opening = format!("<{element} ");
    for (start, _) in document.match_indices(&opening) {
        let end = start + document[start..].find('>')?;
        let Some(place) = document[start..end].find(&format!(" {attribute}=\"")) else { continue };
        let from = start + place;
        let value = from + attribute.len() + 3;
        let to = value + document[value..].find('"')? + 1;
        return Some(format!("{}{}", &document[..from], &document[to..]));
    }
    None
}

fn without_place(message: &str) -> &str {
    message.split_once(": ").map_or(message, |(_, message)| message)
}

/// Returns the errors of a case's rows.
fn row_errors(model: &Model, case: &Case) -> Vec<String> {
    let mut scorer = model.scorer();
    let names: Vec<String> = scorer.signature().inputs.iter().map(|field| field.name.clone()).collect();
    let mut errors = Vec::new();
    for row in &case.rows {
        scorer.clear();
        let input = row.get("input").and_then(toml::Value::as_table);
        for (number, name) in names.iter().enumerate() {
            let Some(value) = input.and_then(|input| input.get(name)) else { continue };
            match value {
                toml::Value::String(text) => scorer.set(0, number, &text.as_str().into()),
                toml::Value::Integer(integer) => scorer.set(0, number, &pmml::Value::Integer(*integer)),
                toml::Value::Float(double) => scorer.set(0, number, &pmml::Value::Double(*double)),
                toml::Value::Boolean(boolean) => scorer.set(0, number, &pmml::Value::Boolean(*boolean)),
                _ => {}
            }
        }
        scorer.run(1);
        errors.extend(scorer.error(0).map(|error| error.to_string()));
    }
    errors
}

/// A message in the source: the parts between its arguments.
struct Message(Vec<String>);

impl Message {
    /// Returns a string of the source as a message, if it looks like one: it has several words, one of them of some length.
    fn of(text: &str) -> Option<Self> {
        let (mut pieces, mut piece, mut depth) = (Vec::new(), String::new(), 0);
        let mut characters = text.chars().peekable();
        while let Some(character) = characters.next() {
            match character {
                '{' | '}' if characters.peek() == Some(&character) => piece.extend(characters.next()),
                '{' => {
                    depth += 1;
                    pieces.push(std::mem::take(&mut piece));
                }
                '}' => depth -= 1,
                _ if depth == 0 => piece.push(character),
                _ => {}
            }
        }
        pieces.push(piece);
        let longest = pieces.iter().map(|piece| piece.trim().len()).max().unwrap_or(0);
        let words = text.split_whitespace().count();
        (words > 2 && longest > 7).then_some(Message(pieces))
    }

    /// Returns whether a text contains the message.
    fn is_in(&self, text: &str) -> bool {
        let mut rest = text;
        self.0.iter().all(|piece| match rest.find(piece.as_str()) {
            Some(place) => {
                rest = &rest[place + piece.len()..];
                true
            }
            None => false,
        })
    }
}

/// Returns the messages of the parser and of lowering, with the files they are in.
fn sources() -> Vec<(String, Message)> {
    let folder = root().join("compiler/src");
    let (mut folders, mut files) = (vec![folder.join("document"), folder.join("lower")], Vec::new());
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).expect("the folder is there") {
            let path = entry.expect("a folder's entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            match (path.is_dir(), name.as_str()) {
                // The table of model types has titles, which are not messages.
                (true, "tests") | (false, "tests.rs" | "model_type.rs") => {}
                (true, _) => folders.push(path),
                (false, name) if name.ends_with(".rs") => files.push(path),
                _ => {}
            }
        }
    }
    files.sort();
    let mut messages = Vec::new();
    for path in files {
        let source = std::fs::read_to_string(&path).expect("source is UTF-8");
        let source = source.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let name = path.strip_prefix(&folder).unwrap_or(&path).display().to_string();
        messages.extend(
            strings(source)
                .iter()
                .filter_map(|text| Message::of(text))
                .map(|message| (name.clone(), message)),
        );
    }
    messages
}

/// Returns the string literals of a source, except those that cannot be messages, such as reasons of `allow`.
fn strings(source: &str) -> Vec<String> {
    let code: String = source
        .lines()
        .filter(|line| {
            let line = line.trim_start();
            !line.starts_with("//")
                && !["reason = ", ".expect(", "assert", "panic!("].iter().any(|word| line.contains(word))
        })
        .fold(String::new(), |code, line| code + line + "\n");
    let (mut strings, mut rest) = (Vec::new(), code.replace("'\"'", ""));
    while let Some(start) = rest.find('"') {
        let mut text = String::new();
        let mut characters = rest[start + 1..].char_indices();
        let mut end = rest.len();
        while let Some((place, character)) = characters.next() {
            match character {
                '"' => {
                    end = start + 1 + place + 1;
                    break;
                }
                '\\' => match characters.next() {
                    Some((_, '\n')) => {
                        let blanks = characters.as_str().len() - characters.as_str().trim_start().len();
                        characters.by_ref().take(blanks).for_each(|_| {});
                    }
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, escaped)) => text.push(escaped),
                    None => {}
                },
                _ => text.push(character),
            }
        }
        strings.push(text);
        rest = rest.split_off(end);
    }
    strings
}
