//! The body of an evaluation of several rows.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pmml_fuzz::{MODELS, SUBJECT, check_json};

fuzz_target!(|body: &[u8]| {
    for id in MODELS {
        check_json(&SUBJECT.batch(id, body));
    }
});
