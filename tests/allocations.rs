//! Scoring a row allocates nothing once a model has been used, unless it computes strings or ranks them.

use pmml::{DataType, Field, Model, Value};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::path::Path;

/// Counts the allocations of each thread.
struct Counting;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
}

// SAFETY: every call is passed on to the system's allocator; counting does not allocate.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the caller upholds the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: the memory came from the system's allocator.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        COUNT.with(|count| count.set(count.get() + 1));
        // SAFETY: the memory came from the system's allocator, and the caller upholds the contract of `realloc`.
        unsafe { System.realloc(memory, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Markup that computes strings or ranks them.
const STRINGS: [&str; 9] = [
    "\"reasonCode\"",
    "<TextIndex",
    "\"lowercase\"",
    "\"uppercase\"",
    "\"substring\"",
    "\"trimBlanks\"",
    "\"concat\"",
    "\"replace\"",
    "\"formatDatetime\"",
];

/// Returns the number of allocations of ten thousand calls.
fn allocations(model: &Model, rows: &[Vec<Value<'static>>]) -> usize {
    let predict = || {
        for row in rows {
            std::hint::black_box(model.predict(row.as_slice())).expect("the row is valid");
        }
    };
    // The first calls allocate what later ones reuse.
    predict();
    let before = COUNT.get();
    for _ in 0..10_000 / rows.len() {
        predict();
    }
    COUNT.get() - before
}

/// Returns the first rows of a file, as typed values in the order of the model's inputs.
fn rows(path: &Path, model: &Model) -> Vec<Vec<Value<'static>>> {
    let mut reader = csv::Reader::from_path(path).expect("the file is there");
    let columns = reader.headers().expect("it has a header").clone();
    let records = reader.records().take(50).map(|record| record.expect("it is a table"));
    let value = |text: &str, data_type: DataType| match data_type {
        _ if matches!(text, "" | "NA" | "N/A") => Value::Missing,
        DataType::Double | DataType::Float => text.parse().map_or(Value::Missing, Value::Double),
        DataType::Integer => text.parse().map_or(Value::Missing, Value::Integer),
        DataType::Boolean => text.parse().map_or(Value::Missing, Value::Boolean),
        _ => Value::String(text.to_owned().into()),
    };
    let row = |record: csv::StringRecord| {
        let cell = |field: &Field| {
            let column = columns.iter().position(|column| column == field.name);
            column
                .and_then(|column| record.get(column))
                .map_or(Value::Missing, |text| value(text, field.data_type))
        };
        model.signature().inputs.iter().map(cell).collect()
    };
    records.map(row).collect()
}

#[test]
fn ten_thousand_calls_allocate_nothing() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");
    let mut models = 0;
    for exporter in std::fs::read_dir(corpus).expect("the folder is there").flatten() {
        let Ok(folders) = std::fs::read_dir(exporter.path()) else { continue };
        for folder in folders.flatten().map(|folder| folder.path()) {
            let document = std::fs::read_to_string(folder.join("model.pmml")).expect("the document is there");
            if STRINGS.iter().any(|markup| document.contains(markup)) {
                continue;
            }
            let model = Model::from_str(&document).expect("the model can be scored");
            // Each call is a separate stream.
            if model.is_stateful() {
                continue;
            }
            let mut rows = rows(&folder.join("input.csv"), &model);
            rows.retain(|row| model.predict(row.as_slice()).is_ok());
            if rows.is_empty() {
                continue;
            }
            assert_eq!(allocations(&model, &rows), 0, "{}", folder.display());
            models += 1;
        }
    }
    assert!(models > 10, "{models} models");
}
