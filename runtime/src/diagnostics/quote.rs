//! Values in messages: short, and without characters that affect a terminal or a log.

#[cfg(feature = "alloc")]
use alloc::{borrow::Cow, string::String};
use core::fmt::{self, Write};

/// The number of characters of a value that a message quotes.
const QUOTED: usize = 200;
/// The largest number of characters of a message.
#[cfg(feature = "alloc")]
const MESSAGE: usize = 4000;

/// Quotes a value in a message: at most 200 characters of it, with control characters escaped.
///
/// Characters that change the direction of text, and the separators of lines and paragraphs, count as control characters.
///
/// ```
/// assert_eq!(pmml_runtime::diagnostics::quote::quote("a\n\u{1b}[2J").to_string(), "a\\n\\u{1b}[2J");
/// assert_eq!(pmml_runtime::diagnostics::quote::quote(&"x".repeat(1000)).to_string(), format!("{}…", "x".repeat(200)));
/// ```
pub fn quote(text: &str) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        let mut characters = text.chars();
        characters.by_ref().take(QUOTED).try_for_each(|character| write_escaped(f, character))?;
        if characters.next().is_some() { f.write_char('…') } else { Ok(()) }
    })
}

/// Makes a message that contains raw values safe to show: control characters except line feeds are escaped,
/// and 200 characters are kept of what is in backticks or quotation marks, and 4,000 of the whole.
///
/// ```
/// assert_eq!(pmml_runtime::diagnostics::quote::legible("no field `\u{7}`"), "no field `\\u{7}`");
/// ```
#[cfg(feature = "alloc")]
pub fn legible(message: &str) -> Cow<'_, str> {
    let is_fine = |character: char| character == '\n' || is_legible(character);
    if message.len() <= QUOTED && message.chars().all(is_fine) {
        return Cow::Borrowed(message);
    }
    let mut clean = String::with_capacity(message.len().min(MESSAGE));
    // The mark that a value began with, and the length of the value so far.
    let mut value: Option<(char, usize)> = None;
    for character in message.chars() {
        if clean.len() >= MESSAGE {
            clean.push('…');
            break;
        }
        match &mut value {
            Some((mark, _)) if *mark == character => value = None,
            Some((_, length)) => {
                *length += 1;
                if *length > QUOTED {
                    if *length == QUOTED + 1 {
                        clean.push('…');
                    }
                    continue;
                }
            }
            None if matches!(character, '`' | '"') => value = Some((character, 0)),
            None => {}
        }
        if is_fine(character) {
            clean.push(character);
        } else {
            // Writing to a `String` cannot fail.
            let _ = write_escaped(&mut clean, character);
        }
    }
    Cow::Owned(clean)
}

/// Does the same as [`legible`], without a copy if the message is safe already.
#[cfg(feature = "alloc")]
pub fn into_legible(message: String) -> String {
    match legible(&message) {
        Cow::Borrowed(_) => message,
        Cow::Owned(legible) => legible,
    }
}

fn write_escaped(out: &mut impl Write, character: char) -> fmt::Result {
    if !is_legible(character) {
        write!(out, "{}", character.escape_default())
    } else {
        out.write_char(character)
    }
}

/// Returns whether a character can be shown: control characters, and those that change the direction of text or cannot be
/// seen, cannot.
pub fn is_legible(character: char) -> bool {
    !character.is_control()
        && !matches!(
            character,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(all(test, feature = "alloc"))]
mod tests {
    use super::*;
    use std::format;
    use std::string::ToString;

    #[test]
    fn values_are_cut_and_escaped() {
        assert_eq!(quote("plain ü 日本").to_string(), "plain ü 日本");
        assert_eq!(quote("\r\u{202e}\u{9b}").to_string(), "\\r\\u{202e}\\u{9b}");
        assert_eq!(quote(&"ü".repeat(200)).to_string(), "ü".repeat(200));
        assert_eq!(quote(&"ü".repeat(201)).to_string(), format!("{}…", "ü".repeat(200)));
    }

    #[test]
    fn messages_are_cut_and_escaped() {
        assert_eq!(legible("two\nlines of `a` and \"b\""), "two\nlines of `a` and \"b\"");
        let long = "x".repeat(1 << 20);
        let cut = format!("{}…", "x".repeat(200));
        assert_eq!(
            legible(&format!("a `{long}` b \"{long}\" c `d`")),
            format!("a `{cut}` b \"{cut}\" c `d`")
        );
        // Values that hold the marks end somewhere all the same.
        let hostile = "`\u{1b}]0;x\u{7}\"".repeat(1 << 20);
        let message = legible(&hostile).into_owned();
        assert!(message.chars().count() < 4100 && !message.contains('\u{1b}'), "{}", message.len());
        assert!(legible(&long).len() < 4100);
    }
}
