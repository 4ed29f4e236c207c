//! Errors in tables.

use pmml_compiler::absent::AbsentColumns;
use pmml_runtime::diagnostics::quote::quote;
use std::fmt::{self, Write};
use std::io;
use thiserror::Error;

/// Maximum number of names in a message; the rest is counted.
pub(crate) const NAMES: usize = 20;

/// An error in a table. Values in messages are truncated and escaped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The input could not be read, or a [`Ledger`](crate::Ledger) refused the memory.
    #[error("it cannot be read: {0}")]
    Io(#[from] io::Error),
    /// There is no header.
    #[error("the table is empty")]
    Empty,
    /// There is no dialect in which all rows have the same length.
    #[error("Unrecognized CSV format")]
    Unrecognized,
    /// Lines end in a carriage return without a line feed.
    #[error("line {line}: lines end in a carriage return alone")]
    CarriageReturns {
        /// The line.
        line: u64,
    },
    /// A row is too long.
    #[error("line {line}: the row is longer than {} MiB", .limit >> 20)]
    LongRow {
        /// The line where it begins.
        line: u64,
        /// Maximum length of a row in bytes.
        limit: u64,
    },
    /// A quote is opened and never closed.
    #[error("line {line}: a quote is opened and never closed")]
    UnclosedQuote {
        /// The line where it is opened, or where its row begins.
        line: u64,
    },
    /// A row has more or fewer cells than the header.
    #[error(
        "line {line}: the row has {cells} cell{}, but the header has {columns}",
        if *.cells == 1 { "" } else { "s" }
    )]
    Ragged {
        /// The line where the row begins.
        line: u64,
        /// Number of cells in the row.
        cells: usize,
        /// Number of cells in the header.
        columns: usize,
    },
    /// Bytes are invalid in the charset.
    #[error("line {line}, column {column}: {what} is not {charset}")]
    Undecodable {
        /// The line where the row begins.
        line: u64,
        /// The name of the column in backticks, or its number.
        column: String,
        /// The byte, or a description of it.
        what: String,
        /// The name of the charset.
        charset: String,
    },
    /// Two columns have the same name.
    #[error("line {line}: there are two columns named `{}`", quote(.name))]
    TwoColumns {
        /// The line of the header.
        line: u64,
        /// The name.
        name: String,
    },
    /// The header names no input.
    #[error(
        "the header has none of the model's input fields: it has {}",
        names(.columns.iter().map(String::as_str), *.more_columns)
    )]
    NoInputs {
        /// The first names of the header.
        columns: Vec<String>,
        /// Number of further names.
        more_columns: usize,
        /// The first names of inputs.
        inputs: Vec<String>,
        /// Number of further names.
        more_inputs: usize,
        /// The delimiter that the header seems to have instead.
        delimiter: Option<char>,
    },
    /// The header lacks inputs.
    #[error("line 1: the header has no column for {0}")]
    AbsentColumns(AbsentColumns),
    /// The header lacks the field by which the model groups rows.
    #[error("line 1: the header has no column for `{}`, by which the model groups rows", quote(.name))]
    NoGroup {
        /// The field.
        name: String,
    },
}

impl Error {
    /// Returns whether the message begins with a line number.
    pub fn has_line(&self) -> bool {
        !matches!(self, Error::Io(_) | Error::Empty | Error::Unrecognized | Error::NoInputs { .. })
    }

    /// Returns advice on how to fix the error, if there is any.
    pub fn help(&self) -> Option<String> {
        Some(match self {
            Error::Empty => "the first line must name the columns; rows follow below it".to_owned(),
            Error::CarriageReturns { .. } => {
                "convert the line ends, for example with `tr '\\r' '\\n'`".to_owned()
            }
            Error::LongRow { .. } => "was a quote opened here and never closed?".to_owned(),
            Error::UnclosedQuote { .. } => {
                "close it, or double it (\"\") where it belongs to the value".to_owned()
            }
            Error::Ragged { cells, columns, .. } if cells > columns => {
                "a cell that holds the delimiter must be in quotes".to_owned()
            }
            Error::Ragged { .. } => "the file may be cut off, or have another delimiter".to_owned(),
            Error::TwoColumns { .. } => "rename or remove one of them".to_owned(),
            Error::NoInputs { delimiter: Some(delimiter), .. } => {
                format!("are the cells separated by `{}`?", delimiter.escape_default())
            }
            Error::NoInputs { inputs, more_inputs, .. } => {
                format!("the model expects {}", names(inputs.iter().map(String::as_str), *more_inputs))
            }
            _ => return None,
        })
    }
}

/// Formats names for a message, followed by the number of names left out.
fn names<'n>(names: impl Iterator<Item = &'n str>, more: usize) -> impl fmt::Display {
    let mut text = String::new();
    for name in names {
        let separator = if text.is_empty() { "" } else { ", " };
        // Writing to a string cannot fail.
        let _ = write!(text, "{separator}`{}`", quote(name));
    }
    if more > 0 {
        let _ = write!(text, " and {more} more");
    }
    text
}
