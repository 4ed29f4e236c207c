//! Dialects of CSV, and their detection from the first rows.

use crate::error::Error;
use crate::input::Ledger;
use std::io::Read;

/// The delimiter and the quote character of CSV.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The delimiter between cells.
    pub delimiter: u8,
    /// The quote around cells that contain the delimiter.
    pub quote: u8,
}

/// How a dialect is detected.
#[derive(Clone, Copy)]
pub struct Detection<'a> {
    /// The delimiters that are tried, in this order.
    pub delimiters: &'a [u8],
    /// Returns whether the header may contain a name.
    pub is_known: &'a dyn Fn(&str) -> bool,
    /// Whether header and first rows must have the same number of cells. Otherwise known names in the header take
    /// precedence, and the first delimiter is the fallback.
    pub is_strict: bool,
}

/// Number of rows below the header that are examined.
const ROWS: usize = 10;
/// Number of bytes that are examined, unless the header is longer.
const LOOK_AHEAD: usize = 64 << 10;
/// Maximum length of a header in bytes.
const LONGEST_HEADER: usize = 16 << 20;

impl Dialect {
    /// Returns the dialect with a delimiter and `"` around cells.
    pub const fn new(delimiter: u8) -> Self {
        Dialect { delimiter, quote: b'"' }
    }

    /// Returns the complete records at the beginning of a table.
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

/// Result of examining the beginning of a table.
enum Detected {
    Dialect(Dialect),
    /// There is no complete record.
    TooShort,
    Nothing,
}

impl Detection<'_> {
    /// Examines the beginning of a table. Header and first rows should have the same number of cells, more than one. A table
    /// with a single column is recognized by its header, which must be a known name.
    fn detect(&self, start: &[u8], at_end: bool) -> Detected {
        let mut header_seen = false;
        let mut agreeing = None;
        // The delimiter under which the header has the most known names.
        let mut known: Option<(usize, Dialect)> = None;
        for delimiter in self.delimiters {
            let dialect = Dialect::new(*delimiter);
            let mut records = dialect.records(start, at_end);
            let Some(header) = records.next() else { continue };
            header_seen = true;
            let columns = header.len();
            let agree = columns > 1 && records.take(ROWS).all(|record| record.len() == columns);
            if agree && agreeing.is_none() {
                agreeing = Some(dialect);
            }
            let names = if self.is_strict { 0 } else { self.names(&header) };
            if names > known.map_or(0, |(most, _)| most) {
                known = Some((names, dialect));
            }
        }
        let first = Dialect::new(self.delimiters.first().copied().unwrap_or(b','));
        let has_one_column = || {
            let mut records = first.records(start, at_end).take(1 + ROWS);
            let is_name = records.next().is_some_and(|header| header.len() == 1 && self.names(&header) == 1);
            is_name && records.all(|record| record.len() == 1)
        };
        match known.map(|(_, dialect)| dialect).or(agreeing) {
            Some(dialect) => Detected::Dialect(dialect),
            None if has_one_column() => Detected::Dialect(first),
            None if !header_seen && !at_end => Detected::TooShort,
            None if !self.is_strict => Detected::Dialect(first),
            None => Detected::Nothing,
        }
    }

    /// Returns the number of known names in a header.
    fn names(&self, header: &csv::ByteRecord) -> usize {
        let is_known = |(number, cell): &(usize, &[u8])| {
            std::str::from_utf8(cell).is_ok_and(|name| {
                (self.is_known)(if *number == 0 { name.trim_start_matches('\u{feff}') } else { name })
            })
        };
        header.iter().enumerate().filter(is_known).count()
    }

    /// Detects the dialect of a table. Returns it with the bytes that were read.
    ///
    /// # Errors
    /// Fails if detection is strict and no dialect fits, if the ledger refuses the memory, or if the input cannot be read.
    pub(crate) fn look_ahead(
        &self,
        input: &mut impl Read,
        ledger: &mut impl Ledger,
    ) -> Result<(Dialect, Vec<u8>), Error> {
        let mut start = Vec::new();
        let mut wanted = LOOK_AHEAD;
        loop {
            // Each dialect that is tried reads a long header as a record, in which each byte may be a cell.
            ledger.hold((wanted * if wanted > LOOK_AHEAD { 18 } else { 1 }) as u64)?;
            let missing = wanted.saturating_sub(start.len()) as u64;
            let read = input.by_ref().take(missing).read_to_end(&mut start)?;
            let at_end = (read as u64) < missing;
            match self.detect(&start, at_end) {
                Detected::Dialect(dialect) => return Ok((dialect, start)),
                Detected::TooShort if wanted < LONGEST_HEADER => wanted *= 4,
                // The reader will report what is wrong.
                _ if !self.is_strict => return Ok((Dialect::new(b','), start)),
                _ => return Err(Error::Unrecognized),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(text: &str, is_strict: bool, delimiters: &[u8]) -> Option<char> {
        let is_known = |name: &str| ["x", "Age", "Income"].contains(&name);
        let detection = Detection { delimiters, is_known: &is_known, is_strict };
        let found = detection.look_ahead(&mut text.as_bytes(), &mut ()).ok()?;
        Some(char::from(found.0.delimiter))
    }

    #[test]
    fn rows_of_equal_length_determine_the_dialect() {
        let strict = |text: &str| detect(text, true, b",;\t");
        assert_eq!(strict("a,b\n1,2\n"), Some(','));
        assert_eq!(strict("a;b\n1;2"), Some(';'));
        assert_eq!(strict("a;b\n1,5;2\n"), Some(';'));
        assert_eq!(strict("a\tb\n1\t2\n"), Some('\t'));
        assert_eq!(strict("a|b\n1|2\n"), None);
        assert_eq!(strict("\"a,b\";c\n1;2\n"), Some(';'));
        assert_eq!(strict("x\n1\n"), Some(','));
        assert_eq!(strict("\u{feff}x\n1\n"), Some(','));
        assert_eq!(strict("y\n1\n"), None);
        assert_eq!(strict("a,b\n1\n"), None);
        assert_eq!(strict(""), None);
        let wide = format!("{}b\n", "a,".repeat(100_000));
        assert_eq!(strict(&wide), Some(','));
        // Rows that the look-ahead cuts off do not count.
        let long = format!("a,b\n{}", "1,2\n".repeat(40_000));
        assert_eq!(strict(&long), Some(','));
    }

    #[test]
    fn known_names_take_precedence() {
        let lenient = |text: &str| detect(text, false, b",;\t|");
        assert_eq!(lenient("Age;Income\n1,5;2,5\n"), Some(';'));
        assert_eq!(lenient("Age|Income\n1|2\n"), Some('|'));
        assert_eq!(lenient("Age\tIncome, net\n1\t2\n"), Some('\t'));
        // Rows may be wrong: the reader reports where.
        assert_eq!(lenient("Age,Income\n1\n"), Some(','));
        assert_eq!(lenient("Age;Income\n1\n"), Some(';'));
        assert_eq!(lenient("a;b\n1;2\n"), Some(';'));
        assert_eq!(lenient("y\n1\n"), Some(','));
        assert_eq!(lenient("Age\n1;2\n"), Some(','));
        assert_eq!(lenient(""), Some(','));
    }
}
