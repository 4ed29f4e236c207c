//! Scores a stream of record batches.

use super::{open, refusal};
use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::limits::Work;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use pmml::arrow::{RecordBatchPlan, RecordBatchResult};
use pmml::{BLOCK_ROWS, Scorer};
use rayon::prelude::*;
use std::io::Read;
use std::sync::Arc;
use std::time::Instant;

/// How many rows a thread scores at once.
const SHARE: usize = 64 * BLOCK_ROWS;

/// A stream of record batches to score.
#[derive(Debug)]
pub struct ArrowJob {
    /// The model.
    pub deployed: Arc<Deployed>,
    /// The name of the column that says why rows have failed.
    pub error_column: String,
    /// What the work may take.
    pub work: Work,
    /// How many bytes of the stream are in memory at once.
    pub limit: u64,
}

impl ArrowJob {
    /// Scores the stream and hands that of the results to `sink`, piece by piece: a record batch for each that comes, after
    /// the schema. Blocks. Rows that fail have null results, and a message in the column for errors. An input without a
    /// column is missing.
    ///
    /// # Errors
    /// If the stream cannot be read, its columns do not fit the model, a limit is exceeded, or `sink` fails.
    pub fn run(
        mut self,
        input: impl Read,
        mut sink: impl FnMut(Vec<u8>) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let model = &self.deployed.model;
        let (mut reader, plan) = open(model, input, self.limit)?;
        let schema = self.schema(plan.output_schema());
        let mut writer = StreamWriter::try_new(Vec::new(), &schema).map_err(|error| internal(&error))?;
        // A model that looks back at earlier rows sees those of the stream, in order.
        let mut own = model.is_stateful().then(|| model.scorer());
        while let Some(batch) = reader.next(&mut self.work)? {
            let result = self.score(&plan, own.as_mut(), &batch)?;
            let results = with_errors(&schema, result)?;
            writer.write(&results).map_err(|error| internal(&error))?;
            sink(std::mem::take(writer.get_mut()))?;
        }
        writer.finish().map_err(|error| internal(&error))?;
        sink(std::mem::take(writer.get_mut()))
    }

    fn score(
        &self,
        plan: &RecordBatchPlan,
        own: Option<&mut Scorer>,
        batch: &RecordBatch,
    ) -> Result<RecordBatchResult, Failure> {
        let deployed = &self.deployed;
        let share = |scorer: &mut Scorer, rows: &RecordBatch| -> Result<RecordBatchResult, Failure> {
            let start = Instant::now();
            let result = plan.predict(scorer, rows).map_err(|error| refusal(&error))?;
            deployed.metrics.scored(start.elapsed(), rows.num_rows(), result.errors().len());
            Ok(result)
        };
        let rows = batch.num_rows();
        match own {
            Some(scorer) => share(scorer, batch),
            None if rows <= SHARE => deployed.with_scorer(|scorer| share(scorer, batch)),
            None => {
                let parts: Vec<RecordBatchResult> = (0..rows.div_ceil(SHARE))
                    .into_par_iter()
                    .map(|part| {
                        let part = batch.slice(part * SHARE, SHARE.min(rows - part * SHARE));
                        deployed.with_scorer(|scorer| share(scorer, &part))
                    })
                    .collect::<Result<_, _>>()?;
                RecordBatchResult::concatenate(plan.output_schema(), parts).map_err(|error| refusal(&error))
            }
        }
    }

    /// The schema of the results, with the column for errors.
    fn schema(&self, results: &Schema) -> SchemaRef {
        let errors = Field::new(&self.error_column, DataType::Utf8, true);
        let fields = results.fields().iter().cloned().chain([Arc::new(errors)]);
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

fn with_errors(schema: &SchemaRef, result: RecordBatchResult) -> Result<RecordBatch, Failure> {
    let (batch, errors) = result.into_parts();
    let mut errors = errors.iter().peekable();
    let messages = (0..batch.num_rows())
        .map(|row| errors.next_if(|(failed, _)| *failed == row).map(|(_, error)| error.to_string()));
    let messages: ArrayRef = Arc::new(StringArray::from_iter(messages));
    let columns = batch.columns().iter().cloned().chain([messages]).collect();
    RecordBatch::try_new(Arc::clone(schema), columns).map_err(|error| internal(&error))
}

/// Memory takes whatever is written, so this does not happen.
fn internal(error: &ArrowError) -> Failure {
    Failure::internal(error)
}
