//! Scores whole models, on both engines, and compares the results with reference answers.
//!
//! `tests/corpus` is the project's own and always runs. A larger corpus with the same layout is used too if it exists
//! beside the checkout (`../shared/corpus`, or the folder that `PMML_CORPUS` names). A model passes when
//! - every cell agrees with the reference: numbers to a relative 1e-9 (in single precision: to 1e-6, or to the same
//!   `f32` where the arithmetic is exact), other values as strings;
//! - rows that the reference found invalid fail;
//! - both engines agree to the last bit, on results and on failures.

use pmml::{Backend, Model, ModelOptions, Value};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[derive(Default)]
struct Tally {
    passed: usize,
    failed: Vec<String>,
    numbers: usize,
    equal: usize,
}

#[test]
fn own_corpus() {
    let tally = run(&Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus"));
    assert!(tally.passed > 0, "no model was scored");
}

#[test]
fn large_corpus() {
    let folder = match std::env::var_os("PMML_CORPUS") {
        Some(folder) => PathBuf::from(folder),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus"),
    };
    if !folder.is_dir() {
        println!("{} does not exist: skipped", folder.display());
        return;
    }
    run(&folder);
}

fn run(corpus: &Path) -> Tally {
    let mut families: BTreeMap<String, Tally> = BTreeMap::new();
    for family in folders(corpus) {
        for folder in folders(&family) {
            if !folder.join("meta.json").is_file() {
                continue;
            }
            let tally = families.entry(name(&family)).or_default();
            match check(&folder, tally) {
                Ok(()) => tally.passed += 1,
                Err(problem) => tally.failed.push(format!("{}/{}: {problem}", name(&family), name(&folder))),
            }
        }
    }
    let mut total = Tally::default();
    println!("{}", corpus.display());
    for (family, tally) in families {
        println!("  {family:24} {:4} passed, {:3} failed", tally.passed, tally.failed.len());
        total.passed += tally.passed;
        total.numbers += tally.numbers;
        total.equal += tally.equal;
        total.failed.extend(tally.failed);
    }
    println!("  {} of {} numbers equal to the last bit", total.equal, total.numbers);
    assert!(total.failed.is_empty(), "{} models fail:\n{}", total.failed.len(), total.failed.join("\n"));
    total
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir(path)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.is_dir())
        .collect();
    folders.sort();
    folders
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The `meta.json` of a model. The file is a flat JSON object, in which it is enough to search for keys.
struct Meta(String);

impl Meta {
    fn trusts_expected(&self) -> bool {
        self.0.contains("\"expected and jpmml differ\"")
    }

    fn accepts_either(&self) -> bool {
        self.0.contains("\"accept_either\"")
    }

    /// Returns rows with an invalid value that the reference scored because it did not use that value.
    fn lazy_invalid_rows(&self) -> Vec<usize> {
        let Some((_, rest)) = self.0.split_once("\"lazy_invalid_rows\"") else { return Vec::new() };
        let list =
            rest.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(list, _)| list);
        list.split(',').filter_map(|number| number.trim().parse().ok()).collect()
    }
}

struct Table {
    header: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    fn read(path: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(path).ok()?;
        let is_single = !text.lines().next()?.contains(',');
        let text = match is_single {
            // A blank line is a row whose only cell is empty; the reader would skip it.
            true => text
                .lines()
                .map(|line| format!("{}\n", if line.is_empty() { "\"\"" } else { line }))
                .collect(),
            false => text,
        };
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(text.as_bytes());
        let header: Vec<String> = reader.headers().ok()?.iter().map(str::to_owned).collect();
        let mut rows = Vec::new();
        for record in reader.records() {
            let mut row: Vec<String> = record.ok()?.iter().map(str::to_owned).collect();
            row.resize(header.len(), String::new());
            rows.push(row);
        }
        Some(Self { header, rows })
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|known| known == name)
    }
}

fn is_missing(text: &str) -> bool {
    matches!(text, "" | "NA" | "N/A" | "null")
}

/// Returns the rows that are scored together, see [`Signature::group`](pmml::Signature).
fn groups<'t>(signature: &pmml::Signature, input: &'t Table) -> Vec<Vec<&'t Vec<String>>> {
    let Some(column) = signature.group.as_ref().and_then(|group| input.column(group)) else {
        return input.rows.iter().map(|row| vec![row]).collect();
    };
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: Vec<Vec<&Vec<String>>> = Vec::new();
    for row in &input.rows {
        let number = *numbers.entry(&row[column]).or_insert(groups.len());
        groups.resize_with(groups.len().max(number + 1), Vec::new);
        groups[number].push(row);
    }
    groups
}

/// The results of a model: cells by row and result, and which rows failed.
type Scored = (Vec<Vec<Value<'static>>>, Vec<Option<String>>);

fn score(model: &Model, input: &Table) -> Scored {
    let signature = model.signature().clone();
    let columns: Vec<Option<usize>> =
        signature.inputs.iter().map(|field| input.column(&field.name)).collect();
    let mut scorer = model.scorer();
    let (mut cells, mut errors) = (Vec::new(), Vec::new());
    for block in groups(&signature, input).chunks(pmml::BLOCK_ROWS) {
        scorer.clear();
        for (row, group) in block.iter().enumerate() {
            for (index, column) in columns.iter().enumerate() {
                let Some(column) = *column else { continue };
                let cells = group.iter().map(|record| record[column].as_str());
                if signature.inputs[index].is_list {
                    let items: Vec<&str> = cells.filter(|text| !is_missing(text)).collect();
                    scorer.set(row, index, &Value::from(items));
                } else if let Some(text) = cells.take(1).find(|text| !is_missing(text)) {
                    scorer.set(row, index, &Value::from(text));
                }
            }
        }
        scorer.run(block.len());
        for row in 0..block.len() {
            errors.push(scorer.error(row).map(|error| error.to_string()));
            cells.push(
                (0..signature.results.len()).map(|result| scorer.value(row, result).into_owned()).collect(),
            );
        }
    }
    (cells, errors)
}

/// Checks a model. Fails with the reason.
fn check(folder: &Path, tally: &mut Tally) -> Result<(), String> {
    let document = std::fs::read(folder.join("model.pmml")).map_err(|error| error.to_string())?;
    let load = |backend| ModelOptions::new().backend(backend).read(document.as_slice());
    let jit = load(Backend::Jit).map_err(|error| format!("rejected: {error}"))?;
    let interpreter =
        load(Backend::Interpreter).map_err(|error| format!("rejected by the interpreter: {error}"))?;
    let input = Table::read(&folder.join("input.csv")).ok_or("input.csv cannot be read")?;
    let (cells, errors) = score(&jit, &input);
    let (other_cells, other_errors) = score(&interpreter, &input);
    for row in 0..cells.len() {
        if errors[row] != other_errors[row] {
            return Err(format!(
                "row {row}: {:?} on one engine, {:?} on the other",
                errors[row], other_errors[row]
            ));
        }
        if let Some(column) =
            (0..cells[row].len()).find(|column| !same_bits(&cells[row][*column], &other_cells[row][*column]))
        {
            let name = &jit.signature().results[column].name;
            return Err(format!(
                "row {row} {name}: {:?} compiled, {:?} interpreted",
                cells[row][column], other_cells[row][column]
            ));
        }
    }
    let document = String::from_utf8_lossy(&document);
    if is_binary_machine_against_all(&document) {
        return Ok(());
    }
    let meta = Meta(std::fs::read_to_string(folder.join("meta.json")).map_err(|error| error.to_string())?);
    compare(folder, &meta, &document, &jit, &cells, &errors, tally)
}

/// Returns whether a document is a support vector machine for two categories with the default method. The reference always
/// returns the first of the two, against the standard (`docs/semantics.md`), so that only the engines are compared with each
/// other.
fn is_binary_machine_against_all(document: &str) -> bool {
    document.matches("<SupportVectorMachine ").count() == 1
        && document.contains("functionName=\"classification\"")
        && !document.contains("OneAgainstOne")
}

fn same_bits(left: &Value<'_>, right: &Value<'_>) -> bool {
    match (left, right) {
        (Value::Double(left), Value::Double(right)) => {
            left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan())
        }
        (Value::Float(left), Value::Float(right)) => {
            left.to_bits() == right.to_bits() || (left.is_nan() && right.is_nan())
        }
        (left, right) => left == right,
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Precision {
    Double,
    Single,
    ExactSingle,
}

fn compare(
    folder: &Path,
    meta: &Meta,
    document: &str,
    model: &Model,
    cells: &[Vec<Value<'static>>],
    errors: &[Option<String>],
    tally: &mut Tally,
) -> Result<(), String> {
    let jpmml = Table::read(&folder.join("jpmml.csv"));
    let expected = Table::read(&folder.join("expected.csv"));
    let (want, is_jpmml) = match (jpmml.as_ref(), expected.as_ref()) {
        (Some(jpmml), _) if !meta.trusts_expected() => (jpmml, true),
        (_, Some(expected)) => (expected, false),
        _ => return Ok(()),
    };
    let mut precision = match () {
        () if !document.contains("x-mathContext=\"float\"") => Precision::Double,
        () if ["normalizationMethod=\"exp\"", "function=\"exp\"", "classification"]
            .iter()
            .any(|word| document.contains(word)) =>
        {
            Precision::Single
        }
        () => Precision::ExactSingle,
    };
    if !is_jpmml {
        // The results of the training library, which are often rounded.
        precision = Precision::Single;
    }
    let either = jpmml.as_ref().filter(|_| meta.accepts_either());
    let lazy = meta.lazy_invalid_rows();
    if want.rows.len() != cells.len() {
        return Err(format!("{} rows for {}", cells.len(), want.rows.len()));
    }
    let failed = want.column("_error");
    let mut wrong = 0;
    let mut first = None;
    for (column, title) in want.header.iter().enumerate().filter(|(column, _)| Some(*column) != failed) {
        let names: Vec<&str> = model.signature().results.iter().map(|field| field.name.as_str()).collect();
        let Some(result) = names.iter().position(|name| name == title) else {
            return Err(format!("lacks the column {title:?}, has {names:?}"));
        };
        for (row, wanted) in want.rows.iter().enumerate() {
            let got = cells[row][result].to_string();
            let failure = failed.map_or("", |failed| wanted[failed].as_str());
            if !failure.is_empty() {
                if is_jpmml && failure == "ValueCheckException" && errors[row].is_none() && !is_missing(&got)
                {
                    wrong += 1;
                    first.get_or_insert_with(|| {
                        format!("row {row}: an invalid value was scored: {title} = {got:?}")
                    });
                }
                continue;
            }
            if lazy.contains(&row) && errors[row].is_some() {
                continue;
            }
            let also = either.and_then(|table| Some(table.rows.get(row)?[table.column(title)?].as_str()));
            if !same(&wanted[column], &got, precision, tally)
                && !also.is_some_and(|also| same(also, &got, precision, tally))
            {
                wrong += 1;
                first.get_or_insert_with(|| format!("row {row} {title}: {got:?}, not {:?}", wanted[column]));
            }
        }
    }
    match first {
        None => Ok(()),
        Some(first) => Err(format!("{wrong} cells differ; {first}")),
    }
}

fn number(text: &str) -> Option<f64> {
    let looks_like_one = text.starts_with(|first: char| first.is_ascii_digit() || "+-.NI".contains(first));
    looks_like_one.then(|| text.parse().ok()).flatten()
}

fn same(want: &str, got: &str, precision: Precision, tally: &mut Tally) -> bool {
    if is_missing(want) && is_missing(got) {
        return true;
    }
    let (Some(left), Some(right)) = (number(want), number(got)) else {
        let is_bool = |text: &str| text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false");
        return want == got || (is_bool(got) && want.eq_ignore_ascii_case(got));
    };
    tally.numbers += 1;
    if left == right || (left.is_nan() && right.is_nan()) {
        tally.equal += 1;
        return true;
    }
    match precision {
        Precision::ExactSingle => left as f32 == right as f32,
        _ => {
            let relative = if precision == Precision::Single { 1e-6 } else { 1e-9 };
            (left - right).abs() <= (relative * left.abs().max(right.abs())).max(1e-12)
        }
    }
}
