//! A compiled model: the immutable part, which all of its scorers share.

use super::names::{MissingColumns, Names};
use super::row::Row;
use super::row_error::RowError;
use pmml_compiler::frame::{Engine, InputColumns, Metering};
use pmml_compiler::ir::{self, Arena, Failure, FailureData, Program};
use pmml_compiler::memory;
use pmml_compiler::signature::Signature;
use pmml_compiler::watched::Watched;
use pmml_runtime::{Budget, DataType};
use std::fmt;
use std::sync::{Arc, OnceLock};

/// A model's program, the engine that runs it, and the description by which rows and results are converted.
pub(crate) struct Compiled {
    /// The data of signature and engine that filling cells needs, close together in memory.
    pub(crate) inputs: Box<[InputCells]>,
    /// Number of words from one block of a frame to the next.
    pub(crate) stride: usize,
    /// How rows with budgets are charged at the start of a run. `None` if the program has no budgets.
    pub(crate) metering: Option<Metering>,
    /// The budget of a row.
    pub(crate) budget: Budget,
    pub(crate) signature: Signature,
    /// The program as lowered.
    pub(crate) program: Arc<Program>,
    pub(crate) engine: Box<dyn Engine>,
    /// The engine's reasons for failures of rows.
    pub(crate) failures: Arena<Failure, FailureData>,
    pub(crate) nan_is_missing: bool,
    pub(crate) missing_columns: MissingColumns,
    /// The inputs whose invalid values do not fail their rows, in order.
    pub(crate) watched: Vec<Watched>,
    /// The names that the model knows, built when a row is first checked for misspelled ones.
    names: OnceLock<Names>,
}

/// The position of an input's cells in a block, and their type.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InputCells {
    pub(crate) columns: InputColumns,
    pub(crate) data_type: DataType,
    pub(crate) is_list: bool,
}

/// The parts of a [`Compiled`].
pub(crate) struct Parts {
    pub(crate) signature: Signature,
    pub(crate) program: Arc<Program>,
    pub(crate) engine: Box<dyn Engine>,
    pub(crate) failures: Arena<Failure, FailureData>,
    pub(crate) watched: Vec<Watched>,
    pub(crate) budget: Budget,
    pub(crate) nan_is_missing: bool,
    pub(crate) missing_columns: MissingColumns,
}

impl Compiled {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { signature, program, engine, failures, watched, budget, nan_is_missing, missing_columns } =
            parts;
        let inputs = signature.inputs.iter().zip(&engine.layout().inputs);
        let inputs = inputs.map(|(field, columns)| InputCells {
            columns: *columns,
            data_type: field.data_type,
            is_list: field.is_list,
        });
        Compiled {
            inputs: inputs.collect(),
            stride: engine.stride(),
            metering: Metering::new(&program, engine.layout()),
            budget,
            signature,
            program,
            engine,
            failures,
            nan_is_missing,
            missing_columns,
            watched,
            names: OnceLock::new(),
        }
    }

    /// Returns whether the model refers to earlier rows.
    pub(crate) fn is_stateful(&self) -> bool {
        !self.program.histories.is_empty()
    }

    /// Checks that no name of a row is a misspelled input: unknown to the model, but similar to an input that the row lacks.
    ///
    /// # Errors
    /// Fails if one is, unless [`MissingColumns::Missing`] was chosen.
    pub(crate) fn check_names(&self, row: &(impl Row + ?Sized)) -> Result<(), RowError> {
        match self.missing_columns {
            MissingColumns::Missing => Ok(()),
            MissingColumns::Error => {
                let names = self.names.get_or_init(|| Names::new(&self.signature));
                names.check(&self.signature, row)
            }
        }
    }

    /// Returns the memory that the model uses.
    pub(crate) fn memory(&self) -> Memory {
        Memory {
            code: self.engine.code_bytes(),
            constants: self.engine.constant_bytes(),
            program: ir::memory::program(&self.program) + ir::memory::failures(&self.failures),
            signature: memory::signature(&self.signature)
                + self.names.get().map_or(0, Names::bytes)
                + self.watched.iter().map(Watched::bytes).sum::<usize>(),
        }
    }
}

impl fmt::Debug for Compiled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Compiled").field("signature", &self.signature).finish_non_exhaustive()
    }
}

/// The memory that a model uses, in bytes, as returned by [`Model::memory`](crate::Model::memory).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// Machine code.
    pub code: usize,
    /// The constant data that the code reads: tables, sets, maps, and the images of forests and kernels.
    pub constants: usize,
    /// The program as lowered, with the strings of the document that values of rows can equal, and the reasons for failures
    /// of rows. It is kept for [`Model::ir`](crate::Model::ir) and for the strings.
    pub program: usize,
    /// The description of inputs and results, and of the inputs whose invalid values are counted.
    pub signature: usize,
}

impl Memory {
    /// Returns the sum of all parts.
    pub fn total(&self) -> usize {
        self.code + self.constants + self.program + self.signature
    }
}
