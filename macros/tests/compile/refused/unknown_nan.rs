mod house {
    pmml::pmml_model!("documents/house.pmml", nan = "zero");
}

fn main() {}
