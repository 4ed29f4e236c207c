//! Records: where each begins and ends.

use super::Malformed;
use std::io::{ErrorKind, Read};

/// How much is read at a time.
const READ: usize = 256 << 10;
/// How long a record may be. The rest of a file behind an unclosed quote is longer than that, or at its end.
const LONGEST: usize = 64 << 20;
/// How many records make a block worth handing on.
const ENOUGH: usize = pmml::BLOCK_ROWS;

/// Whole records, as they were read.
#[derive(Debug, Default)]
pub struct Block {
    bytes: Vec<u8>,
    records: Vec<Record>,
}

/// The place of a record in its block, without its line end.
#[derive(Clone, Copy, Debug)]
struct Record {
    start: usize,
    end: usize,
    line: u64,
}

impl Block {
    /// How many bytes it holds.
    pub fn bytes(&self) -> usize {
        self.bytes.len()
    }

    /// The records as text, each with its line.
    ///
    /// # Errors
    /// If the bytes are not UTF-8.
    pub fn texts(&self) -> Result<impl ExactSizeIterator<Item = (u64, &str)>, Malformed> {
        let text = str::from_utf8(&self.bytes).map_err(|error| {
            let wrong = error.valid_up_to();
            let record =
                self.records.iter().rev().find(|record| record.start <= wrong).or(self.records.first());
            let (line, start) = record.map_or((1, 0), |record| (record.line, record.start));
            let inside = self.bytes.get(start..wrong).unwrap_or_default();
            Malformed::Line {
                line: line + memchr::memchr_iter(b'\n', inside).count() as u64,
                message: format!(
                    "the byte 0x{:02X} is not UTF-8",
                    self.bytes.get(wrong).copied().unwrap_or_default()
                ),
                help: "convert the file to UTF-8, for example with `iconv -f WINDOWS-1252 -t UTF-8`",
            }
        })?;
        Ok(self.records.iter().map(move |record| {
            // Records begin and end at ASCII characters, so at borders of characters.
            (record.line, text.get(record.start..record.end).unwrap_or_default())
        }))
    }
}

/// Reads a file as blocks of records.
pub struct Records<R> {
    input: R,
    delimiter: u8,
    /// Whether a blank line is a record.
    blank_counts: bool,
    /// What was read and is not handed out yet; it begins where a record does.
    rest: Vec<u8>,
    line: u64,
    at_end: bool,
}

/// How far the search for the end of a record has come.
#[derive(Clone, Copy)]
struct Search {
    /// Everything before is searched.
    at: usize,
    /// Where the quote is that is open at this place.
    quote: Option<usize>,
}

impl<R: Read> Records<R> {
    /// Reads from an input.
    pub fn new(input: R, delimiter: u8) -> Self {
        Records { input, delimiter, blank_counts: false, rest: Vec::new(), line: 1, at_end: false }
    }

    /// Says that there is but one column: from now on a blank line is a record with an empty cell.
    pub fn count_blank_lines(&mut self) {
        self.blank_counts = true;
    }

    /// The first record of the file, with its line. `None` where there is none.
    pub fn header(&mut self) -> Result<Option<Block>, Malformed> {
        let mark: &[u8] = b"\xEF\xBB\xBF";
        while !self.at_end && self.rest.len() < mark.len() {
            let mut rest = std::mem::take(&mut self.rest);
            self.read(&mut rest)?;
            self.rest = rest;
        }
        if self.rest.starts_with(mark) {
            self.rest.drain(..mark.len());
        }
        self.take(1, 1)
    }

    /// The next records: as many as one reading yields, at least [`ENOUGH`] unless the file ends. `None` at the end.
    pub fn block(&mut self) -> Result<Option<Block>, Malformed> {
        self.take(ENOUGH, usize::MAX)
    }

    fn take(&mut self, enough: usize, most: usize) -> Result<Option<Block>, Malformed> {
        let mut bytes = std::mem::take(&mut self.rest);
        let mut records = Vec::new();
        let mut start = 0;
        let mut search = Search { at: 0, quote: None };
        loop {
            while records.len() < most
                && let Some(end) = find_end(&bytes, start, &mut search, self.delimiter)
            {
                self.push(&mut records, &bytes, start, end);
                start = end + 1;
                search = Search { at: start, quote: None };
            }
            if records.len() >= enough {
                break;
            }
            if self.at_end {
                self.last(&mut records, &bytes, start, search)?;
                start = bytes.len();
                break;
            }
            if bytes.len() - start > LONGEST {
                return Err(Malformed::Line {
                    line: self.line,
                    message: format!("the row is longer than {} MiB", LONGEST >> 20),
                    help: "was a quote opened here and never closed?",
                });
            }
            self.read(&mut bytes)?;
        }
        self.rest = bytes.split_off(start);
        Ok(if records.is_empty() { None } else { Some(Block { bytes, records }) })
    }

    /// Takes what is left at the end of the file, where a line end may be lacking.
    fn last(
        &mut self,
        records: &mut Vec<Record>,
        bytes: &[u8],
        start: usize,
        search: Search,
    ) -> Result<(), Malformed> {
        if start == bytes.len() {
            return Ok(());
        }
        match search.quote {
            // The file ends with the closing quote.
            Some(quote) if quote < search.at && search.at + 1 == bytes.len() => {}
            Some(quote) => {
                let before = bytes.get(start..quote).unwrap_or_default();
                return Err(Malformed::Line {
                    line: self.line + memchr::memchr_iter(b'\n', before).count() as u64,
                    message: "a quote is opened and never closed".to_owned(),
                    help: "close it, or double it (\"\") where it belongs to the value",
                });
            }
            None => {}
        }
        self.push(records, bytes, start, bytes.len());
        Ok(())
    }

    /// Takes the record between two places, if it is one.
    fn push(&mut self, records: &mut Vec<Record>, bytes: &[u8], start: usize, end: usize) {
        let text = bytes.get(start..end).unwrap_or_default();
        let line = self.line;
        self.line += 1 + memchr::memchr_iter(b'\n', text).count() as u64;
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if !text.is_empty() || self.blank_counts {
            records.push(Record { start, end: start + text.len(), line });
        }
    }

    /// Reads some more bytes, or finds that there are none.
    fn read(&mut self, bytes: &mut Vec<u8>) -> Result<(), Malformed> {
        let old = bytes.len();
        bytes.resize(old + READ, 0);
        let read = loop {
            match self.input.read(bytes.get_mut(old..).unwrap_or_default()) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                result => break result.map_err(Malformed::Unreadable)?,
            }
        };
        bytes.truncate(old + read);
        self.at_end = read == 0;
        Ok(())
    }
}

/// Finds the line end of the record that begins at `start`. `None` where it is not among these bytes: the search then
/// goes on where it stopped once there are more.
fn find_end(bytes: &[u8], start: usize, search: &mut Search, delimiter: u8) -> Option<usize> {
    loop {
        let rest = bytes.get(search.at..)?;
        if search.quote.is_some() {
            let Some(found) = memchr::memchr(b'"', rest) else {
                search.at = bytes.len();
                return None;
            };
            search.at += found;
            match bytes.get(search.at + 1)? {
                b'"' => search.at += 2,
                _ => *search = Search { at: search.at + 1, quote: None },
            }
        } else {
            let Some(found) = memchr::memchr2(b'\n', b'"', rest) else {
                search.at = bytes.len();
                return None;
            };
            let place = search.at + found;
            if bytes.get(place) == Some(&b'\n') {
                return Some(place);
            }
            let opens = place == start || bytes.get(place - 1) == Some(&delimiter);
            *search = Search { at: place + 1, quote: opens.then_some(place) };
        }
    }
}
