mod house {
    pmml::pmml_model!("documents/unsupported_model.pmml");
}

fn main() {}
