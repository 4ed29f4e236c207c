mod house {
    pmml::pmml_model!("documents/invalid_element.pmml");
}

fn main() {}
