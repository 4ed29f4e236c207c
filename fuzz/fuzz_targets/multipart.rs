//! Bodies in parts, with the boundary `x`: a deployment, and a table.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pmml_fuzz::send;

const TYPE: (&str, &str) = ("content-type", "multipart/form-data; boundary=x");

fuzz_target!(|body: &[u8]| {
    send("PUT", "/openscoring/model/parts", &[TYPE], body);
    send("POST", "/openscoring/model/line/csv", &[TYPE], body);
});
