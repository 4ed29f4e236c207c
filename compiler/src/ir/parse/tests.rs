//! Round trips of programs through text.

use crate::interp::Interpreter;
use crate::ir::Program;
use crate::ir::random::{self, Random};
use std::sync::Arc;

/// Reads a program's text back. Checks that it prints the same once strings are numbered as in the text.
fn round_trip(program: &Program) -> Program {
    let text = program.to_string();
    let read: Program = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    // Sets and maps list strings in the order of their numbers, which have changed, so the comparison starts
    // here.
    let text = read.to_string();
    let again: Program = text.parse().unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(again.to_string(), text);
    read
}

/// Returns whether a program has a forest whose text form is truncated. Checks that it is rejected then.
fn is_truncated(program: &Program) -> bool {
    let is_truncated = program.forests.values().any(|forest| forest.nodes.len() > 64);
    if is_truncated {
        let read = program.to_string().parse::<Program>();
        assert!(read.is_err_and(|error| error.problem.contains("truncated")), "{program}");
    }
    is_truncated
}

/// Returns what the interpreter computes for random rows.
fn outcomes(program: &Program, seed: u64) -> Vec<String> {
    random::outcomes(&Interpreter::new(Arc::new(program.clone())), program, seed, 2)
}

#[test]
fn random_programs_compute_the_same_after_a_round_trip() {
    let mut read_back = 0;
    for seed in 0..300 {
        let program = random::program(&mut Random::new(seed), 10 + seed as usize % 60);
        if is_truncated(&program) {
            continue;
        }
        read_back += 1;
        let read = round_trip(&program);
        assert_eq!(outcomes(&program, seed), outcomes(&read, seed), "seed {seed}\n{program}\n{read}");
    }
    assert!(read_back > 200, "{read_back} of 300 programs are small enough");
}

#[test]
fn random_forests_compute_the_same_after_a_round_trip() {
    let mut read_back = 0;
    for seed in 0..300 {
        let random = &mut Random::new(seed);
        let trees = random.below(4);
        let program = random::forest(random, trees, 4 + seed as usize % 20);
        if is_truncated(&program) {
            continue;
        }
        read_back += 1;
        let read = round_trip(&program);
        assert_eq!(outcomes(&program, seed), outcomes(&read, seed), "seed {seed}\n{program}\n{read}");
    }
    assert!(read_back > 100, "{read_back} of 300 forests are small enough");
}

#[test]
fn a_program_with_everything_prints_as_it_was_written() {
    let text = include_str!("everything.ir");
    let program: Program = text.parse().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(program.to_string(), text);
}

#[test]
fn errors_name_the_line_and_the_problem() {
    let entities = "input0: f64 \"x\"\nset0: i64 {1, 2}\n";
    for (lines, expected) in [
        ("inputs", "line 3: unknown entity `inputs`"),
        ("input2: f64 \"y\"", "line 3: expected input1, not input2"),
        ("table0: f64 [1.0, 2]", "line 3: 2 is not of the type f64"),
        ("table0: f64 [1.0, … 70 in all]", "line 3: the program was truncated when it was printed"),
        ("map0: 2 rows\n  (1) -> 0", "line 3: 1 of 2 rows follow"),
        (
            "forest0: 1 sums in f64\n  features f64\n  1 trees: n0\n  … 70 nodes in all",
            "line 3: the forest was truncated",
        ),
        ("kernel0: 2 sums of 1 × f64\n  1.0", "line 3: the kernel was truncated"),
        ("body:\n  v0: i64 = 1 2", "line 4: unexpected ` 2`"),
        ("body:\n  v0: bool = not v1", "line 4: v1 is not defined"),
        ("body:\n  v0: f64 = value of input1", "line 4: input1 does not exist"),
        ("body:\n  v0: bool = true\n  v0: bool = false", "line 5: v0 is defined twice"),
        ("body:\n  v0: bool = true\n  if v0 {", "line 6: the text ends too early"),
        ("body:\n  v0: i64 = nothing(v0)", "line 4: expected a constant before `nothing(v0)`"),
        ("body:\n  v0: i64 = 1\n  yield v0, v0", "line 5: the program is invalid: v0: "),
        ("body:\n  v0: f64 = 1", "line 4: the program is invalid: i0: its results have the wrong types"),
    ] {
        let error = format!("{entities}{lines}").parse::<Program>().expect_err(lines).to_string();
        assert!(error.starts_with(expected), "{lines}: {error}");
    }
}

#[test]
fn comments_and_blank_lines_are_ignored() {
    let text = "; nothing but a constant\n\nbody:\n  ; here\n  v0: bool = true\n  yield v0, v0\n";
    let program: Program = text.parse().expect("a program");
    assert_eq!(program.to_string(), "body:\n  v0: bool = true\n  yield v0, v0\n");
}
