//! Record batches of Apache Arrow, as streams of its IPC format.

mod decode;
mod evaluate;
mod open;
mod reader;

pub use evaluate::ArrowJob;
pub use open::{open, refusal};

/// The media type of a stream.
pub const STREAM: &str = "application/vnd.apache.arrow.stream";
