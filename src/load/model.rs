//! A model that is loaded.

use super::batch::{self, Batch, BatchError, BatchResult};
use super::compiled::{Compiled, Memory};
use super::pool::ScorerPool;
use super::record::Record;
use super::row::Row;
use super::row_error::RowError;
use super::scorer::Scorer;
#[cfg(feature = "parallel")]
use super::shares;
use super::verify::{self, Verification};
use pmml_compiler::document::Warning;
use pmml_compiler::document::model_verification::ModelVerification;
use pmml_compiler::signature::Signature;
use pmml_runtime::Interrupt;
use std::fmt;
use std::sync::Arc;

/// A model, ready to score.
///
/// Models are immutable, shared when cloned, and can be used from many threads at once. Machine code is freed with the
/// last clone.
#[derive(Clone)]
pub struct Model {
    inner: Arc<Inner>,
}

struct Inner {
    compiled: Arc<Compiled>,
    verification: Option<ModelVerification>,
    warnings: Vec<Warning>,
    pool: ScorerPool,
}

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("signature", self.signature()).finish_non_exhaustive()
    }
}

impl Model {
    pub(super) fn new(
        compiled: Arc<Compiled>,
        verification: Option<ModelVerification>,
        warnings: Vec<Warning>,
    ) -> Self {
        let pool = ScorerPool::new(Arc::clone(&compiled));
        Model { inner: Arc::new(Inner { compiled, verification, warnings, pool }) }
    }

    /// Returns the inputs and results of the model.
    pub fn signature(&self) -> &Signature {
        &self.inner.compiled.signature
    }

    /// Returns the part that the model's scorers share.
    #[cfg(feature = "arrow")]
    pub(super) fn compiled(&self) -> &Compiled {
        &self.inner.compiled
    }

    /// Returns warnings about parts of the document that were ignored although they may have a meaning.
    pub fn warnings(&self) -> impl Iterator<Item = String> + '_ {
        self.inner.warnings.iter().map(Warning::to_string)
    }

    /// Returns the text of the model's program in the compiler's intermediate representation, as lowered.
    pub fn ir(&self) -> String {
        self.inner.compiled.program.to_string()
    }

    /// Returns the memory that the model uses as long as it or a clone exists: the sizes of its lists, strings and code,
    /// without the overhead of the allocator. Not included are the rows of a `ModelVerification` and warnings, which are kept
    /// too, and the memory of [`Scorer`]s.
    pub fn memory(&self) -> Memory {
        self.inner.compiled.memory()
    }

    /// Returns whether the model remembers earlier rows, so that a stream must go through one [`Scorer`] in order.
    pub fn is_stateful(&self) -> bool {
        self.inner.compiled.is_stateful()
    }

    /// Returns descriptions of how the engine runs the model's kernels, for inspection: a line for each kernel, in order.
    pub fn kernels(&self) -> Vec<String> {
        self.inner.compiled.engine.kernels()
    }

    /// Returns a new scorer, which scores blocks of rows, or a stream for a model that remembers earlier rows.
    pub fn scorer(&self) -> Scorer {
        Scorer::new(Arc::clone(&self.inner.compiled))
    }

    /// Calls a function with a scorer from the model's pool, which keeps the memory of up to 64 scorers for their next use.
    /// The scorer remembers no earlier rows, and its cells are missing.
    ///
    /// ```
    /// # #[cfg(feature = "jit")] {
    /// # use pmml::{Model, Value};
    /// # let document = r#"<PMML version="4.4"><Header/><DataDictionary>
    /// #   <DataField name="x" optype="continuous" dataType="double"/>
    /// #   <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
    /// #   <RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/>
    /// #   <MiningField name="y" usageType="target"/></MiningSchema>
    /// #   <RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
    /// #   </RegressionModel></PMML>"#;
    /// let model = Model::from_str(document)?;
    /// let y = model.with_scorer(|scorer| {
    ///     scorer.set(0, 0, &Value::Double(3.0));
    ///     scorer.run(1);
    ///     scorer.value(0, 0).into_owned()
    /// });
    /// assert_eq!(y, Value::Double(7.0));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn with_scorer<T>(&self, work: impl FnOnce(&mut Scorer) -> T) -> T {
        self.inner.pool.with_scorer(|scorer| {
            scorer.clear();
            work(scorer)
        })
    }

    /// Scores one row.
    ///
    /// # Errors
    /// Fails if a value of the row is not valid for its field, is missing where it must not be, or makes a computation
    /// undefined: the error names field, value and reason.
    pub fn predict(&self, row: &(impl Row + ?Sized)) -> Result<Record, RowError> {
        // The counts could not be read afterwards.
        self.inner.pool.with_scorer(|scorer| scorer.predict_one(row, false))
    }

    /// Scores a batch of rows in columns. Columns that are not inputs of the model are ignored. Rows that fail do not fail
    /// the batch: their results are missing, and [`BatchResult::errors`] has the reasons.
    ///
    /// # Errors
    /// Fails if an input has no column, unless it is a target or [`MissingColumns::Missing`](crate::MissingColumns) was
    /// chosen.
    pub fn predict_batch(&self, batch: &Batch<'_>) -> Result<BatchResult, BatchError> {
        let columns = batch::columns(&self.inner.compiled, batch)?;
        Ok(self.inner.pool.with_scorer(|scorer| batch::score(&mut scorer.blocks, batch, &columns)))
    }

    /// Scores a batch as [`predict_batch`](Self::predict_batch) does, on the threads of rayon's current pool. Models that
    /// remember earlier rows take them in order, on one thread.
    ///
    /// # Errors
    /// As [`predict_batch`](Self::predict_batch).
    #[cfg(feature = "parallel")]
    pub fn predict_batch_parallel(&self, batch: &Batch<'_>) -> Result<BatchResult, BatchError> {
        let share = shares::share_of(self.is_stateful());
        let parts = shares::in_shares(batch.rows(), share, |rows| self.predict_batch(&batch.part(rows)))?;
        let mut parts = parts.into_iter();
        let Some(mut result) = parts.next() else { return self.predict_batch(batch) };
        parts.for_each(|part| result.append(part));
        Ok(result)
    }

    /// Checks that no name of a row is a misspelled input: unknown to the model, but similar to an input that the row lacks.
    /// [`predict`](Self::predict) does this if inputs are missing. Rows without [names](Row::names) always pass.
    ///
    /// # Errors
    /// Fails if one is, unless [`MissingColumns::Missing`](crate::MissingColumns) was chosen.
    pub fn check_names(&self, row: &(impl Row + ?Sized)) -> Result<(), RowError> {
        self.inner.compiled.check_names(row)
    }

    /// Scores the rows of the document's `ModelVerification` and compares their results with the expected ones. Returns
    /// `None` if the document has no such element.
    pub fn verify(&self) -> Option<Verification> {
        self.verify_unless(Interrupt::new())
    }

    /// Verifies as [`verify`](Self::verify) does, until it is interrupted. The remaining rows are not compared.
    pub fn verify_unless(&self, interrupt: Interrupt) -> Option<Verification> {
        let verification = self.inner.verification.as_ref()?;
        let mut scorer = self.scorer();
        scorer.set_interrupt(Some(interrupt));
        Some(verify::verify(&mut scorer, verification))
    }
}
