//! Blocks of 64 rows in frames, which are filled, run and read by their number.
//!
//! [`Scorer`](crate::Scorer) numbers its rows across blocks; batches and record batches fill and read whole blocks here.
//! [`columns`] copies columns of numbers without checking the type of each cell, [`failure`] makes the errors of rows,
//! [`tally`] counts rows without results and invalid values.
//!
//! Invariant: only blocks that were [cleared](Blocks::clear) or filled are run. The contents of the others are arbitrary,
//! because kernels use them as scratch space when fewer blocks run.

pub(super) mod columns;
pub(super) mod failure;
mod tally;

use super::compiled::{Compiled, InputCells};
use super::conversion::{self, Cell};
use super::counts::Tally;
use pmml_compiler::frame::InputColumns;
use pmml_compiler::signature::Signature;
use pmml_runtime::aligned::AlignedWords;
use pmml_runtime::compiled::Value;
use pmml_runtime::{Context, DataType, Stream};
use std::sync::Arc;

/// Number of rows in a block. A scorer holds that many unless [more](crate::Scorer::reserve) are reserved.
pub const BLOCK_ROWS: usize = pmml_runtime::BLOCK_ROWS;

/// Maximum number of blocks that any engine runs together.
const MAX_BLOCKS: usize = 64;

/// A model with the memory that scoring needs.
#[derive(Debug)]
pub(crate) struct Blocks {
    pub(super) model: Arc<Compiled>,
    /// Boxed, so that the pool moves only a pointer.
    pub(super) memory: Box<BlockMemory>,
    /// The input whose value is asked for while a row is set again, see [`ask`](Self::ask).
    asked: Option<usize>,
    /// The value that the row has for that input, as a string.
    given: Option<String>,
}

/// The memory of blocks.
#[derive(Debug)]
pub(crate) struct BlockMemory {
    /// One block, or more for batches.
    pub(super) frame: AlignedWords,
    pub(super) context: Context<'static>,
    pub(super) stream: Stream,
    tally: Tally,
}

impl Blocks {
    /// Makes one block, whose cells are missing.
    pub(super) fn new(model: Arc<Compiled>) -> Self {
        let memory = BlockMemory {
            frame: AlignedWords::zeros(model.engine.frame_words(1)),
            context: context(&model),
            stream: Stream::default(),
            tally: Tally::default(),
        };
        Blocks { model, memory: Box::new(memory), asked: None, given: None }
    }

    /// Makes blocks with the memory of others of the same model. They remember no earlier rows.
    pub(super) fn with_memory(model: Arc<Compiled>, memory: Box<BlockMemory>) -> Self {
        let mut blocks = Blocks { model, memory, asked: None, given: None };
        blocks.memory.tally.clear();
        if blocks.model.is_stateful() {
            blocks.restart();
        }
        blocks
    }

    /// Returns the memory, for other blocks of the same model.
    pub(super) fn into_memory(self) -> Box<BlockMemory> {
        self.memory
    }

    /// Returns the inputs and results of the model.
    pub(super) fn signature(&self) -> &Signature {
        &self.model.signature
    }

    /// Frees the memory of the rows' strings and lists.
    pub(super) fn release_context(&mut self) {
        self.memory.context = context(&self.model);
    }

    /// Forgets the rows of the stream so far.
    pub(super) fn restart(&mut self) {
        self.memory.stream = Stream::default();
    }

    /// Makes space for as many blocks as it pays to run together for this model, up to `most`. Returns their number.
    pub(super) fn make_space(&mut self, most: usize) -> usize {
        let blocks = self.model.engine.best_blocks().clamp(1, most.max(1));
        let words = self.model.engine.frame_words(blocks);
        self.memory.frame.grow(words);
        blocks
    }

    /// Returns the words of a block, followed by those of the blocks after it.
    pub(super) fn block(&self, block: usize) -> &[u64] {
        self.memory.frame.get(block * self.model.stride..).unwrap_or_default()
    }

    /// Makes all cells of the first blocks missing and forgets the strings and lists of the last rows.
    pub(super) fn clear(&mut self, blocks: usize) {
        self.memory.context.clear();
        for block in 0..blocks {
            self.clear_block(block);
        }
    }

    /// Makes all cells of a block missing.
    pub(super) fn clear_block(&mut self, block: usize) {
        let frame = &mut self.memory.frame[block * self.model.stride..];
        for input in &self.model.inputs {
            frame[input.columns.present] = 0;
            frame[input.columns.unconvertible] = 0;
        }
    }

    /// Sets the cell of a row and input. Rows and inputs that do not exist are ignored.
    #[inline]
    pub(super) fn set(&mut self, block: usize, row: usize, input: usize, value: &Value<'_>) {
        let (Some(cells), true) = (self.model.inputs.get(input), row < BLOCK_ROWS) else { return };
        // The most frequent cases.
        if let (Value::Double(number), DataType::Double, false) = (value, cells.data_type, cells.is_list) {
            self.set_bits(block, row, cells.columns, number.to_bits(), number.is_nan());
        } else if self.asked.is_some() {
            self.note(input, value);
        } else if let (Value::Double(number), DataType::Float, false) =
            (value, cells.data_type, cells.is_list)
        {
            let (bits, is_nan) = columns::f32_bits(*number as f32);
            self.set_bits(block, row, cells.columns, bits, is_nan);
        } else if let (Value::String(string), DataType::String, false) =
            (value, cells.data_type, cells.is_list)
        {
            self.set_string(block, row, cells.columns, string);
        } else {
            self.set_any(block, row, *cells, value);
        }
    }

    /// Sets a cell to the bits of a number.
    #[inline]
    fn set_bits(&mut self, block: usize, row: usize, columns: InputColumns, bits: u64, is_nan: bool) {
        let bit = 1u64 << row;
        let absent = is_nan && self.model.nan_is_missing;
        let frame = &mut self.memory.frame[block * self.model.stride..];
        frame[columns.unconvertible] &= !bit;
        let present = &mut frame[columns.present];
        *present = if absent { *present & !bit } else { *present | bit };
        frame[columns.values + row] = bits;
    }

    /// Sets a cell of a field of strings to a string.
    #[inline]
    fn set_string(&mut self, block: usize, row: usize, columns: InputColumns, string: &str) {
        let string = self.memory.context.intern(string);
        self.set_bits(block, row, columns, string.number().into(), false);
    }

    fn set_any(&mut self, block: usize, row: usize, field: InputCells, value: &Value<'_>) {
        let (columns, bit) = (field.columns, 1u64 << row);
        let frame = &mut self.memory.frame[block * self.model.stride..];
        frame[columns.present] &= !bit;
        frame[columns.unconvertible] &= !bit;
        let (context, nan_is_missing) = (&mut self.memory.context, self.model.nan_is_missing);
        let cell = match (field.is_list, value) {
            (true, Value::List(items)) => {
                let list = context.new_list();
                let mut all = true;
                for item in items {
                    match conversion::convert(item, field.data_type, nan_is_missing, context) {
                        Cell::Absent => context.push(list, None),
                        Cell::Converted(bits) => context.push(list, Some(bits)),
                        Cell::Unconvertible => all = false,
                    }
                }
                if all { Cell::Converted(u64::from(list.number())) } else { Cell::Unconvertible }
            }
            (true, Value::Missing) => Cell::Absent,
            (true, _) | (false, Value::List(_)) => Cell::Unconvertible,
            (false, value) => conversion::convert(value, field.data_type, nan_is_missing, context),
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
                let string = context.intern(&value.to_string());
                frame[columns.strings + row] = u64::from(string.number());
            }
        }
    }

    /// Computes the results of the first `rows` rows, limited to the blocks that there is space for.
    pub(super) fn run(&mut self, rows: usize) {
        let mut masks = [u64::MAX; MAX_BLOCKS];
        let blocks = rows.div_ceil(BLOCK_ROWS).min(masks.len());
        let Some(last) = blocks.checked_sub(1) else { return };
        let left = (rows - last * BLOCK_ROWS).min(BLOCK_ROWS);
        masks[last] = u64::MAX >> (BLOCK_ROWS - left);
        let BlockMemory { frame, context, stream, .. } = &mut *self.memory;
        self.model.engine.run_blocks(frame, &masks[..blocks], context, stream);
    }

    /// Returns whether any row of a block failed in its last run.
    pub(super) fn any_error(&self, block: usize) -> bool {
        let failures = self.model.engine.layout().failures;
        self.block(block)[failures..][..BLOCK_ROWS].iter().fold(0, |all, code| all | code) != 0
    }

    /// Returns the value of a result, or `Missing` for rows that failed and for rows and results that do not exist.
    pub(super) fn value(&self, block: usize, row: usize, result: usize) -> Value<'_> {
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
        let context = &self.memory.context;
        match field.data_type {
            data_type if field.is_list => conversion::list(frame[columns.values + row], data_type, context),
            DataType::Boolean => Value::Boolean(frame[columns.values] >> row & 1 != 0),
            data_type => conversion::value(frame[columns.values + row], data_type, context),
        }
    }

    /// Returns the words of a result (for a boolean, one word with a bit per row), and a mask of the rows that have a value.
    pub(super) fn words(&self, block: usize, result: usize) -> (&[u64], u64) {
        let layout = self.model.engine.layout();
        let (frame, columns) = (self.block(block), layout.results[result]);
        let mut present = frame[columns.present];
        if self.any_error(block) {
            for (row, code) in frame[layout.failures..][..BLOCK_ROWS].iter().enumerate() {
                if *code != 0 {
                    present &= !(1 << row);
                }
            }
        }
        (frame.get(columns.values..).map_or(&[], |words| &words[..BLOCK_ROWS.min(words.len())]), present)
    }

    /// Returns the number of a string of the program's dictionary, without interning it.
    #[cfg(feature = "arrow")]
    pub(super) fn known_string(&self, string: &str) -> Option<u64> {
        self.model.program.dictionary.find(string).map(|string| u64::from(string.number()))
    }
}

/// Makes a context for rows of a model.
fn context(model: &Compiled) -> Context<'static> {
    let mut context = Context::shared(Arc::clone(&model.program.dictionary));
    context.set_budget(model.budget);
    context
}
