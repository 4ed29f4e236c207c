//! The bytes of a document as UTF-8, with their positions.
//!
//! A [`Source`] is between the input and the XML reader. It converts the document to UTF-8 block by block, refuses
//! characters that XML forbids, counts lines and columns as the reader consumes, and stops at input that exceeds a
//! limit. So memory is bounded by the block size and by the longest piece of markup that is allowed.

use super::limits::Limits;
use super::quoted::quoted;
use crate::error::{Error, Position, Result};
use encoding_rs::{Decoder, DecoderResult};
use flate2::read::MultiGzDecoder;
use std::io::{self, BufRead, Cursor, Read};

const BLOCK: usize = 64 << 10;
/// Number of bytes that are read ahead to find the encoding declaration.
const HEAD: u64 = 1024;
/// The first bytes of a gzip file. No XML document starts with them.
const GZIP: [u8; 2] = [0x1F, 0x8B];

/// The encoding of a document.
pub(super) enum Encoding {
    Utf8,
    Utf16 {
        big_endian: bool,
    },
    Latin1,
    /// Any other, with the state of decoding it; `None` once the input has ended.
    Other(Option<Box<Decoder>>),
}

/// A document's input, read block by block.
pub(super) struct Source<'a> {
    input: io::Chain<Cursor<Vec<u8>>, Box<dyn Read + 'a>>,
    encoding: Encoding,
    /// Input that is not decoded yet: at most a block and the beginning of a character.
    raw: Vec<u8>,
    /// Decoded input, consumed up to `start`.
    block: Vec<u8>,
    start: usize,
    position: Position,
    /// Bytes consumed since the last piece of markup began.
    markup_bytes: usize,
    bytes: u64,
    limits: Limits,
    /// The reason why reading stopped. The XML reader in between can only pass on I/O errors, so the reason is stored
    /// here.
    failure: Option<Error>,
}

impl<'a> Source<'a> {
    /// Creates a source from bytes, which may be compressed with gzip; detects their encoding.
    pub(super) fn new(input: impl Read + 'a, limits: Limits) -> Result<Self> {
        let mut input: Box<dyn Read + 'a> = Box::new(input);
        let mut head = head_of(&mut input)?;
        if head.starts_with(&GZIP) {
            input = Box::new(MultiGzDecoder::new(Cursor::new(head).chain(input)));
            head = head_of(&mut input)?;
        }
        let (encoding, mark) = sniff(&head)?;
        Ok(Self::with_encoding(head.split_off(mark), input, encoding, limits))
    }

    /// Creates a source from a string; an encoding that it declares is ignored.
    pub(super) fn from_str(text: &'a str, limits: Limits) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        Self::with_encoding(Vec::new(), Box::new(text.as_bytes()), Encoding::Utf8, limits)
    }

    fn with_encoding(head: Vec<u8>, input: Box<dyn Read + 'a>, encoding: Encoding, limits: Limits) -> Self {
        Source {
            input: Cursor::new(head).chain(input),
            encoding,
            raw: Vec::new(),
            block: Vec::new(),
            start: 0,
            position: Position::START,
            markup_bytes: 0,
            bytes: 0,
            limits,
            failure: None,
        }
    }

    /// Returns the position of the next byte.
    pub(super) fn position(&self) -> Position {
        self.position
    }

    /// Returns the number of bytes read so far.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Marks the start of a piece of markup.
    pub(super) fn begin_markup(&mut self) {
        self.markup_bytes = 0;
    }

    /// Takes the reason why reading stopped, if this source caused it.
    pub(super) fn take_failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// Stores the reason why reading stops, and returns the I/O error that stands for it.
    fn fail(&mut self, error: Error) -> io::Error {
        self.failure = Some(error);
        io::Error::from(io::ErrorKind::InvalidData)
    }

    /// Decodes the next block.
    fn refill(&mut self) -> io::Result<()> {
        self.block.clear();
        self.start = 0;
        let read = self.input.by_ref().take(BLOCK as u64).read_to_end(&mut self.raw)?;
        self.bytes = self.bytes.saturating_add(read as u64);
        if self.bytes > self.limits.bytes {
            let message = format!("the document is larger than the limit of {} bytes", self.limits.bytes);
            return Err(self.fail(Error::Limit { position: self.position, message }));
        }
        if let Err(message) = decode(&mut self.encoding, &mut self.raw, &mut self.block, read == 0) {
            return Err(self.fail(Error::Syntax { position: self.position, message: message.to_owned() }));
        }
        let is_forbidden = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
        // Without an early exit the loop is vectorized.
        if self.block.iter().fold(false, |found, byte| found | is_forbidden(byte))
            && let Some(at) = self.block.iter().position(is_forbidden)
        {
            let position = advance(self.position, self.block.get(..at).unwrap_or_default());
            let byte = self.block.get(at).copied().unwrap_or_default();
            let message = format!("the character U+{byte:04X} is not allowed in XML");
            return Err(self.fail(Error::Syntax { position, message }));
        }
        Ok(())
    }
}

impl Read for Source<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(buffer)?;
        self.consume(read);
        Ok(read)
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.markup_bytes > self.limits.markup_bytes {
            let limit = self.limits.markup_bytes;
            let message = format!("a tag, comment or text is longer than the limit of {limit} bytes");
            return Err(self.fail(Error::Limit { position: self.position, message }));
        }
        if self.start >= self.block.len() {
            self.refill()?;
        }
        Ok(self.block.get(self.start..).unwrap_or_default())
    }

    fn consume(&mut self, amount: usize) {
        let end = self.start.saturating_add(amount).min(self.block.len());
        self.position = advance(self.position, self.block.get(self.start..end).unwrap_or_default());
        self.markup_bytes = self.markup_bytes.saturating_add(amount);
        self.start = end;
    }
}

/// Returns the position after some bytes of UTF-8.
fn advance(position: Position, bytes: &[u8]) -> Position {
    let characters = |bytes: &[u8]| bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count() as u32;
    match memchr::memrchr(b'\n', bytes) {
        None => Position { column: position.column.saturating_add(characters(bytes)), ..position },
        Some(last) => {
            let (lines, rest) = bytes.split_at(last + 1);
            let breaks = lines.iter().filter(|byte| **byte == b'\n').count() as u32;
            Position {
                line: position.line.saturating_add(breaks),
                column: characters(rest).saturating_add(1),
            }
        }
    }
}

/// Reads the beginning of an input.
fn head_of(input: &mut impl Read) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    input.take(HEAD).read_to_end(&mut head)?;
    Ok(head)
}

/// Detects the encoding of a document by its first bytes, and returns it with the length of the byte order mark.
fn sniff(head: &[u8]) -> Result<(Encoding, usize)> {
    match head {
        [0xEF, 0xBB, 0xBF, ..] => Ok((Encoding::Utf8, 3)),
        [0xFE, 0xFF, ..] => Ok((Encoding::Utf16 { big_endian: true }, 2)),
        [0xFF, 0xFE, ..] => Ok((Encoding::Utf16 { big_endian: false }, 2)),
        [0, b'<', ..] => Ok((Encoding::Utf16 { big_endian: true }, 0)),
        [b'<', 0, ..] => Ok((Encoding::Utf16 { big_endian: false }, 0)),
        _ => Ok((declared(head)?, 0)),
    }
}

/// Returns the encoding that the XML declaration names, else UTF-8. Fails if it is not supported.
fn declared(head: &[u8]) -> Result<Encoding> {
    let head = String::from_utf8_lossy(head);
    let declaration =
        head.strip_prefix("<?xml").and_then(|rest| rest.split_once("?>")).map(|(inside, _)| inside);
    let name = declaration
        .and_then(|inside| inside.split_once("encoding"))
        .and_then(|(_, rest)| rest.trim_start().strip_prefix('='))
        .and_then(|rest| rest.trim_start().strip_prefix(['"', '\'']))
        .and_then(|rest| rest.split(['"', '\'']).next());
    let Some(name) = name else { return Ok(Encoding::Utf8) };
    match name.to_ascii_lowercase().as_str() {
        // UTF-16 would have been detected by the first two bytes: the text was converted, but not its declaration.
        "utf-8" | "utf8" | "us-ascii" | "ascii" | "utf-16" => Ok(Encoding::Utf8),
        // Browsers treat these as windows-1252, XML does not.
        "iso-8859-1" | "iso8859-1" | "iso8859_1" | "latin1" | "latin-1" => Ok(Encoding::Latin1),
        other => {
            let known = encoding_rs::Encoding::for_label(java_label(other).as_bytes());
            let known = known.filter(|known| *known != encoding_rs::REPLACEMENT);
            let known = known.ok_or_else(|| Error::Syntax {
                position: Position::START,
                message: format!(
                    "the encoding `{}` is not supported: convert the document to UTF-8",
                    quoted(name)
                ),
            })?;
            Ok(Encoding::Other(Some(Box::new(known.new_decoder_without_bom_handling()))))
        }
    }
}

/// Returns the label in the Encoding Standard of an encoding that Java programs call by another name.
fn java_label(label: &str) -> &str {
    match label {
        "cp936" | "ms936" | "windows-936" => "gbk",
        "cp932" | "ms932" => "shift_jis",
        "cp949" | "ms949" => "euc-kr",
        "cp950" | "ms950" => "big5",
        "euc_jp" => "euc-jp",
        "euc_kr" => "euc-kr",
        label => label.strip_prefix("x-windows-").map_or(label, |page| match page {
            "874" | "949" | "950" => java_label(match page {
                "874" => "windows-874",
                "949" => "cp949",
                _ => "cp950",
            }),
            _ => label,
        }),
    }
}

/// Moves all complete characters from `raw` to `out`, as UTF-8.
///
/// UTF-8 is passed on unchecked: the XML reader checks it.
fn decode(
    encoding: &mut Encoding,
    raw: &mut Vec<u8>,
    out: &mut Vec<u8>,
    at_end: bool,
) -> Result<(), &'static str> {
    let mut push = |character: char| out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
    match encoding {
        Encoding::Utf8 => std::mem::swap(raw, out),
        Encoding::Latin1 => raw.drain(..).for_each(|byte| push(char::from(byte))),
        Encoding::Other(decoder) => {
            if let Some(open) = decoder {
                let malformed = "there are bytes that the document's encoding does not have";
                let length = open.max_utf8_buffer_length_without_replacement(raw.len()).ok_or(malformed)?;
                out.resize(length, 0);
                let (result, read, written) = open.decode_to_utf8_without_replacement(raw, out, at_end);
                out.truncate(written);
                raw.drain(..read);
                if result != DecoderResult::InputEmpty {
                    return Err(malformed);
                }
            }
            if at_end {
                *decoder = None;
            }
        }
        Encoding::Utf16 { big_endian } => {
            let unit = if *big_endian { u16::from_be_bytes } else { u16::from_le_bytes };
            let mut units: Vec<u16> = raw.as_chunks().0.iter().map(|pair| unit(*pair)).collect();
            // The second half of the last character may still be to come.
            if !at_end && units.last().is_some_and(|last| (0xD800..0xDC00).contains(last)) {
                units.pop();
            }
            raw.drain(..units.len() * 2);
            for character in char::decode_utf16(units) {
                push(character.map_err(|_| "malformed UTF-16: half of a character")?);
            }
        }
    }
    if at_end && !raw.is_empty() { Err("the document ends in the middle of a character") } else { Ok(()) }
}
