mod house {
    pmml::pmml_model!("documents/not_xml.pmml");
}

fn main() {}
