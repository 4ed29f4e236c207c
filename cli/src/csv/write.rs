//! Writing cells.

/// Writes a cell, in quotes where it needs them.
pub fn write_cell(out: &mut Vec<u8>, cell: &str, delimiter: u8) {
    let needs_quotes = |byte: &u8| matches!(byte, b'"' | b'\n' | b'\r') || *byte == delimiter;
    if !cell.as_bytes().iter().any(needs_quotes) {
        out.extend_from_slice(cell.as_bytes());
        return;
    }
    out.push(b'"');
    for (index, part) in cell.split('"').enumerate() {
        if index > 0 {
            out.extend_from_slice(b"\"\"");
        }
        out.extend_from_slice(part.as_bytes());
    }
    out.push(b'"');
}
