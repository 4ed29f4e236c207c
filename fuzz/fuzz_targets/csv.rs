//! Tables. The first byte chooses charset, dialect and model.
#![no_main]

use libfuzzer_sys::fuzz_target;
use pmml_fuzz::{MODELS, SUBJECT, check_refusal};
use pmml_server::fuzzing::TableOptions;

const CHARSETS: [Option<&str>; 8] = [
    None,
    Some("ISO-8859-1"),
    Some("windows-1252"),
    Some("utf-16le"),
    Some("utf-16be"),
    Some("shift_jis"),
    Some("gb18030"),
    Some("iso-2022-jp"),
];
const DIALECTS: [(Option<&str>, Option<&str>); 4] =
    [(None, None), (Some(";"), None), (Some("\\t"), Some("'")), (Some("x"), Some("\\\""))];

fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let choice = usize::from(*choice);
    let (delimiter, quote) = DIALECTS[choice / CHARSETS.len() % DIALECTS.len()];
    let options = TableOptions {
        charset: CHARSETS[choice % CHARSETS.len()],
        delimiter,
        quote,
        missing: vec!["NA".to_owned()],
        error_column: choice & 32 != 0,
        finds_quotes: choice & 64 != 0,
    };
    for id in MODELS {
        match SUBJECT.table(id, &options, body) {
            Ok(text) if options.charset.is_none() => assert!(std::str::from_utf8(&text).is_ok(), "not UTF-8"),
            Ok(_) => {}
            Err(refusal) => check_refusal(&refusal),
        }
    }
});
