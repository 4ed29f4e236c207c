//! Streams of Arrow record batches. The library that reads them panics for some inconsistent lengths. The server catches such
//! panics, so that only those that it does not catch are findings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pmml_fuzz::{MODELS, SUBJECT, check_refusal};

fuzz_target!(init: std::panic::set_hook(Box::new(|_| {})), |body: &[u8]| {
    for id in MODELS {
        if let Err(refusal) = SUBJECT.arrow(id, body) {
            check_refusal(&refusal);
        }
    }
});
