//! Tests of built-in functions, by a table of calls, rows and results. The results are those of the reference
//! evaluator, except where a comment gives a reason.

use super::{evaluate, xml};

#[test]
fn calls() {
    let mut wrong = Vec::new();
    for line in include_str!("functions.txt").lines().filter(|line| !line.starts_with('#')) {
        let (question, expected) = line.split_once(" => ").expect("a line has a result");
        let (call, row) = question.split_once(" | ").unwrap_or((question, ""));
        // The printed result shows its type: 1 is an integer, 1.0 is not.
        let result = evaluate("string", &xml(call), row);
        let result = if result.starts_with("! ") { "!" } else { result.as_str() };
        if result != expected {
            wrong.push(format!("{line}, not {result}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
