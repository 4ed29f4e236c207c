//! Reads the rows of a CSV text.
//!
//! The `csv` crate does the reading. What is added: a limit to the length of a row, an error for a quote that is never
//! closed (where the crate would return the rest of the text as one cell), and the line of a row for messages. Lines end in
//! a line feed, with or without a carriage return before.

use super::dialect::{Dialect, unreadable};
use crate::budget::{Account, Memory};
use crate::failure::Failure;
use csv::{ByteRecord, StringRecord, Terminator};
use std::collections::HashSet;
use std::io::{self, Chain, ErrorKind, Read};

/// How many bytes a row may have.
const LONGEST_ROW: u64 = 16 << 20;
/// What a byte of a row takes: it may be a cell, of which the record keeps where it ends, in a list that has grown to twice
/// its size.
const BYTES_OF_A_BYTE: u64 = 17;
/// How many bytes of a row are not worth counting while it is read.
const UNCOUNTED: u64 = 16 << 10;
/// What a column takes: its name, and its part of the plan.
const BYTES_OF_A_COLUMN: u64 = 128;
/// What is read behind the text. The first line feed ends the last row, if nothing else did: only a cell whose quote is
/// never closed goes on to the second.
const END: &[u8] = b"\n\n";

/// A text's rows.
pub struct Reader<R> {
    csv: csv::Reader<Chain<Counted<R>, &'static [u8]>>,
    /// The names of the columns.
    pub columns: Vec<String>,
    /// The memory of these.
    _memory: Memory,
}

/// A row and the line where it begins.
#[derive(Debug)]
pub struct Line {
    /// The cells, as many as there are columns.
    pub cells: StringRecord,
    /// The line.
    pub number: u64,
}

impl Line {
    /// Returns how many bytes the row takes.
    pub fn bytes(&self) -> usize {
        // A record grows to twice its size at most, and has two allocations.
        2 * (self.cells.as_slice().len() + self.cells.len() * size_of::<usize>()) + 256
    }
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// Fails if there is none, it cannot be read, or it has a name twice.
    pub fn new(input: R, dialect: Dialect, account: &Account) -> Result<Self, Failure> {
        let csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(dialect.delimiter)
            .quote(dialect.quote)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Counted { input, read: 0, start: 0, memory: account.memory() }.chain(END));
        let mut reader = Reader { csv, columns: Vec::new(), _memory: account.memory() };
        let header = reader.record()?.ok_or_else(|| Failure::bad_request("The CSV document is empty"))?;
        let cells = &header.cells;
        reader._memory =
            account.hold(cells.as_slice().len() as u64 + cells.len() as u64 * BYTES_OF_A_COLUMN)?;
        let mut names = HashSet::with_capacity(cells.len());
        if let Some(twice) = cells.iter().find(|name| !name.is_empty() && !names.insert(*name)) {
            let message = format!("there are two columns of the name `{}`", pmml::quote(twice));
            return Err(failure(header.number, &message));
        }
        reader.columns = cells.iter().map(str::to_owned).collect();
        Ok(reader)
    }

    /// The next row: none at the end. Blank lines are passed over.
    ///
    /// # Errors
    /// If it cannot be read, or has more or fewer cells than the header.
    pub fn row(&mut self) -> Result<Option<Line>, Failure> {
        let Some(line) = self.record()? else { return Ok(None) };
        if line.cells.len() != self.columns.len() {
            return Err(failure(
                line.number,
                &format!("the row has {} cells, but the header has {}", line.cells.len(), self.columns.len()),
            ));
        }
        Ok(Some(line))
    }

    fn record(&mut self) -> Result<Option<Line>, Failure> {
        loop {
            match self.record_or_blank()? {
                Some(Line { cells, .. }) if cells.is_empty() => {}
                line => return Ok(line),
            }
        }
    }

    /// The next record: without cells, if it is a blank line.
    fn record_or_blank(&mut self) -> Result<Option<Line>, Failure> {
        let mut record = ByteRecord::with_capacity(128, self.columns.len());
        let start = self.csv.position().clone();
        self.csv.get_mut().get_mut().0.begin_row(start.byte());
        match self.csv.read_byte_record(&mut record) {
            Ok(true) => {}
            Ok(false) => return Ok(None),
            Err(error) => {
                return Err(match error.into_kind() {
                    csv::ErrorKind::Io(error) if error.kind() == ErrorKind::FileTooLarge => {
                        let message = format!(
                            "the row is longer than {} MiB: is a quote not closed?",
                            LONGEST_ROW >> 20
                        );
                        failure(start.line(), &message)
                    }
                    csv::ErrorKind::Io(error) => unreadable(&error),
                    kind => failure(start.line(), &format!("{kind:?}")),
                });
            }
        }
        let behind = self.csv.position();
        let feeds = record.as_slice().iter().filter(|byte| **byte == b'\n').count() as u64;
        let number = behind.line().saturating_sub(feeds + 1).max(1);
        if behind.byte() > self.csv.get_ref().get_ref().0.read + 1 {
            return Err(failure(number.min(start.line()), "a quote is opened and never closed"));
        }
        // The crate passes over lines without anything, before a record; a carriage return makes one. An empty cell in
        // quotes is no blank line, but has the same content.
        let passed_over = number.saturating_sub(start.line());
        let length = (behind.byte() - start.byte()).saturating_sub(passed_over);
        if record.len() == 1 && record.as_slice() == b"\r" && length <= 2 {
            return Ok(Some(Line { cells: StringRecord::new(), number }));
        }
        let mut cells = StringRecord::from_byte_record(record).map_err(|error| {
            failure(number, &format!("cell {} is not UTF-8", error.utf8_error().field() + 1))
        })?;
        without_carriage_return(&mut cells);
        Ok(Some(Line { cells, number }))
    }
}

/// Takes away a carriage return at the end: it belongs to the line end.
fn without_carriage_return(record: &mut StringRecord) {
    let last = record.len().saturating_sub(1);
    if let Some(cell) = record.get(last).and_then(|cell| cell.strip_suffix('\r')).map(str::to_owned) {
        record.truncate(last);
        record.push_field(&cell);
    }
}

/// What is wrong on a line.
pub fn failure(line: u64, message: &str) -> Failure {
    Failure::bad_request(format!("CSV line {line}: {message}"))
}

/// An input of which a row is read up to a limit, for which memory is taken as its bytes come.
///
/// It fills the buffers it is given: the `csv` crate takes a byte order mark with nothing behind it for the whole input.
struct Counted<R> {
    input: R,
    /// How many bytes were read.
    read: u64,
    /// Where the row begins.
    start: u64,
    /// The memory that the row takes while it is read.
    memory: Memory,
}

impl<R> Counted<R> {
    fn begin_row(&mut self, start: u64) {
        self.start = start;
        self.memory.shrink(0);
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let row = self.read.saturating_sub(self.start);
        if row > LONGEST_ROW {
            return Err(ErrorKind::FileTooLarge.into());
        }
        if row > UNCOUNTED {
            self.memory.cover(row * BYTES_OF_A_BYTE).map_err(io::Error::other)?;
        }
        let mut filled = 0;
        while filled < buffer.len() {
            match self.input.read(&mut buffer[filled..])? {
                0 => break,
                read => filled += read,
            }
        }
        self.read += filled as u64;
        Ok(filled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::budget::{Budget, Purpose};

    fn rows(text: &str) -> Result<Vec<(u64, Vec<String>)>, String> {
        let dialect = Dialect { delimiter: b',', quote: b'"' };
        let account = Budget::new(1 << 30).open(Purpose::Evaluation);
        let mut reader =
            Reader::new(text.as_bytes(), dialect, &account).map_err(|failure| failure.message)?;
        let mut rows = Vec::new();
        while let Some(line) = reader.row().map_err(|failure| failure.message)? {
            rows.push((line.number, line.cells.iter().map(str::to_owned).collect()));
        }
        Ok(rows)
    }

    fn row(line: u64, cells: [&str; 2]) -> (u64, Vec<String>) {
        (line, cells.map(str::to_owned).to_vec())
    }

    #[test]
    fn rows_and_their_lines() {
        assert_eq!(
            rows("a,b\n1,2\r\n\n\"3\n\",\"\"\"\"\n").unwrap(),
            [row(2, ["1", "2"]), row(4, ["3\n", "\""])]
        );
        assert_eq!(rows("\u{feff}a,b\n1,2").unwrap(), [row(2, ["1", "2"])]);
        assert_eq!(rows("a,b\n").unwrap(), []);
        let one = |line: u64, cell: &str| (line, vec![cell.to_owned()]);
        assert_eq!(
            rows("a\r\n\r\n\r\n\"\"\r\n1\r\n\n\"\"\r\n").unwrap(),
            [one(4, ""), one(5, "1"), one(7, "")]
        );
        assert_eq!(rows("a\n\n\"\"\n1").unwrap(), [one(3, ""), one(4, "1")]);
    }

    #[test]
    fn errors() {
        assert_eq!(rows("").unwrap_err(), "The CSV document is empty");
        assert_eq!(rows("a,b\n1\n").unwrap_err(), "CSV line 2: the row has 1 cells, but the header has 2");
        assert_eq!(rows("\na,b,,,a\n").unwrap_err(), "CSV line 2: there are two columns of the name `a`");
        assert!(rows("a,b\n1,\"2\n3,4\n").unwrap_err().contains("never closed"));
        assert!(
            rows(&format!("a,b\n1,\"{}", "x".repeat(17 << 20))).unwrap_err().contains("longer than 16 MiB")
        );
    }
}
