//! `pmmlc build --no-alloc`: the program of `examples/no_std`, which has neither std nor an allocator, computes the same
//! results as the tool.

mod common;

use common::{Folder, corpus, pmmlc, run};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Rows in addition to the example's data: with missing values, and with very large ones.
const MORE_ROWS: &str = "5.9,3.0,,1.8\n,,,\n1e9,-1e9,0,2.5\n";

/// Copies the example to a crate below the target folder, which refers to this checkout's runtime.
fn example() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let example = root.join("examples/no_std");
    let copy = Path::new(env!("CARGO_TARGET_TMPDIR")).join("no_std");
    fs::create_dir_all(copy.join("src")).unwrap();
    for file in ["src/lib.rs", "main.c"] {
        fs::copy(example.join(file), copy.join(file)).unwrap();
    }
    let manifest = fs::read_to_string(example.join("Cargo.toml")).unwrap();
    let runtime = root.join("runtime").to_str().unwrap().replace('\\', "/");
    fs::write(copy.join("Cargo.toml"), manifest.replace("../../runtime", &runtime)).unwrap();
    // The versions of dependencies are those of this checkout.
    fs::copy(root.join("Cargo.lock"), copy.join("Cargo.lock")).unwrap();
    copy
}

/// Runs a command without a time limit, asserts that it succeeds, and returns its output.
fn output_of(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_program_without_std_and_allocator_computes_the_same_results() {
    if Command::new("gcc").arg("--version").output().is_err() {
        println!("skipped: there is no gcc to link the program with");
        return;
    }
    let Some(regression) = corpus("sklearn/LogisticRegressionIris/model.pmml") else { return };
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/data");
    let forest = fs::read_to_string(data.join("iris.pmml")).unwrap();
    // The example's inputs are floats.
    let regression = fs::read_to_string(regression).unwrap();
    let regression = regression.replace(r#"dataType="double"/>"#, r#"dataType="float"/>"#);
    let rows = fs::read_to_string(data.join("iris.csv")).unwrap() + MORE_ROWS;

    let example = example();
    for (document, has_forest) in [(forest, true), (regression, false)] {
        let folder = Folder::new();
        let (model, input) = (folder.write("model.pmml", document), folder.write("rows.csv", &rows));
        let generated = example.join("src/model.rs");
        let arguments = ["build", "--no-alloc", "-o"].map(Path::new);
        pmmlc(arguments.into_iter().chain([generated.as_path(), &model])).succeeds();
        let source = fs::read_to_string(&generated).unwrap();
        assert_eq!(source.contains("static FOREST_"), has_forest, "the models are not the intended ones");

        let mut cargo = Command::new(env!("CARGO"));
        cargo.args(["build", "--release", "--offline", "--target-dir", "target"]).current_dir(&example);
        output_of(&mut cargo);
        let program = example.join("score");
        let mut gcc = Command::new("gcc");
        gcc.args(["-O2", "main.c", "target/release/libscoring.a", "-o"]).arg(&program).current_dir(&example);
        output_of(&mut gcc);

        let symbols = output_of(Command::new("nm").arg(&program));
        assert!(symbols.contains(" score"), "{symbols}");
        assert!(!symbols.contains("__rust_alloc"), "{symbols}");

        let scored = run(&mut Command::new(&program), &rows).succeeds().stdout.clone();
        let arguments = ["score", "--error-column", "error", "--input"].map(Path::new);
        let expected = pmmlc(arguments.into_iter().chain([input.as_path(), &model]));
        compare(&scored, &expected.stdout);
    }
}

/// Compares probabilities with the tool's results, which have the species before them and an error after them.
fn compare(scored: &str, expected: &str) {
    let header = "probability(setosa),probability(versicolor),probability(virginica)";
    let mut lines = expected.lines();
    assert_eq!(scored.lines().next(), Some(header));
    assert_eq!(lines.next(), Some(format!("species,{header},error").as_str()));
    let mut count = 0;
    for (scored, expected) in scored.lines().skip(1).zip(lines) {
        let cells: Vec<&str> = expected.split(',').skip(1).take(3).collect();
        let numbers =
            |cells: &[&str]| cells.iter().map(|cell| cell.parse().ok()).collect::<Vec<Option<f64>>>();
        let scored: Vec<&str> = scored.split(',').collect();
        assert_eq!(numbers(&scored), numbers(&cells), "{expected}");
        count += 1;
    }
    assert_eq!((count, scored.lines().count(), expected.lines().count()), (23, 24, 24));
}
