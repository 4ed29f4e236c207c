//! Text of the document, and the name of its file, inside comments.
//!
//! Comments and documentation are the only places of generated source where such text is outside of a
//! literal. Both functions here are total: for any text, the result is one line of printable characters, so
//! that it ends no comment, reorders nothing on a screen, and passes the lints of the Rust compiler. Text is
//! cleaned here, where a comment is composed, and not in the composed comment, where it can no longer be
//! distinguished.

use pmml_runtime::diagnostics::quote::is_legible;
use std::fmt::Write;

/// The largest number of characters of a text that a comment shows.
const LONGEST: usize = 200;

/// Returns a text for a comment: control characters, line separators and invisible characters as `\u{…}`, and at most
/// [`LONGEST`] characters of it.
pub(super) fn plain(text: &str) -> String {
    let mut shown = String::new();
    let mut characters = text.chars();
    for character in characters.by_ref().take(LONGEST) {
        if !is_legible(character) {
            // Writing to a String cannot fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// Returns a text as a code span of Markdown, for documentation: there it is not markup, a link, HTML, or a
/// fence that begins a doctest.
pub(super) fn code(text: &str) -> String {
    match text {
        // Two backticks with nothing between them begin another code span.
        "" => "`\"\"`".to_owned(),
        _ => format!("`{}`", plain(text).replace('`', "\\u{60}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_and_invisible_characters_are_escaped() {
        for (text, expected) in [
            ("Sepal.Length", "Sepal.Length"),
            ("größe, किताब, 花", "größe, किताब, 花"),
            ("a\nb\r\nc", "a\\u{a}b\\u{d}\\u{a}c"),
            ("a\u{85}\u{2028}\u{2029}", "a\\u{85}\\u{2028}\\u{2029}"),
            ("\u{202E}gnp\u{2066}", "\\u{202e}gnp\\u{2066}"),
            ("*/ `//` \"#", "*/ `//` \"#"),
        ] {
            assert_eq!(plain(text), expected);
        }
        assert_eq!(plain(&"x".repeat(201)), format!("{}…", "x".repeat(200)));
    }

    #[test]
    fn code_spans_have_two_backticks() {
        for text in ["", "x", "`", "```rust", "a`b``c", "`\n```\nfn main() {}\n```"] {
            let span = code(text);
            assert_eq!(span.matches('`').count(), 2, "{span}");
            assert!(span.starts_with('`') && span.ends_with('`'), "{span}");
        }
    }
}
