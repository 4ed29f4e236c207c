//! Documents that are damaged, hostile or not supported: each is rejected with a position and a reason, without a crash.

mod common;

use common::{Folder, LINE, Run, run};
use std::process::Command;

/// Checks a document, in little memory if the system can limit it.
fn check(document: impl AsRef<[u8]>) -> Run {
    let folder = Folder::new();
    folder.write("model.pmml", document);
    let tool = env!("CARGO_BIN_EXE_pmmlc");
    let mut command = Command::new(if cfg!(unix) { "sh" } else { tool });
    if cfg!(unix) {
        command.args(["-c", "ulimit -v 200000; exec \"$0\" \"$@\"", tool]);
    }
    run(command.args(["check", "model.pmml"]).current_dir(folder.path("")), "")
}

/// Returns [`LINE`] with one part of it replaced.
#[track_caller]
fn changed(old: &str, new: &str) -> String {
    assert!(LINE.contains(old));
    LINE.replacen(old, new, 1)
}

#[test]
fn the_line_is_shown_with_its_position() {
    let run = check(changed("<RegressionTable intercept=\"1\">", "<RegressionTable intercept=\"one\">"));
    run.fails(&["model.pmml:16:5", "<RegressionTable intercept=\"one\">", "intercept"]);
}

#[test]
fn a_window_of_a_long_line_is_shown() {
    let document = changed("coefficient=\"2\"", "coefficient=\"two\"").replace('\n', &" ".repeat(2000));
    let run = check(document);
    run.fails(&["model.pmml:1:", "…", "<NumericPredictor name=\"x\" coefficient=\"two\"/>"]);
    assert!(run.stderr.len() < 2000, "{run:#?}");
}

#[test]
fn truncated() {
    for length in [0, 1, 40, 100, 300, 700, LINE.len() - 10] {
        check(&LINE[..length]).fails(&["model.pmml:"]);
    }
}

#[test]
fn not_a_pmml_document() {
    check("x,y\n1,2\n").fails(&["model.pmml:1:"]);
    check("<html><body/></html>").fails(&["model.pmml:1:1", "not a PMML document"]);
    check(b"\x7FELF\x02\x01\x01\0\0\0").fails(&["model.pmml:1:"]);
    check("<PMML version=\"9.1\"><DataDictionary/></PMML>").fails(&["PMML 9.1"]);
}

#[test]
fn nested_without_end() {
    check("<PMML version=\"4.4\">".to_owned() + &"<Extension>".repeat(200_000)).fails(&["model.pmml:1:"]);
    let deep = format!("{}<True/>{}", "<Node><True/>".repeat(200_000), "</Node>".repeat(200_000));
    let start = changed("<RegressionModel modelName=\"line\"", "<TreeModel");
    let start = start.split("<RegressionTable").next().unwrap();
    check(format!("{start}{deep}")).fails(&["model.pmml:16:"]);
    let applied = "<Apply function=\"-\">".repeat(200_000);
    let field = format!(
        "<TransformationDictionary><DerivedField name=\"d\" optype=\"continuous\" dataType=\"double\">{applied}"
    );
    check(changed("</DataDictionary>", &format!("</DataDictionary>{field}"))).fails(&["model.pmml:9:"]);
}

#[test]
fn entities() {
    let bomb = "<!DOCTYPE p [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>\n";
    check(format!("{bomb}{}", changed("\"line\"", "\"&b;\""))).fails(&["model.pmml:1:", "DOCTYPE"]);
    let external = "<!DOCTYPE p [<!ENTITY secret SYSTEM \"file:///etc/passwd\">]>\n";
    let run = check(format!("{external}{}", changed("\"line\"", "\"&secret;\"")));
    run.fails(&["model.pmml:1:", "DOCTYPE"]);
    assert!(!run.stderr.contains("root:"), "{run:#?}");
}

#[test]
fn an_attribute_of_fifty_megabytes() {
    let run = check(changed("\"line\"", &format!("\"{}\"", "x".repeat(50 << 20))));
    run.fails(&["model.pmml:10:", "longer than the limit"]);
    assert!(run.stderr.len() < 5000, "{}", run.stderr.len());
}

#[test]
fn bytes_that_xml_forbids() {
    check(changed("\"line\"", "\"li\0ne\"")).fails(&["model.pmml:10:", "U+0000"]);
    check(changed("\"line\"", "\"li\u{8}ne\"")).fails(&["model.pmml:10:", "U+0008"]);
    let latin1: Vec<u8> =
        LINE.replace("line", "l~ne").bytes().map(|b| if b == b'~' { 0xEC } else { b }).collect();
    check(latin1).fails(&["model.pmml:10:"]);
}

#[test]
fn a_model_of_an_unknown_type() {
    let document = LINE.replace("RegressionModel", "GaussianProcessModel");
    check(document).fails(&["model.pmml:10:3", "GaussianProcessModel", "<GaussianProcessModel modelName"]);
}

#[test]
fn no_model_at_all() {
    let start = LINE.split("  <RegressionModel").next().unwrap();
    check(format!("{start}</PMML>")).fails(&["model.pmml:1:1", "no model"]);
}

#[test]
fn a_missing_attribute() {
    check(changed("<DataField name=\"x\"", "<DataField")).fails(&["model.pmml:4:5", "`name`"]);
    check(changed(" functionName=\"regression\"", "")).fails(&["model.pmml:10:3", "functionName"]);
}

#[test]
fn an_unknown_field() {
    let document = changed("<NumericPredictor name=\"x\"", "<NumericPredictor name=\"w\"");
    check(document).fails(&["model.pmml:17:7", "`w`"]);
    check(changed("<MiningField name=\"x\"/>", "<MiningField name=\"w\"/>"))
        .fails(&["model.pmml:12:7", "`w`"]);
}

#[test]
fn derived_fields_in_a_circle() {
    let field = |name: &str, of: &str| {
        format!(
            "<DerivedField name=\"{name}\" optype=\"continuous\" dataType=\"double\"><FieldRef field=\"{of}\"/></DerivedField>\n"
        )
    };
    let circle = format!(
        "</DataDictionary>\n<TransformationDictionary>\n{}{}</TransformationDictionary>",
        field("a", "b"),
        field("b", "a")
    );
    let document =
        changed("</DataDictionary>", &circle).replace("Predictor name=\"x\"", "Predictor name=\"a\"");
    check(document).fails(&["model.pmml:11:1", "`a`"]);
}

#[test]
fn text_of_sixty_megabytes() {
    let start = "<PMML version=\"4.4\"><Header><Annotation>";
    check(format!("{start}{}", "x".repeat(60 << 20))).fails(&["model.pmml:1:", "limit"]);
}

#[test]
fn documents_that_expand_too_much() {
    let functions: String = (0..24)
        .map(|number| {
            let call = |constant: usize| match number {
                0 => "<FieldRef field=\"a\"/>".to_owned(),
                _ => format!(
                    "<Apply function=\"f{}\"><Apply function=\"*\"><FieldRef field=\"a\"/><Constant>{constant}\
                     </Constant></Apply></Apply>",
                    number - 1
                ),
            };
            format!(
                "<DefineFunction name=\"f{number}\" optype=\"continuous\" dataType=\"double\">\
                 <ParameterField name=\"a\" optype=\"continuous\" dataType=\"double\"/>\
                 <Apply function=\"+\">{}{}</Apply></DefineFunction>",
                call(2 * number),
                call(2 * number + 1)
            )
        })
        .collect();
    let dictionary =
        format!("</DataDictionary><TransformationDictionary>{functions}</TransformationDictionary>");
    let local = "</MiningSchema><LocalTransformations><DerivedField name=\"d\" optype=\"continuous\" \
                 dataType=\"double\"><Apply function=\"f23\"><FieldRef field=\"x\"/></Apply></DerivedField>\
                 </LocalTransformations>";
    let document = changed("</DataDictionary>", &dictionary);
    let document = document.replacen("</MiningSchema>", local, 1);
    let document = document.replacen("<NumericPredictor name=\"x\"", "<NumericPredictor name=\"d\"", 1);
    check(document).fails(&["`Apply` makes the program larger than", "`max_expansion`", "--max-expansion"]);
}

#[test]
fn rows_that_compute_too_much() {
    let fields: String = (1..=30)
        .map(|number| {
            let before = if number == 1 { "text".to_owned() } else { format!("t{}", number - 1) };
            format!(
                "<DerivedField name=\"t{number}\" optype=\"categorical\" dataType=\"string\">\
                 <Apply function=\"concat\"><FieldRef field=\"{before}\"/><FieldRef field=\"{before}\"/></Apply>\
                 </DerivedField>"
            )
        })
        .collect();
    let document = format!(
        "<PMML version=\"4.4\"><Header/><DataDictionary>\
         <DataField name=\"text\" optype=\"categorical\" dataType=\"string\"/>\
         <DataField name=\"y\" optype=\"continuous\" dataType=\"double\"/></DataDictionary>\
         <RegressionModel functionName=\"regression\"><MiningSchema><MiningField name=\"text\"/>\
         <MiningField name=\"y\" usageType=\"target\"/></MiningSchema>\
         <Output><OutputField name=\"length\" dataType=\"integer\" optype=\"continuous\" \
         feature=\"transformedValue\"><Apply function=\"stringLength\"><FieldRef field=\"t30\"/></Apply></OutputField>\
         </Output><LocalTransformations>{fields}</LocalTransformations><RegressionTable intercept=\"1\"/>\
         </RegressionModel></PMML>"
    );
    let folder = Folder::new();
    folder.write("model.pmml", document);
    let tool = env!("CARGO_BIN_EXE_pmmlc");
    let mut command = Command::new(tool);
    let arguments = ["score", "model.pmml", "--error-column", "error"];
    let run = run(command.args(arguments).current_dir(folder.path("")), "text\na\n\"\"\n");
    assert_eq!(run.status, Some(2), "{run:#?}");
    assert!(run.stdout.contains("take more memory or time than a row may"), "{run:#?}");
}

/// Checks that line breaks in names of models and files do not end the comment that names the origin of the source.
#[test]
#[cfg(unix)]
fn names_stay_in_the_comment_of_generated_source() {
    let folder = Folder::new();
    let attack = "&#10;pub fn injected() {}&#13;&#x2028;&#x202e;// ";
    let model = changed("modelName=\"line\"", &format!("modelName=\"{attack}\""));
    let name = "model\npub fn injected() {}\r\u{202e}.pmml";
    folder.write(name, model);
    let tool = env!("CARGO_BIN_EXE_pmmlc");
    let run = run(Command::new(tool).args(["build", name]).current_dir(folder.path("")), "");
    let source = &run.succeeds().stdout;
    let comment = source.lines().next().unwrap();
    assert!(comment.starts_with("// Generated by pmml"), "{comment}");
    assert!(
        comment.contains(r"`\u{a}pub fn injected() {}\u{d}\u{2028}\u{202e}// ` of model\u{a}pub"),
        "{comment}"
    );
    assert!(source.lines().skip(1).all(|line| !line.starts_with("pub fn injected")), "{source}");
    assert!(!source.contains(['\r', '\u{2028}', '\u{202e}']), "{source}");
}
