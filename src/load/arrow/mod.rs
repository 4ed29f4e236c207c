//! Record batches of Apache Arrow: scoring takes the columns of a model's inputs, and returns a column for each result.
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
//! # Input columns
//!
//! Columns are found by their names; those that are not inputs of the model are ignored. Null is a missing value, and so is
//! NaN unless [`NanHandling::Number`](crate::NanHandling) was chosen. A column is scored as rows with these values are:
//!
//! | Arrow type | value | for fields of the types |
//! |---|---|---|
//! | `Int8` to `Int64`, `UInt8` to `UInt64` | integer | all; for dates and times, the number of days or seconds |
//! | `Float16`, `Float32`, `Float64` | number | `double`, `float`, `integer`, `boolean`, `string` |
//! | `Decimal32` to `Decimal256` | the digits of the number as a string, which is exact | the same |
//! | `Boolean` | boolean | the same |
//! | `Utf8`, `LargeUtf8`, `Utf8View` | string | all |
//! | `Date32`, `Date64` | date | dates; dates with time, at midnight; `string`, in ISO form |
//! | `Timestamp` | date with time; fractions of a second are dropped | dates with time; dates, if it is midnight; `string` |
//! | `Time32`, `Time64` | time of day | times; `string` |
//! | `Null` | missing | all |
//! | `Dictionary` of one of these | the same | the same |
//! | `List`, `LargeList`, `FixedSizeList` of one of these except `Null` | list | lists |
//!
//! A timestamp with a time zone is read as the local time in that zone. The zone must be UTC or a fixed offset (`+01:00`),
//! because other zones depend on tables that change. Record batches with columns of other types are rejected before any row
//! is scored.
//!
//! Where a model groups rows (see [`Signature::group`](crate::Signature)), each row of a record batch is a group.
//!
//! # Result columns
//!
//! [`Model::output_schema`] returns their schema: `Float64`, `Float32`, `Int64`, `Boolean` and `Utf8` for the types of
//! numbers, booleans and strings; `Date32`, `Time32` and `Timestamp` (both in seconds) for `date`, `time` and `dateTime`;
//! `Int64` for the types that count days or seconds since some day; and `List` of these. All are nullable: results that are
//! missing are null, and so are those of rows that fail, which [`RecordBatchResult::errors`] lists.

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
    /// Returns the schema of the record batches of results.
    pub fn output_schema(&self) -> SchemaRef {
        output::schema(self.signature())
    }

    /// Returns a plan that maps the columns of a schema to inputs, for scoring many batches of that schema.
    ///
    /// # Errors
    /// Fails if a required column is missing, or a column has a type that its field cannot take.
    pub fn record_batch_plan(
        &self,
        schema: &Schema,
        missing: MissingColumns,
    ) -> Result<RecordBatchPlan, RecordBatchError> {
        RecordBatchPlan::new(self.signature(), schema, missing)
    }

    /// Scores a record batch. Columns that are not inputs of the model are ignored; the [module](crate::arrow) lists the
    /// types that are accepted. Rows that fail do not fail the batch: their results are null, and
    /// [`errors`](RecordBatchResult::errors) has the reasons.
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
