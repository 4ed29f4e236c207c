//! A document, from its bytes to results: rows are scored by machine code and by the interpreter, row by row and as a block,
//! which must return the same bits.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use pmml::{Backend, DataType, Model, ModelOptions, Value};

fuzz_target!(|document: &[u8]| -> Corpus {
    let Ok(model) = ModelOptions::new().read(document) else { return Corpus::Keep };
    let interpreted =
        ModelOptions::new().backend(Backend::Interpreter).read(document).expect("it was read before");
    let _ = (model.verify(), model.ir(), model.warnings().count());
    for row in 0..4 {
        assert_eq!(score(&model, row), score(&interpreted, row), "row {row}");
    }
    Corpus::Keep
});

/// Returns the results of a row whose values follow from its number and the document's fields.
fn score(model: &Model, row: usize) -> String {
    let inputs = &model.signature().inputs;
    let value = |number: usize| match (row + number) % 4 {
        0 => Value::Missing,
        1 => inputs[number]
            .values
            .first()
            .map_or(Value::Integer(1), |category| Value::from(category.value.as_str())),
        _ if inputs[number].data_type == DataType::String => Value::from("x"),
        _ => Value::Double(0.5 * row as f64),
    };
    let row: Vec<_> =
        inputs.iter().enumerate().map(|(number, field)| (field.name.as_str(), value(number))).collect();
    match model.predict(&row[..]) {
        Ok(record) => format!("{:?}", record),
        Err(error) => format!("{error}"),
    }
}
