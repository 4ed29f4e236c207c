//! Bodies that are compressed, as declared by the header or recognized by a document's first bytes. The first byte chooses
//! the encodings and the path.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pmml_fuzz::send;

const ENCODINGS: [&str; 4] = ["gzip", "deflate", "gzip, deflate", "identity"];
const JSON: (&str, &str) = ("content-type", "application/json");
const CSV: (&str, &str) = ("content-type", "text/csv");
const XML: (&str, &str) = ("content-type", "application/xml");

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let choice = usize::from(*choice);
    let encoding = ("content-encoding", ENCODINGS[choice % 4]);
    let accepted = ("accept-encoding", ENCODINGS[choice / 4 % 4]);
    match choice / 16 % 4 {
        0 => send("POST", "/openscoring/model/line/csv?stream=true", &[CSV, encoding, accepted], body),
        1 => send("PUT", "/openscoring/model/packed", &[XML, encoding, accepted], body),
        _ => send("POST", "/openscoring/model/line", &[JSON, encoding, accepted], body),
    }
});
