//! Which cells of a row stand in quotes, which the `csv` crate does not tell.

use crate::dialect::Dialect;

/// Returns for each cell of a row, given as its bytes, whether it begins with a quote. The row is one that the `csv` crate has
/// read.
pub(crate) fn quoted(row: &[u8], dialect: Dialect) -> Vec<bool> {
    let start = row.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(row.len());
    let mut bytes = row[start..].iter().copied().peekable();
    let mut quoted = Vec::new();
    loop {
        let is_quoted = bytes.next_if_eq(&dialect.quote).is_some();
        quoted.push(is_quoted);
        if is_quoted {
            // Up to the quote that closes the cell: two of them are one of its text.
            while let Some(byte) = bytes.next() {
                if byte == dialect.quote && bytes.next_if_eq(&dialect.quote).is_none() {
                    break;
                }
            }
        }
        match bytes.find(|byte| *byte == dialect.delimiter || *byte == b'\n') {
            Some(byte) if byte == dialect.delimiter => {}
            _ => return quoted,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_in_quotes_are_found() {
        let of = |row: &str| quoted(row.as_bytes(), Dialect::new(b','));
        assert_eq!(of("a,\"\",,\"b\"\r\n"), [false, true, false, true]);
        assert_eq!(of("\n\r\n\"\"\n"), [true]);
        assert_eq!(of("\"a,\n\"\"\",\"\",x\"\""), [true, true, false]);
        assert_eq!(of("\"a\"b\"c,\"\""), [true, true]);
        assert_eq!(of(" \"\","), [false, false]);
        assert_eq!(of(""), [false]);
    }
}
