//! Compares generated code with machine code on every row of every model, one by one and as a batch, to the last bit.

#[path = "../../case_file/mod.rs"]
mod case_file;

use case_file::{File, Row as CaseRow};
use pmml::{Batch, Column, ModelOptions, NanHandling, Value};
use pmml_generated::{Answer, Kind, MODELS, Model, Row};
use std::collections::BTreeMap;

/// Counts of the comparisons.
#[derive(Default)]
struct Count {
    corpus: usize,
    cases: usize,
    rows: usize,
    /// Rows with a string that is not a value of its field's type, which cannot be passed to generated code.
    untyped: usize,
    /// Models of a corpus with inputs that are lists, which cannot be parsed from strings.
    lists: usize,
}

#[test]
fn generated_code_answers_as_machine_code_does() {
    let mut count = Count::default();
    let mut failures = Vec::new();
    for model in MODELS {
        if let Err(problem) = check(model, &mut count) {
            failures.push(format!("{:?}: {problem}", model.kind));
        }
    }
    println!(
        "{} models of corpora, {} cases, {} rows; not compared: {} rows with strings that are not values, {} models of lists without cases",
        count.corpus, count.cases, count.rows, count.untyped, count.lists
    );
    assert!(failures.is_empty(), "{} failures:\n{}", failures.len(), failures.join("\n"));
    assert!(count.corpus >= 20 && count.cases >= 350, "models are missing");
    assert!(count.untyped * 100 < count.rows, "too many rows were not compared");
}

fn check(model: &Model, count: &mut Count) -> Result<(), String> {
    let (name, machine, rows) = load(model)?;
    let fail = |problem: String| format!("{name}: {problem}");
    let signature = machine.signature();
    let names = |fields: &[pmml::Field]| fields.iter().map(|field| field.name.clone()).collect::<Vec<_>>();
    if names(&signature.inputs) != model.inputs.iter().map(|field| field.name).collect::<Vec<_>>()
        || names(&signature.results) != model.outputs.iter().map(|field| field.name).collect::<Vec<_>>()
    {
        return Err(fail("the fields differ".to_owned()));
    }
    match model.kind {
        Kind::Corpus(_) => count.corpus += 1,
        Kind::Case(..) => count.cases += 1,
    }
    if model.inputs.iter().any(|field| field.is_list) {
        return check_lists(model, &machine, count).map_err(fail);
    }
    // Rows that cannot be passed to generated code are left out for both.
    let made = (model.one_by_one)(&rows);
    let rows: Vec<Row> =
        rows.into_iter().zip(&made).filter(|(_, made)| made.is_some()).map(|(row, _)| row).collect();
    count.rows += rows.len();
    count.untyped += made.len() - rows.len();
    let made = (model.one_by_one)(&rows);
    let mut scorer = machine.scorer();
    for (number, (row, made)) in rows.iter().zip(&made).enumerate() {
        let values: Vec<(&str, Value<'_>)> =
            row.iter().map(|(name, text)| (name.as_str(), Value::from(text.as_str()))).collect();
        let expected = scorer
            .predict(&values)
            .map(|record| record.values().map(pmml::Value::into_owned).collect::<Vec<_>>());
        let made = made.as_ref().ok_or_else(|| fail(format!("row {number} cannot be read")))?;
        compare(&expected, made).map_err(|problem| fail(format!("row {number}: {problem}")))?;
        // The value in this message is the one converted to the field's type.
        if let (Some(expected), Err(made)) = (scorer.error(0), made)
            && expected.to_string() != made.to_string()
        {
            return Err(fail(format!("row {number}: machine code says {expected}, generated code {made}")));
        }
    }
    // More rows than run together.
    let rows: Vec<Row> =
        rows.iter().cycle().take(if rows.is_empty() { 0 } else { rows.len().max(600) }).cloned().collect();
    let made = (model.as_batch)(&rows).ok_or_else(|| fail("the batch cannot be read".to_owned()))?;
    let columns: Vec<(String, Vec<Value<'_>>)> = (model.inputs.iter())
        .map(|field| {
            let cell =
                |row: &Row| row.get(field.name).map_or(Value::Missing, |text| Value::from(text.clone()));
            (field.name.to_owned(), rows.iter().map(cell).collect())
        })
        .collect();
    let batch = columns.iter().fold(Batch::new(rows.len()), |batch, (name, values)| {
        batch.column(name.as_str(), Column::Values(values))
    });
    let result = machine.predict_batch(&batch).map_err(|error| fail(error.to_string()))?;
    let errors: BTreeMap<_, _> = result.errors().iter().cloned().collect();
    for (number, made) in made.iter().enumerate() {
        let expected = match errors.get(&number) {
            Some(error) => Err(error.clone()),
            None => Ok(result.columns().iter().map(|column| column.get(number).into_owned()).collect()),
        };
        compare(&expected, made).map_err(|problem| fail(format!("as a batch, row {number}: {problem}")))?;
    }
    // A document's verification rows agree with both engines, or with neither.
    let verified = machine.verify();
    let agrees = verified.as_ref().is_none_or(|verified| verified.differences.is_empty());
    match (model.verify)() {
        Ok(rows) if agrees && rows == verified.map_or(0, |verified| verified.rows) => Ok(()),
        Err(_) if !agrees => Ok(()),
        other => Err(fail(format!("verification gives {other:?}"))),
    }
}

/// Checks the rows of a case with lists.
fn check_lists(model: &Model, machine: &pmml::Model, count: &mut Count) -> Result<(), String> {
    let (Kind::Case(path, number), Some(given)) = (model.kind, model.given) else {
        count.lists += 1;
        return Ok(());
    };
    let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
    let file: File = toml::from_str(&text).map_err(|error| error.to_string())?;
    let case = file.case.into_iter().nth(number).ok_or("the case is not there")?;
    let mut scorer = machine.scorer();
    for (number, (row, made)) in case.rows.iter().zip(given()).enumerate() {
        let Some(made) = made else {
            count.untyped += 1;
            continue;
        };
        count.rows += 1;
        let values: Vec<(&str, Value<'_>)> =
            row.input.iter().map(|(name, value)| (name.as_str(), value_of(value))).collect();
        let expected = scorer
            .predict(&values)
            .map(|record| record.values().map(pmml::Value::into_owned).collect::<Vec<_>>());
        compare(&expected, &made).map_err(|problem| format!("row {number}: {problem}"))?;
    }
    Ok(())
}

fn value_of(value: &toml::Value) -> Value<'_> {
    match value {
        toml::Value::String(text) if text == "<missing>" => Value::Missing,
        toml::Value::String(text) => Value::from(text.as_str()),
        toml::Value::Integer(number) => Value::Integer(*number),
        toml::Value::Float(number) => Value::Double(*number),
        toml::Value::Boolean(truth) => Value::Boolean(*truth),
        toml::Value::Array(items) => Value::List(items.iter().map(value_of).collect()),
        other => Value::from(other.to_string()),
    }
}

/// Returns a model's name, the model compiled to machine code, and its rows.
fn load(model: &Model) -> Result<(String, pmml::Model, Vec<Row>), String> {
    match model.kind {
        Kind::Corpus(folder) => {
            let machine =
                pmml::Model::load(format!("{folder}/model.pmml")).map_err(|error| error.to_string())?;
            let reader = csv::Reader::from_path(format!("{folder}/input.csv"));
            let mut reader = reader.map_err(|error| error.to_string())?;
            let rows = reader.deserialize::<Row>().collect::<Result<Vec<Row>, _>>();
            let mut rows = rows.map_err(|error| error.to_string())?;
            for row in &mut rows {
                row.retain(|_, text| !matches!(text.as_str(), "" | "NA" | "N/A"));
            }
            Ok((folder.to_owned(), machine, rows))
        }
        Kind::Case(path, number) => {
            let text = std::fs::read_to_string(path).map_err(|error| error.to_string())?;
            let file: File = toml::from_str(&text).map_err(|error| error.to_string())?;
            let case = file.case.into_iter().nth(number).ok_or("the case is not there")?;
            let document = case.document();
            let mut options = ModelOptions::new().outputs(case.outputs);
            if let Some(name) = case.model_name {
                options = options.model_name(name);
            }
            for rule in case.invalid {
                options = options.invalid_rule(rule.parse().map_err(|error| format!("{rule}: {error}"))?);
            }
            if case.nan_is_number {
                options = options.nan(NanHandling::Number);
            }
            let machine = options.parse(&document).map_err(|error| error.to_string())?;
            Ok((case.name, machine, case.rows.iter().map(row).collect()))
        }
    }
}

/// Returns the strings of a case's row.
fn row(row: &CaseRow) -> Row {
    let text = |value: &toml::Value| match value {
        toml::Value::String(text) if text == "<missing>" => None,
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Float(number) => Some(Value::Double(*number).to_string()),
        other => Some(other.to_string()),
    };
    row.input.iter().filter_map(|(name, value)| Some((name.clone(), text(value)?))).collect()
}

fn compare(expected: &Result<Vec<Value<'static>>, pmml::RowError>, made: &Answer) -> Result<(), String> {
    let agree = match (expected, made) {
        (Ok(expected), Ok(made)) => {
            expected.len() == made.len()
                && expected.iter().zip(made).all(|(expected, made)| same(expected, made))
        }
        (Err(expected), Err(made)) => {
            expected.field.as_deref() == made.field && expected.reason == made.reason().to_string()
        }
        _ => false,
    };
    if agree { Ok(()) } else { Err(format!("machine code gives {expected:?}, generated code {made:?}")) }
}

/// Returns whether two values have the same bits. All NaNs are the same.
fn same(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Double(left), Value::Double(right)) => {
            left.to_bits() == right.to_bits() || left.is_nan() && right.is_nan()
        }
        (Value::Float(left), Value::Float(right)) => {
            left.to_bits() == right.to_bits() || left.is_nan() && right.is_nan()
        }
        (Value::List(left), Value::List(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (left, right) => left == right,
    }
}
