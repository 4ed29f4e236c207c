use super::*;
use std::io::Read;

/// Gives one byte at a time, so that every border between readings is met.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let Some((first, rest)) = self.0.split_first() else { return Ok(0) };
        buffer[0] = *first;
        self.0 = rest;
        Ok(1)
    }
}

fn rows_of(reader: impl Read, one_column: bool) -> Result<Vec<(u64, Vec<String>)>, Malformed> {
    let mut records = Records::new(reader, b',');
    let mut rows = Vec::new();
    let mut next = records.header()?;
    if one_column {
        records.count_blank_lines();
    }
    while let Some(block) = next {
        for (line, text) in block.texts()? {
            rows.push((line, Cells::new(text, b',').map(|cell| cell.unwrap().into_owned()).collect()));
        }
        next = records.block()?;
    }
    Ok(rows)
}

fn rows(text: &str) -> Vec<(u64, Vec<String>)> {
    let whole = rows_of(text.as_bytes(), false).unwrap();
    assert_eq!(rows_of(Trickle(text.as_bytes()), false).unwrap(), whole);
    whole
}

fn row(line: u64, cells: &[&str]) -> (u64, Vec<String>) {
    (line, cells.iter().map(|cell| (*cell).to_owned()).collect())
}

fn error(text: &str) -> (u64, String) {
    match (rows_of(text.as_bytes(), false), rows_of(Trickle(text.as_bytes()), false)) {
        (Err(Malformed::Line { line, message, .. }), Err(Malformed::Line { line: again, .. })) => {
            assert_eq!(line, again);
            (line, message)
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn records_and_cells() {
    assert_eq!(rows("a,b\n1,2\n3,4\n"), [row(1, &["a", "b"]), row(2, &["1", "2"]), row(3, &["3", "4"])]);
    assert_eq!(rows("a,b\n1,2"), [row(1, &["a", "b"]), row(2, &["1", "2"])]);
    assert_eq!(rows("a,b\n,\n"), [row(1, &["a", "b"]), row(2, &["", ""])]);
    assert_eq!(rows(""), []);
    assert_eq!(rows("\n\n"), []);
}

#[test]
fn lines_are_those_of_the_file() {
    let expected = [row(2, &["a", "b"]), row(4, &["1", "x\ny"]), row(7, &["3", "4"])];
    assert_eq!(rows("\na,b\n\n1,\"x\ny\"\n\n3,4\n"), expected);
    let with_returns = rows("\r\na,b\r\n\r\n1,\"x\r\ny\"\r\n\r\n3,4\r\n");
    let expected = [row(2, &["a", "b"]), row(4, &["1", "x\r\ny"]), row(7, &["3", "4"])];
    assert_eq!(with_returns, expected);
}

#[test]
fn quotes() {
    assert_eq!(rows("\"a\",\"b,c\"\n"), [row(1, &["a", "b,c"])]);
    assert_eq!(rows("\"say \"\"hi\"\"\",\"\"\n"), [row(1, &["say \"hi\"", ""])]);
    assert_eq!(rows("5\" pipe,a\"b\nx,y\n"), [row(1, &["5\" pipe", "a\"b"]), row(2, &["x", "y"])]);
    assert_eq!(rows("a\n\"b\""), [row(1, &["a"]), row(2, &["b"])]);
    assert_eq!(rows("a\n\"\""), [row(1, &["a"]), row(2, &[""])]);
    let mut cells = Cells::new("\"a\"b,c", b',');
    assert_eq!(cells.next(), Some(Err(cells::TextBehindQuote)));
}

#[test]
fn unclosed_quotes_are_found_where_they_open() {
    assert_eq!(error("a,b\n1,2\n3,\"x\n5,6\n").0, 3);
    assert_eq!(error("a,b\n1,\"2").0, 2);
    assert_eq!(error("a,b\n1,\"").0, 2);
    assert_eq!(error("a,b\n1,\"2\"\"").0, 2);
    assert_eq!(error("a,b\n\"1\n2\",\"").0, 3);
}

#[test]
fn an_endless_record_is_an_error() {
    let endless = b"a,b\n1,2\n3,\"".as_slice().chain(std::io::repeat(b'x'));
    match rows_of(endless, false) {
        Err(Malformed::Line { line: 3, .. }) => {}
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_mark_of_byte_order_is_no_text() {
    assert_eq!(rows("\u{feff}a,b\n1,2\n"), [row(1, &["a", "b"]), row(2, &["1", "2"])]);
}

#[test]
fn blank_lines_of_one_column_are_empty_cells() {
    let rows = rows_of("a\n1\n\n\n2\n".as_bytes(), true).unwrap();
    assert_eq!(rows, [row(1, &["a"]), row(2, &["1"]), row(3, &[""]), row(4, &[""]), row(5, &["2"])]);
}

#[test]
fn bytes_that_are_no_text() {
    for reader in [&b"a,b\n1,2\n3,\"x\ny\xE9\"\n"[..]] {
        match rows_of(reader, false) {
            Err(Malformed::Line { line: 4, message, .. }) => assert!(message.contains("0xE9"), "{message}"),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn what_is_written_reads_the_same() {
    for cell in ["", "a", "a,b", "say \"hi\"", "two\nlines", "\"", "é"] {
        let mut out = Vec::new();
        write_cell(&mut out, cell, b',');
        out.extend_from_slice(b",end");
        let text = String::from_utf8(out).unwrap();
        let cells: Vec<_> = Cells::new(&text, b',').map(|cell| cell.unwrap().into_owned()).collect();
        assert_eq!(cells, [cell, "end"]);
    }
}
