//! Snapshots of the intermediate representation: what small documents are lowered to, and what the passes make of that.
//!
//! Beside each document `tests/ir/NAME.pmml` stands `NAME.txt` with the program as lowered and as optimized.
//! `UPDATE=1 cargo test --test ir` writes these anew; what changed is for the reviewer of the change to judge.

#![cfg(feature = "interpreter")]

use pmml_compiler::document::{self, Limits};
use pmml_compiler::lower::{self, Options};
use pmml_compiler::passes;
use std::path::{Path, PathBuf};

#[test]
fn snapshots() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ir");
    let mut documents: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("tests/ir is there")
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

fn snapshot(path: &Path) -> String {
    let document = std::fs::read(path).expect("a document can be read");
    let document = document::read(document.as_slice(), &Limits::default()).expect("a document is PMML");
    let lowered = lower::lower(&document, &Options::default()).expect("a document can be lowered").program;
    let before = lowered.to_string();
    let after = passes::optimize(lowered).to_string();
    format!("As lowered\n==========\n{before}\nOptimized\n=========\n{after}")
}

/// The first line that differs.
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
