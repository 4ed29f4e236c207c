//! Scores a table.

use super::charset::Charset;
use super::dialect::{Dialect, look_ahead};
use super::group::{Row, grouped};
use super::plan::Plan;
use super::reader::{self, Reader};
use crate::budget::{Held, Memory};
use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::rows::SHARE;
use crate::work::Work;
use axum::body::Bytes;
use pmml::{BLOCK_ROWS, Scorer};
use rayon::prelude::*;
use std::fmt::Write;
use std::io::Read;
use std::sync::Arc;

/// How many rows, and about how many bytes, are in memory at once.
const PIECE_ROWS: usize = 64 * BLOCK_ROWS;
const PIECE_BYTES: usize = 4 << 20;

/// What becomes of rows that fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Errors {
    /// The first one fails the whole table.
    Fail,
    /// Their results are empty, and a column of this name tells why.
    Column(String),
}

/// A table to score.
#[derive(Debug)]
pub struct TableJob {
    /// The model.
    pub deployed: Arc<Deployed>,
    /// The charset.
    pub charset: Charset,
    /// The dialect, if it is given.
    pub dialect: Option<Dialect>,
    /// What stands for a missing value, beside an empty cell.
    pub missing: Vec<String>,
    /// What becomes of rows that fail.
    pub errors: Errors,
    /// What the work may take.
    pub work: Work,
}

impl TableJob {
    /// Scores the table and hands its text to `sink`, piece by piece. Blocks.
    ///
    /// # Errors
    /// If the table cannot be read, a row fails that must not, a limit is exceeded, or `sink` fails.
    pub fn run(
        mut self,
        input: impl Read + Send,
        mut sink: impl FnMut(Bytes) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let input = self.charset.decode(input);
        let signature = self.deployed.model.signature();
        let known =
            |name: &str| self.deployed.input(name).is_some() || signature.group.as_deref() == Some(name);
        let (dialect, input): (_, Box<dyn Read>) = match self.dialect {
            Some(dialect) => (dialect, input),
            None => {
                let (dialect, input) = look_ahead(input, &known, self.work.account())?;
                (dialect, Box::new(input))
            }
        };
        let mut reader = Reader::new(input, dialect, self.work.account())?;
        let mut plan = Plan::new(&self.deployed, &reader.columns, std::mem::take(&mut self.missing));
        let whole = plan.group.is_some();
        // A model that looks back at earlier rows sees those of the table, in order.
        let mut own = self.deployed.own_scorer(&self.work)?;
        let mut first = true;
        // The rows of a piece.
        let mut memory = self.work.account().memory();
        loop {
            memory.shrink(0);
            let mut rows = self.piece(&mut reader, whole, &mut memory)?;
            let ended = rows.is_empty();
            if let Some(column) = plan.group {
                let count = rows.len();
                // Groups have texts of their own.
                memory.grow(2 * memory.bytes())?;
                let groups = grouped(&plan, column, rows);
                // What names a row does not name a group.
                if groups.len() < count {
                    plan.id = None;
                }
                rows = groups;
            }
            let work = |scorer: &mut Scorer, rows: &[Row]| self.score(&plan, dialect, scorer, rows);
            let bytes = memory.bytes();
            let lend =
                |rows: &[Row]| self.deployed.with_scorer(&self.work, bytes, |scorer| work(scorer, rows));
            let texts: Vec<Held> = match &mut own {
                Some((scorer, _)) => vec![work(scorer, &rows)?],
                None if rows.len() <= SHARE => rows.chunks(SHARE).map(lend).collect::<Result<_, _>>()?,
                None => rows.par_chunks(SHARE).map(lend).collect::<Result<_, _>>()?,
            };
            if std::mem::take(&mut first) {
                self.send(self.header(&plan, dialect)?, &mut sink)?;
            }
            texts.into_iter().try_for_each(|text| self.send(text, &mut sink))?;
            if ended {
                return Ok(());
            }
        }
    }

    /// Hands text to `sink`, in the charset of the request.
    fn send(&self, text: Held, sink: &mut impl FnMut(Bytes) -> Result<(), Failure>) -> Result<(), Failure> {
        if text.is_empty() {
            return Ok(());
        }
        if self.charset.is_utf8() {
            return sink(text.into_bytes());
        }
        // Both texts are there at once, and no charset takes more than four bytes for one.
        let memory = self.work.account().hold(4 * text.as_ref().len() as u64)?;
        let encoded = self.charset.encode(text.as_ref());
        sink(Held::new(encoded, memory)?.into_bytes())
    }

    /// Returns the next rows: none at the end. `memory` holds them.
    fn piece<R: Read>(
        &mut self,
        reader: &mut Reader<R>,
        whole: bool,
        memory: &mut Memory,
    ) -> Result<Vec<Row>, Failure> {
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while whole || (rows.len() < PIECE_ROWS && bytes < PIECE_BYTES) {
            let Some(line) = reader.row()? else { break };
            self.work.row()?;
            bytes += line.bytes();
            if whole {
                self.work.hold(line.bytes() as u64, memory)?;
            } else {
                memory.cover(bytes as u64)?;
            }
            rows.push(Row::from(line));
        }
        Ok(rows)
    }

    fn header(&self, plan: &Plan, dialect: Dialect) -> Result<Held, Failure> {
        let mut writer = writer(dialect);
        let results = self.deployed.model.signature().results.iter().map(|field| field.name.as_str());
        let error = match &self.errors {
            Errors::Fail => None,
            Errors::Column(name) => Some(name.as_str()),
        };
        writer.write_record(plan.id.as_deref().into_iter().chain(results).chain(error)).map_err(internal)?;
        let text = writer.into_inner().map_err(|error| internal(error.into_error().into()))?;
        Held::new(text, self.work.account().memory())
    }

    fn score(
        &self,
        plan: &Plan,
        dialect: Dialect,
        scorer: &mut Scorer,
        rows: &[Row],
    ) -> Result<Held, Failure> {
        let mut writer = writer(dialect);
        let (mut memory, mut written) = (self.work.account().memory(), 0);
        let results = self.deployed.model.signature().results.len();
        let mut text = String::new();
        for block in rows.chunks(self.deployed.rows_together(scorer, rows.len())) {
            self.work.check()?;
            let errors = self.deployed.score(&self.work, scorer, block, |scorer, number, row| {
                plan.fill(scorer, number, &row.line.cells, row.lists.as_deref());
            })?;
            if let (Errors::Fail, Some((number, error))) = (&self.errors, errors.first()) {
                return Err(reader::failure(block[*number].line.number, &error.to_string()));
            }
            let mut errors = errors.into_iter().peekable();
            for (number, row) in block.iter().enumerate() {
                if plan.id.is_some() {
                    let id = row.line.cells.get(0).unwrap_or_default();
                    written += id.len();
                    writer.write_field(id).map_err(internal)?;
                }
                for result in 0..results {
                    text.clear();
                    // Strings take whatever is written.
                    let _ = write!(text, "{}", scorer.value(number, result));
                    written += text.len() + 1;
                    writer.write_field(&text).map_err(internal)?;
                }
                if let Errors::Column(_) = self.errors {
                    let error = errors.next_if(|(failed, _)| *failed == number);
                    let message = error.map(|(_, error)| error.to_string()).unwrap_or_default();
                    written += message.len() + 1;
                    writer.write_field(message).map_err(internal)?;
                }
                writer.write_record(None::<&[u8]>).map_err(internal)?;
                memory.cover(written as u64)?;
            }
        }
        let text = writer.into_inner().map_err(|error| internal(error.into_error().into()))?;
        Held::new(text, memory)
    }
}

fn writer(dialect: Dialect) -> csv::Writer<Vec<u8>> {
    csv::WriterBuilder::new().delimiter(dialect.delimiter).quote(dialect.quote).from_writer(Vec::new())
}

/// Memory takes whatever is written, so this does not happen.
fn internal(error: csv::Error) -> Failure {
    Failure::internal(&error)
}
