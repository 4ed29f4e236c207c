mod house {
    pmml::pmml_model!("documents/house.pmml", model = "garden");
}

fn main() {}
