//! The input of a reader. It bounds the length of each row, counts memory, and keeps the bytes of a row where quoted cells
//! must be found.

use std::io::{self, ErrorKind, Read};

/// Maximum length of a row in bytes.
pub(crate) const LONGEST_ROW: u64 = 16 << 20;
/// Memory per byte of a row: each byte may be a cell, whose end the record keeps in a list of up to twice the capacity.
const BYTES_OF_A_BYTE: u64 = 17;
/// Rows up to this length are not counted while they are read.
const UNCOUNTED: u64 = 16 << 10;

/// Counts the memory that a reader uses.
pub trait Ledger {
    /// Records the total number of bytes that the reader holds from now on, without the rows that it has returned.
    ///
    /// # Errors
    /// Fails if that is too much memory. The reader then fails with the same error.
    fn hold(&mut self, bytes: u64) -> io::Result<()>;
}

/// Counts nothing.
impl Ledger for () {
    fn hold(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }
}

/// An input that bounds the length of a row.
///
/// It fills the buffers that it is passed, because the `csv` crate would take a byte order mark that is read alone for the
/// whole input.
pub(crate) struct Input<'r, L> {
    input: Box<dyn Read + Send + 'r>,
    /// Number of bytes read.
    pub(crate) read: u64,
    /// Where the row begins.
    start: u64,
    ledger: L,
    /// Number of bytes held besides the row.
    held: u64,
    is_counting: bool,
    /// The bytes read since the row's beginning, or a little before, if they are kept.
    kept: Option<Vec<u8>>,
}

impl<'r, L: Ledger> Input<'r, L> {
    pub(crate) fn new(input: Box<dyn Read + Send + 'r>, ledger: L, keep: bool) -> Self {
        let kept = keep.then(Vec::new);
        Input { input, read: 0, start: 0, ledger, held: 0, is_counting: false, kept }
    }

    /// Records the number of bytes held besides rows.
    pub(crate) fn hold(&mut self, bytes: u64) -> io::Result<()> {
        self.held = bytes;
        self.is_counting = false;
        self.ledger.hold(bytes)
    }

    /// Begins a row that starts at an offset in the input.
    pub(crate) fn begin_row(&mut self, start: u64) -> io::Result<()> {
        self.start = start;
        if std::mem::take(&mut self.is_counting) {
            self.ledger.hold(self.held)?;
        }
        Ok(())
    }

    /// Returns the bytes of the row that ends at an offset in the input, if they are kept. Earlier bytes may be discarded.
    pub(crate) fn row(&mut self, end: u64) -> Option<&[u8]> {
        let kept = self.kept.as_mut()?;
        let length = |from: u64| usize::try_from(self.read.saturating_sub(from)).unwrap_or(usize::MAX);
        let from = kept.len().saturating_sub(length(self.start));
        // Bytes that were read ahead are moved to the front now and then, not for each row.
        let from = if from > UNCOUNTED as usize {
            kept.drain(..from);
            0
        } else {
            from
        };
        let end = kept.len().saturating_sub(length(end));
        kept.get(from..end)
    }
}

impl<L: Ledger> Read for Input<'_, L> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let row = self.read.saturating_sub(self.start);
        if row > LONGEST_ROW {
            return Err(ErrorKind::FileTooLarge.into());
        }
        if row > UNCOUNTED {
            self.is_counting = true;
            self.ledger.hold(self.held + row * BYTES_OF_A_BYTE)?;
        }
        let mut filled = 0;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            match self.input.read(rest) {
                Ok(0) => break,
                Ok(read) => filled += read,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        self.read += filled as u64;
        if let Some(kept) = &mut self.kept {
            kept.extend_from_slice(&buffer[..filled]);
        }
        Ok(filled)
    }
}
