//! Loading: errors, and the selection of results.

use pmml::{Error, ModelOptions, Value};
use std::path::Path;

const DOCUMENT: &str = r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header/>
<DataDictionary>
  <DataField name="x" optype="continuous" dataType="double"/>
  <DataField name="y" optype="continuous" dataType="double"/>
</DataDictionary>
<TransformationDictionary>
  <DerivedField name="half" optype="continuous" dataType="double"><Apply function="/"><FieldRef field="x"/><Constant>2</Constant></Apply></DerivedField>
</TransformationDictionary>
<RegressionModel functionName="regression">
  <MiningSchema><MiningField name="x"/><MiningField name="y" usageType="target"/></MiningSchema>
  <RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
</RegressionModel></PMML>"#;

fn in_a_file(name: &str, document: &str, load: impl FnOnce(&Path)) {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::create_dir_all(&folder).unwrap();
    let path = folder.join("model.pmml");
    std::fs::write(&path, document).unwrap();
    load(&path);
    std::fs::remove_dir_all(folder).unwrap();
}

#[test]
fn errors_name_the_file() {
    let invalid = DOCUMENT.replace("name=\"x\" coefficient", "name=\"w\" coefficient");
    in_a_file("invalid", &invalid, |path| {
        let error = pmml::Model::load(path).unwrap_err();
        let message = error.to_string();
        assert!(message.starts_with(&format!("{}:11:34: ", path.display())), "{message}");
        assert_eq!(error.position().map(|position| position.line), Some(11));
        assert!(matches!(error, Error::File { error, .. } if matches!(*error, Error::Document(_))));
    });
    in_a_file("not_found", DOCUMENT, |path| {
        let error = ModelOptions::new().outputs(["halv"]).load(path).unwrap_err();
        let words = "model.pmml: there is no result `halv` (did you mean `half`?): there are `y`, `half`";
        assert!(error.to_string().ends_with(words), "{error}");
        assert_eq!(error.position(), None);
        let error = ModelOptions::new().model_name("m").load(path).unwrap_err();
        assert!(error.to_string().ends_with("of the name `m`: it has a model without a name"), "{error}");
    });
    let message = pmml::Model::load("nowhere.pmml").unwrap_err().to_string();
    assert!(message.starts_with("nowhere.pmml: the document cannot be read: "), "{message}");
    // Errors of documents that were not read from a file name no file.
    let message = pmml::Model::from_str(&invalid).unwrap_err().to_string();
    assert!(message.starts_with("11:34: "), "{message}");
}

#[test]
fn results_are_selected_by_name() {
    let row = [("x", Value::Double(3.0))];
    for (outputs, values) in [(&[][..], &[7.0][..]), (&["half"], &[1.5]), (&["half", "y"], &[1.5, 7.0])] {
        let model = ModelOptions::new().outputs(outputs).parse(DOCUMENT).unwrap();
        let record = model.predict(&row).unwrap();
        assert_eq!(record.values().map(|value| value.as_f64().unwrap()).collect::<Vec<_>>(), values);
        let signature = model.signature();
        assert_eq!(signature.targets, usize::from(outputs.is_empty()));
        if !outputs.is_empty() {
            assert_eq!(record.get("half"), Some(Value::Double(1.5)));
        }
    }
}

#[test]
fn unselected_results_are_not_computed() {
    let model = |outputs: &[&str]| ModelOptions::new().outputs(outputs).parse(DOCUMENT).unwrap();
    // Neither without the option nor if other results are selected.
    assert!(!model(&[]).ir().contains(" / "));
    assert!(model(&["half"]).ir().contains(" / "));
    let program = |outputs: &[&str]| {
        let document = pmml_compiler::document::read_str(DOCUMENT).unwrap();
        let outputs = outputs.iter().map(|name| (*name).to_owned()).collect();
        let options = pmml_compiler::lower::Options { outputs, ..Default::default() };
        let lowered = pmml_compiler::lower::lower(&document, &options).unwrap();
        pmml_compiler::passes::optimize(lowered.program).to_string()
    };
    assert!(program(&["y"]).contains(" * ") && !program(&["half"]).contains(" * "));
}
