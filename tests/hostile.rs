//! No input makes the library panic or hang: neither damaged documents nor rows of nonsense.
//!
//! The documents are those of `tests/ir`, damaged at random, but in the same way in every run.

use pmml::{Backend, Batch, Column, Model, ModelOptions, Value};
use std::path::Path;
use std::time::{Duration, Instant};

/// A generator of pseudorandom numbers (xorshift64*).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % limit.max(1)
    }

    fn range(&mut self, length: usize) -> std::ops::Range<usize> {
        let start = self.below(length);
        start..(start + 1 + self.below(40)).min(length)
    }
}

fn documents() -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("ir");
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .expect("tests/ir exists")
        .map(|entry| entry.expect("a folder's entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pmml"))
        .collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("a document can be read")).collect()
}

/// Returns the ranges of the quoted values of a document's attributes.
fn values(document: &[u8]) -> Vec<std::ops::Range<usize>> {
    let quotes: Vec<usize> = (0..document.len()).filter(|offset| document[*offset] == b'"').collect();
    quotes.chunks_exact(2).map(|pair| pair[0] + 1..pair[1]).collect()
}

/// Returns the ranges of a document's tags.
fn tags(document: &[u8]) -> Vec<std::ops::Range<usize>> {
    let starts = (0..document.len()).filter(|offset| document[*offset] == b'<');
    starts
        .filter_map(|start| {
            let length = document[start..].iter().position(|byte| *byte == b'>')?;
            Some(start..start + length + 1)
        })
        .collect()
}

/// Values that may be invalid.
const WORDS: &[&str] = &[
    "",
    "-1",
    "0",
    "1e308",
    "NaN",
    "INF",
    "99999999999999999999",
    "9223372036854775807",
    "true",
    "x",
    "sum",
    "y",
    "double",
    "string",
    "integer",
    "date",
    "float",
    "boolean",
    "categorical",
    "&#0;",
    "&lt;",
    "ä",
    "none",
    "softmax",
    "median",
];

fn damage(random: &mut Random, document: &mut Vec<u8>, others: &[Vec<u8>]) {
    let length = document.len();
    match random.below(14) {
        0 => document.truncate(random.below(length)),
        1 => {
            if let Some(byte) = document.get_mut(random.below(length)) {
                *byte ^= 1 << random.below(8);
            }
        }
        2 => {
            let range = random.range(length);
            let part = document[range.clone()].to_vec();
            document.splice(range.end..range.end, part);
        }
        3 => {
            let range = random.range(length);
            document.drain(range);
        }
        // Another value for an attribute.
        4..=11 => {
            let values = values(document);
            if let Some(range) = values.get(random.below(values.len())) {
                let word = WORDS[random.below(WORDS.len())];
                document.splice(range.clone(), word.bytes());
            }
        }
        // Two tags change places, or a tag is doubled.
        12 => {
            let tags = tags(document);
            let (one, other) = (random.below(tags.len()), random.below(tags.len()));
            if let (Some(first), Some(second)) = (tags.get(one.min(other)), tags.get(one.max(other)))
                && first.end <= second.start
            {
                let (left, right) = (document[first.clone()].to_vec(), document[second.clone()].to_vec());
                document.splice(second.clone(), left);
                document.splice(first.clone(), right);
            }
        }
        // A tag of another document is inserted.
        _ => {
            let other = &others[random.below(others.len())];
            let (theirs, ours) = (tags(other), tags(document));
            if let (Some(from), Some(to)) =
                (theirs.get(random.below(theirs.len())), ours.get(random.below(ours.len())))
            {
                document.splice(to.start..to.start, other[from.clone()].to_vec());
            }
        }
    }
}

#[test]
fn damaged_documents_are_rejected_or_scored() {
    let documents = documents();
    let mut random = Random(7);
    let (mut accepted, mut tried) = (0, 0);
    let mut slowest = (Duration::ZERO, Vec::new());
    for round in 0..500 {
        for original in &documents {
            let mut document = original.clone();
            for _ in 0..1 + round % 2 {
                damage(&mut random, &mut document, &documents);
            }
            let start = Instant::now();
            tried += 1;
            if let Ok(model) = Model::from_reader(document.as_slice()) {
                accepted += 1;
                let row: Vec<Value<'_>> =
                    model.signature().inputs.iter().map(|_| Value::Double(1.0)).collect();
                let _ = model.predict(row.as_slice());
            }
            if start.elapsed() > slowest.0 {
                slowest = (start.elapsed(), document);
            }
        }
    }
    println!("{accepted} of {tried} are still models");
    assert!(accepted * 10 > tried, "the damage is so great that little is tested");
    let (time, document) = slowest;
    assert!(time < Duration::from_secs(2), "{time:?} for\n{}", String::from_utf8_lossy(&document));
}

#[test]
fn nonsense_in_rows_fails_row_by_row() {
    const CELLS: &[&str] = &[
        "",
        " ",
        "0",
        "-0",
        "1",
        "1.0",
        "1e999",
        "-1e-999",
        "NaN",
        "nan",
        "Infinity",
        "-INF",
        "0x1p3",
        "1_000",
        "1,5",
        "١",
        "true",
        "TRUE",
        "null",
        "NULL",
        "NA",
        "?",
        "\u{0}",
        "\u{feff}1",
        "\u{202e}x",
        "𝒳𝒴",
        "a\nb",
        "\"",
        "2020-02-30",
        "24:00:00",
        "99999999999999999999999999",
        "9223372036854775808",
        "-9223372036854775808",
        "red",
        "good good very bad",
    ];
    let mut random = Random(11);
    let cell = |random: &mut Random| match random.below(12) {
        0 => Value::Missing,
        1 => Value::Double(f64::from_bits(
            (random.below(usize::MAX) as u64) << 31 ^ random.below(usize::MAX) as u64,
        )),
        2 => Value::Integer((random.below(usize::MAX) as i64) << 33),
        3 => Value::Boolean(random.below(2) == 0),
        4 => Value::Float(f32::from_bits(random.below(usize::MAX) as u32)),
        5 => Value::List(vec![Value::Double(1.0), Value::Missing]),
        6 => Value::from("x".repeat(random.below(5000))),
        _ => Value::from(CELLS[random.below(CELLS.len())]),
    };
    for document in documents() {
        for backend in [Backend::Interpreter, Backend::Jit] {
            let model = ModelOptions::new()
                .backend(backend)
                .read(document.as_slice())
                .expect("the document is a model");
            let names: Vec<String> =
                model.signature().inputs.iter().map(|field| field.name.clone()).collect();
            let rows = 200;
            let columns: Vec<Vec<Value<'_>>> =
                names.iter().map(|_| (0..rows).map(|_| cell(&mut random)).collect()).collect();
            let mut batch = Batch::new(rows);
            for (name, column) in names.iter().zip(&columns) {
                batch = batch.column(name.as_str(), Column::Values(column));
            }
            let result = model.predict_batch(&batch).unwrap();
            let mut errors = result.errors().iter();
            for row in 0..rows {
                let values: Vec<Value<'_>> = columns.iter().map(|column| column[row].clone()).collect();
                match model.predict(values.as_slice()) {
                    Err(error) => assert_eq!(Some(&(row, error)), errors.next()),
                    Ok(record) => {
                        let batch: Vec<String> =
                            result.columns().iter().map(|column| format!("{:?}", column.get(row))).collect();
                        let alone: Vec<String> = record.values().map(|value| format!("{value:?}")).collect();
                        assert_eq!(alone, batch, "{values:?}");
                    }
                }
            }
        }
    }
}

/// Checks a limit on segments with different labels, for which some methods take time quadratic in the size of the document.
#[test]
fn labels_of_many_segments_are_limited() {
    let segment = |number: usize| {
        format!(
            r#"<Segment><SimplePredicate field="x" operator="lessThan" value="{number}"/>
            <TreeModel functionName="classification"><MiningSchema><MiningField name="x"/></MiningSchema>
            <Node score="a{number}"><True/><ScoreDistribution value="a{number}" recordCount="1"/>
            <ScoreDistribution value="b{number}" recordCount="1"/></Node></TreeModel></Segment>"#
        )
    };
    let document = |method: &str, segments: usize| {
        let segments: String = (0..segments).map(segment).collect();
        format!(
            r#"<PMML version="4.4"><Header/>
            <DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary>
            <MiningModel functionName="classification"><MiningSchema><MiningField name="x"/></MiningSchema>
            <Segmentation multipleModelMethod="{method}">{segments}</Segmentation></MiningModel></PMML>"#
        )
    };
    for method in ["max", "median", "selectFirst", "modelChain"] {
        assert!(Model::from_str(&document(method, 20)).is_ok(), "{method}");
        match Model::from_str(&document(method, 500)) {
            Err(error) => assert!(error.to_string().contains("labels of the segments"), "{method}: {error}"),
            Ok(_) => panic!("{method}: 1,000 labels of 500 segments are accepted"),
        }
    }
}

/// Checks a function that is lowered once for each call, each time with a reason to fail and a warning about its constant.
#[test]
fn messages_do_not_grow_with_strings_of_the_document() {
    let constant = "x\u{9b}1".repeat(50_000);
    let fields: String = (0..200)
        .map(|number| {
            format!(
                "<DerivedField name=\"d{number}\" optype=\"continuous\" dataType=\"double\"><Apply function=\"f\">\
                 <Apply function=\"+\"><FieldRef field=\"x\"/><Constant>{number}</Constant></Apply></Apply></DerivedField>"
            )
        })
        .collect();
    let terms: String =
        (0..200).map(|number| format!("<NumericPredictor name=\"d{number}\" coefficient=\"1\"/>")).collect();
    let document = format!(
        r#"<PMML version="4.4"><Header/><DataDictionary>
        <DataField name="x" optype="continuous" dataType="double"/>
        <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
        <TransformationDictionary><DefineFunction name="f" optype="continuous" dataType="double">
        <ParameterField name="p" optype="continuous" dataType="double"/>
        <Apply function="if"><Apply function="greaterThan"><FieldRef field="p"/><Constant>0</Constant></Apply>
        <FieldRef field="p"/><Apply function="+"><FieldRef field="p"/><Constant>{constant}</Constant></Apply></Apply>
        </DefineFunction></TransformationDictionary>
        <RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/>
        <MiningField name="y" usageType="target"/></MiningSchema><LocalTransformations>{fields}</LocalTransformations>
        <RegressionTable intercept="0">{terms}</RegressionTable></RegressionModel></PMML>"#
    );
    let model = Model::from_str(&document).unwrap();
    let is_fine = |message: &str| message.len() < 4_100 && !message.contains('\u{9b}');
    assert!(model.warnings().all(|warning| is_fine(&warning)));
    assert!(model.memory().program < 4 << 20, "{:?}", model.memory());
    let error = model.predict(&[("x", Value::from(-1000.0))]).unwrap_err();
    assert!(
        error.reason.contains("not a value of the type double") && is_fine(&error.to_string()),
        "{error}"
    );
}
