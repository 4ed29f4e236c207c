//! Errors: of documents, and of rows.

use crate::{Position, quote};
use std::path::PathBuf;
use thiserror::Error as ThisError;

/// Why a model could not be loaded.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// The document could not be read, is not well formed, or holds something that cannot be honoured.
    #[error(transparent)]
    Document(pmml_compiler::error::Error),
    /// The document of a file could not be loaded.
    #[error("{}{}{error}", path.display(), if error.position().is_some() { ":" } else { ": " })]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: Box<Error>,
    },
    /// The machine code could not be made: the machine is not supported, or gives no executable memory.
    #[error("the model cannot be compiled: {0}")]
    Compile(String),
    /// Loading was [interrupted](crate::ModelOptions::interrupt).
    #[error("loading the model was interrupted")]
    Interrupted,
}

impl From<pmml_compiler::error::Error> for Error {
    fn from(error: pmml_compiler::error::Error) -> Self {
        use pmml_compiler::error::Error as Refusal;
        match &error {
            Refusal::Interrupted => Error::Interrupted,
            Refusal::Io(cause) if cause.get_ref().is_some_and(|cause| cause.is::<Refusal>()) => {
                Error::Interrupted
            }
            _ => Error::Document(error),
        }
    }
}

impl Error {
    /// The place in the document, where there is one.
    pub fn position(&self) -> Option<Position> {
        match self {
            Error::Document(error) => error.position(),
            Error::File { error, .. } => error.position(),
            Error::Compile(_) | Error::Interrupted => None,
        }
    }
}

/// Why a row has no results.
#[derive(Clone, Debug, PartialEq, Eq, ThisError)]
#[non_exhaustive]
pub struct RowError {
    /// The input that is to blame, if it is one.
    pub field: Option<String>,
    /// The value that it has in the row; `None` where it is missing.
    pub value: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl std::fmt::Display for RowError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (&self.field, &self.value) {
            (Some(field), Some(value)) => {
                write!(f, "field `{}`: the value `{}` {}", quote(field), quote(value), self.reason)
            }
            (Some(field), None) => write!(f, "field `{}` {}", quote(field), self.reason),
            (None, _) => f.write_str(&self.reason),
        }
    }
}
