//! New crates that embed models: one that builds and runs, and some whose documents or macro calls are rejected, with the
//! messages that the user sees.
//!
//! Each file is the only source of a crate that depends on this checkout by path. (`TRYBUILD=overwrite` writes the
//! expected messages.)

use std::fs;
use std::path::Path;

#[test]
fn new_crates() {
    // The crates are made below the target folder. Documents belong beside a crate's `Cargo.toml`.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let documents = target.join("tests/trybuild").join(env!("CARGO_PKG_NAME")).join("documents");
    fs::create_dir_all(&documents).unwrap();
    for document in fs::read_dir("documents").unwrap() {
        let document = document.unwrap();
        fs::copy(document.path(), documents.join(document.file_name())).unwrap();
    }

    let crates = trybuild::TestCases::new();
    crates.pass("compile/accepted/*.rs");
    crates.compile_fail("compile/refused/*.rs");
}
