//! Scores blocks of rows, and formats the results.

use pmml::{Counts, Model, RowError, Scorer};
use pmml_table::{Block, Dialect, Plan, Row, Writer};

/// Maximum number of messages about rows that are printed; the rest are counted.
pub const MESSAGES: usize = 10;
/// Maximum number of rows in a block.
pub const BLOCK_ROWS: usize = 16 * pmml::BLOCK_ROWS;

/// The layout of rows and results.
pub struct Layout<'p> {
    /// The mapping of columns to inputs.
    pub plan: &'p Plan,
    /// The dialect of the results.
    pub dialect: Dialect,
    /// The column that is copied in front of the results.
    pub id: Option<usize>,
    /// Whether a last column says why a row failed.
    pub error_column: bool,
}

/// The results of a block.
#[derive(Debug, Default)]
pub struct Scored {
    /// The lines of the results.
    pub csv: Vec<u8>,
    /// The number of rows.
    pub rows: u64,
    /// The number of bytes of input.
    pub bytes: u64,
    /// The errors of the first few rows that failed, with their lines.
    pub failures: Vec<(u64, RowError)>,
    /// The number of further rows that failed.
    pub more_failures: u64,
    /// Counts of invalid values and of rows without results.
    pub counts: Counts,
}

/// Scores blocks, one after another.
pub struct Worker<'p> {
    layout: &'p Layout<'p>,
    scorer: Scorer,
    /// Number of results per row.
    results: usize,
    /// Number of rows that the scorer runs together.
    together: usize,
}

impl<'p> Worker<'p> {
    /// Makes a worker with a new scorer.
    pub fn new(layout: &'p Layout<'p>, model: &Model) -> Self {
        let mut scorer = model.scorer();
        let together = scorer.reserve(BLOCK_ROWS);
        Worker { layout, scorer, results: model.signature().results.len(), together }
    }

    /// Scores a block.
    pub fn score(&mut self, block: &Block) -> Scored {
        let mut scored = Scored { bytes: block.bytes, rows: block.rows.len() as u64, ..Scored::default() };
        let mut writer = Writer::new(self.layout.dialect);
        for rows in block.rows.chunks(self.together) {
            self.scorer.clear();
            for (number, row) in rows.iter().enumerate() {
                fill(self.layout.plan, &mut self.scorer, number, row);
            }
            self.scorer.run(rows.len());
            for (number, row) in rows.iter().enumerate() {
                let error = self.error(number, row);
                self.write(number, row, error.as_ref(), &mut writer);
                match error {
                    Some(error) if scored.failures.len() < MESSAGES => {
                        scored.failures.push((row.line, error))
                    }
                    Some(_) => scored.more_failures += 1,
                    None => {}
                }
            }
        }
        scored.counts = self.scorer.take_counts();
        scored.csv = writer.into_bytes();
        scored
    }

    /// Returns the error of a row, if it failed.
    fn error(&mut self, number: usize, row: &Row) -> Option<RowError> {
        let plan = self.layout.plan;
        self.scorer.error_as_given(number, |scorer| fill(plan, scorer, number, row))
    }

    /// Writes a row's results.
    fn write(&self, number: usize, row: &Row, error: Option<&RowError>, writer: &mut Writer) {
        let id = self.layout.id.map(|id| row.cells.get(id).unwrap_or_default());
        let results = (0..self.results).map(|result| self.scorer.value(number, result));
        let message = || error.map(RowError::to_string).unwrap_or_default();
        let message = self.layout.error_column.then(message);
        writer.row(id, results, message.as_deref());
    }
}

/// Sets the cells of a row in the scorer.
fn fill(plan: &Plan, scorer: &mut Scorer, number: usize, row: &Row) {
    plan.fill(row, |input, value| scorer.set(number, input, &value));
}
