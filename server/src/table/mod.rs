//! Tables: CSV bodies, in the dialects and charsets that clients write.
//!
//! A table is read, scored and written piece by piece on a thread for blocking work, so that memory is bounded by the
//! piece and not by the table. Results have the dialect and the charset of the request.

mod charset;
mod dialect;
mod evaluate;
mod group;
mod plan;
mod reader;

pub use charset::Charset;
pub use dialect::{Dialect, unreadable};
pub use evaluate::{Errors, TableJob};
