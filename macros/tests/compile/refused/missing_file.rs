mod house {
    pmml::pmml_model!("documents/absent.pmml");
}

fn main() {}
