//! Scores a stream of record batches.

use super::open::{open, refusal};
use crate::budget::{Held, Memory};
use crate::deployed::Deployed;
use crate::failure::Failure;
use crate::work::Work;
use arrow_array::{ArrayRef, RecordBatch, StringArray};
use arrow_ipc::writer::StreamWriter;
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use axum::body::Bytes;
use pmml::arrow::{RecordBatchPlan, RecordBatchResult};
use pmml::{BLOCK_ROWS, RowError, Scorer};
use std::io::Read;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

/// Number of rows that a thread scores at a time.
const SHARE: usize = 64 * BLOCK_ROWS;

/// A stream of record batches to score.
#[derive(Debug)]
pub struct ArrowJob {
    /// The model.
    pub deployed: Arc<Deployed>,
    /// The name of the column that says why rows failed.
    pub error_column: String,
    /// The limits of the work.
    pub work: Work,
    /// Maximum size of a message of the stream in bytes.
    pub limit: u64,
}

impl ArrowJob {
    /// Scores the stream and passes the stream of results to `sink`, chunk by chunk: the schema, then a record batch for each
    /// of the input. Blocks. Rows that fail have null results, and a message in the column for errors. An input without a
    /// column is missing.
    ///
    /// # Errors
    /// Fails if the stream cannot be read, its columns do not fit the model, a limit is exceeded, or `sink` fails.
    pub fn run(
        mut self,
        input: impl Read,
        mut sink: impl FnMut(Bytes) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let model = &self.deployed.model;
        let account = self.work.account().clone();
        let (mut reader, plan) = open(model, input, self.limit, &account)?;
        let schema = self.schema(plan.output_schema());
        let mut writer = StreamWriter::try_new(Vec::new(), &schema).map_err(|error| internal(&error))?;
        // A model that refers to earlier rows sees those of the stream, in order.
        let mut own = self.deployed.own_scorer(&self.work)?;
        while let Some(batch) = reader.next(&mut self.work)? {
            // The memory is held until the results are passed on.
            let (result, mut memory) = self.score(&plan, own.as_mut(), &batch)?;
            // The results are held twice more: with the errors added, and as written.
            memory.grow(2 * memory.bytes())?;
            let results = with_errors(&schema, result)?;
            writer.write(&results).map_err(|error| internal(&error))?;
            drop(results);
            sink(Held::new(std::mem::take(writer.get_mut()), memory)?.into_bytes())?;
        }
        writer.finish().map_err(|error| internal(&error))?;
        sink(std::mem::take(writer.get_mut()).into())
    }

    /// Scores a record batch. Returns the results with the memory that is counted for them.
    fn score(
        &self,
        plan: &RecordBatchPlan,
        own: Option<&mut (Scorer, Memory)>,
        batch: &RecordBatch,
    ) -> Result<(RecordBatchResult, Memory), Failure> {
        let (deployed, account) = (&self.deployed, self.work.account());
        let results = deployed.model.signature().results.len() as u64;
        let share = |scorer: &mut Scorer, range: Range<usize>| -> Result<_, Failure> {
            self.work.check()?;
            let mut memory = account.hold(range.len() as u64 * 16 * (results + 1))?;
            let start = Instant::now();
            let rows = batch.slice(range.start, range.len());
            let result = plan.predict(scorer, &rows).map_err(|error| refusal(&error))?;
            self.work.check()?;
            deployed.metrics.scored(start.elapsed(), range.len(), result.errors().len());
            deployed.metrics.counted(result.counts());
            memory.cover(bytes(&result))?;
            Ok((result, memory))
        };
        let (rows, bytes) = (batch.num_rows(), batch.get_array_memory_size() as u64);
        let parts = deployed.in_shares(&self.work, own, (rows, SHARE), |_| bytes, share)?;
        let (parts, memories): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
        let mut memory = account.memory();
        let is_one = parts.len() == 1;
        memories.into_iter().for_each(|more| memory.join(more));
        if !is_one {
            // The parts and their concatenation exist at the same time.
            memory.grow(memory.bytes())?;
        }
        let result = RecordBatchResult::concatenate(plan.output_schema(), parts);
        let result = result.map_err(|error| refusal(&error))?;
        if !is_one {
            memory.shrink(memory.bytes() / 2);
        }
        Ok((result, memory))
    }

    /// Returns the schema of the results, with the column for errors.
    fn schema(&self, results: &Schema) -> SchemaRef {
        let errors = Field::new(&self.error_column, DataType::Utf8, true);
        let fields = results.fields().iter().cloned().chain([Arc::new(errors)]);
        Arc::new(Schema::new(fields.collect::<Vec<_>>()))
    }
}

/// Returns the number of bytes of results, including the messages of rows that failed.
fn bytes(result: &RecordBatchResult) -> u64 {
    let message = |(_, error): &(usize, RowError)| {
        let strings = [error.field.as_ref(), error.value.as_ref(), Some(&error.reason)];
        strings.into_iter().flatten().map(String::len).sum::<usize>() + 1000
    };
    let errors: usize = result.errors().iter().map(message).sum();
    (result.record_batch().get_array_memory_size() + errors) as u64
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

/// Makes a failure of the server, since writing to memory should not fail.
fn internal(error: &ArrowError) -> Failure {
    Failure::internal(error)
}
