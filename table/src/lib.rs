//! Reads tables of rows for a model, and writes its results.
//!
//! A [`Reader`] reads CSV in a [`Charset`] and a [`Dialect`], which it detects unless it is given, and returns rows with the
//! lines where they begin. A [`Plan`], made once from the header and the model's signature, maps columns to inputs and
//! decides which cells are missing. A [`Source`] collects the rows of each group where a model takes lists, and returns rows
//! or groups in blocks. A [`Writer`] writes results in the dialect of the table. Scoring is left to the caller.
//!
//! What depends on the table is bounded: the length of a row and of a header, and the number of bytes examined to detect a
//! dialect. A caller that counts memory passes a [`Ledger`] to the reader. All errors are [`Error`]s, with the line.
//!
//! Without the feature `csv` there is only [`Groups`], which has no dependencies.

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
