//! Reads the rows of a CSV table.
//!
//! The `csv` crate does the parsing. This module adds what messages and bounded memory require: the line of a row in the
//! file, despite blank lines and quoted line breaks before it; a limit on the length of a row; an error for a quote that is
//! never closed, where the crate would return the rest of the table as one cell; and the quoted cells, where they matter.
//!
//! As in most readers, a quote has a meaning only at the beginning of a cell, and text after a closing quote belongs to the
//! cell. Lines end in a line feed, with or without a carriage return before it.

#[cfg(test)]
mod tests;

use crate::charset::Charset;
use crate::dialect::{Detection, Dialect};
use crate::error::Error;
use crate::input::{Input, LONGEST_ROW, Ledger};
use crate::quotes::quoted;
use csv::{ByteRecord, StringRecord, Terminator};
use std::collections::HashSet;
use std::io::{Chain, ErrorKind, Read};

/// Memory per column, for its name and its part of the plan.
const BYTES_OF_A_COLUMN: u64 = 128;
/// Appended to the input. The first line feed ends the last row, if nothing else did: only a cell whose quote is never closed
/// extends to the second.
const END: &[u8] = b"\n\n";

/// How blank lines are read if the header has one column. With more columns they are always skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BlankLines {
    /// As rows with an empty cell.
    #[default]
    Rows,
    /// They are skipped.
    Skipped,
}

/// Options of a [`Reader`].
#[derive(Clone)]
pub struct ReaderOptions<'a> {
    /// The character encoding.
    pub charset: Charset,
    /// The dialect, if it is known.
    pub dialect: Option<Dialect>,
    /// How the dialect is detected otherwise.
    pub detection: Detection<'a>,
    /// How blank lines are read.
    pub blank_lines: BlankLines,
    /// Whether rows record which cells are quoted.
    pub finds_quotes: bool,
}

/// Reads the rows of a CSV table.
pub struct Reader<'r, L = ()> {
    csv: csv::Reader<Chain<Input<'r, L>, &'static [u8]>>,
    charset: Charset,
    dialect: Dialect,
    blank_lines: BlankLines,
    finds_quotes: bool,
    columns: Vec<String>,
    /// The row that was read last, if blank lines before it are still to be returned.
    ahead: Option<Row>,
    /// The line after the row that was returned last.
    line: u64,
    /// Length of the last record. Most have a similar length, so that a buffer of this size rarely grows.
    length: usize,
}

/// A row, or a group of rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The line where it begins.
    pub line: u64,
    /// Its cells, one for each column. A group has the cells of its first row.
    pub cells: StringRecord,
    /// Whether each cell is quoted, if the reader records that and a cell is empty.
    pub quoted: Vec<bool>,
    /// For a group: the cells of its rows that are not missing, for each list of the plan.
    pub lists: Option<Vec<StringRecord>>,
}

impl Row {
    fn blank(line: u64) -> Self {
        Row { line, cells: StringRecord::from([""].as_slice()), quoted: Vec::new(), lists: None }
    }

    /// Returns the approximate number of bytes of memory that it takes.
    pub fn bytes(&self) -> usize {
        // A record's capacity is at most twice its size, in two allocations.
        let record =
            |record: &StringRecord| 2 * (record.as_slice().len() + record.len() * size_of::<usize>());
        let lists = self.lists.iter().flatten().map(|list| record(list) + 128).sum::<usize>();
        record(&self.cells) + self.quoted.len() + lists + 256
    }
}

impl<'r, L: Ledger> Reader<'r, L> {
    /// Reads the header of a table.
    ///
    /// # Errors
    /// Fails if there is no header, it cannot be read or has a name twice, or the dialect is not found.
    pub fn new(
        input: impl Read + Send + 'r,
        options: ReaderOptions<'_>,
        mut ledger: L,
    ) -> Result<Self, Error> {
        let mut input = options.charset.decode(input);
        let (dialect, start) = match options.dialect {
            Some(dialect) => (dialect, Vec::new()),
            None => options.detection.look_ahead(&mut input, &mut ledger)?,
        };
        let mut held = start.len() as u64;
        let input: Box<dyn Read + Send + 'r> =
            if start.is_empty() { input } else { Box::new(std::io::Cursor::new(start).chain(input)) };
        let csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .delimiter(dialect.delimiter)
            .quote(dialect.quote)
            .terminator(Terminator::Any(b'\n'))
            .from_reader(Input::new(input, ledger, options.finds_quotes).chain(END));
        let mut reader = Reader {
            csv,
            charset: options.charset,
            dialect,
            blank_lines: options.blank_lines,
            finds_quotes: options.finds_quotes,
            columns: Vec::new(),
            ahead: None,
            line: 1,
            length: 128,
        };
        reader.input().hold(held)?;
        let header = reader.record()?.ok_or(Error::Empty)?;
        let (cells, line) = (&header.cells, header.line);
        held += cells.as_slice().len() as u64 + cells.len() as u64 * BYTES_OF_A_COLUMN;
        reader.input().hold(held)?;
        if cells.iter().any(|column| column.contains('\r') && !column.contains('\n')) {
            return Err(Error::CarriageReturns { line });
        }
        let mut names = HashSet::with_capacity(cells.len());
        if let Some(twice) = cells.iter().find(|name| !name.is_empty() && !names.insert(*name)) {
            return Err(Error::TwoColumns { line, name: twice.to_owned() });
        }
        reader.columns = cells.iter().map(str::to_owned).collect();
        reader.line = reader.csv.position().line();
        Ok(reader)
    }

    fn input(&mut self) -> &mut Input<'r, L> {
        self.csv.get_mut().get_mut().0
    }

    /// Returns the names of the columns.
    pub fn columns(&self) -> &[String] {
        &self.columns
    }

    /// Returns the dialect of the table.
    pub fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// Returns the number of bytes read, counted as UTF-8.
    pub fn bytes(&self) -> u64 {
        self.csv.position().byte()
    }

    /// Returns the next row, or `None` at the end.
    ///
    /// # Errors
    /// Fails if it cannot be read, or has more or fewer cells than the header.
    pub fn row(&mut self) -> Result<Option<Row>, Error> {
        if self.columns.len() > 1 || self.blank_lines == BlankLines::Skipped {
            return self.record();
        }
        if self.ahead.is_none() {
            self.ahead = self.record()?;
        }
        let end = || self.csv.position().line().saturating_sub(END.len() as u64);
        if self.line < self.ahead.as_ref().map_or_else(end, |row| row.line) {
            self.line += 1;
            return Ok(Some(Row::blank(self.line - 1)));
        }
        self.line = self.csv.position().line();
        Ok(self.ahead.take())
    }

    /// Returns the next record. Blank lines before it are skipped.
    fn record(&mut self) -> Result<Option<Row>, Error> {
        loop {
            let mut record = ByteRecord::with_capacity(self.length + self.length / 4, self.columns.len());
            let start = self.csv.position().clone();
            self.input().begin_row(start.byte())?;
            match self.csv.read_byte_record(&mut record) {
                Ok(true) => {}
                Ok(false) => return Ok(None),
                Err(error) => return Err(unreadable(error, start.line())),
            }
            let after = self.csv.position().clone();
            self.length = record.as_slice().len();
            // Only line feeds in quotes belong to cells.
            let inside = line_feeds(record.as_slice());
            if after.byte() > self.csv.get_ref().get_ref().0.read + 1 {
                let opened = after.line() - line_feeds(record.iter().next_back().unwrap_or_default());
                return Err(Error::UnclosedQuote { line: opened });
            }
            let line = after.line().saturating_sub(inside + 1).max(1);
            // The crate skips empty lines, but a carriage return makes a record. A quoted empty cell has the same content
            // as a blank line, and differs in length.
            let skipped = line.saturating_sub(start.line());
            let length = (after.byte() - start.byte()).saturating_sub(skipped);
            let is_blank = record.len() == 1 && record.as_slice() == b"\r" && length <= 2;
            let mut cells =
                StringRecord::from_byte_record(record).map_err(|error| self.not_utf8(error, line))?;
            without_carriage_return(&mut cells);
            if !self.charset.is_utf8() {
                self.check_decoded(&cells, line)?;
            }
            let columns = self.columns.len();
            if is_blank && (columns != 1 || self.blank_lines == BlankLines::Skipped) {
                continue;
            }
            if columns > 0 && cells.len() != columns {
                return Err(Error::Ragged { line, cells: cells.len(), columns });
            }
            let mut quoted_cells = Vec::new();
            if self.finds_quotes && cells.iter().any(str::is_empty) {
                let dialect = self.dialect;
                quoted_cells =
                    self.input().row(after.byte()).map(|row| quoted(row, dialect)).unwrap_or_default();
            }
            return Ok(Some(Row { line, cells, quoted: quoted_cells, lists: None }));
        }
    }

    fn column(&self, number: usize) -> String {
        match self.columns.get(number) {
            Some(name) => format!("`{}`", pmml_runtime::diagnostics::quote::quote(name)),
            None => (number + 1).to_string(),
        }
    }

    fn not_utf8(&self, error: csv::FromUtf8Error, line: u64) -> Error {
        let (position, record) = (error.utf8_error().clone(), error.into_byte_record());
        let cell = record.get(position.field()).unwrap_or_default();
        let byte = cell.get(position.valid_up_to()).copied().unwrap_or_default();
        let column = self.column(position.field());
        Error::Undecodable {
            line,
            column,
            what: format!("the byte 0x{byte:02X}"),
            charset: "UTF-8".to_owned(),
        }
    }

    /// Fails if a cell has bytes that could not be decoded.
    fn check_decoded(&self, cells: &StringRecord, line: u64) -> Result<(), Error> {
        let Some(number) = cells.iter().position(|cell| cell.contains(char::REPLACEMENT_CHARACTER)) else {
            return Ok(());
        };
        let (column, charset) = (self.column(number), self.charset.name().to_owned());
        Err(Error::Undecodable { line, column, what: "a byte of the cell".to_owned(), charset })
    }
}

fn unreadable(error: csv::Error, line: u64) -> Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.kind() == ErrorKind::FileTooLarge => {
            Error::LongRow { line, limit: LONGEST_ROW }
        }
        csv::ErrorKind::Io(error) => Error::Io(error),
        kind => Error::Io(std::io::Error::other(format!("line {line}: {kind:?}"))),
    }
}

/// Removes a carriage return at the end, which belongs to the line end.
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
