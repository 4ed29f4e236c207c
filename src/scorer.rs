//! The scorer: a model with the memory that scoring needs. [`blocks`](crate::blocks) has what concerns several blocks.

use crate::border::{self, Cell};
use crate::counts::Tally;
use crate::explain::{Asked, text_of};
use crate::model::{Inner, InputCells};
use crate::{Record, Row, RowError, Signature, Value, record};
use pmml_compiler::document::data_dictionary::DataType;
use pmml_compiler::ir::Id;
use pmml_runtime::{Context, Interrupt, Stream};
use std::sync::Arc;

/// How many rows a scorer holds, unless it is asked for [more](Scorer::reserve).
pub const BLOCK_ROWS: usize = pmml_runtime::BLOCK_ROWS;

/// Scores some rows at a time, and keeps the memory for it.
///
/// A scorer also keeps what models with lags remember between rows: rows of one stream go through one scorer, in order.
/// (Rows that are run together count in order of their numbers.)
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
    pub(crate) model: Arc<Inner>,
    pub(crate) memory: Memory,
    /// How many blocks there is room for.
    blocks: usize,
    /// How many of them have cells. What is in the others is anything: kernels work there when fewer blocks run.
    filled: usize,
    /// The cell that is asked for, while a row gives its cells again.
    pub(crate) asked: Option<Asked>,
}

/// The memory of a scorer.
#[derive(Debug)]
pub(crate) struct Memory {
    /// A block, or more for batches.
    pub(crate) frame: Vec<u64>,
    pub(crate) context: Context<'static>,
    pub(crate) stream: Stream,
    /// What was counted of rows.
    pub(crate) tally: Tally,
}

impl Scorer {
    pub(crate) fn new(model: Arc<Inner>) -> Self {
        let words = model.engine.frame_words(1);
        let mut context = Context::shared(Arc::clone(&model.program.dictionary));
        context.set_budget(model.budget);
        Self {
            memory: Memory {
                frame: vec![0; words],
                context,
                stream: Stream::default(),
                tally: Tally::default(),
            },
            model,
            blocks: 1,
            filled: 1,
            asked: None,
        }
    }

    /// A scorer of the model that the memory was made for.
    pub(crate) fn with_memory(model: Arc<Inner>, memory: Memory) -> Self {
        let mut scorer = Self { model, memory, blocks: 1, filled: 1, asked: None };
        scorer.memory.tally.clear();
        if !scorer.model.program.histories.is_empty() {
            scorer.restart();
        }
        scorer
    }

    pub(crate) fn into_memory(mut self) -> Memory {
        self.set_interrupt(None);
        self.memory
    }

    /// Gives the scorer a flag that ends the runs from now on, or takes it away. Runs look at it between their steps, and
    /// wherever a row decides how long a step is.
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
    /// // Another thread may do this, when a time is over or a client has left.
    /// interrupt.interrupt();
    /// scorer.run(1);
    /// assert!(scorer.is_interrupted());
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn set_interrupt(&mut self, interrupt: Option<Interrupt>) {
        self.memory.context.set_interrupt(interrupt);
    }

    /// Returns whether the scorer's flag is set. After a run this means that its results, and which of its rows have
    /// failed, are not to be used.
    pub fn is_interrupted(&self) -> bool {
        self.memory.context.is_interrupted()
    }

    /// Returns how many bytes the texts and lists that [`run`](Self::run) computes for the first `rows` rows can take at
    /// most, by the cells that these have: 0 for models that compute none.
    pub fn computed_bytes(&self, rows: usize) -> usize {
        let Some(metering) = &self.model.metering else { return 0 };
        let of_row = |row: usize| {
            let frame = self.block(row / BLOCK_ROWS);
            let bytes = metering.bytes(frame, row % BLOCK_ROWS, &self.memory.context);
            self.model.budget.bytes_of_row(bytes)
        };
        let rows = rows.min(self.filled * BLOCK_ROWS);
        (0..rows).map(of_row).fold(0, usize::saturating_add)
    }

    /// The model's signature.
    pub fn signature(&self) -> &Signature {
        &self.model.signature
    }

    /// Makes all cells missing and forgets the texts of the last rows.
    pub fn clear(&mut self) {
        self.clear_blocks(1);
        self.filled = 1;
    }

    /// Lets so many blocks have cells, missing ones at first.
    fn fill_blocks(&mut self, blocks: usize) {
        for block in self.filled..blocks {
            self.clear_block(block);
        }
        self.filled = self.filled.max(blocks);
    }

    /// Makes room for more rows, where the model gains by running them together; gives how many there is room for: at
    /// least [`BLOCK_ROWS`]. All cells are missing then.
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
        self.blocks = self.make_room(rows.div_ceil(BLOCK_ROWS)).max(self.blocks);
        self.clear();
        self.blocks * BLOCK_ROWS
    }

    /// Returns how many bytes the rows' cells and results take, which is what a scorer consists of but for texts and lists.
    pub fn frame_bytes(&self) -> usize {
        self.memory.frame.capacity() * size_of::<u64>()
    }

    /// How many blocks there is room for.
    pub(crate) fn blocks(&self) -> usize {
        self.blocks
    }

    /// Forgets the rows of the stream so far.
    pub fn restart(&mut self) {
        self.memory.stream = Stream::default();
    }

    /// Gives the cell of a row (of those that there is room for) and input (as numbered in the signature) a value. Cells past
    /// either end are ignored.
    #[inline]
    pub fn set(&mut self, row: usize, input: usize, value: &Value<'_>) {
        if row / BLOCK_ROWS < self.blocks {
            self.fill_blocks(row / BLOCK_ROWS + 1);
            self.set_in(row / BLOCK_ROWS, row % BLOCK_ROWS, input, value);
        }
    }

    /// As [`set`](Self::set), in some block.
    #[inline]
    pub(crate) fn set_in(&mut self, block: usize, row: usize, input: usize, value: &Value<'_>) {
        let (Some(cells), true) = (self.model.inputs.get(input), row < BLOCK_ROWS) else { return };
        let (columns, bit) = (cells.columns, 1u64 << row);
        let frame = &mut self.memory.frame[block * self.model.stride..];
        match (value, cells.data_type, cells.is_list) {
            // What most cells are.
            (Value::Double(number), DataType::Double, false) => {
                let absent = number.is_nan() && self.model.nan_is_missing;
                frame[columns.unconvertible] &= !bit;
                let present = &mut frame[columns.present];
                *present = if absent { *present & !bit } else { *present | bit };
                frame[columns.values + row] = number.to_bits();
            }
            _ if self.asked.is_some() => self.note(input, value),
            _ => self.set_any(block, row, *cells, value),
        }
    }

    fn set_any(&mut self, block: usize, row: usize, field: InputCells, value: &Value<'_>) {
        let (columns, bit) = (field.columns, 1u64 << row);
        let frame = &mut self.memory.frame[block * self.model.stride..];
        frame[columns.present] &= !bit;
        frame[columns.unconvertible] &= !bit;
        let cell = match (field.is_list, value) {
            (true, Value::List(items)) => {
                let list = self.memory.context.new_list();
                let mut all = true;
                for item in items {
                    match border::convert(
                        item,
                        field.data_type,
                        self.model.nan_is_missing,
                        &mut self.memory.context,
                    ) {
                        Cell::Absent => self.memory.context.push(list, None),
                        Cell::Converted(bits) => self.memory.context.push(list, Some(bits)),
                        Cell::Unconvertible => all = false,
                    }
                }
                if all { Cell::Converted(u64::from(list.number())) } else { Cell::Unconvertible }
            }
            (true, Value::Missing) => Cell::Absent,
            (true, _) | (false, Value::List(_)) => Cell::Unconvertible,
            (false, value) => {
                border::convert(value, field.data_type, self.model.nan_is_missing, &mut self.memory.context)
            }
        };
        match cell {
            Cell::Absent => {}
            Cell::Converted(bits) => {
                frame[columns.present] |= bit;
                if field.data_type == DataType::Boolean && !field.is_list {
                    let values = &mut frame[columns.values];
                    *values = if bits != 0 { *values | bit } else { *values & !bit };
                } else {
                    frame[columns.values + row] = bits;
                }
            }
            Cell::Unconvertible => {
                frame[columns.unconvertible] |= bit;
                let text = self.memory.context.intern(&value.to_string());
                frame[columns.texts + row] = u64::from(text.number());
            }
        }
    }

    /// Computes the results of the first `rows` rows, of as many at most as there is room for. Cells of rows behind these
    /// may be forgotten.
    pub fn run(&mut self, rows: usize) {
        let rows = rows.min(self.blocks * BLOCK_ROWS);
        self.fill_blocks(rows.div_ceil(BLOCK_ROWS));
        self.run_rows(rows);
        self.count(rows);
        self.filled = rows.div_ceil(BLOCK_ROWS).max(1);
    }

    /// The value of a result (as numbered in the signature) for a row of those that were run last. Missing for rows
    /// that failed, and past either end.
    pub fn value(&self, row: usize, result: usize) -> Value<'_> {
        match row / BLOCK_ROWS < self.blocks {
            true => self.value_in(row / BLOCK_ROWS, row % BLOCK_ROWS, result),
            false => Value::Missing,
        }
    }

    /// As [`value`](Self::value), of a row of some block.
    pub(crate) fn value_in(&self, block: usize, row: usize, result: usize) -> Value<'_> {
        let frame = self.block(block);
        let layout = self.model.engine.layout();
        let (Some(field), Some(columns)) =
            (self.model.signature.results.get(result), layout.results.get(result))
        else {
            return Value::Missing;
        };
        if row >= BLOCK_ROWS || frame[layout.failures + row] != 0 || frame[columns.present] >> row & 1 == 0 {
            return Value::Missing;
        }
        self.decode(frame, row, columns.values, field.data_type, field.is_list)
    }

    fn decode(
        &self,
        frame: &[u64],
        row: usize,
        values: usize,
        data_type: DataType,
        is_list: bool,
    ) -> Value<'_> {
        match (is_list, data_type) {
            (true, _) => border::list(frame[values + row], data_type, &self.memory.context),
            (false, DataType::Boolean) => Value::Boolean(frame[values] >> row & 1 != 0),
            (false, _) => border::value(frame[values + row], data_type, &self.memory.context),
        }
    }

    /// The value of a result for the first row.
    fn cell(&self, result: usize) -> record::Cell {
        let layout = self.model.engine.layout();
        let (field, columns) = (&self.model.signature.results[result], layout.results[result]);
        if self.memory.frame[columns.present] & 1 == 0 {
            return record::Cell::Missing;
        }
        let bits = self.memory.frame[columns.values];
        match field.data_type {
            _ if field.is_list => record::Cell::Owned(Box::new(self.value(0, result).into_owned())),
            DataType::String => {
                let text = pmml_runtime::StringId::from_number(bits as u32);
                match self.model.program.dictionary.get(text) {
                    Some(_) => record::Cell::Known(text),
                    None => record::Cell::Owned(Box::new(self.value(0, result).into_owned())),
                }
            }
            DataType::Boolean => record::Cell::Bits(bits & 1),
            _ => record::Cell::Bits(bits),
        }
    }

    /// Scores one row.
    pub fn predict(&mut self, row: &(impl Row + ?Sized)) -> Result<Record, RowError> {
        self.predict_one(row, true)
    }

    /// Scores one row, which [counts](Self::take_counts) or not.
    pub(crate) fn predict_one(
        &mut self,
        row: &(impl Row + ?Sized),
        counts: bool,
    ) -> Result<Record, RowError> {
        self.clear_blocks(1);
        let model = Arc::clone(&self.model);
        for (index, field) in model.signature.inputs.iter().enumerate() {
            self.set_in(0, 0, index, &row.value(index, &field.name));
        }
        let mut names = 0;
        row.names(&mut |_| names += 1);
        // Where each name has given a value, or each input has one, no name can be misspelled.
        if names > 0 {
            let frame = &self.memory.frame;
            let has_value = |cells: &&InputCells| {
                (frame[cells.columns.present] | frame[cells.columns.unconvertible]) & 1 != 0
            };
            let given = model.inputs.iter().filter(has_value).count();
            if given < model.inputs.len() && names > given {
                model.check_names(row)?;
            }
        }
        self.run_rows(1);
        if counts {
            self.count(1);
        }
        self.filled = 1;
        if let Some(failure) = self.failure(0, 0) {
            let given = failure.input.and_then(|input| {
                let field = model.signature.inputs.get(input.index())?;
                text_of(&row.value(input.index(), &field.name))
            });
            if let Some(error) = self.error_in(0, 0, given) {
                return Err(error);
            }
        }
        let cells = (0..model.signature.results.len()).map(|index| self.cell(index)).collect();
        Ok(Record { model, cells })
    }
}
