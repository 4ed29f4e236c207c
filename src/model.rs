//! Models, loaded at run time.

use crate::absent::{MissingColumns, Names};
use crate::{
    Batch, BatchError, BatchResult, Error, InvalidHandling, InvalidRule, Record, Row, RowError, Scorer,
    Signature, Verification,
};
use pmml_compiler::document::data_dictionary::DataType;
use pmml_compiler::document::model_verification::ModelVerification;
use pmml_compiler::document::{self, Document, Limits, Warning};
use pmml_compiler::frame::{Engine, InputColumns, Metering};
use pmml_compiler::interp::Interpreter;
use pmml_compiler::ir::{Arena, Failure, FailureData, Program};
use pmml_compiler::lower::{self, Options};
use pmml_compiler::watched::Watched;
use pmml_compiler::{ir, memory};
use pmml_runtime::{Budget, Interrupt};
use std::fmt;
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// How many rows a thread scores at a time: as many as are run together, and enough to make up for the work of sharing them
/// out.
#[cfg(feature = "parallel")]
pub(crate) const SHARE: usize = 64 * crate::BLOCK_ROWS;

/// How a model's program is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Backend {
    /// Compiled to machine code. Needs the feature `jit`.
    #[cfg_attr(feature = "jit", default)]
    #[cfg(feature = "jit")]
    Jit,
    /// Interpreted, as lowered from the document, without any optimization: slow, simple, and what the other backend is
    /// checked against.
    #[cfg_attr(not(feature = "jit"), default)]
    Interpreter,
}

/// What NaN stands for in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum NanHandling {
    /// A missing value, as in pandas and Arrow.
    #[default]
    Missing,
    /// A value, as JPMML-Evaluator has it: invalid, unless the document declares it missing or valid.
    Number,
}

/// Choices for loading a model.
///
/// ```no_run
/// # #[cfg(feature = "jit")] {
/// let model = pmml::ModelOptions::new().model_name("churn").load("models.pmml")?;
/// # }
/// # Ok::<(), pmml::Error>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct ModelOptions {
    model_name: Option<String>,
    outputs: Vec<String>,
    backend: Backend,
    nan: NanHandling,
    invalid: Vec<InvalidRule>,
    missing_columns: MissingColumns,
    limits: Limits,
    budget: Budget,
    max_expansion: Option<u64>,
    interrupt: Option<Interrupt>,
}

impl ModelOptions {
    /// The defaults: the document's first scorable model, or its derived fields if it has no model, compiled; NaN is missing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Selects the model of a name, of several in the document.
    pub fn model_name(mut self, name: impl Into<String>) -> Self {
        self.model_name = Some(name.into());
        self
    }

    /// Says which results a row has, in this order, by the names of targets, output fields and derived fields; no names stand
    /// for those that the document names.
    ///
    /// Output fields that are no final results can be asked for, and derived fields of the document's
    /// `TransformationDictionary` and of the model's own `LocalTransformations`; not those of segments, whose names need not
    /// be unique. Of the same name, targets come before output fields, and those before derived fields. Inputs stay, and rows
    /// that fail fail as before; so do those for which a derived field cannot be computed. What no result needs is not
    /// computed.
    pub fn outputs<T: AsRef<str>>(mut self, names: impl IntoIterator<Item = T>) -> Self {
        self.outputs = names.into_iter().map(|name| name.as_ref().to_owned()).collect();
        self
    }

    /// Selects how the program is run.
    pub fn backend(mut self, backend: Backend) -> Self {
        self.backend = backend;
        self
    }

    /// Says what NaN stands for in the input.
    pub fn nan(mut self, nan: NanHandling) -> Self {
        self.nan = nan;
        self
    }

    /// Says what becomes of values that their fields do not allow, for all fields that no other call names, in place of what
    /// the document's mining schemas say, those of segments included.
    ///
    /// ```
    /// # #[cfg(feature = "jit")] {
    /// use pmml::{InvalidHandling, ModelOptions};
    /// # let document = r#"<PMML version="4.4"><Header/><DataDictionary>
    /// #   <DataField name="color" optype="categorical" dataType="string"><Value value="red"/></DataField>
    /// #   <DataField name="y" optype="continuous" dataType="double"/></DataDictionary>
    /// #   <RegressionModel functionName="regression"><MiningSchema><MiningField name="color"/>
    /// #   <MiningField name="y" usageType="target"/></MiningSchema>
    /// #   <RegressionTable intercept="1"><CategoricalPredictor name="color" value="red" coefficient="2"/></RegressionTable>
    /// #   </RegressionModel></PMML>"#;
    /// let model = ModelOptions::new().invalid(InvalidHandling::AsIs).parse(document)?;
    /// assert_eq!(model.predict(&[("color", "mauve".into())])?.get("y"), Some(1.0.into()));
    /// # }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn invalid(self, handling: InvalidHandling) -> Self {
        self.invalid_rule(InvalidRule { handling, fields: Vec::new() })
    }

    /// Says what becomes of the values of one field that it does not allow, as [`invalid`](Self::invalid) does for all.
    /// Loading fails if the document has no such field.
    pub fn invalid_of(self, field: impl Into<String>, handling: InvalidHandling) -> Self {
        self.invalid_rule(InvalidRule { handling, fields: vec![field.into()] })
    }

    /// Adds a rule as [`invalid`](Self::invalid) and [`invalid_of`](Self::invalid_of) do, which may come from a text. A later
    /// rule counts before an earlier one.
    pub fn invalid_rule(mut self, rule: InvalidRule) -> Self {
        self.invalid.push(rule);
        self
    }

    /// Says what inputs are that a batch has no column for: an error, unless this says that they are missing values.
    pub fn missing_columns(mut self, missing: MissingColumns) -> Self {
        self.missing_columns = missing;
        self
    }

    /// Sets what one row may take: a row that takes more fails.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.budget = budget;
        self
    }

    /// Sets how many times the size of its document a program may take in memory, besides 32 MiB. Without it a document
    /// could be short and its program endless. 64 by default.
    pub fn max_expansion(mut self, times: u64) -> Self {
        self.max_expansion = Some(times);
        self
    }

    /// Gives loading a flag that ends it, with [`Error::Interrupted`].
    pub fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = Some(interrupt);
        self
    }

    /// Loads a model from a file.
    ///
    /// # Errors
    /// As [`Self::read`], in an [`Error::File`], which names the file; only [`Error::Interrupted`] comes as it is.
    pub fn load(&self, path: impl AsRef<Path>) -> Result<Model, Error> {
        let path = path.as_ref();
        let file = File::open(path).map_err(|error| pmml_compiler::error::Error::Io(error).into());
        file.and_then(|file| self.read(BufReader::new(file))).map_err(|error| match error {
            Error::Interrupted => Error::Interrupted,
            error => Error::File { path: path.to_owned(), error: Box::new(error) },
        })
    }

    /// Loads a model from a reader.
    ///
    /// # Errors
    /// If the document cannot be read, is not well-formed PMML, exceeds a limit, or holds something that cannot be
    /// honoured: the error says what and where.
    pub fn read(&self, reader: impl Read) -> Result<Model, Error> {
        let interrupt = self.interrupt.clone().unwrap_or_default();
        self.compile(document::read(Interruptible { reader, interrupt }, &self.limits)?)
    }

    /// Loads a model from a text.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn parse(&self, document: &str) -> Result<Model, Error> {
        self.read(document.as_bytes())
    }

    /// Compiles a document that was read before, with [`pmml_compiler::document::read`].
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn compile(&self, document: Document) -> Result<Model, Error> {
        let mut options = Options {
            model_name: self.model_name.clone(),
            outputs: self.outputs.clone(),
            invalid: self.invalid.clone(),
            nan_is_number: self.nan == NanHandling::Number,
            interrupt: self.interrupt.clone(),
            ..Options::default()
        };
        options.max_expansion = self.max_expansion.unwrap_or(options.max_expansion);
        let lowered = lower::lower(&document, &options)?;
        let verification = lower::verification(&document, &options)?.cloned();
        // A large document is as large as its program: the passes need the memory.
        drop(document);
        let program = Arc::new(lowered.program);
        let (engine, failures): (Box<dyn Engine>, _) = match self.backend {
            #[cfg(feature = "jit")]
            Backend::Jit => {
                use pmml_compiler::jit;
                let interrupt = self.interrupt.clone().unwrap_or_default();
                let optimized = pmml_compiler::passes::optimize_unless(Program::clone(&program), &interrupt)?;
                let jit = jit::Jit::compile_unless(&optimized, &interrupt).map_err(|error| match error {
                    jit::Error::Interrupted => Error::Interrupted,
                    error => Error::Compile(error.to_string()),
                })?;
                (Box::new(jit), optimized.failures)
            }
            Backend::Interpreter => {
                (Box::new(Interpreter::new(Arc::clone(&program))), program.failures.clone())
            }
        };
        let inputs = lowered.signature.inputs.iter().zip(&engine.layout().inputs);
        let inputs = inputs.map(|(field, columns)| InputCells {
            columns: *columns,
            data_type: field.data_type,
            is_list: field.is_list,
        });
        let (inputs, stride) = (inputs.collect(), engine.stride());
        let metering = Metering::new(&program, engine.layout());
        Ok(Model {
            inner: Arc::new(Inner {
                inputs,
                stride,
                metering,
                budget: self.budget,
                signature: Arc::new(lowered.signature),
                program,
                engine,
                failures,
                nan_is_missing: self.nan == NanHandling::Missing,
                verification,
                missing_columns: self.missing_columns,
                names: OnceLock::new(),
                watched: lowered.watched,
                warnings: lowered.warnings,
                idle: Mutex::new(Vec::new()),
            }),
        })
    }
}

/// A document whose reading can be interrupted.
struct Interruptible<R> {
    reader: R,
    interrupt: Interrupt,
}

impl<R: Read> Read for Interruptible<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.interrupt.is_interrupted() {
            true => Err(io::Error::other(pmml_compiler::error::Error::Interrupted)),
            false => self.reader.read(buffer),
        }
    }
}

/// A model, ready to score.
///
/// Models are immutable, shared when cloned, and can be used from many threads at once. Machine code is freed with the
/// last clone.
#[derive(Clone, Debug)]
pub struct Model {
    inner: Arc<Inner>,
}

/// How much memory a model takes, in bytes: what [`Model::memory`] adds up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Memory {
    /// Machine code.
    pub code: usize,
    /// The constant data that the code reads: tables, sets, maps, and the images of forests and kernels.
    pub constants: usize,
    /// The program as lowered, with all texts of the document that rows can meet, which is kept for [`Model::ir`] and
    /// for the texts, and the reasons for which rows can fail.
    pub program: usize,
    /// The description of inputs and results, and what is counted of inputs.
    pub signature: usize,
}

impl Memory {
    /// All of it.
    pub fn total(&self) -> usize {
        self.code + self.constants + self.program + self.signature
    }
}

/// Where an input's cells are in a block, and what they hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct InputCells {
    pub(crate) columns: InputColumns,
    pub(crate) data_type: DataType,
    pub(crate) is_list: bool,
}

pub(crate) struct Inner {
    /// What filling cells needs of signature and engine, close together.
    pub(crate) inputs: Box<[InputCells]>,
    /// How many words lie between the blocks of a frame.
    pub(crate) stride: usize,
    /// What rows start with, where they have budgets.
    pub(crate) metering: Option<Metering>,
    /// What a row may take.
    pub(crate) budget: Budget,
    pub(crate) signature: Arc<Signature>,
    /// The program as lowered.
    pub(crate) program: Arc<Program>,
    pub(crate) engine: Box<dyn Engine>,
    /// The engine's reasons for which a row can fail.
    pub(crate) failures: Arena<Failure, FailureData>,
    pub(crate) nan_is_missing: bool,
    pub(crate) verification: Option<ModelVerification>,
    /// What inputs are that a batch has no column for.
    pub(crate) missing_columns: MissingColumns,
    /// The names that the model knows, where they have been looked for.
    pub(crate) names: OnceLock<Names>,
    /// The inputs whose invalid values do not fail their rows, in order.
    pub(crate) watched: Vec<Watched>,
    warnings: Vec<Warning>,
    /// Scorers' memory that is not in use.
    idle: Mutex<Vec<crate::scorer::Memory>>,
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Model").field("signature", &self.signature).finish_non_exhaustive()
    }
}

impl Model {
    /// Loads a model from a file: the first scorable one of the document, compiled. [`ModelOptions`] has choices.
    ///
    /// # Errors
    /// As [`ModelOptions::load`].
    pub fn load(path: impl AsRef<Path>) -> Result<Self, Error> {
        ModelOptions::new().load(path)
    }

    /// Loads a model from a reader.
    ///
    /// # Errors
    /// As [`ModelOptions::read`].
    pub fn from_reader(reader: impl Read) -> Result<Self, Error> {
        ModelOptions::new().read(reader)
    }

    /// Loads a model from a text.
    ///
    /// # Errors
    /// As [`ModelOptions::read`].
    #[allow(clippy::should_implement_trait, reason = "the trait implementation is there too")]
    pub fn from_str(document: &str) -> Result<Self, Error> {
        ModelOptions::new().parse(document)
    }

    /// What goes into the model and comes out of it.
    pub fn signature(&self) -> &Signature {
        &self.inner.signature
    }

    /// What of the document was ignored although it might have meant something.
    pub fn warnings(&self) -> impl Iterator<Item = String> + '_ {
        self.inner.warnings.iter().map(Warning::to_string)
    }

    /// The text of the model's program in the compiler's intermediate representation, as lowered.
    pub fn ir(&self) -> String {
        self.inner.program.to_string()
    }

    /// How much memory the model takes as long as it or a clone is there, whatever is scored: the sizes of its lists, texts
    /// and code added up, not what the allocator adds. The rows of a `ModelVerification` and warnings, which are kept too, do
    /// not count, nor does the memory that a [`Scorer`] works in.
    pub fn memory(&self) -> Memory {
        Memory {
            code: self.inner.engine.code_bytes(),
            constants: self.inner.engine.constant_bytes(),
            program: ir::memory::program(&self.inner.program) + ir::memory::failures(&self.inner.failures),
            signature: memory::signature(&self.inner.signature)
                + self.inner.names.get().map_or(0, Names::bytes)
                + self.inner.watched.iter().map(Watched::bytes).sum::<usize>(),
        }
    }

    /// Whether the model remembers earlier rows, so that a stream must go through one [`Scorer`] in order.
    pub fn is_stateful(&self) -> bool {
        !self.inner.program.histories.is_empty()
    }

    /// How the model's program is run where it is more than code for single rows, for those who inspect models: a line for
    /// each kernel, in order.
    pub fn kernels(&self) -> Vec<String> {
        self.inner.engine.kernels()
    }

    /// A scorer: for blocks of rows, and for streams of models that remember earlier rows.
    pub fn scorer(&self) -> Scorer {
        Scorer::new(Arc::clone(&self.inner))
    }

    /// Scores one row.
    ///
    /// # Errors
    /// If a value of the row is not valid for its field, is missing where it must not be, or makes a computation
    /// undefined: the error names field, value and reason.
    pub fn predict(&self, row: &(impl Row + ?Sized)) -> Result<Record, RowError> {
        // Nobody could ask for the counts.
        self.with_idle_scorer(|scorer| scorer.predict_one(row, false))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.inner
    }

    /// Scores a batch of rows, given in columns. Columns that the model does not ask for are ignored. Rows that fail do not fail
    /// the batch: their results are missing, and [`BatchResult::errors`] says why.
    ///
    /// # Errors
    /// If an input has no column, unless it is a target or [`MissingColumns::Missing`] was chosen.
    pub fn predict_batch(&self, batch: &Batch<'_>) -> Result<BatchResult, BatchError> {
        let columns = crate::batch::columns(&self.inner, batch)?;
        Ok(self.with_idle_scorer(|scorer| crate::batch::score(scorer, batch, &columns)))
    }

    /// Scores a batch as [`predict_batch`](Self::predict_batch) does, on the threads of rayon's current pool. Models that
    /// remember earlier rows take them in order, on one thread.
    ///
    /// # Errors
    /// As [`predict_batch`](Self::predict_batch).
    #[cfg(feature = "parallel")]
    pub fn predict_batch_parallel(&self, batch: &Batch<'_>) -> Result<BatchResult, BatchError> {
        use rayon::prelude::*;
        let rows = batch.rows();
        if self.is_stateful() || rows <= SHARE || rayon::current_num_threads() == 1 {
            return self.predict_batch(batch);
        }
        let parts: Vec<BatchResult> = (0..rows.div_ceil(SHARE))
            .into_par_iter()
            .map(|part| self.predict_batch(&batch.part(part * SHARE..rows.min((part + 1) * SHARE))))
            .collect::<Result<_, _>>()?;
        let mut parts = parts.into_iter();
        let Some(mut result) = parts.next() else { return self.predict_batch(batch) };
        parts.for_each(|part| result.append(part));
        Ok(result)
    }

    /// Scores the rows of the document's `ModelVerification` and compares their results with those that it gives.
    /// `None` where the document has none.
    pub fn verify(&self) -> Option<Verification> {
        self.verify_unless(Interrupt::new())
    }

    /// Does as [`verify`](Self::verify) until it is interrupted: the rows after that are not compared.
    pub fn verify_unless(&self, interrupt: Interrupt) -> Option<Verification> {
        let verification = self.inner.verification.as_ref()?;
        let mut scorer = self.scorer();
        scorer.set_interrupt(Some(interrupt));
        Some(crate::verify::verify(&mut scorer, verification))
    }

    /// Does something with a scorer whose memory is there already, if there is one.
    pub(crate) fn with_idle_scorer<T>(&self, work: impl FnOnce(&mut Scorer) -> T) -> T {
        let memory = self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut scorer = match memory {
            Some(memory) => Scorer::with_memory(Arc::clone(&self.inner), memory),
            None => self.scorer(),
        };
        let result = work(&mut scorer);
        let mut idle = self.inner.idle.lock().unwrap_or_else(PoisonError::into_inner);
        // As many as threads score at once, within reason.
        if idle.len() < 64 {
            idle.push(scorer.into_memory());
        }
        result
    }
}

impl std::str::FromStr for Model {
    type Err = Error;
    fn from_str(document: &str) -> Result<Self, Error> {
        ModelOptions::new().parse(document)
    }
}
