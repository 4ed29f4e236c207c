//! Record batches of Apache Arrow: in with the columns that a model asks for, out with a column for each of its results.
//!
//! ```
//! # #[cfg(feature = "jit")] {
//! use pmml::arrow::arrow_array::cast::AsArray;
//! use pmml::arrow::arrow_array::types::Float64Type;
//! use pmml::arrow::arrow_array::{ArrayRef, Float64Array, RecordBatch};
//! use std::sync::Arc;
//! # let document = r#"<PMML version="4.4"><Header/><DataDictionary>
//! #   <DataField name="x" optype="continuous" dataType="double"/>
//! #   <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
//! #   <RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/>
//! #   <MiningField name="y" usageType="target"/></MiningSchema>
//! #   <RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
//! #   </RegressionModel></PMML>"#;
//! let model = pmml::Model::from_str(document)?;
//! let x: ArrayRef = Arc::new(Float64Array::from(vec![1.0, 2.0]));
//! let results = model.predict_record_batch(&RecordBatch::try_from_iter([("x", x)])?)?;
//! assert_eq!(results.record_batch()["y"].as_primitive::<Float64Type>().values(), &[3.0, 5.0]);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Columns that come in
//!
//! Columns are found by their names; those that the model does not ask for are ignored. Null is a missing value, and so is
//! NaN unless [`NanHandling::Number`](crate::NanHandling) was chosen. A column of some type gives what rows with the same
//! values give:
//!
//! | Arrow type | value | for fields of the types |
//! |---|---|---|
//! | `Int8` to `Int64`, `UInt8` to `UInt64` | integer | all; of dates and times it is the number that they count |
//! | `Float16`, `Float32`, `Float64` | number | `double`, `float`, `integer`, `boolean`, `string` |
//! | `Decimal32` to `Decimal256` | the text of the number, which is exact | the same |
//! | `Boolean` | truth value | the same |
//! | `Utf8`, `LargeUtf8`, `Utf8View` | text | all |
//! | `Date32`, `Date64` | date | dates; dates with time, at midnight; `string`, in ISO form |
//! | `Timestamp` | date with time; fractions of a second are dropped | dates with time; dates, if it is midnight; `string` |
//! | `Time32`, `Time64` | time of day | times; `string` |
//! | `Null` | missing | all |
//! | `Dictionary` of one of these | the same | the same |
//! | `List`, `LargeList`, `FixedSizeList` of one of these but `Null` | list | lists |
//!
//! A timestamp with a time zone is what a clock in that zone shows. The zone must be UTC or a fixed offset (`+01:00`): what
//! others show depends on tables that change. Anything else is refused before a row is scored.
//!
//! Where a model groups rows (see [`Signature::group`](crate::Signature)), each row of a record batch is a group.
//!
//! # Columns that come out
//!
//! [`Model::output_schema`] tells them: `Float64`, `Float32`, `Int64`, `Boolean` and `Utf8` for the types of numbers, truth
//! values and texts, `Date32`, `Time32` and `Timestamp` (both of seconds) for `date`, `time` and `dateTime`, `Int64` for the
//! types that count days or seconds from some day, and `List` of these. All may hold nulls: results that are missing, and
//! those of rows that fail, which [`RecordBatchResult::errors`] lists.

mod cells;
mod error;
mod output;
mod plan;
mod types;

pub use crate::MissingColumns;
pub use arrow_array;
pub use arrow_schema;
pub use error::RecordBatchError;
pub use plan::RecordBatchPlan;

use crate::{Counts, Model, RowError};
use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};

/// The results of a record batch.
#[derive(Clone, Debug)]
pub struct RecordBatchResult {
    record_batch: RecordBatch,
    errors: Vec<(usize, RowError)>,
    counts: Counts,
}

impl RecordBatchResult {
    /// The results, of the model's [`output_schema`](Model::output_schema): as many rows as came in, in their order.
    pub fn record_batch(&self) -> &RecordBatch {
        &self.record_batch
    }

    /// The rows that failed, by their numbers from 0, in order. Their results are null.
    pub fn errors(&self) -> &[(usize, RowError)] {
        &self.errors
    }

    /// What was counted: rows without any result, and values that their fields do not allow.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// The results and the rows that failed.
    pub fn into_parts(self) -> (RecordBatch, Vec<(usize, RowError)>) {
        (self.record_batch, self.errors)
    }

    /// The results of parts of a batch, one behind the other.
    ///
    /// # Errors
    /// If texts are too many for one column.
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

impl Model {
    /// The schema of the record batches of results, which is the same for all of them.
    pub fn output_schema(&self) -> SchemaRef {
        output::schema(self.signature())
    }

    /// Which columns of record batches of a schema feed which inputs: for who scores many batches of one schema.
    ///
    /// # Errors
    /// If a column is missing that must be there, or has a type that its field cannot take.
    pub fn record_batch_plan(
        &self,
        schema: &Schema,
        missing: MissingColumns,
    ) -> Result<RecordBatchPlan, RecordBatchError> {
        RecordBatchPlan::new(self, schema, missing)
    }

    /// Scores a record batch. Columns that the model does not ask for are ignored; the [module](crate::arrow) tells which
    /// types are taken. Rows that fail do not fail the batch: their results are null, and
    /// [`errors`](RecordBatchResult::errors) says why.
    ///
    /// # Errors
    /// If a column is missing, unless [`MissingColumns::Missing`] was chosen, or has a type that its field cannot take.
    pub fn predict_record_batch(&self, batch: &RecordBatch) -> Result<RecordBatchResult, RecordBatchError> {
        let plan = self.record_batch_plan(batch.schema_ref(), self.inner().missing_columns)?;
        self.with_idle_scorer(|scorer| plan.predict(scorer, batch))
    }

    /// Scores a record batch as [`predict_record_batch`](Self::predict_record_batch) does, on the threads of rayon's
    /// current pool. Models that remember earlier rows take them in order, on one thread.
    ///
    /// # Errors
    /// As [`predict_record_batch`](Self::predict_record_batch).
    #[cfg(feature = "parallel")]
    pub fn predict_record_batch_parallel(
        &self,
        batch: &RecordBatch,
    ) -> Result<RecordBatchResult, RecordBatchError> {
        use crate::model::SHARE;
        use rayon::prelude::*;
        let rows = batch.num_rows();
        if self.is_stateful() || rows <= SHARE || rayon::current_num_threads() == 1 {
            return self.predict_record_batch(batch);
        }
        let plan = self.record_batch_plan(batch.schema_ref(), self.inner().missing_columns)?;
        let parts: Vec<RecordBatchResult> = (0..rows.div_ceil(SHARE))
            .into_par_iter()
            .map(|part| {
                let part = batch.slice(part * SHARE, SHARE.min(rows - part * SHARE));
                self.with_idle_scorer(|scorer| plan.predict(scorer, &part))
            })
            .collect::<Result<_, _>>()?;
        RecordBatchResult::concatenate(plan.output_schema(), parts)
    }
}
