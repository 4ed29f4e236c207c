mod house {
    pmml::pmml_model!("documents/house.pmml", outputs = ["prize"]);
}

fn main() {}
