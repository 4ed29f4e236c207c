//! Source from documents with arbitrary strings: it has exactly the items that follow from the model's signature. The first
//! byte chooses the kind of document. Strings are separated by NUL, which XML does not allow; the first is also the file's
//! name.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use pmml_hostile_source::{check_document, documents};

/// Maximum number of strings in a document. More would only repeat the same source.
const MOST: usize = 4;

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Some((kind, bytes)) = bytes.split_first() else { return Corpus::Reject };
    let mut strings: Vec<String> = Vec::new();
    for text in String::from_utf8_lossy(bytes).split('\0').take(MOST) {
        let text: String = text.chars().filter(|character| is_allowed(*character)).collect();
        // Names of fields are distinct.
        if !strings.contains(&text) {
            strings.push(text);
        }
    }
    let documents = documents(&strings);
    let document = &documents[usize::from(*kind) % documents.len()];
    match check_document(document, &strings[0]) {
        Ok(0) => Corpus::Reject,
        Ok(_) => Corpus::Keep,
        Err(why) => panic!("{why}\n{document}"),
    }
});

/// Returns whether XML allows a character.
fn is_allowed(character: char) -> bool {
    !matches!(character, '\0'..='\u{8}' | '\u{B}' | '\u{C}' | '\u{E}'..='\u{1F}' | '\u{FFFE}' | '\u{FFFF}')
}
