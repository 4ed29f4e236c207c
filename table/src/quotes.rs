//! Finds the quoted cells of a row, which the `csv` crate does not report.

use crate::dialect::Dialect;

/// Returns for each cell of a row whether it is quoted. `row` has the bytes of a row that the `csv` crate has read.
pub(crate) fn quoted(row: &[u8], dialect: Dialect) -> Vec<bool> {
    let start = row.iter().position(|byte| !b"\r\n".contains(byte)).unwrap_or(row.len());
    let mut bytes = row[start..].iter().copied().peekable();
    let mut quoted = Vec::new();
    loop {
        let is_quoted = bytes.next_if_eq(&dialect.quote).is_some();
        quoted.push(is_quoted);
        if is_quoted {
            // Skip to the quote that closes the cell. Two quotes are an escaped one.
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
    fn quoted_cells_are_found() {
        let of = |row: &str| quoted(row.as_bytes(), Dialect::new(b','));
        assert_eq!(of("a,\"\",,\"b\"\r\n"), [false, true, false, true]);
        assert_eq!(of("\n\r\n\"\"\n"), [true]);
        assert_eq!(of("\"a,\n\"\"\",\"\",x\"\""), [true, true, false]);
        assert_eq!(of("\"a\"b\"c,\"\""), [true, true]);
        assert_eq!(of(" \"\","), [false, false]);
        assert_eq!(of(""), [false]);
    }
}
