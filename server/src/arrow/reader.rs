//! Reads streams of Arrow's IPC format, message by message.
//!
//! A message announces its length, and its numbers of rows and items, before these follow. None of that is trusted: memory
//! grows as bytes arrive, and the numbers are compared with limits and with the bytes that arrived before the `arrow-ipc`
//! crate makes arrays of them.

use super::decode::{Decoder, check, guarded, malformed};
use crate::budget::{Account, Memory};
use crate::failure::Failure;
use crate::work::Work;
use arrow_array::RecordBatch;
use arrow_buffer::{Buffer, MutableBuffer};
use arrow_ipc::{Endianness, Message, MessageHeader};
use arrow_schema::{Schema, SchemaRef};
use axum::http::StatusCode;
use std::io::Read;
use std::sync::Arc;

/// Maximum size of the description of a message in bytes. That of a schema has some 200 bytes per column.
const LONGEST_HEADER: usize = 16 << 20;
/// Maximum number of rows in a record batch.
const MOST_ROWS: u64 = 1 << 20;
/// Maximum number of bytes that are allocated before they arrive.
const TRUSTED: usize = 1 << 20;
/// The marker before the length of a message.
const CONTINUATION: u32 = u32::MAX;

/// A stream of record batches.
#[derive(Debug)]
pub struct StreamReader<R> {
    input: R,
    /// Maximum size in bytes of a message, and of all dictionaries together.
    limit: u64,
    schema: SchemaRef,
    decoder: Decoder,
    /// The memory of the schema and the dictionaries.
    dictionaries: Memory,
    /// The memory of the message that was read last.
    message: Memory,
    /// Number of bytes of `dictionaries` that belong to the schema.
    schema_bytes: u64,
}

impl<R: Read> StreamReader<R> {
    /// Reads the schema.
    ///
    /// # Errors
    /// Fails if the stream does not begin with a schema, or cannot be read.
    pub fn new(mut input: R, limit: u64, account: &Account) -> Result<Self, Failure> {
        let mut memory = account.memory();
        let header = header(&mut input, &mut memory)?.ok_or_else(|| malformed("it is empty"))?;
        let message = parse(&header)?;
        let schema =
            message.header_as_schema().ok_or_else(|| malformed("it does not begin with a schema"))?;
        if schema.endianness() != Endianness::Little {
            return Err(unsupported("Its numbers are big-endian"));
        }
        let body = body(&mut input, &message, limit, &mut memory)?;
        if !body.is_empty() {
            return Err(malformed("its schema has a body"));
        }
        // A field of a few bytes takes some hundred bytes in memory, in several schemas.
        memory.grow(header.len() as u64 * 16)?;
        let schema: Schema = guarded(|| arrow_ipc::convert::try_fb_to_schema(schema))?;
        let schema = Arc::new(schema);
        let message = account.memory();
        let decoder = Decoder::new(&schema, &[])?;
        Ok(StreamReader {
            input,
            limit,
            decoder,
            schema,
            schema_bytes: memory.bytes(),
            dictionaries: memory,
            message,
        })
    }

    /// Returns the schema.
    pub fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Selects columns by their numbers, in ascending order. The others are skipped. Initially none are selected.
    ///
    /// # Errors
    /// Fails if a column has a type of strings that is not supported.
    pub fn select(&mut self, columns: &[usize]) -> Result<(), Failure> {
        self.decoder = Decoder::new(&self.schema, columns)?;
        Ok(())
    }

    /// Returns the schema of the selected columns.
    pub fn selected(&self) -> &Schema {
        self.decoder.schema()
    }

    /// Returns the selected columns of the next record batch, or `None` at the end.
    ///
    /// # Errors
    /// Fails if the stream cannot be read, or a limit is exceeded.
    pub fn next(&mut self, work: &mut Work) -> Result<Option<RecordBatch>, Failure> {
        loop {
            self.message.shrink(0);
            let Some(header) = header(&mut self.input, &mut self.message)? else { return Ok(None) };
            let message = parse(&header)?;
            match message.header_type() {
                MessageHeader::RecordBatch => {
                    let batch = message.header_as_record_batch();
                    let batch = batch.ok_or_else(|| malformed("a message is not a record batch"))?;
                    let rows =
                        u64::try_from(batch.length()).map_err(|_| malformed("a length is negative"))?;
                    if rows > MOST_ROWS {
                        return Err(Failure::too_large(format!(
                            "A record batch has {rows} rows, and the limit is {MOST_ROWS}: send several smaller ones"
                        )));
                    }
                    work.rows(rows)?;
                    let body = body(&mut self.input, &message, self.limit, &mut self.message)?;
                    check(&batch, &body, rows)?;
                    // The decoded arrays may be copies.
                    self.message.grow(body.len() as u64)?;
                    return self.decoder.batch(batch, &body, message.version(), self.limit).map(Some);
                }
                MessageHeader::DictionaryBatch => {
                    let dictionary = message.header_as_dictionary_batch();
                    let dictionary = dictionary.ok_or_else(|| malformed("a message is not a dictionary"))?;
                    if dictionary.isDelta() {
                        return Err(unsupported("A dictionary is a delta to an earlier one"));
                    }
                    let data = dictionary.data().ok_or_else(|| malformed("a dictionary has no values"))?;
                    let body = body(&mut self.input, &message, self.limit, &mut self.message)?;
                    check(&data, &body, 0)?;
                    self.decoder.dictionary(dictionary, &body, message.version(), self.limit)?;
                    let kept = self.schema_bytes + self.decoder.dictionary_bytes();
                    self.dictionaries.cover(kept)?;
                    self.dictionaries.shrink(kept);
                }
                _ => return Err(malformed("a message is neither a record batch nor a dictionary")),
            }
        }
    }
}

fn unsupported(message: &str) -> Failure {
    Failure::new(
        StatusCode::UNSUPPORTED_MEDIA_TYPE,
        format!("{message}, which is not supported: write the stream without that"),
    )
}

/// Returns the description of the next message, or `None` at the end of the stream, after which no bytes may follow.
fn header(input: &mut impl Read, memory: &mut Memory) -> Result<Option<Buffer>, Failure> {
    let Some(mut length) = word(input)? else { return Ok(None) };
    if length == CONTINUATION {
        length = word(input)?.ok_or_else(truncated)?;
    }
    if length == 0 {
        let mut rest = [0];
        return match input.read(&mut rest).map_err(|error| Failure::unreadable(&error))? {
            0 => Ok(None),
            _ => Err(malformed("there are bytes after its end")),
        };
    }
    if length.to_le_bytes() == *b"ARRO" {
        return Err(Failure::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "The body is in the file format of Arrow: send the stream format",
        ));
    }
    let length = length as usize;
    if length > LONGEST_HEADER {
        return Err(malformed("the description of a message is longer than 16 MiB"));
    }
    take(input, length, memory).map(Some)
}

/// Returns the next four bytes as a number, or `None` at the end.
fn word(input: &mut impl Read) -> Result<Option<u32>, Failure> {
    let mut bytes = Vec::with_capacity(4);
    input.by_ref().take(4).read_to_end(&mut bytes).map_err(|error| Failure::unreadable(&error))?;
    match <[u8; 4]>::try_from(bytes) {
        Ok(bytes) => Ok(Some(u32::from_le_bytes(bytes))),
        Err(bytes) if bytes.is_empty() => Ok(None),
        Err(_) => Err(truncated()),
    }
}

fn parse(header: &[u8]) -> Result<Message<'_>, Failure> {
    arrow_ipc::root_as_message(header)
        .map_err(|error| malformed(&format!("a message cannot be read: {error}")))
}

/// Reads the body of a message.
fn body(
    input: &mut impl Read,
    message: &Message<'_>,
    limit: u64,
    memory: &mut Memory,
) -> Result<Buffer, Failure> {
    let length = u64::try_from(message.bodyLength()).map_err(|_| malformed("a length is negative"))?;
    if length > limit {
        return Err(Failure::too_large(format!(
            "A message of {length} bytes is larger than the limit of {limit}: send several smaller record batches"
        )));
    }
    take(input, usize::try_from(length).map_err(|_| malformed("a message is too long"))?, memory)
}

/// Reads a number of bytes, for which memory is taken as they arrive.
fn take(input: &mut impl Read, length: usize, memory: &mut Memory) -> Result<Buffer, Failure> {
    let before = memory.bytes();
    memory.grow(length.min(TRUSTED) as u64)?;
    let mut bytes = MutableBuffer::with_capacity(length.min(TRUSTED));
    while bytes.len() < length {
        let start = bytes.len();
        let more = (length - start).min(start.max(TRUSTED));
        // A buffer may exist twice while it grows.
        memory.cover(before + (2 * start + more) as u64)?;
        bytes.resize(start + more, 0);
        let mut filled = start;
        while filled < bytes.len() {
            match input.read(&mut bytes[filled..]).map_err(|error| Failure::unreadable(&error))? {
                0 => return Err(truncated()),
                read => filled += read,
            }
        }
    }
    memory.shrink(before + bytes.len() as u64);
    Ok(bytes.into())
}

fn truncated() -> Failure {
    malformed("it breaks off")
}
