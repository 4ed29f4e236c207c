//! Snapshots of the intermediate representation of small documents, as lowered and as optimized by the passes.
//!
//! For each document `tests/ir/NAME.pmml` there is `NAME.txt` with the program as lowered and as optimized.
//! `UPDATE=1 cargo test -p pmml-tests --test ir` rewrites these; read the diff before you commit it.

mod case_file;

use case_file::{Case, File};
use pmml_compiler::document::{self, Limits};
use pmml_compiler::ir::Program;
use pmml_compiler::lower::{self, Options};
use pmml_compiler::passes;
use std::path::{Path, PathBuf};

#[test]
fn snapshots() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ir");
    let mut documents: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("tests/ir exists")
        .map(|entry| entry.expect("a folder's entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pmml"))
        .collect();
    documents.sort();
    assert!(documents.len() >= 12, "{} documents", documents.len());
    let mut differences = Vec::new();
    for path in &documents {
        let text = snapshot(path);
        let kept = path.with_extension("txt");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&kept, text).expect("tests/ir can be written");
        } else if let Some(difference) =
            difference(&std::fs::read_to_string(&kept).unwrap_or_default(), &text)
        {
            differences.push(format!("{}, {difference}", kept.display()));
        }
    }
    assert!(differences.is_empty(), "UPDATE=1 would accept these:\n{}", differences.join("\n"));
}

/// Reads back the text form of the programs of all documents here and of all cases, as lowered and as optimized.
#[test]
fn programs_of_documents_are_read_back() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = |folder: &str, wanted: &str| {
        let entries = std::fs::read_dir(tests.join(folder)).expect("the folder is there");
        let paths = entries.map(|entry| entry.expect("a folder's entry").path());
        let wanted = paths.filter(|path| path.extension().is_some_and(|extension| extension == wanted));
        wanted.map(|path| std::fs::read_to_string(path).expect("a file is UTF-8")).collect::<Vec<String>>()
    };
    let mut documents = files("ir", "pmml");
    for file in files("cases", "toml") {
        let file: File = toml::from_str(&file).expect("a file of cases");
        documents.extend(file.case.iter().map(Case::document));
    }
    let (mut read_back, mut truncated) = (0, 0);
    for document in &documents {
        // Some cases are about documents that are rejected.
        let Ok(parsed) = document::read(document.as_bytes(), &Limits::default()) else { continue };
        let Ok(lowered) = lower::lower(&parsed, &Options::default()) else { continue };
        for program in [lowered.program.clone(), passes::optimize(lowered.program)] {
            let text = program.to_string();
            match text.parse::<Program>() {
                Ok(read) => {
                    // Sets list strings by their numbers, which are new here. From now on the text stays the same.
                    let text = read.to_string();
                    let again = text.parse::<Program>().unwrap_or_else(|error| panic!("{error}\n{text}"));
                    assert_eq!(again.to_string(), text);
                    read_back += 1;
                }
                Err(error) if error.problem.contains("truncated") => truncated += 1,
                Err(error) => panic!("{error}\n{text}"),
            }
        }
    }
    assert!(read_back > 20 * truncated.max(50), "{read_back} read back, {truncated} truncated");
}

fn snapshot(path: &Path) -> String {
    let document = std::fs::read(path).expect("a document can be read");
    let document = document::read(document.as_slice(), &Limits::default()).expect("a document is PMML");
    let lowered = lower::lower(&document, &Options::default()).expect("a document can be lowered").program;
    let before = lowered.to_string();
    let after = passes::optimize(lowered).to_string();
    format!("As lowered\n==========\n{before}\nOptimized\n=========\n{after}")
}

/// Returns the first line that differs.
fn difference(expected: &str, actual: &str) -> Option<String> {
    if expected == actual {
        return None;
    }
    let (mut left, mut right) = (expected.lines(), actual.lines());
    let mut line = 1;
    loop {
        match (left.next(), right.next()) {
            (None, None) => return Some("the ends of lines differ".to_owned()),
            (left, right) if left == right => line += 1,
            (left, right) => {
                let (left, right) = (left.unwrap_or("<end>"), right.unwrap_or("<end>"));
                return Some(format!("line {line}:\n    was {left}\n    is  {right}"));
            }
        }
    }
}
