//! `pmmlc check`, `inspect` and `verify`.

mod common;

use common::{Folder, LINE, Run, corpus, pmmlc};

fn with(command: &str, document: &str, more: &[&str]) -> Run {
    let folder = Folder::new();
    let model = folder.write("model.pmml", document);
    let mut arguments = vec![command, model.to_str().unwrap()];
    arguments.extend(more);
    pmmlc(arguments)
}

/// Returns [`LINE`] with verification rows, of which the last has this expected result.
fn verified(result: &str) -> String {
    let verification = format!(
        r#"<ModelVerification recordCount="2" fieldCount="3">
      <VerificationFields>
        <VerificationField field="x" column="x"/>
        <VerificationField field="z" column="z"/>
        <VerificationField field="y" column="y" precision="1E-9"/>
      </VerificationFields>
      <InlineTable>
        <row><x>1</x><z>2</z><y>5</y></row>
        <row><x>3</x><y>{result}</y></row>
      </InlineTable>
    </ModelVerification>
  </RegressionModel>"#
    );
    LINE.replace("</RegressionModel>", &verification)
}

#[test]
fn check_summarizes_a_supported_model() {
    let run = with("check", LINE, &[]);
    let line = run.succeeds().stdout.trim_end();
    assert!(
        line.ends_with("supported: RegressionModel (regression), 2 inputs, 1 target, 0 outputs"),
        "{line}"
    );
    with("check", LINE, &["--model-name", "line"]).succeeds();
    with("check", LINE, &["--model-name", "curve"]).fails(&["no model of the name `curve`"]);
}

#[test]
fn check_warns_about_ignored_elements() {
    let run = with("check", &LINE.replace("<Header/>", "<Header/><Surprise/>"), &[]);
    let mut lines = run.succeeds().stdout.lines();
    let warning = lines.next().unwrap();
    assert!(warning.starts_with("warning: ") && warning.contains("model.pmml:2:12: "), "{warning}");
    assert!(warning.contains("Surprise"), "{warning}");
    assert!(lines.next().unwrap().contains("supported"));
}

#[test]
fn inspect_shows_fields_and_models() {
    let text = with("inspect", LINE, &[]).succeeds().stdout.clone();
    for line in [
        "PMML 4.4",
        "  x  active      double     continuous",
        "  z  active      double     continuous   [0..100]",
        "  y  target      double     continuous",
        "  RegressionModel `line` (regression), line 10: none, 2 terms",
    ] {
        assert!(text.lines().any(|found| found == line), "`{line}` is not in\n{text}");
    }
}

#[test]
fn inspect_counts_long_ensembles() {
    let Some(model) = corpus("sklearn/RandomForestWine/model.pmml") else { return };
    let text = pmmlc(["inspect".as_ref(), model.as_os_str()]).succeeds().stdout.clone();
    assert!(text.contains("MiningModel (classification)"), "{text}");
    assert!(text.contains("segment 1: TreeModel (classification)"), "{text}");
    assert!(text.lines().count() < 60, "{text}");
}

#[test]
fn inspect_reads_documents_that_cannot_be_scored() {
    let document = LINE.replace("RegressionModel", "GaussianProcessModel");
    let text = with("inspect", &document, &[]).succeeds().stdout.clone();
    assert!(text.contains("GaussianProcessModel `line` (regression), line 10"), "{text}");
}

#[test]
fn inspect_writes_json() {
    let text = with("inspect", LINE, &["--json"]).succeeds().stdout.clone();
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["version"], "4.4");
    assert_eq!(json["fields"][1]["name"], "z");
    assert_eq!(json["fields"][1]["usageType"], "active");
    assert_eq!(json["fields"][1]["intervals"][0]["rightMargin"], 100.0);
    assert_eq!(json["models"][0]["element"], "RegressionModel");
    assert_eq!(json["models"][0]["terms"], 2);
    let Some(model) = corpus("sklearn/RandomForestWine/model.pmml") else { return };
    let run = pmmlc(["inspect".as_ref(), model.as_os_str(), "--json".as_ref()]);
    let json: serde_json::Value = serde_json::from_str(&run.succeeds().stdout).unwrap();
    let segments = json["models"][0]["models"].as_array().unwrap();
    assert!(segments.len() > 5 && segments.iter().all(|segment| segment["nodes"].as_u64().unwrap() > 1));
}

#[test]
fn inspect_prints_the_program() {
    let text = with("inspect", LINE, &["--ir"]).succeeds().stdout.clone();
    assert!(!text.trim().is_empty());
    with("inspect", &LINE.replace("RegressionModel", "GaussianProcessModel"), &["--ir"])
        .fails(&["model.pmml:10:3"]);
}

#[test]
fn inspect_prints_the_forms_of_the_program() {
    let text = |form: &str| with("inspect", LINE, &[form]).succeeds().stdout.clone();
    assert_eq!(text("--ir"), text("--ir=lowered"));
    assert!(text("--ir=optimized").contains("body:\n"));
    assert!(text("--ir=stages").contains("stage 0: scalar, for all active rows\n"));
    #[cfg(any(target_arch = "x86_64", target_arch = "aarch64"))]
    assert!(text("--ir=clif").contains("fmul"));
    with("inspect", LINE, &["--ir=tokens"]).fails(&["tokens"]);
}

#[test]
fn verify_compares_with_the_document() {
    for backend in ["jit", "interp"] {
        let run = with("verify", &verified("7"), &["--backend", backend]);
        assert!(run.succeeds().stdout.contains("2 rows with 2 results: all agree"), "{run:#?}");
        let run = with("verify", &verified("7.5"), &["--backend", backend]);
        run.fails(&[
            "1 of 2 results differ",
            "row 2 of 2",
            "field `y`",
            "expected `7.5`, got `7.0`: a difference of 0.5",
        ]);
        // The expected value of a float is read as a float.
        let single = verified("7.1").replace(
            r#"name="y" optype="continuous" dataType="double""#,
            r#"name="y" optype="continuous" dataType="float""#,
        );
        let run = with(
            "verify",
            &single.replace("<x>3</x><y>7.1</y>", "<x>3.05</x><y>7.1</y>").replace("1E-9", "1E-13"),
            &["--backend", backend],
        );
        assert!(run.succeeds().stdout.contains("all agree"), "{run:#?}");
    }
    // The rows of a group are scored as one; each list has the cells that are not empty.
    let groups = r#"<PMML version="4.4"><Header/><DataDictionary>
      <DataField name="t" optype="categorical" dataType="string"/>
      <DataField name="item" optype="categorical" dataType="string"/></DataDictionary>
      <AssociationModel functionName="associationRules">
      <MiningSchema><MiningField name="t" usageType="group"/><MiningField name="item"/></MiningSchema>
      <Output>
        <OutputField name="rules" feature="ruleId" rank="0" isMultiValued="1"/><OutputField name="best" feature="confidence"/>
      </Output>
      <Item id="a" value="a"/><Item id="b" value="b"/><Itemset id="a"><ItemRef itemRef="a"/></Itemset>
      <Itemset id="b"><ItemRef itemRef="b"/></Itemset>
      <AssociationRule antecedent="a" consequent="b" support="1" confidence="0.5"/>
      <AssociationRule antecedent="a" consequent="b" support="1" confidence="0.25"/>
      <ModelVerification><VerificationFields><VerificationField field="t"/><VerificationField field="item"/>
        <VerificationField field="rules"/><VerificationField field="best"/></VerificationFields>
      <InlineTable>
        <row><t>1</t><item>a</item><rules>1</rules><best>0.5000001</best></row>
        <row><t>2</t><item>a</item></row>
        <row><t>1</t><rules>2</rules></row>
        <row><t>2</t><item>b</item></row>
      </InlineTable></ModelVerification></AssociationModel></PMML>"#;
    let run = with("verify", groups, &[]);
    assert!(run.succeeds().stdout.contains("2 rows with 2 results: all agree"), "{run:#?}");
    let run = with("verify", &groups.replace("<rules>2</rules>", ""), &[]);
    run.fails(&["1 of 2 results differ", "row 1 of 2", "field `rules`", "expected `[1]`, got `[1, 2]`"]);
    with("verify", LINE, &[]).fails(&["nothing to verify", "no `ModelVerification`"]);
}

#[test]
fn colors_are_for_terminals_unless_requested() {
    let broken = LINE.replace("version=\"4.4\"", "version=\"9\"");
    assert!(!with("check", &broken, &[]).stderr.contains('\x1B'));
    assert!(with("check", &broken, &["--color", "always"]).stderr.contains('\x1B'));
}

/// Returns [`LINE`] with derived fields, one of whose names has a comma.
fn with_derived_fields() -> String {
    let dictionary = r#"<TransformationDictionary>
    <DerivedField name="half" optype="continuous" dataType="double">
      <Apply function="/"><FieldRef field="x"/><Constant>2</Constant></Apply>
    </DerivedField>
    <DerivedField name="max(x, z)" optype="continuous" dataType="double">
      <Apply function="max"><FieldRef field="x"/><FieldRef field="z"/></Apply>
    </DerivedField>
  </TransformationDictionary>
  <RegressionModel"#;
    LINE.replace("<RegressionModel", dictionary)
}

#[test]
fn the_error_for_an_unknown_model_lists_the_models() {
    let other = LINE.find("  <RegressionModel").unwrap();
    let mut document = LINE.replace("</PMML>", "");
    document.push_str(&LINE[other..].replace("modelName=\"line\"", "modelName=\"curve\""));
    let words = "no model of the name `lien` (did you mean `line`?): it has `line`, `curve`";
    for command in ["check", "inspect", "verify", "build"] {
        with(command, &document, &["--model-name", "lien"]).fails(&["model.pmml: ", words]);
    }
}

#[test]
fn errors_name_the_file() {
    let invalid = LINE.replace("name=\"x\" coefficient", "name=\"w\" coefficient");
    let folder = Folder::new();
    let rows = folder.write("rows.csv", "x,z\n1,2\n");
    let rows = ["--input", rows.to_str().unwrap()];
    let commands = [("check", &[][..]), ("verify", &[]), ("build", &[]), ("score", &rows), ("bench", &rows)];
    for (command, more) in commands {
        with(command, &invalid, more).fails(&["model.pmml:17:7"]);
        with(command, LINE, &[more, &["--outputs", "q"]].concat())
            .fails(&["model.pmml: there is no result `q`"]);
        let mut arguments = vec![command, "nowhere.pmml"];
        arguments.extend(more);
        pmmlc(arguments).fails(&["nowhere.pmml", "there is no such file"]);
    }
    with("inspect", &invalid, &[]).succeeds();
    with("inspect", &invalid, &["--ir"]).fails(&["model.pmml:17:7"]);
}

#[test]
fn results_are_selected_by_name() {
    let document = with_derived_fields();
    let folder = Folder::new();
    let rows = folder.write("rows.csv", "x,z\n1,2\n3,\n,1\n");
    let score = |outputs: &[&str]| {
        let mut more = vec!["--input", rows.to_str().unwrap()];
        more.extend(outputs.iter().flat_map(|names| ["--outputs", names]));
        with("score", &document, &more)
    };
    assert_eq!(score(&[]).succeeds().stdout, "y\n5.0\n7.0\n\"\"\n");
    assert_eq!(score(&["half"]).succeeds().stdout, "half\n0.5\n1.5\n\"\"\n");
    let run = score(&["half, y", "\"max(x, z)\""]);
    assert_eq!(run.succeeds().stdout, "half,y,\"max(x, z)\"\n0.5,5.0,2.0\n1.5,7.0,3.0\n,,1.0\n");
    score(&["halv"]).fails(&["there is no result `halv` (did you mean `half`?)", "`max(x, z)`"]);
    score(&["x"]).fails(&["there is no result `x`: it is a field of the data"]);
    score(&["half,"]).fails(&["a name is empty"]);
    score(&["half,half"]).fails(&["the result `half` is selected twice"]);

    // Without the actual value of a target, selected or not.
    let residual = r#"<Output>
      <OutputField name="p" feature="predictedValue"/>
      <OutputField name="r" feature="residual"/>
    </Output>
    <RegressionTable"#;
    let document_with_residual = LINE.replace("<RegressionTable", residual);
    for (outputs, result) in [("y,p", "y,p\n5.0,5.0\n7.0,7.0\n,\n"), ("p", "p\n5.0\n7.0\n\"\"\n")] {
        let more = ["--input", rows.to_str().unwrap(), "--outputs", outputs];
        assert_eq!(with("score", &document_with_residual, &more).succeeds().stdout, result);
    }

    let source = with("build", &document, &["--outputs", "half"]).succeeds().stdout.clone();
    assert!(source.contains("pub half: Option<f64>") && !source.contains("pub y:"), "{source}");
    let line = with("check", &document, &["--outputs", "half,y"]).succeeds().stdout.clone();
    assert!(line.ends_with("2 inputs, 0 targets, 2 outputs\n"), "{line}");
}

#[test]
fn documents_without_a_model_are_scored() {
    let document = with_derived_fields();
    let end = document.find("  <RegressionModel").unwrap();
    let document = format!("{}</PMML>", &document[..end]);
    let folder = Folder::new();
    let rows = folder.write("rows.csv", "x,z,y\n1,2,\n3,101,\n,1,0\n");
    let run = with("score", &document, &["--input", rows.to_str().unwrap(), "--error-column", "error"]);
    assert_eq!(run.status, Some(2), "{run:#?}");
    let mut lines = run.stdout.lines();
    assert_eq!(lines.next(), Some("half,\"max(x, z)\",error"));
    assert_eq!(lines.next(), Some("0.5,2.0,"));
    assert!(lines.next().is_some_and(|line| line.starts_with(",,") && line.contains("`z`")), "{run:#?}");
    assert_eq!(lines.next(), Some(",1.0,"));
    let line = with("check", &document, &[]).succeeds().stdout.clone();
    assert!(
        line.ends_with("supported: transformations without a model, 2 inputs, 2 derived fields\n"),
        "{line}"
    );
    with("verify", &document, &[]).fails(&["there is nothing to verify"]);
    with("build", &document, &[]).succeeds();
    with("check", &document, &["--model-name", "line"]).fails(&["it has no model at all"]);
    let nothing = document.replace("DerivedField", "Extension");
    with("check", &nothing, &[]).fails(&["no model, and no derived fields either"]);
}
