//! Scoring blocks: rows in, text out.

use super::MESSAGES;
use super::group::{Block, Row};
use super::plan::Plan;
use crate::failure::Failure;
use crate::table;
use csv::StringRecord;
use pmml::{Model, RowError, Scorer, Value};
use std::borrow::Cow;
use std::fmt::Write;

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
    /// How many rows the scorer takes at once.
    together: usize,
    /// The text of a cell that is no text.
    text: String,
}

impl<'p> Worker<'p> {
    /// A worker with a scorer of its own.
    pub fn new(plan: &'p Plan, model: &Model) -> Self {
        let mut scorer = model.scorer();
        let together = scorer.reserve(table::BLOCK_ROWS);
        Worker { plan, scorer, together, text: String::new() }
    }

    /// Scores a block.
    pub fn score(&mut self, block: &Block) -> Result<Scored, Failure> {
        let mut scored = Scored { bytes: block.bytes, rows: block.rows.len() as u64, ..Scored::default() };
        let mut writer = table::writer(self.plan.delimiter);
        for rows in block.rows.chunks(self.together) {
            self.scorer.clear();
            for (number, row) in rows.iter().enumerate() {
                fill(self.plan, &mut self.scorer, number, row);
            }
            self.scorer.run(rows.len());
            for (number, row) in rows.iter().enumerate() {
                let error = self.error(number, row);
                self.write(number, &row.record, error.as_ref(), &mut writer)?;
                match error {
                    Some(error) if scored.failures.len() < MESSAGES => {
                        scored.failures.push((table::line(&row.record), error));
                    }
                    Some(_) => scored.more_failures += 1,
                    None => {}
                }
            }
        }
        scored.csv = table::written(writer)?;
        Ok(scored)
    }

    /// Says why a row has no results, if it has none.
    fn error(&mut self, number: usize, row: &Row) -> Option<RowError> {
        let plan = self.plan;
        self.scorer.error_as_given(number, |scorer| fill(plan, scorer, number, row))
    }

    /// Writes a row's results.
    fn write(
        &mut self,
        number: usize,
        row: &StringRecord,
        error: Option<&RowError>,
        writer: &mut csv::Writer<Vec<u8>>,
    ) -> Result<(), csv::Error> {
        if let Some(id) = self.plan.id {
            writer.write_field(row.get(id).unwrap_or_default())?;
        }
        for result in 0..self.plan.results {
            self.text.clear();
            // Strings take whatever is written.
            let _ = write!(self.text, "{}", self.scorer.value(number, result));
            writer.write_field(&self.text)?;
        }
        if self.plan.error_column {
            writer.write_field(error.map(RowError::to_string).unwrap_or_default())?;
        }
        writer.write_record(None::<&[u8]>)
    }
}

/// Gives a row's cells to the scorer.
fn fill(plan: &Plan, scorer: &mut Scorer, number: usize, row: &Row) {
    for (index, (column, input)) in plan.lists.iter().enumerate() {
        let text = |cell| Value::Text(Cow::Borrowed(cell));
        let items = match row.lists.get(index) {
            Some(cells) => cells.iter().map(text).collect(),
            // The list of a row by itself.
            None => {
                let cell = row.record.get(*column).filter(|cell| !plan.is_missing(cell));
                cell.into_iter().map(text).collect()
            }
        };
        scorer.set(number, *input, &Value::List(items));
    }
    for (cell, input) in row.record.iter().zip(&plan.inputs) {
        if let Some(input) = input
            && !plan.is_missing(cell)
        {
            scorer.set(number, *input, &Value::Text(cell.into()));
        }
    }
}
