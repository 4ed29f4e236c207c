//! JSON lines: a response for each line that is not blank, each of them JSON.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pmml_fuzz::{MODELS, SUBJECT, check_refusal};

fuzz_target!(|body: &[u8]| {
    let lines = body.split(|byte| *byte == b'\n');
    let count = lines.filter(|line| !line.iter().all(u8::is_ascii_whitespace)).count();
    for id in MODELS {
        match SUBJECT.lines(id, body) {
            Ok(text) => {
                let text = String::from_utf8(text).expect("UTF-8");
                assert_eq!(text.lines().count(), count, "a response for each line");
                for line in text.lines() {
                    assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "not JSON: {line}");
                }
            }
            Err(refusal) => check_refusal(&refusal),
        }
    }
});
