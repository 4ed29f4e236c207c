//! How messages quote what a document has.

/// How many characters of a malformed value a message quotes.
const MAX_QUOTED: usize = 60;

/// Returns a string as a message quotes it.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
