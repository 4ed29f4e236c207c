//! Tables in the forms that occur in practice: delimiters, headers, encodings, missing values.

mod common;

use common::{Folder, Run, pmmlc};
use std::path::PathBuf;

#[track_caller]
fn gives(run: &Run, csv: &str) {
    assert_eq!(run.stdout, csv, "{run:#?}");
    run.succeeds();
}

/// y is 10 for North America, 20 for Europe, 30 for an empty string, and 0 for a missing value.
const CONTINENTS: &str = r#"<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4">
  <Header/>
  <DataDictionary>
    <DataField name="Kontinent (Größe)" optype="categorical" dataType="string">
      <Value value="NA"/><Value value="欧洲"/><Value value=""/>
    </DataField>
    <DataField name="note" optype="categorical" dataType="string"/>
    <DataField name="y" optype="continuous" dataType="double"/>
  </DataDictionary>
  <RegressionModel functionName="regression">
    <MiningSchema>
      <MiningField name="Kontinent (Größe)"/>
      <MiningField name="note" missingValueReplacement="none"/>
      <MiningField name="y" usageType="target"/>
    </MiningSchema>
    <Output>
      <OutputField name="y" feature="predictedValue" optype="continuous" dataType="double"/>
      <OutputField name="text" feature="transformedValue" optype="categorical" dataType="string">
        <FieldRef field="note"/>
      </OutputField>
    </Output>
    <RegressionTable intercept="0">
      <CategoricalPredictor name="Kontinent (Größe)" value="NA" coefficient="10"/>
      <CategoricalPredictor name="Kontinent (Größe)" value="欧洲" coefficient="20"/>
      <CategoricalPredictor name="Kontinent (Größe)" value="" coefficient="30"/>
    </RegressionTable>
  </RegressionModel>
</PMML>
"#;

fn score(csv: impl AsRef<[u8]>, more: &[&str]) -> Run {
    let folder = Folder::new();
    let (model, input) = (folder.write("model.pmml", CONTINENTS), folder.write("rows.csv", csv));
    let mut arguments = vec!["score".into(), model, "--input".into(), input];
    arguments.extend(more.iter().map(PathBuf::from));
    pmmlc(arguments)
}

#[test]
fn a_declared_value_is_a_value() {
    let csv = "Kontinent (Größe),note\nNA,NA\n欧洲,N/A\n,x\n";
    let run = score(csv, &[]);
    gives(&run, "y,text\n10.0,none\n20.0,none\n0.0,x\n");
    assert!(run.stderr.contains("`NA` is a value of `Kontinent (Größe)`"), "{run:#?}");
    gives(&score(csv, &["--missing", "NA,x"]), "y,text\n10.0,none\n20.0,N/A\n0.0,none\n");
    let plain = score("Kontinent (Größe),note\nNA,NA\n", &["--missing", ""]);
    gives(&plain, "y,text\n10.0,NA\n");
    assert!(plain.stderr.is_empty(), "{plain:#?}");
}

#[test]
fn empty_strings_can_be_read() {
    let csv = "Kontinent (Größe),note\n\"\",\"\"\n,\n欧洲,\"\"\n";
    gives(&score(csv, &[]), "y,text\n0.0,none\n0.0,none\n20.0,none\n");
    gives(&score(csv, &["--empty", "quoted"]), "y,text\n30.0,\n0.0,none\n20.0,\n");
    gives(&score(csv, &["--empty", "text"]), "y,text\n30.0,\n30.0,\n20.0,\n");
}

#[test]
fn encodings() {
    let line = common::LINE.replace("\"x\"", "\"欧洲\"");
    let folder = Folder::new();
    let model = folder.write("model.pmml", line);
    let scored = |bytes: &[u8], encoding: &[&str]| {
        let input = folder.write("rows.csv", bytes);
        let mut arguments = vec!["score".into(), model.clone(), "--input".into(), input];
        arguments.extend(encoding.iter().map(PathBuf::from));
        pmmlc(arguments)
    };
    gives(&scored(b"\xc5\xb7\xd6\xde,z\n1,2\n", &["--encoding", "GBK"]), "y\n5.0\n");
    gives(&scored(b"\x89\xa2\x8f\x46,z\n1,2\n", &["--encoding", "Shift_JIS"]), "y\n5.0\n");
    let utf16: Vec<u8> = "\u{feff}欧洲;z\r\n1;2\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    gives(&scored(&utf16, &[]), "y\n5.0\n");
    scored(b"\xc5\xb7\xd6\xde,z\n1,2\n", &[]).fails(&[
        "line 1, column 1",
        "not UTF-8",
        "--encoding windows-1252",
    ]);
    scored(b"\xc5\xb7\xd6\xde,z\n1,\xff\n", &["--encoding", "GBK"]).fails(&["line 2, column `z`", "not GBK"]);
    let wrong = scored(b"x,z\n", &["--encoding", "klingon"]);
    assert_eq!(wrong.status, Some(1), "{wrong:#?}");
    assert!(wrong.stderr.contains("there is no charset `klingon`"), "{wrong:#?}");
}

#[test]
fn delimiters_are_detected() {
    let folder = Folder::new();
    gives(&folder.score("x;z\r\n1;2\r\n", &["--id", "x"]), "x;y\n1;5.0\n");
    gives(&folder.score("x\tz\n1\t2\n", &["--id", "x"]), "x\ty\n1\t5.0\n");
    gives(&folder.score("x|z\n1|2\n", &[]), "y\n5.0\n");
    gives(&folder.score("x,z\n1,2\n", &[]), "y\n5.0\n");
    // The header decides, so that wrong rows are reported with their lines.
    folder.score("x;z\n1;2\n1,3\n", &[]).fails(&["line 3: the row has 1 cell", "--delimiter"]);
    let run = folder.score("x;z\n1;2\n", &["--delimiter", ","]);
    run.fails(&["none of the model's input fields: it has `x;z`", "are the cells separated by `;`?"]);
}

#[test]
fn similar_names_in_headers_are_shown() {
    let folder = Folder::new();
    folder
        .score("x, \"z\"\n1,2\n", &[])
        .fails(&["line 1: the header has no column for `z` (did you mean the column ` \"z\"`?)"]);
    folder
        .score("X,z\n1,2\n", &[])
        .fails(&["no column for `x` (did you mean the column `X`?)", "--allow-missing-columns"]);
    gives(&folder.score("X,z\n1,2\n", &["--allow-missing-columns"]), "y\n\"\"\n");
    score("Kontinent (Grösse),Note\nNA,x\n", &[]).fails(&[
        "(did you mean the column `Kontinent (Grösse)`?), `note` (did you mean the column `Note`?)",
    ]);
}
