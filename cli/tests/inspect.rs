//! Snapshots of `pmmlc inspect`, as text and as JSON, of documents that can be scored and of others.
//!
//! For each document `cli/tests/inspect/NAME.pmml` there are `NAME.txt` and `NAME.json`. `UPDATE=1 cargo test -p pmmlc
//! --test inspect` rewrites these; read the diff before you commit it.

mod common;

use common::{Folder, pmmlc};
use std::fmt::Write;
use std::path::{Path, PathBuf};

#[test]
fn snapshots() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/inspect");
    let mut documents: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "pmml"))
        .collect();
    documents.sort();
    assert_eq!(documents.len(), 4);
    let mut differences = Vec::new();
    for document in &documents {
        for (option, extension) in [(None, "txt"), (Some("--json"), "json")] {
            let arguments = ["inspect".as_ref(), document.as_os_str()];
            let run = pmmlc(arguments.into_iter().chain(option.map(str::as_ref)));
            let (made, kept) = (&run.succeeds().stdout, document.with_extension(extension));
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(&kept, made).unwrap();
            } else if std::fs::read_to_string(&kept).unwrap_or_default() != *made {
                differences.push(format!("{}:\n{made}", kept.display()));
            }
        }
    }
    assert!(differences.is_empty(), "UPDATE=1 would accept these:\n{}", differences.join("\n"));
}

#[test]
fn deep_and_wide_documents_have_an_outline() {
    let model = |inside: &str| {
        format!(
            r#"<MiningModel functionName="regression"><MiningSchema/><Segmentation multipleModelMethod="sum">{inside}</Segmentation></MiningModel>"#
        )
    };
    // Far deeper than models may be nested, and too deep for recursion.
    let (mut deep, mut end) = (String::new(), String::new());
    for _ in 0..2_500 {
        deep.push_str("<MiningModel><Segmentation><Segment>");
        end.insert_str(0, "</Segment></Segmentation></MiningModel>");
    }
    // Without a limit on the total, this would show thousands of models.
    let mut wide = "<TreeModel/>".to_owned();
    for _ in 0..3 {
        wide = model(&format!("<Segment>{wide}</Segment>").repeat(30));
    }
    let folder = Folder::new();
    for (content, words) in [(format!("{deep}{end}"), "are not shown"), (wide, "more, with")] {
        let document = folder.write("model.pmml", format!(r#"<PMML version="4.4">{content}</PMML>"#));
        let text = pmmlc(["inspect".as_ref(), document.as_os_str()]).succeeds().stdout.clone();
        assert!(text.contains(words) && text.contains("Cannot be scored"), "{text}");
        assert!(text.lines().count() < 700, "{} lines", text.lines().count());
        let run = pmmlc(["inspect".as_ref(), document.as_os_str(), "--json".as_ref()]);
        let _: serde_json::Value = serde_json::from_str(&run.succeeds().stdout).unwrap();
    }
}

#[test]
fn strings_of_documents_are_truncated_and_escaped() {
    let folder = Folder::new();
    let mut document = r#"<PMML version="&#x202e;4"><Header description="a&#10;b"/>"#.to_owned();
    let _ = write!(document, r#"<TreeModel modelName="{}"/></PMML>"#, "x".repeat(5_000));
    let path = folder.write("model.pmml", document);
    let text = pmmlc(["inspect".as_ref(), path.as_os_str()]).succeeds().stdout.clone();
    assert!(text.starts_with("PMML \\u{202e}4\nDescription: a\\nb\n"), "{text}");
    assert!(text.lines().all(|line| line.chars().count() < 300), "{text}");
}

#[test]
fn documents_that_are_not_well_formed_are_rejected() {
    let folder = Folder::new();
    for (document, words) in [
        ("<PMML><Header></PMML>", "model.pmml:1:"),
        ("<PMML><Header/>", "the document ends inside of `PMML`"),
        ("<html/>", "this is not a PMML document"),
        ("", "the document is empty"),
    ] {
        let path = folder.write("model.pmml", document);
        pmmlc(["inspect".as_ref(), path.as_os_str()]).fails(&["model.pmml", words]);
    }
}
