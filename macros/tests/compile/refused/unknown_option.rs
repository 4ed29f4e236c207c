mod house {
    pmml::pmml_model!("documents/house.pmml", backend = "fast");
}

fn main() {}
