//! Dialects of CSV: given by the client, or found by looking at the first rows.

use crate::budget::{Account, Held};
use crate::failure::Failure;
use std::io::{self, Read};

/// What separates cells and what encloses them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// Stands between cells.
    pub delimiter: u8,
    /// Stands around cells that hold it.
    pub quote: u8,
}

/// The delimiters that are tried, in this order.
const DELIMITERS: &[u8] = b",;\t";
/// How many rows below the header are looked at.
const ROWS: usize = 10;
/// How much is looked at, unless the header is longer.
const LOOK_AHEAD: usize = 64 << 10;
/// How long a header may be.
const LONGEST_HEADER: usize = 16 << 20;

impl Dialect {
    /// The dialect that a client asks for. A quote counts only together with a delimiter.
    ///
    /// # Errors
    /// If either is more than one character.
    pub fn given(delimiter: Option<&str>, quote: Option<&str>) -> Result<Option<Self>, Failure> {
        let Some(delimiter) = delimiter else { return Ok(None) };
        let delimiter = if delimiter == "\\t" { b'\t' } else { one("delimiterChar", delimiter)? };
        let quote = match quote {
            None => b'"',
            Some("\\'") => b'\'',
            Some("\\\"") => b'"',
            Some(quote) => one("quoteChar", quote)?,
        };
        if delimiter == quote {
            return Err(Failure::bad_request("delimiterChar and quoteChar are the same character"));
        }
        Ok(Some(Dialect { delimiter, quote }))
    }

    /// The dialect of a text of which this is the beginning: that in which header and first rows have the same number of
    /// cells, more than one. A text that has one column is told by its header, which must be one that is known.
    fn detect(start: &[u8], at_end: bool, is_known: &dyn Fn(&str) -> bool) -> Detected {
        let mut header_seen = false;
        for delimiter in DELIMITERS {
            let dialect = Dialect { delimiter: *delimiter, quote: b'"' };
            let (mut columns, mut same) = (0, true);
            for (row, record) in dialect.records(start, at_end).take(1 + ROWS).enumerate() {
                header_seen = true;
                match row {
                    0 => columns = record.len(),
                    _ => same &= record.len() == columns,
                }
            }
            if columns > 1 && same {
                return Detected::Dialect(dialect);
            }
        }
        let dialect = Dialect { delimiter: b',', quote: b'"' };
        let mut records = dialect.records(start, at_end).take(1 + ROWS);
        let header = records.next();
        let name = header.as_ref().filter(|header| header.len() == 1).and_then(|header| header.get(0));
        let name = name.and_then(|name| std::str::from_utf8(name).ok());
        if name.is_some_and(|name| is_known(name.trim_start_matches('\u{feff}')))
            && records.all(|record| record.len() == 1)
        {
            return Detected::Dialect(dialect);
        }
        if header_seen || at_end { Detected::Nothing } else { Detected::TooShort }
    }

    /// The complete records of the beginning of a text.
    fn records(self, start: &[u8], at_end: bool) -> impl Iterator<Item = csv::ByteRecord> {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(self.delimiter)
            .quote(self.quote)
            .from_reader(start);
        std::iter::from_fn(move || {
            let mut record = csv::ByteRecord::new();
            let read = reader.read_byte_record(&mut record).unwrap_or(false);
            let complete = at_end || reader.position().byte() < start.len() as u64;
            (read && complete).then_some(record)
        })
    }
}

enum Detected {
    Dialect(Dialect),
    /// There is not one complete record.
    TooShort,
    Nothing,
}

fn one(name: &str, text: &str) -> Result<u8, Failure> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !b"\r\n\0".contains(byte) => Ok(*byte),
        _ => Err(Failure::bad_request(format!("{name} must be one ASCII character, not `{text}`"))),
    }
}

/// Finds the dialect of a text, and gives the text back as it was.
///
/// # Errors
/// If it has none, or cannot be read.
pub fn look_ahead<'r>(
    mut input: impl Read + 'r,
    is_known: &dyn Fn(&str) -> bool,
    account: &Account,
) -> Result<(Dialect, impl Read + 'r), Failure> {
    let mut start = Vec::new();
    let mut memory = account.memory();
    let mut wanted = LOOK_AHEAD;
    loop {
        // A header is read as a record for each dialect that is tried, where a byte may be a cell.
        memory.cover((wanted * if wanted > LOOK_AHEAD { 18 } else { 1 }) as u64)?;
        let missing = wanted.saturating_sub(start.len()) as u64;
        let read =
            input.by_ref().take(missing).read_to_end(&mut start).map_err(|error| unreadable(&error))?;
        let at_end = (read as u64) < missing;
        match Dialect::detect(&start, at_end, is_known) {
            Detected::Dialect(dialect) => {
                let length = start.len() as u64;
                memory.shrink(length);
                return Ok((dialect, io::Cursor::new(Held::new(start, memory)?).chain(input)));
            }
            Detected::TooShort if wanted < LONGEST_HEADER => wanted *= 4,
            _ => return Err(Failure::bad_request("Unrecognized CSV format")),
        }
    }
}

/// A body that cannot be read. Where the reason is a failure already, that one.
pub fn unreadable(error: &io::Error) -> Failure {
    let failure = error.get_ref().and_then(|inner| inner.downcast_ref::<Failure>());
    failure.cloned().unwrap_or_else(|| Failure::bad_request(format!("The body cannot be read: {error}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Budget, Purpose};

    fn detect(text: &str) -> Option<u8> {
        let known = |name: &str| name == "x";
        let account = Budget::new(1 << 30).open(Purpose::Evaluation);
        look_ahead(text.as_bytes(), &known, &account).ok().map(|(dialect, mut rest)| {
            let mut back = String::new();
            rest.read_to_string(&mut back).unwrap();
            assert_eq!(back, text);
            dialect.delimiter
        })
    }

    #[test]
    fn dialects_are_found() {
        assert_eq!(detect("a,b\n1,2\n"), Some(b','));
        assert_eq!(detect("a;b\n1;2"), Some(b';'));
        assert_eq!(detect("a;b\n1,5;2\n"), Some(b';'));
        assert_eq!(detect("a\tb\n1\t2\n"), Some(b'\t'));
        assert_eq!(detect("\"a,b\";c\n1;2\n"), Some(b';'));
        assert_eq!(detect("x\n1\n"), Some(b','));
        assert_eq!(detect("\u{feff}x\n1\n"), Some(b','));
        assert_eq!(detect("y\n1\n"), None);
        assert_eq!(detect("a,b\n1\n"), None);
        assert_eq!(detect(""), None);
        let wide = format!("{}b\n", "a,".repeat(100_000));
        assert_eq!(detect(&wide), Some(b','));
        // Rows that the look-ahead cuts off do not count.
        let long = format!("a,b\n{}", "1,2\n".repeat(40_000));
        assert_eq!(detect(&long), Some(b','));
    }

    #[test]
    fn dialects_are_given() {
        let given = |delimiter, quote| Dialect::given(delimiter, quote);
        let of = |delimiter, quote| Ok(Some(Dialect { delimiter, quote }));
        assert_eq!(given(Some("\t"), Some("\"")), of(b'\t', b'"'));
        assert_eq!(given(Some("\\t"), Some("\\'")), of(b'\t', b'\''));
        assert_eq!(given(Some(";"), None), of(b';', b'"'));
        assert_eq!(given(None, Some("'")), Ok(None));
        for (delimiter, quote) in [(",,", None), ("", None), (",", Some("''")), ("é", None), (",", Some(","))]
        {
            assert!(given(Some(delimiter), quote).is_err());
        }
    }
}
