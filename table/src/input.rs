//! The input of a reader: bounded row by row, counted, and kept where quotes must be found.

use std::io::{self, ErrorKind, Read};

/// Maximum length of a row in bytes.
pub(crate) const LONGEST_ROW: u64 = 16 << 20;
/// Memory per byte of a row: each byte may be a cell, whose end the record keeps in a list with up to twice the capacity.
const BYTES_OF_A_BYTE: u64 = 17;
/// Rows up to this length are not counted while they are read.
const UNCOUNTED: u64 = 16 << 10;

/// Counts the memory that a reader takes.
pub trait Ledger {
    /// Notes how many bytes the reader holds in all from now on; rows that it has returned are not among them.
    ///
    /// # Errors
    /// Fails if they are too many: the reader fails with the same error.
    fn hold(&mut self, bytes: u64) -> io::Result<()>;
}

/// Counts nothing.
impl Ledger for () {
    fn hold(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }
}

/// An input of which a row is read up to a limit.
///
/// It fills the buffers it is given: the `csv` crate takes a byte order mark with nothing behind it for the whole input.
pub(crate) struct Input<'r, L> {
    input: Box<dyn Read + Send + 'r>,
    /// Number of bytes read.
    pub(crate) read: u64,
    /// Where the row begins.
    start: u64,
    ledger: L,
    /// Bytes held besides the row.
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

    /// Notes what is held beside rows.
    pub(crate) fn hold(&mut self, bytes: u64) -> io::Result<()> {
        self.held = bytes;
        self.is_counting = false;
        self.ledger.hold(bytes)
    }

    /// Begins a row that starts at a byte of the input.
    pub(crate) fn begin_row(&mut self, start: u64) -> io::Result<()> {
        self.start = start;
        if std::mem::take(&mut self.is_counting) {
            self.ledger.hold(self.held)?;
        }
        Ok(())
    }

    /// Returns the bytes of the row that ends at a byte of the input, if they are kept; those before are forgotten.
    pub(crate) fn row(&mut self, end: u64) -> Option<&[u8]> {
        let kept = self.kept.as_mut()?;
        let length = |from: u64| usize::try_from(self.read.saturating_sub(from)).unwrap_or(usize::MAX);
        let from = kept.len().saturating_sub(length(self.start));
        // What was read ahead is moved to the front now and then, not for each row.
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
