//! Tables: CSV bodies, in any dialect and charset.
//!
//! A table is read, scored and written chunk by chunk on a thread for blocking work, so that memory is bounded by the size
//! of a chunk, not of the table. `pmml_table` reads, plans and groups. Results have the dialect and the charset of the
//! request.

use crate::budget::{Held, Memory};
use crate::deployed::{Deployed, SHARE};
use crate::failure::Failure;
use crate::work::Work;
use axum::body::Bytes;
use axum::http::StatusCode;
use pmml::runtime::diagnostics::nearest::Search;
use pmml::{BLOCK_ROWS, Scorer};
use pmml_table::{
    BlankLines, BlockLimits, Charset, Detection, Dialect, Error, Ledger, MissingColumns, MissingStrings,
    Plan, PlanOptions, Reader, ReaderOptions, Row, Source, UnknownCharset, Writer,
};
use std::io::{self, Read};
use std::sync::Arc;

/// Maximum number of rows in memory at a time, and their approximate size in bytes.
const CHUNK_ROWS: usize = 64 * BLOCK_ROWS;
const CHUNK_BYTES: usize = 4 << 20;
/// Maximum number of input names that the only column of a table is compared with.
const COMPARED: u64 = 1 << 16;
/// The delimiters that are tried if none is given.
const DELIMITERS: &[u8] = b",;\t";

/// How rows that fail are reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errors {
    /// The first one fails the whole table.
    Fail,
    /// Their results are empty, and a column with this name has the reason.
    Column(String),
}

/// A table to score.
#[derive(Debug)]
pub struct TableJob {
    /// The model.
    pub deployed: Arc<Deployed>,
    /// The charset.
    pub charset: Charset,
    /// The dialect, if it is given.
    pub dialect: Option<Dialect>,
    /// The strings that represent a missing value.
    pub missing: MissingStrings,
    /// How inputs without a column are treated.
    pub missing_columns: MissingColumns,
    /// How rows that fail are reported.
    pub errors: Errors,
    /// The limits of the work.
    pub work: Work,
}

/// The layout of a table and its results.
struct Layout<'p> {
    plan: &'p Plan,
    dialect: Dialect,
    /// Whether the first column names rows.
    has_label: bool,
}

impl TableJob {
    /// Scores the table and passes the results to `sink`, chunk by chunk. Blocks.
    ///
    /// # Errors
    /// Fails if the table cannot be read, a row fails and [`Errors::Fail`] is set, a limit is exceeded, or `sink` fails.
    pub fn run(
        mut self,
        input: impl Read + Send,
        mut sink: impl FnMut(Bytes) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let deployed = Arc::clone(&self.deployed);
        let signature = deployed.model.signature();
        let inputs = || signature.inputs.iter().map(|field| field.name.as_str());
        // A single column may be misspelled, which the plan reports.
        let is_known = |name: &str| {
            let is_name = deployed.input(name).is_some() || signature.group.as_deref() == Some(name);
            is_name || Search::new(COMPARED).nearest(name, inputs()).is_some()
        };
        let options = ReaderOptions {
            charset: self.charset.clone(),
            dialect: self.dialect,
            detection: Detection { delimiters: DELIMITERS, is_known: &is_known, is_strict: true },
            blank_lines: BlankLines::Skipped,
            finds_quotes: self.missing.empty == pmml_table::EmptyCells::QuotedIsString,
        };
        let reader = Reader::new(input, options, Account(self.work.account().memory()))?;
        let columns = reader.columns();
        let label = columns.first().filter(|name| name.eq_ignore_ascii_case("id")).cloned();
        let options = PlanOptions {
            missing: std::mem::take(&mut self.missing),
            missing_columns: self.missing_columns,
            label: label.is_some().then_some(0),
        };
        let plan = Plan::new(columns, signature, options)?;
        let is_grouped = plan.group().is_some();
        let limits = if is_grouped {
            BlockLimits { rows: usize::MAX, bytes: usize::MAX }
        } else {
            BlockLimits { rows: CHUNK_ROWS, bytes: CHUNK_BYTES }
        };
        let mut layout = Layout { plan: &plan, dialect: reader.dialect(), has_label: label.is_some() };
        let mut source = Source::new(reader, &plan, limits, false);
        // A model that refers to earlier rows sees those of the table, in order.
        let mut own = deployed.own_scorer(&self.work)?;
        let mut is_first = true;
        // The memory of a chunk's rows.
        let mut memory = self.work.account().memory();
        loop {
            memory.shrink(0);
            let (mut count, mut bytes) = (0, 0);
            let block = source.block(|row| {
                self.work.row()?;
                count += 1;
                bytes += row.bytes() as u64;
                if is_grouped {
                    self.work.hold(row.bytes() as u64)?;
                }
                // Groups copy strings of their rows.
                memory.cover(if is_grouped { 3 * bytes } else { bytes })
            })?;
            // A label of rows is not a label of groups.
            layout.has_label &= block.rows.len() == count;
            let (rows, bytes) = (block.rows, memory.bytes());
            let parts = deployed.in_shares(
                &self.work,
                own.as_mut(),
                (rows.len(), SHARE),
                |_| bytes,
                |scorer, range| self.score(&layout, scorer, &rows[range]),
            )?;
            if std::mem::take(&mut is_first) {
                let label = label.as_deref().filter(|_| layout.has_label);
                self.send(self.header(label, layout.dialect)?, &mut sink)?;
            }
            parts.into_iter().try_for_each(|text| self.send(text, &mut sink))?;
            if rows.is_empty() {
                return Ok(());
            }
        }
    }

    /// Passes text to `sink`, in the charset of the request.
    fn send(&self, text: Held, sink: &mut impl FnMut(Bytes) -> Result<(), Failure>) -> Result<(), Failure> {
        if text.is_empty() {
            return Ok(());
        }
        if self.charset.is_utf8() {
            return sink(text.into_bytes());
        }
        // Both versions exist at the same time, and no charset takes more than four bytes for one of UTF-8.
        let memory = self.work.account().hold(4 * text.as_ref().len() as u64)?;
        let encoded = self.charset.encode(text.as_ref());
        sink(Held::new(encoded, memory)?.into_bytes())
    }

    fn header(&self, label: Option<&str>, dialect: Dialect) -> Result<Held, Failure> {
        let mut writer = Writer::new(dialect);
        let results = self.deployed.model.signature().results.iter().map(|field| field.name.as_str());
        let error = match &self.errors {
            Errors::Fail => None,
            Errors::Column(name) => Some(name.as_str()),
        };
        writer.header(label.into_iter().chain(results).chain(error));
        Held::new(writer.into_bytes(), self.work.account().memory())
    }

    fn score(&self, layout: &Layout<'_>, scorer: &mut Scorer, rows: &[Row]) -> Result<Held, Failure> {
        let mut writer = Writer::new(layout.dialect);
        let mut memory = self.work.account().memory();
        let results = self.deployed.model.signature().results.len();
        for block in rows.chunks(self.deployed.rows_together(scorer, rows.len())) {
            self.work.check()?;
            let errors = self.deployed.score(&self.work, scorer, block, |scorer, number, row| {
                layout.plan.fill(row, |input, value| scorer.set(number, input, &value));
            })?;
            if let (Errors::Fail, Some((number, error))) = (&self.errors, errors.first()) {
                return Err(Failure::bad_request(format!("CSV line {}: {error}", block[*number].line)));
            }
            let mut errors = errors.into_iter().peekable();
            for (number, row) in block.iter().enumerate() {
                let label = layout.has_label.then(|| row.cells.get(0).unwrap_or_default());
                let results = (0..results).map(|result| scorer.value(number, result));
                let message = match self.errors {
                    Errors::Fail => None,
                    Errors::Column(_) => {
                        let error = errors.next_if(|(failed, _)| *failed == number);
                        Some(error.map(|(_, error)| error.to_string()).unwrap_or_default())
                    }
                };
                writer.row(label, results, message.as_deref());
                memory.cover(writer.written() as u64)?;
            }
        }
        Held::new(writer.into_bytes(), memory)
    }
}

/// Counts the memory of a reader in the memory budget.
struct Account(Memory);

impl Ledger for Account {
    fn hold(&mut self, bytes: u64) -> io::Result<()> {
        self.0.shrink(bytes);
        self.0.cover(bytes).map_err(io::Error::other)
    }
}

/// Returns the dialect that a client specifies. A quote character without a delimiter is ignored.
///
/// # Errors
/// Fails if either is more than one character.
pub fn dialect(delimiter: Option<&str>, quote: Option<&str>) -> Result<Option<Dialect>, Failure> {
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

fn one(name: &str, text: &str) -> Result<u8, Failure> {
    match text.as_bytes() {
        [byte] if byte.is_ascii() && !b"\r\n\0".contains(byte) => Ok(*byte),
        _ => Err(Failure::bad_request(format!("{name} must be one ASCII character, not `{text}`"))),
    }
}

impl From<UnknownCharset> for Failure {
    fn from(error: UnknownCharset) -> Self {
        Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("There is no charset `{}`", error.0))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Io(error) => Failure::unreadable(&error),
            Error::Empty => Failure::bad_request("The CSV document is empty"),
            Error::Unrecognized => Failure::bad_request(error.to_string()),
            Error::AbsentColumns(_) => Failure::bad_request(format!(
                "CSV {error}; with `missingColumns=missing` such inputs are missing in all rows"
            )),
            error => Failure::bad_request(format!("CSV {error}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_are_given() {
        let of = |delimiter, quote| Ok(Some(Dialect { delimiter, quote }));
        assert_eq!(dialect(Some("\t"), Some("\"")), of(b'\t', b'"'));
        assert_eq!(dialect(Some("\\t"), Some("\\'")), of(b'\t', b'\''));
        assert_eq!(dialect(Some(";"), None), of(b';', b'"'));
        assert_eq!(dialect(None, Some("'")), Ok(None));
        for (delimiter, quote) in [(",,", None), ("", None), (",", Some("''")), ("é", None), (",", Some(","))]
        {
            assert!(dialect(Some(delimiter), quote).is_err());
        }
    }
}
