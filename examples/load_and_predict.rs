//! Loads a model and scores one row.
//!
//! `cargo run --features jit --example load_and_predict`

use pmml::{Model, Value};
use std::error::Error;
use std::path::Path;

fn main() -> Result<(), Box<dyn Error>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/data");
    let model = Model::load(data.join("iris.pmml"))?;

    for input in &model.signature().inputs {
        println!("input  {}: {}", input.name, input.data_type);
    }

    let row = [
        ("sepal_length", Value::from(6.3)),
        ("sepal_width", Value::from(2.8)),
        ("petal_length", Value::from(5.1)),
        ("petal_width", Value::from(1.5)),
    ];
    let result = model.predict(&row)?;
    for (name, value) in result.iter() {
        println!("result {name}: {value}");
    }

    // A value that cannot be converted to its field's type fails the row. The error names field, value and reason.
    if let Err(error) = model.predict(&[("sepal_length", Value::from("long"))]) {
        println!("error  {error}");
    }
    Ok(())
}
