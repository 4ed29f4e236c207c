//! Why no source could be generated.

use crate::passes::pack;

/// Why no source could be generated.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A forest or kernel could not be packed.
    #[error("{0}")]
    Pack(#[from] pack::Error),
    /// The model needs an allocator, but must not use one.
    #[error("the model needs an allocator: it {0}")]
    NeedsAllocator(&'static str),
    /// The path of the runtime is not a path.
    #[error("`{0}` is not a path")]
    Path(String),
    /// The source would be too large.
    #[error(
        "the source has more than {0} bytes, which is the limit for a document of this size: `max_expansion` raises it"
    )]
    TooLarge(u64),
    /// The compiler has a bug.
    #[error("internal error: {0}")]
    Internal(&'static str),
}
