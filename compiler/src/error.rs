//! The one error type of the compiler.
//!
//! Every stage, from the first byte of the document to machine code, fails with an [`Error`]. It says which
//! element is wrong, at which line and column, and what was expected there.

use std::fmt;
use thiserror::Error as ThisError;

/// What the compiler's functions return.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A place in a document: the `<` of an element's start tag, or where reading stopped.
///
/// Both numbers count from 1; columns count characters. Positions are ordered as places in the document are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column, in characters.
    pub column: u32,
}

impl Position {
    /// The beginning of a document.
    pub const START: Position = Position { line: 1, column: 1 };
}

impl Default for Position {
    fn default() -> Self {
        Position::START
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// Why a document was rejected.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// The document is not well-formed XML.
    #[error("{position}: {message}")]
    Syntax {
        /// Where.
        position: Position,
        /// What is wrong.
        message: String,
    },
    /// The document is XML, but an element breaks the rules of PMML.
    #[error("{position}: {message}")]
    Invalid {
        /// The element.
        position: Position,
        /// The element's name.
        element: String,
        /// What is wrong with it.
        message: String,
    },
    /// The element may be correct, but this compiler does not support it, and ignoring it could change the
    /// scores.
    #[error("{position}: {message}")]
    Unsupported {
        /// The element.
        position: Position,
        /// The element's name.
        element: String,
        /// What is not supported, and why.
        message: String,
    },
    /// The document exceeds a limit that guards memory, time or the stack.
    #[error("{position}: {message}")]
    Limit {
        /// Where the limit was exceeded.
        position: Position,
        /// Which limit.
        message: String,
    },
    /// The document lacks a model or a result of the given name.
    #[error("{message}")]
    NotFound {
        /// What it lacks, and what it has instead.
        message: String,
    },
    /// Compiling was [interrupted](pmml_runtime::Interrupt).
    #[error("compiling the document was interrupted")]
    Interrupted,
    /// The document could not be read.
    #[error("the document cannot be read: {0}")]
    Io(#[from] std::io::Error),
}

impl Error {
    /// Returns an [`Error::Invalid`] at `element`.
    pub fn invalid(position: Position, element: impl Into<String>, message: impl Into<String>) -> Self {
        Error::Invalid { position, element: element.into(), message: message.into() }
    }

    /// Returns an [`Error::Unsupported`] at `element`.
    pub fn unsupported(position: Position, element: impl Into<String>, message: impl Into<String>) -> Self {
        Error::Unsupported { position, element: element.into(), message: message.into() }
    }

    /// Returns where the error is. Returns `None` if the document could not be read at all.
    pub fn position(&self) -> Option<Position> {
        match self {
            Error::Syntax { position, .. }
            | Error::Invalid { position, .. }
            | Error::Unsupported { position, .. }
            | Error::Limit { position, .. } => Some(*position),
            Error::NotFound { .. } | Error::Interrupted | Error::Io(_) => None,
        }
    }

    /// Returns the element at fault, if there is one.
    pub fn element(&self) -> Option<&str> {
        match self {
            Error::Invalid { element, .. } | Error::Unsupported { element, .. } => Some(element),
            Error::Syntax { .. }
            | Error::Limit { .. }
            | Error::NotFound { .. }
            | Error::Interrupted
            | Error::Io(_) => None,
        }
    }

    /// Returns what is wrong, without the place.
    pub fn message(&self) -> String {
        match self {
            Error::Syntax { message, .. }
            | Error::Invalid { message, .. }
            | Error::Unsupported { message, .. }
            | Error::Limit { message, .. }
            | Error::NotFound { message } => message.clone(),
            Error::Interrupted => self.to_string(),
            Error::Io(error) => error.to_string(),
        }
    }
}
