//! What a document may cost once it is expanded.
//!
//! A function that calls another twice, which calls another twice, and so on, is short to write and endless
//! to compile. So the cost of a document is bounded in proportion to its size: the memory of its program, the
//! source generated from it, and the steps that are computed while it is compiled. Documents without such
//! repetition stay far below: in programs, a hundred bytes of a document become about as many.

use crate::error::{Error, Position, Result};
use pmml_runtime::Interrupt;

/// The largest ratio of the size of a program to that of its document, by default.
pub const DEFAULT: u64 = 64;

/// The largest number of bytes of a document that count: blanks and comments cost nothing to write, and
/// compressed nothing to send.
const COUNTED_BYTES: u64 = 64 << 20;

/// What any document may cost, regardless of its size: bytes of its program or its source.
const BASE_BYTES: u64 = 32 << 20;

/// What any document may cost: instructions that are computed while it is compiled.
const BASE_STEPS: u64 = 1 << 26;

/// What compiling a document may take, and whether it must end.
#[derive(Clone, Debug)]
pub(crate) struct Expansion {
    bytes: u64,
    steps: u64,
    times: u64,
    /// The number of steps that have been taken.
    taken: u64,
    interrupt: Option<Interrupt>,
}

impl Expansion {
    /// Returns what a document of `document_bytes` bytes may take if the limit is `times` its size.
    pub fn new(document_bytes: u64, times: u64, interrupt: Option<Interrupt>) -> Self {
        let proportional = document_bytes.min(COUNTED_BYTES).saturating_mul(times);
        Self {
            bytes: bytes_of_source(document_bytes, times),
            steps: BASE_STEPS.saturating_add(proportional),
            times,
            taken: 0,
            interrupt,
        }
    }

    /// Checks, at an element, whether the work may go on with a program of `program_bytes` bytes.
    ///
    /// # Errors
    /// [`Error::Limit`] if the program is too large, [`Error::Interrupted`] if the work must end.
    pub fn check(&self, program_bytes: u64, position: Position, element: &str) -> Result<()> {
        if self.interrupt.as_ref().is_some_and(Interrupt::is_interrupted) {
            return Err(Error::Interrupted);
        }
        if program_bytes > self.bytes {
            let what = format!("the program larger than {} bytes", self.bytes);
            return Err(self.exceeded(&what, position, element));
        }
        Ok(())
    }

    /// Takes steps.
    ///
    /// # Errors
    /// [`Error::Limit`] if there are too many.
    pub fn take_steps(&mut self, steps: u64, position: Position, element: &str) -> Result<()> {
        self.taken = self.taken.saturating_add(steps);
        if self.taken > self.steps {
            let what = format!("compiling longer than {} steps", self.steps);
            return Err(self.exceeded(&what, position, element));
        }
        Ok(())
    }

    /// Returns the flag that ends the work.
    pub fn interrupt(&self) -> Option<Interrupt> {
        self.interrupt.clone()
    }

    fn exceeded(&self, what: &str, position: Position, element: &str) -> Error {
        let message = format!(
            "`{element}` makes {what}, which is the limit for a document of this size, with each use of a function, \
             field or instance counted: `max_expansion` ({}) raises it",
            self.times
        );
        Error::Limit { position, message }
    }
}

/// Returns how many bytes the source that is generated from a document of `document_bytes` bytes may have.
pub(crate) fn bytes_of_source(document_bytes: u64, times: u64) -> u64 {
    BASE_BYTES.saturating_add(document_bytes.min(COUNTED_BYTES).saturating_mul(times))
}
