//! Errors of loading models.

use pmml_compiler::error::{Error as DocumentError, Position};
use std::path::PathBuf;
use thiserror::Error as ThisError;

/// Why a model could not be loaded.
#[derive(Debug, ThisError)]
#[non_exhaustive]
pub enum Error {
    /// The document could not be read, is not well formed, or contains something that cannot be honoured.
    #[error(transparent)]
    Document(DocumentError),
    /// The document of a file could not be loaded.
    #[error("{}{}{error}", path.display(), if error.position().is_some() { ":" } else { ": " })]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        error: Box<Error>,
    },
    /// Machine code could not be generated: the machine is not supported, or does not provide executable memory.
    #[error("the model cannot be compiled: {0}")]
    Compile(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// Loading was [interrupted](crate::ModelOptions::interrupt).
    #[error("loading the model was interrupted")]
    Interrupted,
}

impl From<DocumentError> for Error {
    fn from(error: DocumentError) -> Self {
        match &error {
            DocumentError::Interrupted => Error::Interrupted,
            DocumentError::Io(cause) if cause.get_ref().is_some_and(|cause| cause.is::<DocumentError>()) => {
                Error::Interrupted
            }
            _ => Error::Document(error),
        }
    }
}

impl Error {
    /// Returns the position in the document, if the error has one.
    pub fn position(&self) -> Option<Position> {
        match self {
            Error::Document(error) => error.position(),
            Error::File { error, .. } => error.position(),
            Error::Compile(_) | Error::Interrupted => None,
        }
    }
}
