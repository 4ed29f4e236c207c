//! The cells of a record.

use std::borrow::Cow;

/// The cells of a record, one by one.
///
/// An error is a quoted cell with more text behind its closing quote.
pub struct Cells<'a> {
    rest: Option<&'a str>,
    delimiter: u8,
}

/// There is text behind the closing quote of a cell.
#[derive(Debug, PartialEq, Eq)]
pub struct TextBehindQuote;

impl<'a> Cells<'a> {
    /// The cells of a record's text.
    pub fn new(record: &'a str, delimiter: u8) -> Self {
        Cells { rest: Some(record), delimiter }
    }

    fn quoted(&mut self, inside: &'a str) -> Result<Cow<'a, str>, TextBehindQuote> {
        let bytes = inside.as_bytes();
        let mut doubled = false;
        let mut at = 0;
        let end = loop {
            let Some(found) = memchr::memchr(b'"', bytes.get(at..).unwrap_or_default()) else {
                break bytes.len();
            };
            at += found;
            if bytes.get(at + 1) != Some(&b'"') {
                break at;
            }
            doubled = true;
            at += 2;
        };
        let (cell, behind) =
            (inside.get(..end).unwrap_or_default(), inside.get(end + 1..).unwrap_or_default());
        self.rest = match behind.as_bytes().first() {
            None => None,
            Some(byte) if *byte == self.delimiter => behind.get(1..),
            Some(_) => return Err(TextBehindQuote),
        };
        Ok(if doubled { Cow::Owned(cell.replace("\"\"", "\"")) } else { Cow::Borrowed(cell) })
    }
}

impl<'a> Iterator for Cells<'a> {
    type Item = Result<Cow<'a, str>, TextBehindQuote>;

    fn next(&mut self) -> Option<Self::Item> {
        let rest = self.rest.take()?;
        if let Some(inside) = rest.strip_prefix('"') {
            return Some(self.quoted(inside));
        }
        Some(Ok(Cow::Borrowed(match memchr::memchr(self.delimiter, rest.as_bytes()) {
            Some(end) => {
                self.rest = rest.get(end + 1..);
                rest.get(..end).unwrap_or_default()
            }
            None => rest,
        })))
    }
}
