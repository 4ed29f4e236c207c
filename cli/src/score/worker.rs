//! Scoring blocks: text in, text out.

use super::MESSAGES;
use super::plan::Plan;
use crate::csv::{Block, Cells, Malformed, write_cell};
use pmml::{BLOCK_ROWS, Model, RowError, Scorer, Value};
use std::borrow::Cow;
use std::io::Write;

/// The results of a block.
#[derive(Debug, Default)]
pub struct Scored {
    /// The lines of the results.
    pub csv: Vec<u8>,
    /// How many rows there were.
    pub rows: u64,
    /// How many bytes of input.
    pub bytes: u64,
    /// Why rows failed, with their lines: the first few of the block.
    pub failures: Vec<(u64, RowError)>,
    /// How many more failed.
    pub more_failures: u64,
}

/// Scores blocks, one after another.
pub struct Worker<'p> {
    plan: &'p Plan,
    scorer: Scorer,
}

impl<'p> Worker<'p> {
    /// A worker with a scorer of its own.
    pub fn new(plan: &'p Plan, model: &Model) -> Self {
        Worker { plan, scorer: model.scorer() }
    }

    /// Scores a block.
    pub fn score(&mut self, block: &Block) -> Result<Scored, Malformed> {
        let mut scored = Scored { bytes: block.bytes() as u64, ..Scored::default() };
        let mut texts = block.texts()?;
        let mut lines: Vec<(u64, Cow<'_, str>)> = Vec::with_capacity(BLOCK_ROWS);
        while texts.len() > 0 {
            self.scorer.clear();
            lines.clear();
            for (row, (line, text)) in texts.by_ref().take(BLOCK_ROWS).enumerate() {
                let id = self.fill(row, line, text)?;
                lines.push((line, id));
            }
            self.scorer.run(lines.len());
            for (row, (line, id)) in lines.iter().enumerate() {
                self.write(row, *line, id, &mut scored);
            }
            scored.rows += lines.len() as u64;
        }
        Ok(scored)
    }

    /// Gives a row's cells to the scorer. The result is the cell to copy.
    fn fill<'t>(&mut self, row: usize, line: u64, text: &'t str) -> Result<Cow<'t, str>, Malformed> {
        let plan = self.plan;
        let mut id = Cow::Borrowed("");
        let mut count = 0;
        for cell in Cells::new(text, plan.delimiter) {
            let mut cell = cell.map_err(|_| text_behind_quote(line))?;
            if let Some(Some(input)) = plan.inputs.get(count)
                && !plan.is_missing(&cell)
            {
                let value = Value::Text(cell);
                self.scorer.set(row, *input, &value);
                cell = match value {
                    Value::Text(cell) => cell,
                    _ => Cow::Borrowed(""),
                };
            }
            if plan.id == Some(count) {
                id = cell;
            }
            count += 1;
        }
        if count != plan.inputs.len() {
            return Err(ragged(line, count, plan.inputs.len()));
        }
        Ok(id)
    }

    /// Writes a row's results.
    fn write(&self, row: usize, line: u64, id: &str, scored: &mut Scored) {
        let plan = self.plan;
        let error = self.scorer.error(row);
        let out = &mut scored.csv;
        let start = out.len();
        if plan.id.is_some() {
            write_cell(out, id, plan.delimiter);
            out.push(plan.delimiter);
        }
        for result in 0..plan.results {
            match self.scorer.value(row, result) {
                Value::Missing => {}
                Value::Text(text) => write_cell(out, &text, plan.delimiter),
                list @ Value::List(_) => write_cell(out, &list.to_string(), plan.delimiter),
                // Memory takes whatever is written.
                number => drop(write!(out, "{number}")),
            }
            out.push(plan.delimiter);
        }
        if plan.error_column {
            if let Some(error) = &error {
                write_cell(out, &error.to_string(), plan.delimiter);
            }
        } else if out.len() > start {
            // The delimiter behind the last cell.
            out.pop();
        }
        if out.len() == start {
            // A blank line is no record to most readers.
            out.extend_from_slice(b"\"\"");
        }
        out.push(b'\n');
        match error {
            Some(error) if scored.failures.len() < MESSAGES => scored.failures.push((line, error)),
            Some(_) => scored.more_failures += 1,
            None => {}
        }
    }
}

fn ragged(line: u64, cells: usize, columns: usize) -> Malformed {
    Malformed::Line {
        line,
        message: format!("the row has {}, but the header has {columns}", counted(cells, "cell")),
        help: if cells > columns {
            "a cell that holds the delimiter must be in quotes"
        } else {
            "the file may be cut off, or have another delimiter than `--delimiter` says"
        },
    }
}

/// What is wrong with a line of which a cell goes on behind its quotes.
pub fn text_behind_quote(line: u64) -> Malformed {
    Malformed::Line {
        line,
        message: "there is text behind the closing quote of a cell".to_owned(),
        help: "double a quote (\"\") that belongs to the value",
    }
}

fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}
