//! Writes results as CSV.

use crate::dialect::Dialect;
use pmml_runtime::compiled::Value;
use std::fmt::Write as _;

/// Writes results as CSV into memory.
///
/// ```
/// use pmml_table::{Dialect, Writer};
/// let mut writer = Writer::new(Dialect::new(b';'));
/// writer.header(["id", "score; scaled"]);
/// writer.row(Some("7"), [0.5.into()], None);
/// assert_eq!(writer.into_bytes(), b"id;\"score; scaled\"\n7;0.5\n");
/// ```
pub struct Writer {
    csv: csv::Writer<Vec<u8>>,
    /// The last value, as a string.
    text: String,
    written: usize,
}

impl Writer {
    /// Makes a writer in the dialect of a table.
    pub fn new(dialect: Dialect) -> Self {
        let mut builder = csv::WriterBuilder::new();
        let csv = builder.delimiter(dialect.delimiter).quote(dialect.quote).from_writer(Vec::new());
        Writer { csv, text: String::new(), written: 0 }
    }

    /// Writes the names of the columns.
    pub fn header<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        names.into_iter().for_each(|name| self.text(name));
        self.end_row();
    }

    /// Writes a row of results: the label of the row, if there is a column for it; the results; and the reason why the row
    /// failed, if there is a column for it.
    pub fn row<'v>(
        &mut self,
        label: Option<&str>,
        results: impl IntoIterator<Item = Value<'v>>,
        error: Option<&str>,
    ) {
        label.into_iter().for_each(|label| self.text(label));
        results.into_iter().for_each(|value| self.value(&value));
        error.into_iter().for_each(|error| self.text(error));
        self.end_row();
    }

    /// Writes a cell.
    pub fn text(&mut self, text: &str) {
        self.written += text.len() + 1;
        // Writing to memory cannot fail.
        let _ = self.csv.write_field(text);
    }

    /// Writes a value as a cell, which is empty if the value is missing.
    pub fn value(&mut self, value: &Value<'_>) {
        self.text.clear();
        // Writing to a string cannot fail.
        let _ = write!(self.text, "{value}");
        self.written += self.text.len() + 1;
        let _ = self.csv.write_field(&self.text);
    }

    /// Ends a row.
    pub fn end_row(&mut self) {
        let _ = self.csv.write_record(None::<&[u8]>);
    }

    /// Returns the approximate number of bytes written.
    pub fn written(&self) -> usize {
        self.written
    }

    /// Returns the bytes that were written.
    pub fn into_bytes(self) -> Vec<u8> {
        // Writing to memory cannot fail.
        self.csv.into_inner().unwrap_or_default()
    }
}
