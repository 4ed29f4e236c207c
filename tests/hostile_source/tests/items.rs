//! Source from arbitrary strings has exactly the items that follow from the model's signature.

use pmml_hostile_source::{check, check_document, documents, hostile};
use proptest::prelude::{Just, Strategy, any};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

#[test]
fn hostile_strings_do_not_escape() {
    let strings = hostile();
    for (number, document) in documents(&strings).iter().enumerate() {
        for origin in &strings {
            // One file name for each document is enough, except for the smallest.
            if number == 4 || origin == &strings[number] {
                let count = check_document(document, origin).unwrap_or_else(|why| panic!("{number}: {why}"));
                assert!(count > 0, "document {number} is rejected");
            }
        }
    }
}

/// Makes strings that are concatenated from pieces of hostile ones and arbitrary characters.
#[test]
fn random_strings_do_not_escape() {
    let pieces = hostile().into_iter().filter(|piece| piece.len() < 200).collect::<Vec<_>>();
    let piece = (0..pieces.len()).prop_map(move |number| pieces[number].clone());
    let any_text = proptest::collection::vec(any::<char>(), 0..6).prop_map(String::from_iter);
    let text = proptest::collection::vec(
        proptest::prop_oneof![3 => piece, 1 => any_text, 1 => Just(" ".into())],
        1..4,
    )
    .prop_map(|pieces| pieces.concat());
    let strings = proptest::collection::vec(text, 3..8);
    let config = Config { cases: 60, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let checked = std::cell::Cell::new(0);
    let result = runner.run(&strings, |strings| {
        for document in documents(&strings) {
            let count =
                check_document(&document, &strings[0]).map_err(proptest::test_runner::TestCaseError::fail)?;
            checked.set(checked.get() + count);
        }
        Ok(())
    });
    if let Err(error) = result {
        panic!("{error}");
    }
    assert!(checked.get() > 100, "only {} sources: the documents are rejected", checked.get());
}

/// Checks that source with additional or changed items is rejected.
#[test]
fn changed_source_is_rejected() {
    let strings: Vec<String> = ["x", "y 1", "z"].map(str::to_owned).to_vec();
    let document = pmml_compiler::document::read_str(&documents(&strings)[0]).expect("a document");
    let lowered = pmml_compiler::lower::lower(&document, &Default::default()).expect("a model");
    let source = pmml_compiler::rust::file(&lowered, None, &Default::default()).expect("source");
    check(&lowered, false, &source).expect("as it was generated");
    for (found, put) in [
        (". Do not edit", ".\npub fn injected() {}\n//"),
        (". Do not edit", ".\r Do not edit"),
        (". Do not edit", ". \u{202E} Do not edit"),
        ("/// A row of input.", "/// A row of input.\n// An aside.\n///"),
        ("pub struct Input", "pub struct Injected;\npub struct Input"),
        ("pub struct Input", "#[repr(C)]\npub struct Input"),
        ("pub struct Input", "#[doc = include_str!(\"/etc/passwd\")]\npub struct Input"),
        ("    pub y_1:", "    pub injected: u8,\n    pub y_1:"),
        ("pub const TARGETS: usize = 1;", "pub const TARGETS: usize = { std::process::abort() };"),
        ("pub const TARGETS: usize = 1;", "pub const TARGETS: usize = include!(\"x\");"),
        ("pub const TARGETS: usize = 1;", "pub const TARGETS: usize = 1; pub mod injected {}"),
        ("pub const TARGETS: usize = 1;", "pub const TARGETS: usize = 1; const _: () = ();"),
        ("pub const TARGETS: usize = 1;", "pub const TARGETS: usize = unsafe { 1 };"),
        ("name: \"y 1\"", "name: \"y 2\""),
    ] {
        assert!(source.contains(found), "{found}");
        let changed = source.replacen(found, put, 1);
        assert!(check(&lowered, false, &changed).is_err(), "{put}");
    }
}
