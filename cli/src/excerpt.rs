//! The line of a document that a message is about.
//!
//! The document is read again for it, and only that line is kept, or a window around the position if the line is long (many
//! tools write a document on a single line). An excerpt therefore takes very little memory, however large the document is.

use miette::{MietteError, MietteSpanContents, SourceCode, SourceSpan, SpanContents};
use pmml::Position;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Number of characters of a line that are shown before the position, and from the position on.
const BEFORE: u32 = 50;
const AFTER: usize = 70;

/// A line of a document, or a window of it, with a marked position.
#[derive(Clone, Debug)]
pub struct Excerpt {
    name: String,
    position: Position,
    text: String,
    mark: SourceSpan,
}

impl Excerpt {
    /// Reads the line of a position. Returns `None` if the document cannot be read again (because it is a pipe), or is not
    /// encoded in UTF-8.
    pub fn read(path: &Path, position: Position) -> Option<Self> {
        if !path.metadata().ok()?.is_file() {
            return None;
        }
        let mut reader = BufReader::new(File::open(path).ok()?);
        for _ in 1..position.line {
            reader.skip_until(b'\n').ok()?;
        }
        let first = position.column.saturating_sub(BEFORE).max(1);
        let window = read_window(&mut reader, first, position.column).ok()?;
        let (before, after) = (str::from_utf8(&window.before).ok()?, str::from_utf8(&window.after).ok()?);
        let after: String = after.chars().take(AFTER).collect();
        let mut text = if first > 1 { "…".to_owned() } else { String::new() };
        text.push_str(&printable(before));
        let start = text.len();
        text.push_str(&printable(&after));
        // The name of a start tag is marked, or one character of anything else.
        let name = after
            .strip_prefix('<')
            .map_or(0, |rest| rest.find(|c: char| c.is_whitespace() || c == '>' || c == '/').unwrap_or(0));
        let length = if name > 0 { name + 1 } else { after.chars().next().map_or(0, char::len_utf8) };
        if window.cut {
            text.push('…');
        }
        Some(Excerpt { name: path.display().to_string(), position, text, mark: (start, length).into() })
    }

    /// Returns the marked span.
    pub fn mark(&self) -> SourceSpan {
        self.mark
    }
}

/// The whole source is the excerpt, with its line and column in the document.
impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            self.text.as_bytes(),
            (0, self.text.len()).into(),
            self.position.line.saturating_sub(1) as usize,
            self.position.column.saturating_sub(1) as usize,
            1,
        )))
    }
}

/// Replaces control characters, which would disturb the terminal.
fn printable(text: &str) -> String {
    text.chars().map(|c| if pmml::is_legible(c) { c } else { ' ' }).collect()
}

/// A part of a line, before a position and from it on.
struct Window {
    before: Vec<u8>,
    after: Vec<u8>,
    /// Whether the line continues.
    cut: bool,
}

/// Reads the characters of a line from column `first` on, split at column `position`.
fn read_window(reader: &mut impl BufRead, first: u32, position: u32) -> io::Result<Window> {
    let mut window = Window { before: Vec::new(), after: Vec::new(), cut: false };
    let mut column = 0u32;
    let mark: &[u8] = b"\xEF\xBB\xBF";
    // A byte order mark is not counted as a character.
    if reader.fill_buf()?.starts_with(mark) {
        reader.consume(mark.len());
    }
    for byte in reader.bytes() {
        let byte = byte?;
        if byte == b'\n' {
            return Ok(window);
        }
        column = column.saturating_add(u32::from(byte & 0xC0 != 0x80));
        if column >= position.saturating_add(AFTER as u32) {
            window.cut = true;
            return Ok(window);
        }
        if column >= position {
            window.after.push(byte);
        } else if column >= first {
            window.before.push(byte);
        }
    }
    Ok(window)
}
