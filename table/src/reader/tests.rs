use super::*;
use std::io::{self, Read};

/// Returns a few bytes at a time, so that reads end at any place in the table.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let (some, rest) = self.0.split_at(self.0.len().min(buffer.len()).min(3));
        buffer[..some.len()].copy_from_slice(some);
        self.0 = rest;
        Ok(some.len())
    }
}

fn options<'a>() -> ReaderOptions<'a> {
    ReaderOptions {
        charset: Charset::default(),
        dialect: Some(Dialect::new(b',')),
        detection: Detection { delimiters: b",;", is_known: &|_| false, is_strict: true },
        blank_lines: BlankLines::Rows,
        finds_quotes: false,
    }
}

fn rows_by(input: impl Read + Send, options: ReaderOptions<'_>) -> Result<Vec<Row>, String> {
    let message = |error: Error| error.to_string();
    let mut reader = Reader::new(input, options, ()).map_err(message)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.row().map_err(message)? {
        rows.push(row);
    }
    Ok(rows)
}

type Rows = Vec<(u64, Vec<String>)>;

fn rows_of(input: impl Read + Send, options: ReaderOptions<'_>) -> Result<Rows, String> {
    let cells = |row: Row| (row.line, row.cells.iter().map(str::to_owned).collect());
    Ok(rows_by(input, options)?.into_iter().map(cells).collect())
}

fn read(bytes: impl AsRef<[u8]>) -> Result<Rows, String> {
    let whole = rows_of(bytes.as_ref(), options());
    assert_eq!(rows_of(Trickle(bytes.as_ref()), options()), whole);
    whole
}

fn expected(rows: &[(u64, &[&str])]) -> Rows {
    rows.iter().map(|(line, cells)| (*line, cells.iter().map(|cell| (*cell).to_owned()).collect())).collect()
}

#[track_caller]
fn reads(text: &str, rows: &[(u64, &[&str])]) {
    assert_eq!(read(text).unwrap(), expected(rows));
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
    fails("", "the table is empty");
    fails("\n\r\n\n", "the table is empty");
    fails("\na,b,,,a\n", "line 2: there are two columns named `a`");
}

#[test]
fn line_numbers_are_those_of_the_file() {
    let text = "\na,b\n\n1,\"x\ny\"\n\n\n3,4\n";
    reads(text, &[(4, &["1", "x\ny"]), (8, &["3", "4"])]);
    reads(&text.replace('\n', "\r\n"), &[(4, &["1", "x\r\ny"]), (8, &["3", "4"])]);
    reads("a,b\r\n1,2\n3,4\r\n5,6", &[(2, &["1", "2"]), (3, &["3", "4"]), (4, &["5", "6"])]);
    fails("a,b\r1,2\r", "line 1: lines end in a carriage return alone");
}

#[test]
fn quotes() {
    reads("\"a\",\"b,c\"\n1,\"2,\"\"3\"\"\"\n", &[(2, &["1", "2,\"3\""])]);
    // A quote has a meaning only at the beginning of a cell.
    reads("a,b\n5\" pipe,x\n", &[(2, &["5\" pipe", "x"])]);
    reads("a,b\n\"1\"2,x\n", &[(2, &["12", "x"])]);
    reads("a\r\n\"b\"", &[(2, &["b"])]);
    reads("a,b\n1,\"\"", &[(2, &["1", ""])]);
    reads("a,b\n1,\"2\n\n\"", &[(2, &["1", "2\n\n"])]);
}

#[test]
fn quoted_cells_are_recorded_if_a_cell_is_empty() {
    let options = || ReaderOptions { finds_quotes: true, ..options() };
    let long = "x".repeat(9_000);
    let text =
        format!("a,b,c\n1,2,3\n,\"\",\"x\"\r\n\n\"{long}\n\",{long},\n\"\",{long},{long}\n{long},,\"\"");
    for rows in [rows_by(text.as_bytes(), options()), rows_by(Trickle(text.as_bytes()), options())] {
        let quoted: Vec<Vec<bool>> = rows.unwrap().into_iter().map(|row| row.quoted).collect();
        let expected: [&[bool]; 5] =
            [&[], &[false, true, true], &[true, false, false], &[true, false, false], &[false, false, true]];
        assert_eq!(quoted, expected);
    }
    let one: Vec<_> = rows_by("a\n\n\"\"\n".as_bytes(), options()).unwrap();
    assert_eq!(one.iter().map(|row| row.quoted.contains(&true)).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn unclosed_quotes_are_found_where_they_open() {
    fails("a,b\n1,2\n3,\"x\n5,6\n", "line 3: a quote is opened and never closed");
    for text in ["a,b\n1,\"2", "a,b\n1,\"", "a,b\n1,\"2\"\"", "\na,\"b\n", "a\n\"2\n\n\n"] {
        fails(text, "line 2: a quote is opened and never closed");
    }
    fails("a,b\n\"1\n2\",\"", "line 3: a quote is opened and never closed");
}

#[test]
fn an_endless_row_is_an_error() {
    let endless = b"a,b\n1,2\n3,\"".as_slice().chain(io::repeat(b'x'));
    assert_eq!(rows_of(endless, options()), Err("line 3: the row is longer than 16 MiB".to_owned()));
    let endless = io::repeat(b'\n');
    assert_eq!(rows_of(endless, options()), Err("line 1: the row is longer than 16 MiB".to_owned()));
    let detecting = ReaderOptions { dialect: None, ..options() };
    assert_eq!(rows_of(io::repeat(b'x'), detecting), Err("Unrecognized CSV format".to_owned()));
}

#[test]
fn a_byte_order_mark_is_not_text() {
    reads("\u{feff}a,b\n1,2\n", &[(2, &["1", "2"])]);
    reads("\u{feff}\"a\",b\n1,2\n", &[(2, &["1", "2"])]);
    let utf16: Vec<u8> = "\u{feff}a,é\n1,2\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(read(utf16), Ok(expected(&[(2, &["1", "2"])])));
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
fn blank_lines_are_skipped_on_request() {
    let skipped = |text: &str| {
        rows_of(text.as_bytes(), ReaderOptions { blank_lines: BlankLines::Skipped, ..options() }).unwrap()
    };
    assert_eq!(
        skipped("a\r\n\r\n\r\n\"\"\r\n1\r\n\n\"\"\r\n"),
        expected(&[(4, &[""]), (5, &["1"]), (7, &[""])])
    );
    assert_eq!(skipped("a\n\n\"\"\n1"), expected(&[(3, &[""]), (4, &["1"])]));
    assert_eq!(skipped("a,b\n1,2\r\n\n3,4\n"), expected(&[(2, &["1", "2"]), (4, &["3", "4"])]));
}

#[test]
fn ragged_rows() {
    fails("a,b\n1,2\n\n3\n", "line 4: the row has 1 cell, but the header has 2");
    fails("a,b\r\n1,2,3\r\n", "line 2: the row has 3 cells, but the header has 2");
    fails("a\n1,2\n", "line 2: the row has 2 cells, but the header has 1");
}

#[test]
fn invalid_bytes() {
    fails(b"a,b\n1,2\n\n3,\"x\ny\xE9\"\n", "line 4, column `b`: the byte 0xE9 is not UTF-8");
    fails(b"a,b\xE9\n", "line 1, column 2: the byte 0xE9 is not UTF-8");
    let shift_jis = || ReaderOptions { charset: Charset::new("Shift_JIS").unwrap(), ..options() };
    assert_eq!(rows_of(b"a,\x93\xfa\n1,2\n".as_slice(), shift_jis()), Ok(expected(&[(2, &["1", "2"])])));
    let message = "line 2, column `b`: a byte of the cell is not Shift_JIS";
    assert_eq!(rows_of(b"a,b\n1,\x80\xff\n".as_slice(), shift_jis()), Err(message.to_owned()));
}

#[test]
fn memory_is_counted() {
    /// Records the maximum that was held.
    struct Most<'m>(&'m mut u64, u64);
    impl Ledger for Most<'_> {
        fn hold(&mut self, bytes: u64) -> io::Result<()> {
            *self.0 = bytes.max(*self.0);
            if bytes > self.1 { Err(io::Error::other("too much")) } else { Ok(()) }
        }
    }
    let text = format!("a,b\n1,\"{}\"\n", "x".repeat(1 << 20));
    let mut most = 0;
    let mut reader = Reader::new(text.as_bytes(), options(), Most(&mut most, u64::MAX)).unwrap();
    assert!(reader.row().unwrap().is_some());
    drop(reader);
    assert!(most > 16 << 20, "{most}");
    let mut reader = Reader::new(text.as_bytes(), options(), Most(&mut most, 1 << 20)).unwrap();
    assert_eq!(reader.row().unwrap_err().to_string(), "it cannot be read: too much");
}

#[test]
fn written_cells_read_back_the_same() {
    let cells = ["", "a", "a,b", "say \"hi\"", "two\nlines", "\"", "é"];
    let mut writer = crate::Writer::new(Dialect::new(b','));
    writer.header(["1", "2", "3", "4", "5", "6", "7"]);
    cells.iter().for_each(|cell| writer.text(cell));
    writer.end_row();
    reads(&String::from_utf8(writer.into_bytes()).unwrap(), &[(2, &cells)]);
}
