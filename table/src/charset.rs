//! Charsets: the bytes of a table as text, and back.

use encoding_rs::{EncoderResult, Encoding, UTF_8, UTF_16BE, UTF_16LE};
use encoding_rs_io::DecodeReaderBytesBuilder;
use std::io::Read;

/// A character encoding of the [Encoding Standard](https://encoding.spec.whatwg.org/), with the name by which it was
/// requested.
#[derive(Clone, Debug)]
pub struct Charset {
    name: String,
    encoding: &'static Encoding,
}

/// Error for a charset that does not exist, with its name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no charset `{}`", pmml_runtime::diagnostics::quote::quote(.0))]
pub struct UnknownCharset(pub String);

impl Default for Charset {
    /// Returns UTF-8.
    fn default() -> Self {
        Charset { name: "UTF-8".to_owned(), encoding: UTF_8 }
    }
}

impl Charset {
    /// Returns the charset with a name such as `GBK`, `Shift_JIS`, `windows-1252` or `ISO-8859-2`, in any case.
    ///
    /// # Errors
    /// Fails if there is no such charset.
    pub fn new(name: &str) -> Result<Self, UnknownCharset> {
        let encoding = Encoding::for_label_no_replacement(name.as_bytes());
        let encoding = encoding.ok_or_else(|| UnknownCharset(name.to_owned()))?;
        Ok(Charset { name: name.to_owned(), encoding })
    }

    /// Returns the name by which it was requested.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns whether it is UTF-8, so that text need not be encoded.
    pub fn is_utf8(&self) -> bool {
        self.encoding == UTF_8
    }

    /// Returns the input as UTF-8. A byte order mark at its beginning takes precedence over this charset. Input that is
    /// declared as UTF-8 is passed on unchanged: it is checked later, where line numbers are known. Otherwise invalid bytes
    /// become U+FFFD.
    pub(crate) fn decode<'r>(&self, input: impl Read + Send + 'r) -> Box<dyn Read + Send + 'r> {
        let encoding = (!self.is_utf8()).then_some(self.encoding);
        let mut builder = DecodeReaderBytesBuilder::new();
        // A byte order mark of UTF-8 takes precedence over another charset too.
        builder.encoding(encoding).bom_override(true).utf8_passthru(encoding.is_none());
        Box::new(builder.build(input))
    }

    /// Returns text in this charset. Characters that the charset lacks become question marks.
    pub fn encode(&self, text: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(text);
        if self.encoding == UTF_16LE || self.encoding == UTF_16BE {
            let bytes =
                |unit: u16| if self.encoding == UTF_16LE { unit.to_le_bytes() } else { unit.to_be_bytes() };
            return text.encode_utf16().flat_map(bytes).collect();
        }
        let mut encoder = self.encoding.new_encoder();
        let (mut rest, mut bytes) = (&*text, Vec::with_capacity(text.len()));
        loop {
            let needed = encoder.max_buffer_length_from_utf8_without_replacement(rest.len());
            bytes.reserve(needed.unwrap_or(rest.len()).max(16));
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

    fn decoded(charset: &Charset, bytes: &[u8]) -> String {
        let mut text = String::new();
        charset.decode(bytes).read_to_string(&mut text).unwrap();
        text
    }

    fn round_trip(charset: &str, text: &str) -> (Vec<u8>, String) {
        let charset = Charset::new(charset).unwrap();
        let bytes = charset.encode(text.as_bytes());
        let back = decoded(&charset, &bytes);
        (bytes, back)
    }

    #[test]
    fn charsets_encode_and_decode() {
        assert_eq!(round_trip("ISO-8859-1", "é?"), (b"\xe9?".to_vec(), "é?".to_owned()));
        assert_eq!(round_trip("windows-1252", "€"), (b"\x80".to_vec(), "€".to_owned()));
        assert_eq!(round_trip("utf-16le", "é").0, b"\xe9\x00");
        assert_eq!(round_trip("utf-16be", "é").1, "é");
        for (charset, text) in [
            ("shift_jis", "日本"),
            ("GBK", "收入"),
            ("EUC-KR", "소득"),
            ("KOI8-R", "доход"),
            ("iso-8859-2", "město"),
            ("Big5", "收入"),
        ] {
            assert_eq!(round_trip(charset, text).1, text);
        }
        assert_eq!(round_trip("ISO-8859-1", "日").0, b"?");
        assert_eq!(Charset::new("nonsense").unwrap_err().to_string(), "there is no charset `nonsense`");
        assert!(Charset::new("replacement").is_err());
    }

    #[test]
    fn byte_order_marks_take_precedence() {
        assert_eq!(decoded(&Charset::default(), b"\xff\xfea\x00"), "a");
        assert_eq!(decoded(&Charset::default(), b"\xfe\xff\x00a"), "a");
        assert_eq!(decoded(&Charset::new("GBK").unwrap(), "\u{feff}é".as_bytes()), "é");
        assert_eq!(decoded(&Charset::default(), b"plain"), "plain");
    }
}
