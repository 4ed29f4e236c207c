//! Decompression of documents: of files named `.gz`, and of bodies that are compressed without a `Content-Encoding`.

use crate::budget::Memory;
use crate::failure::Failure;
use axum::body::Bytes;
use flate2::read::MultiGzDecoder;
use std::io::{self, Read};

/// The first bytes of a gzip file. No XML document begins with them.
const GZIP: &[u8] = b"\x1f\x8b";
/// Number of bytes that are decompressed between two checks of the memory budget.
const PIECE: usize = 256 << 10;

/// Returns a document decompressed, up to a limited size.
///
/// # Errors
/// Fails if it is damaged or too large.
pub fn document(bytes: Bytes, limit: u64) -> Result<Bytes, Failure> {
    decompress(bytes, limit, |_| Ok(()))
}

/// Returns a document that a client has sent decompressed, up to a limited size. Memory is taken as it grows.
///
/// # Errors
/// As [`document`], and if the memory budget is spent.
pub fn counted_document(bytes: Bytes, limit: u64, memory: &mut Memory) -> Result<Bytes, Failure> {
    let compressed = memory.bytes();
    decompress(bytes, limit, |length| memory.cover(compressed + length))
}

/// Decompresses a document. `hold` is called with each new size before the document grows to it.
fn decompress(
    bytes: Bytes,
    limit: u64,
    mut hold: impl FnMut(u64) -> Result<(), Failure>,
) -> Result<Bytes, Failure> {
    if !bytes.starts_with(GZIP) {
        return Ok(bytes);
    }
    let damaged =
        |error: io::Error| Failure::bad_request(format!("The compressed document is damaged: {error}"));
    let mut document = Vec::new();
    let mut input = MultiGzDecoder::new(&*bytes).take(limit.saturating_add(1));
    loop {
        hold((document.len() + PIECE) as u64)?;
        let read = input.by_ref().take(PIECE as u64).read_to_end(&mut document).map_err(damaged)?;
        if document.len() as u64 > limit {
            return Err(Failure::too_large(format!(
                "The document is larger than the limit of {limit} bytes"
            )));
        }
        if read == 0 {
            // The parser would decompress it again, without counting memory.
            return match document.starts_with(GZIP) {
                true => Err(Failure::bad_request("The document is compressed twice")),
                false => Ok(document.into()),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::document;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write;

    fn compressed(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn documents_are_decompressed_once() {
        let once = compressed(b"<PMML/>");
        assert_eq!(document(once.clone().into(), 100).ok().as_deref(), Some(&b"<PMML/>"[..]));
        assert!(document(compressed(&once).into(), 100).is_err());
        assert!(document(compressed(&[b' '; 101]).into(), 100).is_err());
    }
}
