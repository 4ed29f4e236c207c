//! The scorer, which numbers rows across blocks.

use super::blocks::failure::string_of;
use super::blocks::{BLOCK_ROWS, BlockMemory, Blocks};
use super::compiled::{Compiled, InputCells};
use super::counts::Counts;
use super::record::Record;
use super::row::Row;
use super::row_error::RowError;
use pmml_compiler::ir::Id;
use pmml_compiler::signature::Signature;
use pmml_runtime::Interrupt;
use pmml_runtime::compiled::Value;
use std::sync::Arc;

/// Scores a limited number of rows at a time, and keeps the memory for the next ones.
///
/// A scorer also keeps the earlier rows that models with lags refer to: the rows of a stream must go through one scorer, in
/// order. (Rows that are run together are in the order of their numbers.)
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
/// let mut scorer = model.scorer();
/// for row in 0..3 {
///     scorer.set(row, 0, &Value::Double(row as f64));
/// }
/// scorer.run(3);
/// assert_eq!(scorer.value(2, 0), Value::Double(5.0));
/// # }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Scorer {
    pub(super) blocks: Blocks,
    /// Number of blocks that there is space for.
    capacity: usize,
    /// Number of blocks whose cells are cleared or set.
    filled: usize,
}

impl Scorer {
    pub(super) fn new(model: Arc<Compiled>) -> Self {
        Scorer { blocks: Blocks::new(model), capacity: 1, filled: 1 }
    }

    /// Makes a scorer with the memory of another one of the same model.
    pub(super) fn with_memory(model: Arc<Compiled>, memory: Box<BlockMemory>) -> Self {
        Scorer { blocks: Blocks::with_memory(model, memory), capacity: 1, filled: 1 }
    }

    /// Returns the memory, for another scorer of the same model.
    pub(super) fn into_memory(mut self) -> Box<BlockMemory> {
        self.set_interrupt(None);
        self.blocks.into_memory()
    }

    /// Sets or removes a flag that ends runs. Runs check it between their steps, and within steps whose duration depends on
    /// the row.
    ///
    /// ```
    /// # #[cfg(feature = "jit")] {
    /// # let document = r#"<PMML version="4.4"><Header/><DataDictionary>
    /// #   <DataField name="x" optype="continuous" dataType="double"/>
    /// #   <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
    /// #   <RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/>
    /// #   <MiningField name="y" usageType="target"/></MiningSchema>
    /// #   <RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
    /// #   </RegressionModel></PMML>"#;
    /// # let model = pmml::Model::from_str(document)?;
    /// let interrupt = pmml::Interrupt::new();
    /// let mut scorer = model.scorer();
    /// scorer.set_interrupt(Some(interrupt.clone()));
    /// // Another thread may do this, after a timeout or when a client has disconnected.
    /// interrupt.interrupt();
    /// scorer.run(1);
    /// assert!(scorer.is_interrupted());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_interrupt(&mut self, interrupt: Option<Interrupt>) {
        self.blocks.memory.context.set_interrupt(interrupt);
    }

    /// Returns whether the scorer's flag is set. If it is set after a run, the results and errors of that run must not be
    /// used.
    pub fn is_interrupted(&self) -> bool {
        self.blocks.memory.context.is_interrupted()
    }

    /// Returns the maximum number of bytes that the strings and lists computed by [`run`](Self::run) for the first `rows`
    /// rows can take, given the cells of these rows. It is 0 for models that compute none.
    pub fn computed_bytes(&self, rows: usize) -> usize {
        let model = &self.blocks.model;
        let Some(metering) = &model.metering else { return 0 };
        let of_row = |row: usize| {
            let frame = self.blocks.block(row / BLOCK_ROWS);
            let bytes = metering.bytes(frame, row % BLOCK_ROWS, &self.blocks.memory.context);
            model.budget.bytes_of_row(bytes)
        };
        let rows = rows.min(self.filled * BLOCK_ROWS);
        (0..rows).map(of_row).fold(0, usize::saturating_add)
    }

    /// Returns the inputs and results of the model.
    pub fn signature(&self) -> &Signature {
        self.blocks.signature()
    }

    /// Makes all cells missing and discards the strings of the last rows.
    pub fn clear(&mut self) {
        self.blocks.clear(1);
        self.filled = 1;
    }

    /// Makes the cells of the first blocks missing, unless they are filled already.
    fn fill_blocks(&mut self, blocks: usize) {
        for block in self.filled..blocks {
            self.blocks.clear_block(block);
        }
        self.filled = self.filled.max(blocks);
    }

    /// Makes space for as many rows as it pays to run together for this model, up to `rows`. Returns the number of rows that
    /// there is space for, which is at least [`BLOCK_ROWS`](crate::BLOCK_ROWS). All cells are missing afterwards.
    ///
    /// ```no_run
    /// # #[cfg(feature = "jit")] {
    /// # let rows: Vec<f64> = Vec::new();
    /// let model = pmml::Model::load("forest.pmml")?;
    /// let mut scorer = model.scorer();
    /// let together = scorer.reserve(rows.len());
    /// for rows in rows.chunks(together) {
    ///     scorer.clear();
    ///     for (number, value) in rows.iter().enumerate() {
    ///         scorer.set(number, 0, &pmml::Value::Double(*value));
    ///     }
    ///     scorer.run(rows.len());
    /// }
    /// # }
    /// # Ok::<(), pmml::Error>(())
    /// ```
    pub fn reserve(&mut self, rows: usize) -> usize {
        self.capacity = self.blocks.make_space(rows.div_ceil(BLOCK_ROWS)).max(self.capacity);
        self.clear();
        self.capacity * BLOCK_ROWS
    }

    /// Returns the number of bytes of the rows' cells and results: all of the scorer's memory except strings and lists.
    pub fn frame_bytes(&self) -> usize {
        self.blocks.memory.frame.bytes()
    }

    /// Frees the memory of the rows' strings and lists, which is otherwise kept for the next rows. All cells are missing
    /// afterwards.
    pub fn release(&mut self) {
        self.blocks.release_context();
        self.clear();
    }

    /// Forgets the rows of the stream so far.
    pub fn restart(&mut self) {
        self.blocks.restart();
    }

    /// Sets the cell of a row and an input to a value. Rows are numbered within the space of the scorer, inputs as in the
    /// signature. Rows and inputs that do not exist are ignored.
    #[inline]
    pub fn set(&mut self, row: usize, input: usize, value: &Value<'_>) {
        if let Some((block, row)) = self.place(row) {
            self.fill_blocks(block + 1);
            self.blocks.set(block, row, input, value);
        }
    }

    /// Returns the block of a row and the row's number in it, or `None` if there is no space for the row.
    #[inline]
    fn place(&self, row: usize) -> Option<(usize, usize)> {
        let block = row / BLOCK_ROWS;
        (block < self.capacity).then_some((block, row % BLOCK_ROWS))
    }

    /// Computes the results of the first `rows` rows, limited to those that there is space for. Cells of later rows may be
    /// discarded.
    pub fn run(&mut self, rows: usize) {
        let rows = rows.min(self.capacity * BLOCK_ROWS);
        self.fill_blocks(rows.div_ceil(BLOCK_ROWS));
        self.blocks.run(rows);
        self.blocks.count(rows);
        self.filled = rows.div_ceil(BLOCK_ROWS).max(1);
    }

    /// Returns the value of a result (as numbered in the signature) for a row of the last run, or `Missing` for rows that
    /// failed and for rows and results that do not exist.
    pub fn value(&self, row: usize, result: usize) -> Value<'_> {
        self.place(row).map_or(Value::Missing, |(block, row)| self.blocks.value(block, row, result))
    }

    /// Returns the error of a row, or `None` if it did not fail. The error's value is that of the converted cell;
    /// [`error_as_given`](Self::error_as_given) returns it as it was in the row.
    pub fn error(&self, row: usize) -> Option<RowError> {
        let (block, row) = self.place(row)?;
        self.blocks.error(block, row, None)
    }

    /// Returns the same as [`error`](Self::error), with the value as it was in the row: `4`, not `4.0`, if a column of
    /// doubles has the string `4`. If the row failed, `fill` is called, which must [`set`](Self::set) the row's cells again
    /// as before the run. The cells do not change.
    ///
    /// ```
    /// # #[cfg(feature = "jit")] {
    /// # use pmml::{Model, Value};
    /// # let document = r#"<PMML version="4.4"><Header/><DataDictionary>
    /// #   <DataField name="x" optype="continuous" dataType="double"><Interval closure="closedClosed" leftMargin="0"
    /// #   rightMargin="3"/></DataField>
    /// #   <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
    /// #   <RegressionModel functionName="regression"><MiningSchema><MiningField name="x"/>
    /// #   <MiningField name="y" usageType="target"/></MiningSchema>
    /// #   <RegressionTable intercept="1"><NumericPredictor name="x" coefficient="2"/></RegressionTable>
    /// #   </RegressionModel></PMML>"#;
    /// # let model = Model::from_str(document)?;
    /// let mut scorer = model.scorer();
    /// scorer.set(0, 0, &Value::from("4"));
    /// scorer.run(1);
    /// let error = scorer.error_as_given(0, |scorer| scorer.set(0, 0, &Value::from("4"))).unwrap();
    /// assert_eq!(error.to_string(), "field `x`: the value `4` is outside of the interval `[0, 3]`");
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn error_as_given(&mut self, row: usize, fill: impl FnOnce(&mut Self)) -> Option<RowError> {
        let (block, row) = self.place(row)?;
        let input = self.blocks.failure(block, row)?.input;
        let given = input.and_then(|input| {
            self.blocks.ask(input);
            fill(self);
            self.blocks.answer()
        });
        self.blocks.error(block, row, given)
    }

    /// Returns the counts of the rows that were [run](Self::run) since this was last called, or since the scorer was made.
    pub fn take_counts(&mut self) -> Counts {
        self.blocks.take_counts()
    }

    /// Scores one row.
    ///
    /// # Errors
    /// As [`Model::predict`](crate::Model::predict).
    pub fn predict(&mut self, row: &(impl Row + ?Sized)) -> Result<Record, RowError> {
        self.predict_one(row, true)
    }

    /// Scores one row. `counts` says whether the row is [counted](Self::take_counts).
    pub(super) fn predict_one(
        &mut self,
        row: &(impl Row + ?Sized),
        counts: bool,
    ) -> Result<Record, RowError> {
        self.blocks.clear(1);
        let model = Arc::clone(&self.blocks.model);
        for (index, field) in model.signature.inputs.iter().enumerate() {
            self.blocks.set(0, 0, index, &row.value(index, &field.name));
        }
        let mut names = 0;
        row.names(&mut |_| names += 1);
        // If each name has given a value, or each input has one, no name can be misspelled.
        if names > 0 {
            let frame = &self.blocks.memory.frame;
            let has_value = |cells: &&InputCells| {
                (frame[cells.columns.present] | frame[cells.columns.unconvertible]) & 1 != 0
            };
            let given = model.inputs.iter().filter(has_value).count();
            if given < model.inputs.len() && names > given {
                model.check_names(row)?;
            }
        }
        self.blocks.run(1);
        if counts {
            self.blocks.count(1);
        }
        self.filled = 1;
        if let Some(failure) = self.blocks.failure(0, 0) {
            let given = failure.input.and_then(|input| {
                let field = model.signature.inputs.get(input.index())?;
                string_of(&row.value(input.index(), &field.name))
            });
            if let Some(error) = self.blocks.error(0, 0, given) {
                return Err(error);
            }
        }
        Ok(Record::of_first_row(&self.blocks, model))
    }
}
