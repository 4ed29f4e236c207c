//! Quoting of a document's strings in messages.

/// Maximum number of characters of a malformed value that a message quotes.
const MAX_QUOTED: usize = 60;

/// Returns a string, truncated for a message.
pub(super) fn quoted(text: &str) -> String {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
