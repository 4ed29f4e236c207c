//! The parameters of queries, and ids in paths. The length chooses the path.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pmml_fuzz::send;

const CSV: (&str, &str) = ("content-type", "text/csv");
const TABLE: &[u8] = b"id;x;y\n1;2;3\n'2';'NA';\"\"\n";

fuzz_target!(|query: &str| {
    match query.len() % 8 {
        0..4 => send("POST", &format!("/openscoring/model/line/csv?{query}"), &[CSV], TABLE),
        4 => send("POST", &format!("/openscoring/model/line/csv?stream=true&{query}"), &[CSV], TABLE),
        5 => send("POST", &format!("/openscoring/model/line/rollback?{query}"), &[], b""),
        6 => {
            let xml = ("content-type", "text/xml");
            send("PUT", &format!("/openscoring/model/new?{query}"), &[xml], b"<PMML/>");
        }
        _ => send("GET", &format!("/openscoring/model/{query}"), &[], b""),
    }
});
