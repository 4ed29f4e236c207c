mod house {
    pmml::pmml_model!("documents/unclosed_element.pmml");
}

fn main() {}
