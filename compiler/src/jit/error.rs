//! Why a program could not be compiled to machine code.

use crate::passes::pack;
use cranelift_module::ModuleError;

/// Why a program could not be compiled.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no code generator for the machine.
    #[error("machine code cannot be generated here: {0}")]
    Machine(String),
    /// The program is too large.
    #[error("the program needs more memory for a row than machine code can address")]
    TooLarge,
    /// The code generator failed.
    #[error("the code generator failed: {0}")]
    Generator(#[from] Box<ModuleError>),
    /// A forest or kernel could not be packed.
    #[error("{0}")]
    Pack(#[source] pack::Error),
    /// The work was interrupted.
    #[error("compiling the program was interrupted")]
    Interrupted,
    /// The compiler has a bug.
    #[error("internal error: {0}")]
    Internal(&'static str),
}

impl From<ModuleError> for Error {
    fn from(error: ModuleError) -> Self {
        Self::Generator(Box::new(error))
    }
}

impl From<pack::Error> for Error {
    fn from(error: pack::Error) -> Self {
        match error {
            pack::Error::Interrupted => Self::Interrupted,
            error => Self::Pack(error),
        }
    }
}
