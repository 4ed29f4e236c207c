//! Charsets of CSV bodies.

use crate::failure::Failure;
use axum::http::StatusCode;
use encoding_rs::{EncoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use std::io::Read;

/// A charset, under the name that the client gave it.
#[derive(Clone, Debug)]
pub struct Charset {
    name: String,
    encoding: &'static Encoding,
}

impl Charset {
    /// The charset of a name; UTF-8 where there is none.
    ///
    /// # Errors
    /// If there is no such charset.
    pub fn new(name: Option<&str>) -> Result<Self, Failure> {
        let name = name.unwrap_or("UTF-8");
        let encoding = Encoding::for_label(name.as_bytes()).ok_or_else(|| {
            Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, format!("There is no charset `{name}`"))
        })?;
        Ok(Charset { name: name.to_owned(), encoding })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Reads text of this charset as UTF-8. What is said to be UTF-8 is passed on as it is, to be checked where lines
    /// are known.
    pub fn decode<'r>(&self, input: impl Read + 'r) -> Box<dyn Read + 'r> {
        if self.encoding == UTF_8 {
            return Box::new(input);
        }
        Box::new(DecodeReaderBytesBuilder::new().encoding(Some(self.encoding)).build(input))
    }

    /// Returns whether it is UTF-8, so that text need not be encoded.
    pub fn is_utf8(&self) -> bool {
        self.encoding == UTF_8
    }

    /// Returns the bytes of a text. Characters that the charset lacks become question marks.
    pub fn encode(&self, text: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(text);
        if self.encoding == UTF_16LE || self.encoding == UTF_16BE {
            let bytes = |unit: u16| match self.encoding == UTF_16LE {
                true => unit.to_le_bytes(),
                false => unit.to_be_bytes(),
            };
            return text.encode_utf16().flat_map(bytes).collect();
        }
        let mut encoder = self.encoding.new_encoder();
        let (mut rest, mut bytes) = (&*text, Vec::with_capacity(text.len()));
        loop {
            let room = encoder.max_buffer_length_from_utf8_without_replacement(rest.len());
            bytes.reserve(room.unwrap_or(rest.len()).max(16));
            let (result, read) = encoder.encode_from_utf8_to_vec_without_replacement(rest, &mut bytes, true);
            rest = &rest[read..];
            match result {
                EncoderResult::InputEmpty => return bytes,
                EncoderResult::OutputFull => {}
                EncoderResult::Unmappable(_) => bytes.push(b'?'),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round_trip(charset: &str, text: &str) -> (Vec<u8>, String) {
        let charset = Charset::new(Some(charset)).unwrap();
        let bytes = charset.encode(text.as_bytes());
        let mut back = String::new();
        charset.decode(&bytes[..]).read_to_string(&mut back).unwrap();
        (bytes, back)
    }

    #[test]
    fn charsets_encode_and_decode() {
        assert_eq!(round_trip("ISO-8859-1", "é?"), (b"\xe9?".to_vec(), "é?".to_owned()));
        assert_eq!(round_trip("windows-1252", "€"), (b"\x80".to_vec(), "€".to_owned()));
        assert_eq!(round_trip("utf-16le", "é").0, b"\xe9\x00");
        assert_eq!(round_trip("utf-16be", "é").1, "é");
        assert_eq!(round_trip("shift_jis", "日本").1, "日本");
        assert_eq!(round_trip("ISO-8859-1", "日").0, b"?");
        assert!(Charset::new(Some("nonsense")).is_err());
    }
}
