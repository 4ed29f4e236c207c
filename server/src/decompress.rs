//! Documents that are compressed: files named `.gz`, and bodies of clients that do not say so.

use crate::failure::Failure;
use axum::body::Bytes;
use flate2::read::MultiGzDecoder;
use std::io::Read;

/// The first bytes of a gzip file. No XML document begins so.
const GZIP: &[u8] = b"\x1f\x8b";

/// A document as it is, of so many bytes at most.
///
/// # Errors
/// If it is damaged or too large.
pub fn document(bytes: Bytes, limit: u64) -> Result<Bytes, Failure> {
    if !bytes.starts_with(GZIP) {
        return Ok(bytes);
    }
    let mut document = Vec::new();
    MultiGzDecoder::new(&*bytes)
        .take(limit.saturating_add(1))
        .read_to_end(&mut document)
        .map_err(|error| Failure::bad_request(format!("The compressed document is damaged: {error}")))?;
    if document.len() as u64 > limit {
        return Err(Failure::too_large(format!("The document is larger than the limit of {limit} bytes")));
    }
    // The parser decompresses too, where the limit is not known.
    if document.starts_with(GZIP) {
        return Err(Failure::bad_request("The document is compressed twice".to_owned()));
    }
    Ok(document.into())
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
