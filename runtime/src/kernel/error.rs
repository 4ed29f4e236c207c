//! Why an image cannot be opened.

/// Why an image cannot be opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Error {
    /// Its kind is unknown.
    Kind,
    /// Its length differs from what its header says.
    Size,
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Error::Kind => "the image of a kernel is of an unknown kind",
            Error::Size => "the image of a kernel does not have the length that its header says",
        })
    }
}

impl core::error::Error for Error {}
