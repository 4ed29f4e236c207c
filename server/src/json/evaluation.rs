//! Results as JSON, written directly from a scorer's block, because writing dominates the time when scoring is fast.

use pmml::{Scorer, Signature, Value};
use std::io::Write;

/// Writes the results of a model.
#[derive(Debug)]
pub struct Evaluations {
    /// The names of the results, quoted.
    names: Vec<Vec<u8>>,
}

/// The position of an evaluation in the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nesting {
    /// It is the whole response.
    Single,
    /// It is one of the responses of a batch.
    Batch,
    /// It is on a line.
    Line,
}

impl Nesting {
    /// Returns the line break and indentation before a member at a level.
    fn break_line(self, level: usize) -> &'static [u8] {
        const SPACES: &[u8] = b"\n      ";
        match self {
            Nesting::Single => &SPACES[..1 + 2 * level],
            Nesting::Batch => &SPACES[..3 + 2 * level],
            Nesting::Line => b"",
        }
    }

    fn colon(self) -> &'static [u8] {
        if self == Nesting::Line { b":" } else { b" : " }
    }
}

impl Evaluations {
    /// Makes a writer for the results of a signature.
    pub fn new(signature: &Signature) -> Self {
        let quoted = |name: &String| {
            let mut text = Vec::new();
            write_string(&mut text, name);
            text
        };
        Evaluations { names: signature.results.iter().map(|field| quoted(&field.name)).collect() }
    }

    /// Writes the response to a row of the scorer's block: its results, or the message of its failure.
    pub fn write(
        &self,
        out: &mut Vec<u8>,
        nesting: Nesting,
        id: Option<&str>,
        row: Result<(&Scorer, usize), &str>,
    ) {
        let mut members = 0;
        let mut member = |out: &mut Vec<u8>, name: &[u8]| {
            out.extend_from_slice(if members == 0 { b"" } else { b"," });
            members += 1;
            out.extend_from_slice(nesting.break_line(1));
            out.extend_from_slice(name);
            out.extend_from_slice(nesting.colon());
        };
        out.push(b'{');
        if let Err(message) = row {
            member(out, b"\"message\"");
            write_string(out, message);
        }
        if let Some(id) = id.filter(|id| !id.is_empty()) {
            member(out, b"\"id\"");
            write_string(out, id);
        }
        if let Ok((scorer, row)) = row
            && !self.names.is_empty()
        {
            member(out, b"\"results\"");
            self.write_results(out, nesting, scorer, row);
        }
        match (members, nesting) {
            (0, Nesting::Single | Nesting::Batch) => out.push(b' '),
            _ => out.extend_from_slice(nesting.break_line(0)),
        }
        out.push(b'}');
    }

    fn write_results(&self, out: &mut Vec<u8>, nesting: Nesting, scorer: &Scorer, row: usize) {
        out.push(b'{');
        for (result, name) in self.names.iter().enumerate() {
            out.extend_from_slice(if result == 0 { b"" } else { b"," });
            out.extend_from_slice(nesting.break_line(2));
            out.extend_from_slice(name);
            out.extend_from_slice(nesting.colon());
            write_value(out, &scorer.value(row, result));
        }
        out.extend_from_slice(nesting.break_line(1));
        out.push(b'}');
    }
}

/// Writes a value. Numbers are written in the shortest exact form, and as strings if JSON cannot represent them.
fn write_value(out: &mut Vec<u8>, value: &Value<'_>) {
    let quoted = match value {
        Value::Double(value) => !value.is_finite(),
        Value::Float(value) => !value.is_finite(),
        _ => false,
    };
    match value {
        Value::Missing => out.extend_from_slice(b"null"),
        Value::String(string) => write_string(out, string),
        Value::List(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                out.extend_from_slice(if index == 0 { b" " } else { b", " });
                write_value(out, item);
            }
            out.extend_from_slice(b" ]");
        }
        // Writing to memory cannot fail.
        value if quoted => _ = write!(out, "\"{value}\""),
        value => _ = write!(out, "{value}"),
    }
}

/// Writes a string in quotes.
fn write_string(out: &mut Vec<u8>, string: &str) {
    // Writing to memory cannot fail.
    let _ = serde_json::to_writer(out, string);
}
