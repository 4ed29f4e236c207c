//! A complete program.

mod house {
    pmml::pmml_model!("documents/house.pmml");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let output = house::predict(&house::Input { area: Some(100.0) })?;
    assert_eq!(output.price, Some(260.0));
    Ok(())
}
