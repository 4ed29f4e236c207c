mod house {
    pmml::pmml_model!(house);
}

fn main() {}
