//! The results of a record batch.

use super::error::RecordBatchError;
use crate::load::counts::Counts;
use crate::load::row_error::RowError;
use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

/// The results of a record batch.
#[derive(Clone, Debug)]
pub struct RecordBatchResult {
    record_batch: RecordBatch,
    errors: Vec<(usize, RowError)>,
    counts: Counts,
}

impl RecordBatchResult {
    pub(super) fn new(record_batch: RecordBatch, errors: Vec<(usize, RowError)>, counts: Counts) -> Self {
        RecordBatchResult { record_batch, errors, counts }
    }

    /// Returns the results, with the model's [`output_schema`](crate::Model::output_schema) and a row for each input row, in
    /// order.
    pub fn record_batch(&self) -> &RecordBatch {
        &self.record_batch
    }

    /// Returns the rows that failed, by their numbers from 0, in order. Their results are null.
    pub fn errors(&self) -> &[(usize, RowError)] {
        &self.errors
    }

    /// Returns the counts of rows without any result and of values that their fields do not allow.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Returns the results and the rows that failed.
    pub fn into_parts(self) -> (RecordBatch, Vec<(usize, RowError)>) {
        (self.record_batch, self.errors)
    }

    /// Concatenates the results of the parts of a batch.
    ///
    /// # Errors
    /// Fails if the results do not fit into one record batch.
    pub fn concatenate(
        schema: &SchemaRef,
        parts: impl IntoIterator<Item = RecordBatchResult>,
    ) -> Result<Self, RecordBatchError> {
        let (mut batches, mut errors, mut rows) = (Vec::new(), Vec::new(), 0);
        let mut counts = Counts::default();
        for part in parts {
            counts.add(part.counts);
            errors.extend(part.errors.into_iter().map(|(row, error)| (rows + row, error)));
            rows += part.record_batch.num_rows();
            batches.push(part.record_batch);
        }
        let record_batch = match <[RecordBatch; 1]>::try_from(batches) {
            Ok([batch]) => batch,
            Err(batches) => arrow_select::concat::concat_batches(schema, &batches)
                .map_err(|error| RecordBatchError::TooLarge(error.to_string()))?,
        };
        Ok(RecordBatchResult { record_batch, errors, counts })
    }
}
