//! Rows from outside and back: what stands between a table and a model's inputs and results.
//!
//! A [`Reader`] takes CSV in some [`Charset`] and [`Dialect`], which it finds where they are not given, and returns rows with
//! the lines where they begin. A [`Plan`], made once from the header and the model's signature, says which column feeds which
//! input and which cells are missing. A [`Source`] puts the rows of a group together where a model takes lists, and returns
//! all in blocks. A [`Writer`] writes results in the dialect of the table. Scoring itself is the caller's business.
//!
//! What a table decides is bounded: the length of a row and of a header, and how much is looked at to find a dialect. A
//! caller that counts memory gives the reader a [`Ledger`]. All errors are [`Error`]s, with the line.
//!
//! Without the feature `csv` there are [`Groups`] alone, which depend on nothing.

#![forbid(unsafe_code)]

#[cfg(feature = "csv")]
mod charset;
#[cfg(feature = "csv")]
mod dialect;
#[cfg(feature = "csv")]
mod error;
mod group;
#[cfg(feature = "csv")]
mod input;
#[cfg(feature = "csv")]
mod missing;
#[cfg(feature = "csv")]
mod plan;
#[cfg(feature = "csv")]
mod quotes;
#[cfg(feature = "csv")]
mod reader;
#[cfg(feature = "csv")]
mod source;
#[cfg(feature = "csv")]
mod writer;

pub use group::Groups;
#[cfg(feature = "csv")]
pub use {
    charset::{Charset, UnknownCharset},
    dialect::{Detection, Dialect},
    error::Error,
    input::Ledger,
    missing::{EmptyCells, MissingStrings},
    plan::{MissingColumns, Plan, PlanOptions},
    reader::{BlankLines, Reader, ReaderOptions, Row},
    source::{Block, BlockLimits, Source},
    writer::Writer,
};
