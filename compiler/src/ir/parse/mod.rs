//! Reads programs back from their text form: what [`print`](super::print) writes, as `docs/ir.md` describes it.
//!
//! Tests of passes are text in, text out, and a program from a bug report can be pasted into a test. The
//! round trip through text changes two things. Strings are numbered anew, in the order in which they occur in
//! the text. And what no engine computes with is not in the text: the derived field of a failure, the bits of
//! a NaN.
//!
//! The text form truncates large data: more than 64 elements of a table or set, rows of a map, nodes of a
//! forest, sums, vectors or terms of a kernel, and more than 16 fields or instances of distances. Such a
//! program is rejected, with the line at which it is truncated. Programs that are read are verified.

mod body;
mod cursor;
mod entities;
mod kernel;
#[cfg(test)]
mod tests;

use super::Program;
use super::verify::verify;
use cursor::Lines;
use std::str::FromStr;

/// Why a text could not be read as a program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct ParseError {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

type Parsed<T> = Result<T, ParseError>;

impl FromStr for Program {
    type Err = ParseError;

    /// Reads a program from its text form. Blank lines and lines that start with `;` are ignored.
    fn from_str(text: &str) -> Parsed<Self> {
        let mut lines = Lines::new(text);
        let mut program = Self::default();
        entities::parse(&mut program, &mut lines)?;
        body::parse(&mut program, &mut lines)?;
        verify(&program).map_err(|error| ParseError {
            line: lines.number(),
            problem: format!("the program is invalid: {error}"),
        })?;
        Ok(program)
    }
}
