use super::*;

/// Gives a few bytes at a time, so that borders between readings fall everywhere.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (some, rest) = self.0.split_at(self.0.len().min(buffer.len()).min(3));
        buffer[..some.len()].copy_from_slice(some);
        self.0 = rest;
        Ok(some.len())
    }
}

fn rows_of(input: impl Read) -> Result<Vec<(u64, Vec<String>)>, String> {
    let told = |failure: Failure| failure.to_string();
    let mut table = Table::new(input, "t.csv".to_owned(), b',').map_err(told)?;
    let mut rows = Vec::new();
    loop {
        let block = table.block().map_err(told)?;
        if block.rows.is_empty() {
            return Ok(rows);
        }
        rows.extend(block.rows.iter().map(|row| (line(row), row.iter().map(str::to_owned).collect())));
    }
}

fn read(bytes: impl AsRef<[u8]>) -> Result<Vec<(u64, Vec<String>)>, String> {
    let whole = rows_of(bytes.as_ref());
    assert_eq!(rows_of(Trickle(bytes.as_ref())), whole);
    whole
}

#[track_caller]
fn reads(text: &str, expected: &[(u64, &[&str])]) {
    let rows = read(text).unwrap();
    let rows: Vec<(u64, Vec<&str>)> =
        rows.iter().map(|(line, row)| (*line, row.iter().map(String::as_str).collect())).collect();
    let expected: Vec<(u64, Vec<&str>)> = expected.iter().map(|(line, row)| (*line, row.to_vec())).collect();
    assert_eq!(rows, expected);
}

#[track_caller]
fn fails(bytes: impl AsRef<[u8]>, message: &str) {
    assert_eq!(read(bytes), Err(message.to_owned()));
}

#[test]
fn rows_and_cells() {
    reads("a,b\n1,2\n3,4\n", &[(2, &["1", "2"]), (3, &["3", "4"])]);
    reads("a,b\n1,2", &[(2, &["1", "2"])]);
    reads("a,b\n,\n", &[(2, &["", ""])]);
    reads("a,b", &[]);
    fails("", "t.csv is empty");
    fails("\n\r\n\n", "t.csv is empty");
}

#[test]
fn lines_are_those_of_the_file() {
    let text = "\na,b\n\n1,\"x\ny\"\n\n\n3,4\n";
    reads(text, &[(4, &["1", "x\ny"]), (8, &["3", "4"])]);
    reads(&text.replace('\n', "\r\n"), &[(4, &["1", "x\r\ny"]), (8, &["3", "4"])]);
    reads("a,b\r\n1,2\n3,4\r\n5,6", &[(2, &["1", "2"]), (3, &["3", "4"]), (4, &["5", "6"])]);
    fails("a,b\r1,2\r", "t.csv, line 1: lines end in a carriage return alone");
}

#[test]
fn quotes() {
    reads("\"a\",\"b,c\"\n1,\"2,\"\"3\"\"\"\n", &[(2, &["1", "2,\"3\""])]);
    // A quote counts at the beginning of a cell only.
    reads("a,b\n5\" pipe,x\n", &[(2, &["5\" pipe", "x"])]);
    reads("a,b\n\"1\"2,x\n", &[(2, &["12", "x"])]);
    reads("a\r\n\"b\"", &[(2, &["b"])]);
    reads("a,b\n1,\"\"", &[(2, &["1", ""])]);
    reads("a,b\n1,\"2\n\n\"", &[(2, &["1", "2\n\n"])]);
}

#[test]
fn unclosed_quotes_are_found_where_they_open() {
    fails("a,b\n1,2\n3,\"x\n5,6\n", "t.csv, line 3: a quote is opened and never closed");
    for text in ["a,b\n1,\"2", "a,b\n1,\"", "a,b\n1,\"2\"\"", "\na,\"b\n", "a\n\"2\n\n\n"] {
        fails(text, "t.csv, line 2: a quote is opened and never closed");
    }
    fails("a,b\n\"1\n2\",\"", "t.csv, line 3: a quote is opened and never closed");
}

#[test]
fn an_endless_row_is_an_error() {
    let endless = b"a,b\n1,2\n3,\"".as_slice().chain(io::repeat(b'x'));
    assert_eq!(rows_of(endless), Err("t.csv, line 3: the row is longer than 16 MiB".to_owned()));
    let endless = io::repeat(b'\n');
    assert_eq!(rows_of(endless), Err("t.csv, line 1: the row is longer than 16 MiB".to_owned()));
}

#[test]
fn a_byte_order_mark_is_no_text() {
    reads("\u{feff}a,b\n1,2\n", &[(2, &["1", "2"])]);
    reads("\u{feff}\"a\",b\n1,2\n", &[(2, &["1", "2"])]);
}

#[test]
fn blank_lines_of_one_column_are_empty_cells() {
    for text in ["a\n1\n\n\n2\n\n", "a\r\n1\r\n\r\n\r\n2\r\n\r\n", "a\n1\n\r\n\n2\n\"\""] {
        reads(text, &[(2, &["1"]), (3, &[""]), (4, &[""]), (5, &["2"]), (6, &[""])]);
    }
    reads("\n\na\n\n1", &[(4, &[""]), (5, &["1"])]);
    let many = read(format!("a\n{}1\n", "\n".repeat(50_000))).unwrap();
    assert_eq!((many.len(), many[0].0, many[50_000].0), (50_001, 2, 50_002));
}

#[test]
fn ragged_rows() {
    fails("a,b\n1,2\n\n3\n", "t.csv, line 4: the row has 1 cell, but the header has 2");
    fails("a,b\r\n1,2,3\r\n", "t.csv, line 2: the row has 3 cells, but the header has 2");
    fails("a\n1,2\n", "t.csv, line 2: the row has 2 cells, but the header has 1");
}

#[test]
fn bytes_that_are_no_text() {
    fails(b"a,b\n1,2\n\n3,\"x\ny\xE9\"\n", "t.csv, line 4, column `b`: the byte 0xE9 is not UTF-8");
    fails(b"a,b\xE9\n", "t.csv, line 1, column 2: the byte 0xE9 is not UTF-8");
}

#[test]
fn what_is_written_reads_the_same() {
    let cells = ["", "a", "a,b", "say \"hi\"", "two\nlines", "\"", "é"];
    let mut output = writer(b',');
    output.write_record(["c"; 7]).unwrap();
    output.write_record(cells).unwrap();
    let text = String::from_utf8(written(output).unwrap()).unwrap();
    reads(&text, &[(2, &cells)]);
}
