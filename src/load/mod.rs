//! Models that are loaded at run time.
//!
//! From the bottom up: [`conversion`] converts values to words of frames and back; [`compiled`] is the part of a model that
//! scorers share; [`blocks`] fills, runs and reads blocks of 64 rows; the [`scorer`], the [`batch`]es and the record batches
//! of
//! [`arrow`] are built on these; the [`pool`] lends scorers; a [`Model`] has all of them, and [`options`] load one from a
//! document.

#[cfg(feature = "arrow")]
pub mod arrow;
mod batch;
mod blocks;
mod column;
mod compiled;
mod conversion;
mod counts;
mod error;
mod model;
mod names;
mod options;
mod pool;
mod record;
mod row;
mod row_error;
mod scorer;
#[cfg(feature = "parallel")]
mod shares;
mod verify;

pub use batch::{Batch, BatchError, BatchResult, ResultColumn};
pub use blocks::BLOCK_ROWS;
pub use column::Column;
pub use compiled::Memory;
pub use counts::{Counts, InvalidCount};
pub use error::Error;
pub use model::Model;
pub use names::MissingColumns;
pub use options::{Backend, ModelOptions, NanHandling};
pub use record::Record;
pub use row::Row;
pub use row_error::{RowError, RowErrorKind};
pub use scorer::Scorer;
#[cfg(feature = "parallel")]
pub use shares::in_shares;
pub use verify::{Difference, Verification};
