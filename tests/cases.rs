//! Runs the cases of `tests/cases/*.toml` on every engine.
//!
//! A case is a document (or the content of its `PMML` element) with rows and expected results, or with the expected error.
//! Every engine must compute the expected results, row by row and as one block, to the last bit unless the case states a
//! tolerance. `tests/cases/README.md` describes the format.

mod case_file;
mod coverage;

use case_file::{Case, File, Row};
use pmml::{Backend, Error, Model, ModelOptions, NanHandling, Scorer, Value};
use std::path::Path;

const MISSING: &str = "<missing>";

#[test]
fn cases() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("cases");
    let mut files: Vec<_> = std::fs::read_dir(&folder)
        .expect("tests/cases exists")
        .map(|entry| entry.expect("a folder's entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    let only = std::env::var("CASE").ok();
    let (mut run, mut failures, mut passed) = (0, Vec::new(), Vec::new());
    for path in &files {
        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(path).expect("a case file is UTF-8");
        let parsed: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        for case in &parsed.case {
            if only.as_ref().is_some_and(|only| !case.name.contains(only) && !file.contains(only)) {
                continue;
            }
            run += 1;
            let before = failures.len();
            for backend in [Backend::Interpreter, Backend::Jit] {
                if let Err(problem) = check(case, backend) {
                    failures.push(format!("{file}, {:?} on {backend:?}: {problem}", case.name));
                }
            }
            if failures.len() == before && case.refused.is_none() {
                passed.push(coverage::Passed { file: file.clone(), name: case.name.clone() });
            }
        }
    }
    println!("{run} cases in {} files", files.len());
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert!(run > 0 || only.is_some(), "no cases");
    if only.is_none() {
        coverage::check(&passed);
    }
}

fn check(case: &Case, backend: Backend) -> Result<(), String> {
    let document = case.document();
    let mut options = ModelOptions::new().backend(backend).outputs(&case.outputs);
    if let Some(name) = &case.model_name {
        options = options.model_name(name);
    }
    if case.nan_is_number {
        options = options.nan(NanHandling::Number);
    }
    for rule in &case.invalid {
        options = options.invalid_rule(rule.parse().map_err(|error| format!("{rule}: {error}"))?);
    }
    let model = match (options.parse(&document), &case.refused) {
        (Ok(model), None) => model,
        (Ok(_), Some(words)) => {
            return Err(format!("the document is accepted, but must be rejected with {words:?}"));
        }
        (Err(error), None) => return Err(format!("the document is rejected: {error}")),
        (Err(error), Some(words)) => return check_refusal(case, &error, words),
    };
    let results: Vec<&String> = model.signature().results.iter().map(|field| &field.name).collect();
    if !case.outputs.is_empty() && results != Vec::from_iter(&case.outputs) {
        return Err(format!("the results are {results:?}"));
    }
    if case.rows.is_empty() {
        return Err("the case has neither rows nor an error to expect".to_owned());
    }
    if let Some(words) = &case.warning
        && !model.warnings().any(|warning| warning.contains(words))
    {
        let warnings: Vec<String> = model.warnings().collect();
        return Err(format!("no warning says {words:?}: {warnings:?}"));
    }
    row_by_row(case, &model)?;
    for first in (0..case.rows.len()).step_by(pmml::BLOCK_ROWS) {
        let rows = &case.rows[first..case.rows.len().min(first + pmml::BLOCK_ROWS)];
        as_block(case, rows, &model).map_err(|problem| format!("as a block, {problem}"))?;
    }
    Ok(())
}

fn check_refusal(case: &Case, error: &Error, words: &str) -> Result<(), String> {
    let message = error.to_string();
    if !message.contains(words) {
        return Err(format!("the error {message:?} does not contain {words:?}"));
    }
    match (case.line, error.position()) {
        (Some(line), Some(position)) if position.line != line => {
            Err(format!("the error {message:?} points at line {}, not {line}", position.line))
        }
        (Some(_), None) => Err(format!("the error {message:?} has no position")),
        _ => Ok(()),
    }
}

fn row_by_row(case: &Case, model: &Model) -> Result<(), String> {
    let mut scorer = model.scorer();
    for (number, row) in case.rows.iter().enumerate() {
        scorer.clear();
        fill(&mut scorer, 0, row)?;
        scorer.run(1);
        check_row(case, &mut scorer, 0, row).map_err(|problem| format!("row {number}: {problem}"))?;
    }
    Ok(())
}

fn as_block(case: &Case, rows: &[Row], model: &Model) -> Result<(), String> {
    let mut scorer = model.scorer();
    if model.is_stateful() && case.rows.len() > pmml::BLOCK_ROWS {
        return Ok(());
    }
    scorer.clear();
    for (number, row) in rows.iter().enumerate() {
        fill(&mut scorer, number, row)?;
    }
    scorer.run(rows.len());
    for (number, row) in rows.iter().enumerate() {
        check_row(case, &mut scorer, number, row).map_err(|problem| format!("row {number}: {problem}"))?;
    }
    Ok(())
}

fn fill(scorer: &mut Scorer, number: usize, row: &Row) -> Result<(), String> {
    let names: Vec<String> = scorer.signature().inputs.iter().map(|field| field.name.clone()).collect();
    for (input, name) in names.iter().enumerate() {
        if let Some(value) = row.input.get(name) {
            scorer.set(number, input, &value_of(value)?);
        }
    }
    Ok(())
}

fn value_of(value: &toml::Value) -> Result<Value<'_>, String> {
    Ok(match value {
        toml::Value::String(text) if text == MISSING => Value::Missing,
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(value) => Value::Integer(*value),
        toml::Value::Float(value) => Value::Double(*value),
        toml::Value::Boolean(value) => Value::Boolean(*value),
        toml::Value::Array(items) => Value::List(items.iter().map(value_of).collect::<Result<_, _>>()?),
        other => return Err(format!("{other} is not a value")),
    })
}

fn check_row(case: &Case, scorer: &mut Scorer, number: usize, row: &Row) -> Result<(), String> {
    // The cells could be set before, so they can be set again.
    let error = scorer.error_as_given(number, |scorer| fill(scorer, number, row).unwrap_or_default());
    match (&row.error, &error) {
        (Some(words), Some(error)) => {
            let message = error.to_string();
            return match message.contains(words) {
                true => Ok(()),
                false => Err(format!("the error {message:?} does not contain {words:?}")),
            };
        }
        (Some(words), None) => return Err(format!("the row does not fail with {words:?}")),
        (None, Some(error)) => return Err(format!("the row fails: {error}")),
        (None, None) => {}
    }
    let Some(expect) = &row.expect else { return Err("the row expects nothing".to_owned()) };
    for (name, expected) in expect {
        let Some(result) = scorer.signature().results.iter().position(|field| field.name == *name) else {
            return Err(format!("the model has no result {name:?}"));
        };
        let actual = scorer.value(number, result);
        let expected = value_of(expected)?;
        if !agrees(&expected, &actual, case.tolerance) {
            return Err(format!("{name} is {actual:?}, not {expected:?}"));
        }
    }
    Ok(())
}

fn agrees(expected: &Value<'_>, actual: &Value<'_>, tolerance: f64) -> bool {
    match (expected, actual) {
        (Value::List(expected), Value::List(actual)) => {
            expected.len() == actual.len()
                && expected.iter().zip(actual).all(|(expected, actual)| agrees(expected, actual, tolerance))
        }
        // An `f32` is written with the fewest digits that distinguish it from other ones.
        (Value::Double(expected), Value::Float(actual)) if tolerance == 0.0 => *expected as f32 == *actual,
        (Value::Double(expected), Value::Float(_) | Value::Double(_)) => {
            let actual = actual.as_f64().unwrap_or(f64::NAN);
            expected == &actual
                || (expected.is_nan() && actual.is_nan())
                || (expected - actual).abs() <= tolerance * expected.abs().max(actual.abs())
        }
        (expected, actual) => expected == actual,
    }
}
