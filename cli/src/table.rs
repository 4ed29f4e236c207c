//! Tables: CSV files with a header.
//!
//! The `csv` crate reads and writes them. What is added here serves the messages and bounds the memory: the true line of
//! a row, with blank lines and line breaks in quotes before it; a limit to the length of a row; and the error for a quote
//! that is never closed, where the crate would return the rest of the file as one cell.
//!
//! As with most readers, a quote counts at the beginning of a cell only, and text behind a closing quote belongs to the cell.
//! Lines end in a line feed, with or without a carriage return before. A blank line is a row with an empty cell where
//! the header has one column, and nothing elsewhere.

#[cfg(test)]
mod tests;

use crate::failure::Failure;
use csv::{ByteRecord, StringRecord, Terminator};
use std::io::{self, Chain, ErrorKind, Read};

/// How many bytes a row may have. The rest of a file behind an unclosed quote is longer, or at its end.
const LONGEST_ROW: u64 = 16 << 20;
/// A block ends after so many rows or bytes, whichever comes first.
pub const BLOCK_ROWS: usize = 16 * pmml::BLOCK_ROWS;
const BLOCK_BYTES: u64 = 1 << 20;
/// What is read behind the input. The first line feed ends the last row, if nothing else did: only a cell whose quote is
/// never closed goes on to the second.
const END: &[u8] = b"\n\n";

/// Reads a table, one block of rows after another.
pub struct Table<R> {
    name: String,
    columns: Vec<String>,
    reader: csv::Reader<Chain<Limited<R>, &'static [u8]>>,
    /// The record that was read last, where blank lines before it are still to be handed out.
    ahead: Option<StringRecord>,
    /// The line behind the row that was handed out last.
    line: u64,
    /// How long the last record was: most are alike, and memory of that size need not grow.
    length: usize,
}

/// Some rows.
#[derive(Debug, Default)]
pub struct Block {
    /// The rows; all have as many cells as the header. Their positions hold the lines where they begin.
    pub rows: Vec<StringRecord>,
    /// How many bytes of the input they are.
    pub bytes: u64,
}

impl<R: Read> Table<R> {
    /// Reads the header of a table. The name is for messages.
    pub fn new(input: R, name: String, delimiter: u8) -> Result<Self, Failure> {
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(delimiter)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Limited { input, read: 0, limit: 0 }.chain(END));
        let mut table = Table { name, columns: Vec::new(), reader, ahead: None, line: 1, length: 0 };
        let Some(header) = table.record()? else {
            return Err(Failure::new(format!("{} is empty", table.name))
                .help("its first line must name the columns, the rows come below"));
        };
        if header.iter().any(|column| column.contains('\r') && !column.contains('\n')) {
            return Err(table
                .failure(line(&header), "lines end in a carriage return alone")
                .help("convert the line ends, for example with `tr '\\r' '\\n'`"));
        }
        table.columns = header.iter().map(str::to_owned).collect();
        table.line = table.reader.position().line();
        Ok(table)
    }

    /// The names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// The next rows: none at the end.
    pub fn block(&mut self) -> Result<Block, Failure> {
        let start = self.reader.position().byte();
        let mut block = Block::default();
        while block.rows.len() < BLOCK_ROWS
            && block.bytes < BLOCK_BYTES
            && let Some(row) = self.row()?
        {
            block.rows.push(row);
            block.bytes = self.reader.position().byte() - start;
        }
        Ok(block)
    }

    fn row(&mut self) -> Result<Option<StringRecord>, Failure> {
        if self.columns.len() > 1 {
            return self.record();
        }
        if self.ahead.is_none() {
            self.ahead = self.record()?;
        }
        let end = || self.reader.position().line().saturating_sub(END.len() as u64);
        if self.line < self.ahead.as_ref().map_or_else(end, line) {
            let mut blank = StringRecord::from([""].as_slice());
            set_line(&mut blank, self.line);
            self.line += 1;
            return Ok(Some(blank));
        }
        self.line = self.reader.position().line();
        Ok(self.ahead.take())
    }

    /// The next record; blank lines before it are passed over.
    fn record(&mut self) -> Result<Option<StringRecord>, Failure> {
        loop {
            let mut record = ByteRecord::with_capacity(self.length + self.length / 4, self.columns.len());
            let start = self.reader.position().clone();
            self.reader.get_mut().get_mut().0.limit = start.byte() + LONGEST_ROW;
            match self.reader.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => return Err(self.unreadable(&error, start.line())),
            }
            let behind = self.reader.position();
            self.length = record.as_slice().len();
            // Only line feeds in quotes belong to cells.
            let inside = line_feeds(record.as_slice());
            if behind.byte() > self.reader.get_ref().get_ref().0.read + 1 {
                let opened = behind.line() - line_feeds(record.iter().next_back().unwrap_or_default());
                return Err(self
                    .failure(opened, "a quote is opened and never closed")
                    .help("close it, or double it (\"\") where it belongs to the value"));
            }
            let line = behind.line() - inside - 1;
            let mut record =
                StringRecord::from_byte_record(record).map_err(|error| self.not_utf8(error, line))?;
            without_carriage_return(&mut record);
            set_line(&mut record, line);
            let expected = self.columns.len();
            match record.len() {
                1 if expected != 1 && record.as_slice().is_empty() => {}
                cells if expected > 0 && cells != expected => return Err(self.ragged(cells, line)),
                _ => return Ok(Some(record)),
            }
        }
    }

    fn failure(&self, line: u64, message: &str) -> Failure {
        Failure::new(format!("{}, line {line}: {message}", self.name))
    }

    fn unreadable(&self, error: &csv::Error, line: u64) -> Failure {
        match error.kind() {
            csv::ErrorKind::Io(error) if error.kind() == ErrorKind::FileTooLarge => self
                .failure(line, &format!("the row is longer than {} MiB", LONGEST_ROW >> 20))
                .help("was a quote opened here and never closed?"),
            csv::ErrorKind::Io(error) => {
                Failure::io(format_args!("the input `{}` cannot be read", self.name), error)
            }
            _ => self.failure(line, &error.to_string()),
        }
    }

    fn not_utf8(&self, error: csv::FromUtf8Error, line: u64) -> Failure {
        let (place, record) = (error.utf8_error().clone(), error.into_byte_record());
        let column = match self.columns.get(place.field()) {
            Some(name) => format!("`{name}`"),
            None => (place.field() + 1).to_string(),
        };
        let cell = record.get(place.field()).unwrap_or_default();
        let byte = cell.get(place.valid_up_to()).copied().unwrap_or_default();
        Failure::new(format!(
            "{}, line {line}, column {column}: the byte 0x{byte:02X} is not UTF-8",
            self.name
        ))
        .help("convert the file to UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`")
    }

    fn ragged(&self, cells: usize, line: u64) -> Failure {
        let plural = if cells == 1 { "" } else { "s" };
        let columns = self.columns.len();
        self.failure(line, &format!("the row has {cells} cell{plural}, but the header has {columns}")).help(
            if cells > columns {
                "a cell that holds the delimiter must be in quotes"
            } else {
                "the file may be cut off, or have another delimiter than `--delimiter` says"
            },
        )
    }
}

/// The line where a row begins.
pub fn line(row: &StringRecord) -> u64 {
    row.position().map_or(1, csv::Position::line)
}

fn set_line(row: &mut StringRecord, line: u64) {
    let mut position = csv::Position::new();
    position.set_line(line);
    row.set_position(Some(position));
}

/// Takes away a carriage return at the end: it belongs to the line end.
fn without_carriage_return(record: &mut StringRecord) {
    let last = record.len().saturating_sub(1);
    if let Some(cell) = record.get(last).and_then(|cell| cell.strip_suffix('\r')).map(str::to_owned) {
        record.truncate(last);
        record.push_field(&cell);
    }
}

fn line_feeds(bytes: &[u8]) -> u64 {
    bytes.iter().filter(|byte| **byte == b'\n').count() as u64
}

/// An input that may be read up to a place.
///
/// It fills the buffers it is given: the `csv` crate takes a byte order mark with nothing behind it for the whole input.
struct Limited<R> {
    input: R,
    /// How many bytes were read.
    read: u64,
    /// Beyond so many, reading is an error.
    limit: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.read > self.limit {
            return Err(ErrorKind::FileTooLarge.into());
        }
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest)? {
                0 => break,
                read => filled += read,
            }
        }
        self.read += filled as u64;
        Ok(filled)
    }
}

/// Writes rows into memory.
pub fn writer(delimiter: u8) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new())
}

/// What was written.
pub fn written(writer: csv::Writer<Vec<u8>>) -> Result<Vec<u8>, Failure> {
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()).into())
}

/// A failure of writing: reading has messages of its own.
impl From<csv::Error> for Failure {
    fn from(error: csv::Error) -> Self {
        Failure::new(format!("the results cannot be written: {error}"))
    }
}
