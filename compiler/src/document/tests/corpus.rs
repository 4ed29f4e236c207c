//! Tests that every model of the corpus parses, if the corpus is available.

use crate::document::{Limits, read};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

fn documents(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).expect("a directory").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            documents(&entry, found);
        } else if entry.extension().is_some_and(|extension| extension == "pmml") {
            found.push(entry);
        }
    }
}

#[test]
fn every_document_of_the_corpus_parses() {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let places = [workspace.join("../shared/corpus"), workspace.join("../../shared/corpus")];
    let Some(corpus) = places.iter().find(|place| place.is_dir()) else {
        println!("no corpus here: nothing was parsed");
        return;
    };
    let mut found = Vec::new();
    documents(corpus, &mut found);
    assert!(!found.is_empty(), "the corpus is empty");
    let mut errors = String::new();
    for path in &found {
        let file = File::open(path).expect("a readable file");
        match read(file, &Limits::default()) {
            Ok(document) if document.models.is_empty() => {
                errors += &format!("{}: no model\n", path.display())
            }
            Ok(document) => {
                document.warnings.iter().for_each(|warning| println!("{}:{warning}", path.display()))
            }
            Err(error) => errors += &format!("{}:{error}\n", path.display()),
        }
    }
    assert!(errors.is_empty(), "{errors}");
}
