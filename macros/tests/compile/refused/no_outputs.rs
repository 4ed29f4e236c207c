mod house {
    pmml::pmml_model!("documents/house.pmml", outputs = []);
}

fn main() {}
