//! CSV, as in RFC 4180 and as found in the wild.
//!
//! Records are found in one pass over the bytes, by [`Records`], which only looks for line ends and quotes; their cells
//! are taken apart later, by [`Cells`], on as many threads as one likes. Two things are the reason for a reader of our
//! own. Messages need the true line of a record, with blank lines, line ends of either kind and line breaks in quotes
//! before it; and a quote that is never closed must be an error at the line where it was opened, found within bounded
//! memory, not a cell that holds the rest of the file.
//!
//! A quote counts at the beginning of a cell only, a doubled one in a quoted cell stands for itself. A blank line is
//! a record with one empty cell where the header has one column, and nothing elsewhere.

mod cells;
mod records;
#[cfg(test)]
mod tests;
mod write;

pub use cells::Cells;
pub use records::{Block, Records};
pub use write::write_cell;

use crate::failure::Failure;
use std::io;

/// What is wrong with a file.
#[derive(Debug)]
pub enum Malformed {
    /// It cannot be read.
    Unreadable(io::Error),
    /// A line is not as it should be.
    Line {
        /// The line's number, from 1.
        line: u64,
        /// What is wrong.
        message: String,
        /// What to do about it.
        help: &'static str,
    },
}

impl Malformed {
    /// The failure that it is for the user.
    pub fn failure(self, name: &str) -> Failure {
        match self {
            Malformed::Unreadable(error) => {
                Failure::io(format_args!("the input `{name}` cannot be read"), &error)
            }
            Malformed::Line { line, message, help } => {
                Failure::new(format!("{name}, line {line}: {message}")).help(help)
            }
        }
    }
}
