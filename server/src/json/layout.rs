//! The layout of JSON text: two spaces per level, `"name" : value`, arrays on the line of their brackets.

use serde_json::ser::Formatter;
use std::io::{self, Write};

/// Lays out JSON as Jackson's default printer does.
#[derive(Debug, Default)]
pub struct Layout {
    depth: usize,
    /// Whether the innermost object has a member.
    filled: bool,
}

impl Layout {
    fn line(&self, out: &mut (impl Write + ?Sized)) -> io::Result<()> {
        out.write_all(b"\n")?;
        (0..self.depth).try_for_each(|_| out.write_all(b"  "))
    }
}

impl Formatter for Layout {
    fn begin_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b"[")
    }

    fn end_array<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b" ]")
    }

    fn begin_array_value<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        out.write_all(if first { b" " } else { b", " })
    }

    fn begin_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth += 1;
        self.filled = false;
        out.write_all(b"{")
    }

    fn end_object<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        self.depth -= 1;
        match self.filled {
            true => self.line(out)?,
            false => out.write_all(b" ")?,
        }
        self.filled = true;
        out.write_all(b"}")
    }

    fn begin_object_key<W: Write + ?Sized>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        if !first {
            out.write_all(b",")?;
        }
        self.line(out)
    }

    fn begin_object_value<W: Write + ?Sized>(&mut self, out: &mut W) -> io::Result<()> {
        out.write_all(b" : ")
    }

    fn end_object_value<W: Write + ?Sized>(&mut self, _: &mut W) -> io::Result<()> {
        self.filled = true;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn layout_is_that_of_jackson() {
        let value = json!({"a": 1, "b": {}, "c": [], "d": [{"e": [true, null]}, {"f": "g"}]});
        let expected = "{\n  \"a\" : 1,\n  \"b\" : { },\n  \"c\" : [ ],\n  \"d\" : [ {\n    \"e\" : [ true, null ]\n  }, \
                        {\n    \"f\" : \"g\"\n  } ]\n}";
        assert_eq!(String::from_utf8(super::super::text(&value)).unwrap(), expected);
        assert_eq!(super::super::text(&json!({})), b"{ }");
    }
}
