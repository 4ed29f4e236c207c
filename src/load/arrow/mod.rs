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
//! | `Decimal32` to `Decimal256` | the digits of the number as a string, which is exact | the same |
//! | `Boolean` | boolean | the same |
//! | `Utf8`, `LargeUtf8`, `Utf8View` | string | all |
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
//! [`Model::output_schema`] returns them: `Float64`, `Float32`, `Int64`, `Boolean` and `Utf8` for the types of numbers,
//! booleans and strings, `Date32`, `Time32` and `Timestamp` (both of seconds) for `date`, `time` and `dateTime`, `Int64` for the
//! types that count days or seconds from some day, and `List` of these. All may hold nulls: results that are missing, and
//! those of rows that fail, which [`RecordBatchResult::errors`] lists.

mod cells;
mod error;
mod output;
mod plan;
mod result;
mod types;

pub use super::names::MissingColumns;
pub use arrow_array;
pub use arrow_schema;
pub use error::RecordBatchError;
pub use plan::RecordBatchPlan;
pub use result::RecordBatchResult;

use super::model::Model;
#[cfg(feature = "parallel")]
use super::shares;
use arrow_array::RecordBatch;
use arrow_schema::{Schema, SchemaRef};

impl Model {
    /// Returns the schema of the record batches of results, which is the same for all of them.
    pub fn output_schema(&self) -> SchemaRef {
        output::schema(self.signature())
    }

    /// Returns which columns of record batches of a schema feed which inputs, for scoring many batches of one schema.
    ///
    /// # Errors
    /// Fails if a column is missing that must be there, or has a type that its field cannot take.
    pub fn record_batch_plan(
        &self,
        schema: &Schema,
        missing: MissingColumns,
    ) -> Result<RecordBatchPlan, RecordBatchError> {
        RecordBatchPlan::new(self.signature(), schema, missing)
    }

    /// Scores a record batch. Columns that the model does not ask for are ignored; the [module](crate::arrow) lists which
    /// types are taken. Rows that fail do not fail the batch: their results are null, and
    /// [`errors`](RecordBatchResult::errors) says why.
    ///
    /// # Errors
    /// Fails if a column is missing, unless [`MissingColumns::Missing`] was chosen, or has a type that its field cannot take.
    pub fn predict_record_batch(&self, batch: &RecordBatch) -> Result<RecordBatchResult, RecordBatchError> {
        let plan = self.record_batch_plan(batch.schema_ref(), self.compiled().missing_columns)?;
        self.with_scorer(|scorer| plan.predict(scorer, batch))
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
        let share = shares::share_of(self.is_stateful());
        if batch.num_rows() <= share {
            return self.predict_record_batch(batch);
        }
        let plan = self.record_batch_plan(batch.schema_ref(), self.compiled().missing_columns)?;
        let parts = shares::in_shares(batch.num_rows(), share, |rows| {
            let part = batch.slice(rows.start, rows.len());
            self.with_scorer(|scorer| plan.predict(scorer, &part))
        })?;
        RecordBatchResult::concatenate(plan.output_schema(), parts)
    }
}
