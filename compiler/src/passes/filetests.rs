//! Text-based tests of passes: a program in, a program out. `docs/ir.md` describes the files of `filetests/`.
//!
//! `UPDATE=1` writes the output of the passes into the files.

use super::PASSES;
use crate::interp::Interpreter;
use crate::ir::verify::verify;
use crate::ir::{Program, random};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The line between the input and the output.
const LINE: &str = "---\n";

fn files() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/passes/filetests");
    let entries = std::fs::read_dir(&folder).expect("the folder is there");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    files.sort();
    files
}

/// Runs the passes that the first line names.
fn run(text: &str, mut program: Program) -> Program {
    let names = text.lines().next().and_then(|line| line.strip_prefix("; passes: "));
    for name in names.expect("the first line names the passes").split(", ") {
        let pass = PASSES.iter().find(|(known, _)| *known == name);
        let (_, pass) = pass.unwrap_or_else(|| panic!("there is no pass `{name}`"));
        program = pass(program);
        verify(&program).unwrap_or_else(|error| panic!("after {name}: {error}\n{program}"));
    }
    program
}

#[test]
fn filetests() {
    let mut differences = Vec::new();
    for path in files() {
        let text = std::fs::read_to_string(&path).expect("the file is UTF-8");
        let (before, after) = text.split_once(LINE).unwrap_or((&text, ""));
        let program: Program = before.parse().unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let outcomes =
            |program: &Program| random::outcomes(&Interpreter::new(Arc::new(program.clone())), program, 1, 2);
        let found = run(before, program.clone());
        assert_eq!(outcomes(&program), outcomes(&found), "{}", path.display());
        let found = found.to_string();
        if found == after {
            continue;
        }
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&path, format!("{before}{LINE}{found}")).expect("the file can be written");
        } else {
            differences.push(format!("{}: expected\n{after}found\n{found}", path.display()));
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
